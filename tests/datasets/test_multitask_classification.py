import numpy as np
import pytest

from sklearn_abmtl.datasets import make_multitask_classification


@pytest.mark.parametrize("n_classes", [(2,), (3, 2, 4), [5] * 8])
@pytest.mark.parametrize("n_samples", [5, 101])
def test_classes_are_equally_large(n_classes, n_samples):
    X, y = make_multitask_classification(n_samples, 9, n_classes=n_classes, random_state=0)
    assert X.shape == (n_samples, 9)
    assert y.shape == (n_samples, len(n_classes))
    assert y.dtype == np.int64
    for labels, count in zip(y.T, n_classes, strict=True):
        sizes = np.bincount(labels)
        assert len(sizes) == count
        assert np.ptp(sizes) <= 1


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6, 0.9, 1.0])
def test_binary_tasks_agree_as_their_correlation_says(correlation):
    _, y = make_multitask_classification(
        20_000, n_classes=(2, 2, 2), correlation=correlation, noise=0.0, random_state=0
    )
    expected = 1 - np.arccos(correlation) / np.pi  # the signs of two normals
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert np.mean(y[:, first] == y[:, second]) == pytest.approx(expected, abs=0.015)


def test_tasks_of_any_classes_agree_more_the_higher_the_correlation():
    correlations = [
        np.corrcoef(
            make_multitask_classification(5000, correlation=correlation, random_state=0)[1].T
        )[np.triu_indices(3, k=1)].min()
        for correlation in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert correlations == sorted(correlations)
    assert correlations[0] == pytest.approx(0, abs=0.05)


def test_features_determine_the_tasks_and_noise_hides_them():
    residuals = []
    for noise in (0.0, 1.0, 10.0):
        X, y = make_multitask_classification(5000, n_classes=(4, 3), noise=noise, random_state=0)
        _, residual, _, _ = np.linalg.lstsq(X, y - y.mean(axis=0), rcond=None)
        residuals.append(residual[0] / (len(y) * y[:, 0].var()))
    assert residuals == sorted(residuals)
    assert residuals[0] < 0.2
    assert residuals[2] > 0.9


@pytest.mark.parametrize("missing_rate", [0.01, 0.3, 0.96])
def test_the_share_asked_for_is_missing_and_every_class_remains(missing_rate):
    n_classes = (3, 2, 4)
    _, complete = make_multitask_classification(100, n_classes=n_classes, random_state=0)
    _, y = make_multitask_classification(
        100, n_classes=n_classes, missing_rate=missing_rate, random_state=0
    )
    missing = np.isnan(y)
    assert missing.sum(axis=0).tolist() == [round(100 * missing_rate)] * 3
    np.testing.assert_array_equal(y[~missing], complete[~missing])
    for labels, known, count in zip(y.T, ~missing.T, n_classes, strict=True):
        assert set(labels[known]) == set(range(count))


def test_labels_of_a_row_are_missing_apart():
    _, y = make_multitask_classification(5000, missing_rate=0.5, random_state=0)
    both = np.isnan(y[:, :2]).all(axis=1)
    assert both.mean() == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("missing_rate", [0.0, 0.2])
def test_an_int_random_state_gives_the_same_table(missing_rate):
    first, again, other = (
        make_multitask_classification(missing_rate=missing_rate, random_state=seed)
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[0] != other[0]).any()
    assert (np.nan_to_num(first[1]) != np.nan_to_num(other[1])).any()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n_samples": 3}, r"n_samples \* \(1 - missing_rate\) must be at least 4, .* 3 - 0"),
        ({"missing_rate": 0.97}, r"must be at least 4, one label for each class; found 100 - 97"),
        ({"n_features": 3}, "n_features must be more than the number of tasks, 3; found 3"),
        ({"n_classes": (2, 1)}, r"integer of at least 2 for each task; found \(2, 1\)"),
        ({"n_classes": (2.5, 2)}, r"integer of at least 2 for each task; found \(2.5, 2\)"),
        ({"n_classes": []}, r"integer of at least 2 for each task; found \[\]"),
        ({"n_classes": 3}, "'n_classes' parameter of make_multitask_classification .* Got 3"),
        ({"correlation": 1.1}, "'correlation' parameter .* Got 1.1"),
        ({"noise": -1}, "'noise' parameter .* Got -1"),
        ({"missing_rate": 1.0}, "'missing_rate' parameter .* Got 1.0"),
    ],
)
def test_bad_arguments_are_named(changed, message):
    with pytest.raises(ValueError, match=message):
        make_multitask_classification(**changed)
