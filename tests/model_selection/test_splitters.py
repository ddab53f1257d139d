"""Stratified splitters: partitions, shares, groups, containers, routing, errors."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from samples import quick
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_validate,
)
from split_samples import (
    CONTAINERS,
    containers,
    fold_numbers,
    mean_deviation,
    partial_table,
    random_codes,
    share_deviations,
    with_nan,
)

from sklearn_abmtl._data import spread as _spread
from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold, MultiTaskStratifiedShuffleSplit

SPLITTERS = [
    MultiTaskStratifiedKFold(4),
    MultiTaskStratifiedKFold(4, shuffle=True, random_state=0),
    MultiTaskStratifiedShuffleSplit(3, test_size=0.3, random_state=0),
]


def splits_of(splitter, y, groups=None):
    return list(splitter.split(np.zeros((len(y), 1)), y, groups))


def assert_same_splits(first, second):
    for rows, others in zip(first, second, strict=True):
        np.testing.assert_array_equal(rows[0], others[0])
        np.testing.assert_array_equal(rows[1], others[1])


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("missing_rate", [0.0, 0.3, 0.9])
@pytest.mark.parametrize(("n_samples", "n_splits"), [(60, 2), (61, 5), (63, 7), (64, 64)])
def test_folds_are_a_partition_of_equal_sizes(n_samples, n_splits, missing_rate, shuffle):
    y = with_nan(random_codes(n_samples, (3, 2), missing_rate))
    splitter = MultiTaskStratifiedKFold(n_splits, shuffle=shuffle)
    folds = fold_numbers(splits_of(splitter, y), n_samples)
    assert np.ptp(np.bincount(folds, minlength=n_splits)) <= 1


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("is_unequal", [False, True])
@pytest.mark.parametrize("missing_rate", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_class_shares_deviate_little(seed, missing_rate, is_unequal, shuffle):
    codes = random_codes(missing_rate=missing_rate, is_unequal=is_unequal, seed=seed)
    splitter = MultiTaskStratifiedKFold(5, shuffle=shuffle)
    assert mean_deviation(codes, splits_of(splitter, with_nan(codes))) <= 0.035
    shuffled = KFold(5, shuffle=True, random_state=seed)
    assert mean_deviation(codes, splits_of(shuffled, codes)) > 0.1


def test_as_many_labels_of_each_task_are_known_in_each_fold():
    codes = random_codes(missing_rate=0.3)
    splits = splits_of(MultiTaskStratifiedKFold(5), with_nan(codes))
    n_known = np.array([(codes[test] >= 0).sum(axis=0) for _, test in splits])
    assert np.ptp(n_known, axis=0).max() <= 4  # of about 84


@pytest.mark.parametrize("is_unequal", [False, True])
@pytest.mark.parametrize("test_size", [0.1, 0.02, 2001])
def test_many_rows_of_the_same_labels_deviate_little(test_size, is_unequal):
    codes = random_codes(20_000, (3, 2, 4), missing_rate=0.1, is_unequal=is_unequal)
    splitter = MultiTaskStratifiedShuffleSplit(1, test_size=test_size, random_state=0)
    ((train, test),) = splits_of(splitter, with_nan(codes))
    assert len(test) == (test_size if test_size > 1 else round(20_000 * test_size))
    assert np.max(share_deviations(codes, test)) <= 0.02
    assert np.max(share_deviations(codes, train)) <= 0.002


def test_rows_of_the_same_labels_are_placed_together(monkeypatch):
    placed = []
    place = _spread._Folds.place
    monkeypatch.setattr(_spread._Folds, "place", lambda *args: placed.append(args) or place(*args))
    codes = random_codes(5000, (3, 2))
    for n_folds in (2, 5):
        placed.clear()
        folds = fold_numbers(splits_of(MultiTaskStratifiedKFold(n_folds), codes), len(codes))
        assert len(placed) <= 6 * (2 * n_folds)
        for joint in range(6):  # all folds have as many of each kind, and none has the first rows
            own = folds[codes @ [2, 1] == joint]
            assert np.ptp(np.bincount(own)) <= 1
            np.testing.assert_array_equal(own[:n_folds], np.arange(n_folds))


@pytest.mark.parametrize("seed", range(4))
def test_one_task_is_stratified_as_by_scikit_learn(seed):
    labels = np.array(["a", "b", "c", "d"])[random_codes(101 + seed, (4,), seed=seed)[:, 0]]
    folds = fold_numbers(splits_of(MultiTaskStratifiedKFold(5), labels), len(labels))
    expected = fold_numbers(splits_of(StratifiedKFold(5), labels), len(labels))
    for label in np.unique(labels):
        counts, expected_counts = (
            np.sort(np.bincount(found[labels == label], minlength=5)) for found in (folds, expected)
        )
        np.testing.assert_array_equal(counts, expected_counts)


def test_a_class_with_as_many_labels_as_folds_is_in_each_fold():
    codes = random_codes(200, (3, 2))
    codes[:, 1] = 0
    codes[[3, 50, 51, 120, 199], 1] = 1
    for _, test in splits_of(MultiTaskStratifiedKFold(5), codes):
        assert (codes[test, 1] == 1).sum() == 1


def test_joint_labels_may_all_be_different():
    codes = np.arange(12)[:, np.newaxis] // [1, 2, 3, 4] % [12, 6, 4, 3]
    splits = splits_of(MultiTaskStratifiedKFold(3), codes)
    for _, test in splits:
        np.testing.assert_array_equal(np.bincount(codes[test, 2]), [1, 1, 1, 1])


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_equal_seeds_give_equal_splits(splitter):
    y = with_nan(random_codes(100, missing_rate=0.2))
    assert_same_splits(splits_of(splitter, y), splits_of(splitter, y))


@pytest.mark.parametrize("n_groups", [None, 20])
def test_seeds_give_different_splits(n_groups):
    codes = random_codes(200, (3, 2))
    groups = None if n_groups is None else np.arange(200) % n_groups
    for make in (
        lambda seed: MultiTaskStratifiedKFold(3, shuffle=True, random_state=seed),
        lambda seed: MultiTaskStratifiedShuffleSplit(1, test_size=0.3, random_state=seed),
    ):
        tests = [splits_of(make(seed), codes, groups)[0][1] for seed in range(5)]
        assert len({tuple(np.sort(test)) for test in tests}) == 5


@pytest.mark.parametrize("shuffle", [False, True])
def test_neither_the_names_nor_the_types_of_labels_count(shuffle):
    codes = random_codes(90, (3, 2))
    labels = np.stack([np.array(["u", "v", "w"])[codes[:, 0]], codes[:, 1] + 10], axis=1)
    splitter = MultiTaskStratifiedKFold(4, shuffle=shuffle, random_state=0 if shuffle else None)
    assert_same_splits(splits_of(splitter, codes), splits_of(splitter, labels))


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
@pytest.mark.parametrize("container", CONTAINERS)
def test_the_container_does_not_count(container, splitter):
    _, codes = partial_table()
    expected = splits_of(splitter, with_nan(codes))
    y = containers(codes)[container]
    found = splits_of(splitter, y)
    n_tests = [len(test) for _, test in found]
    assert n_tests == [len(test) for _, test in expected]
    if "array" in container and container != "object array":  # the same order of the classes
        assert_same_splits(found, expected)


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
@pytest.mark.parametrize("n_groups", [6, 40])
def test_groups_stay_together(n_groups, splitter):
    codes = random_codes(200, missing_rate=0.2)
    groups = np.random.default_rng(0).integers(n_groups, size=200).astype(str)
    for train, test in splits_of(splitter, with_nan(codes), groups):
        assert len(test) > 0
        assert len(train) > 0
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize("n_groups", [4, 5, 6])
def test_few_groups_leave_no_fold_empty(n_groups):
    sizes = np.array([60, 30, 1, 1, 1, 1])[:n_groups]
    groups = np.repeat(np.arange(n_groups), sizes)
    splits = splits_of(MultiTaskStratifiedKFold(4), random_codes(len(groups), (3, 2)), groups)
    folds = fold_numbers(splits, len(groups))
    assert (np.bincount(folds, minlength=4) > 0).all()


def test_groups_are_stratified_about_as_well_as_by_scikit_learn():
    ours, theirs = [], []
    for seed in range(5):
        codes = random_codes(600, (4,), seed=seed)
        groups = np.random.default_rng(seed).integers(60, size=600)
        codes[:, 0] = np.where(codes[:, 0] == 0, groups % 4, codes[:, 0])
        for deviations, splitter in [
            (ours, MultiTaskStratifiedKFold),
            (theirs, StratifiedGroupKFold),
        ]:
            splits = splits_of(splitter(5), codes[:, 0], groups)
            deviations.append(mean_deviation(codes, splits))
    assert np.mean(ours) < np.mean(theirs) + 0.02


@pytest.mark.parametrize(
    ("test_size", "train_size"), [(None, None), (0.25, None), (30, 60), (None, 0.7), (0.2, 0.3)]
)
def test_sizes_are_those_of_scikit_learn(test_size, train_size):
    codes = random_codes(150, (3, 2))
    sizes = {"test_size": test_size, "train_size": train_size, "random_state": 0}
    found = splits_of(MultiTaskStratifiedShuffleSplit(2, **sizes), codes)
    expected = splits_of(ShuffleSplit(2, **sizes), codes)
    for (train, test), (expected_train, expected_test) in zip(found, expected, strict=True):
        assert (len(train), len(test)) == (len(expected_train), len(expected_test))
        assert len(np.unique(np.r_[train, test])) == len(train) + len(test)


@pytest.mark.parametrize("sizes", [{"test_size": 0.2}, {"test_size": 0.2, "train_size": 0.4}])
def test_training_and_test_rows_both_have_their_shares(sizes):
    codes = random_codes(missing_rate=0.1)
    splitter = MultiTaskStratifiedShuffleSplit(3, random_state=0, **sizes)
    for train, test in splits_of(splitter, with_nan(codes)):
        assert np.mean(share_deviations(codes, test)) <= 0.035
        assert np.mean(share_deviations(codes, train)) <= 0.035


@pytest.mark.parametrize(
    "splitter",
    [MultiTaskStratifiedKFold(4, shuffle=True), MultiTaskStratifiedShuffleSplit(3)],
    ids=repr,
)
def test_without_a_seed_each_call_draws_again(splitter):
    codes = random_codes(100)
    first, second = (splits_of(splitter, codes)[0][1] for _ in range(2))
    assert set(first) != set(second)


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_splitters_say_how_they_were_made(splitter):
    assert repr(splitter).startswith(f"{type(splitter).__name__}(n_splits={splitter.n_splits}")
    y = random_codes(40)
    assert splitter.get_n_splits(y, y) == len(splits_of(splitter, y))


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
@pytest.mark.parametrize("container", ["float array", "pandas", "polars", "masked array"])
def test_searches_take_partial_labels(container, splitter):
    X, codes = partial_table()
    y = containers(codes)[container]
    search = GridSearchCV(quick(), {"lr": [0.01, 0.02]}, cv=splitter, error_score="raise")
    search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(X).shape == (60, 3)


def test_cross_validation_passes_groups_on():
    X, codes = partial_table()
    groups = np.arange(60) // 6
    cv = MultiTaskStratifiedKFold(3)
    found = cross_validate(
        quick(), X, with_nan(codes), cv=cv, groups=groups, return_indices=True, error_score="raise"
    )
    for train, test in zip(*found["indices"].values(), strict=True):
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_groups_are_routed(splitter):
    X, codes = partial_table()
    groups = np.arange(60) // 3
    with sklearn.config_context(enable_metadata_routing=True):
        found = cross_validate(
            quick(),
            X,
            with_nan(codes),
            cv=splitter,
            params={"groups": groups},
            return_indices=True,
            error_score="raise",
        )
    for train, test in zip(*found["indices"].values(), strict=True):
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize(
    ("splitter", "text"),
    [
        (MultiTaskStratifiedKFold(1), "n_splits == 1, must be >= 2"),
        (MultiTaskStratifiedKFold(21), "n_splits must be at most the number of rows, 20; .*=21"),
        (
            MultiTaskStratifiedKFold(random_state=0),
            "random_state must be None unless shuffle=True.*; found 0",
        ),
        (MultiTaskStratifiedShuffleSplit(0), "n_splits == 0, must be >= 1"),
        (MultiTaskStratifiedShuffleSplit(test_size=20), "test_size=20 should be .* samples 20"),
        (MultiTaskStratifiedShuffleSplit(test_size=1.5), "test_size=1.5 should be"),
        (MultiTaskStratifiedShuffleSplit(train_size=-1), "train_size=-1 should be"),
        (
            MultiTaskStratifiedShuffleSplit(train_size=15, test_size=6),
            "sum of train_size and test_size = 21",
        ),
    ],
    ids=repr,
)
def test_parameters_out_of_range_are_refused(splitter, text):
    with pytest.raises(ValueError, match=text):
        splits_of(splitter, random_codes(20, (3, 2)))


@pytest.mark.parametrize(
    ("splitter", "text"),
    [
        (MultiTaskStratifiedKFold(2.5), "n_splits must be an instance of"),
        (MultiTaskStratifiedKFold(shuffle="yes"), "shuffle must be an instance of"),
        (MultiTaskStratifiedShuffleSplit("3"), "n_splits must be an instance of"),
    ],
    ids=repr,
)
def test_parameters_of_the_wrong_type_are_refused(splitter, text):
    with pytest.raises(TypeError, match=text):
        splits_of(splitter, random_codes(20, (3, 2)))


@pytest.mark.parametrize(
    ("splitter", "n_groups", "text"),
    [
        (MultiTaskStratifiedKFold(5), 4, "groups must hold at least 5 groups.*; found 4"),
        (MultiTaskStratifiedShuffleSplit(2), 1, "groups must hold at least 2 groups.*; found 1"),
        (
            MultiTaskStratifiedShuffleSplit(2, test_size=0.2, train_size=0.2),
            2,
            "groups must hold at least 3 groups.*; found 2",
        ),
    ],
    ids=repr,
)
def test_too_few_groups_are_refused(splitter, n_groups, text):
    with pytest.raises(ValueError, match=text):
        splits_of(splitter, random_codes(20, (3, 2)), np.arange(20) % n_groups)


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_labels_that_make_no_sense_are_refused(splitter):
    X = np.zeros((20, 1))
    with pytest.raises(ValueError, match=r"Stratified\w+ requires y to be passed; found None"):
        next(splitter.split(X, None))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        next(splitter.split(X, random_codes(19)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        next(splitter.split(X, random_codes(20), np.arange(19)))
    with pytest.raises(ValueError, match="y has no label for task 'task_1'"):
        next(splitter.split(X, np.stack([np.arange(20.0) % 2, np.full(20, np.nan)], axis=1)))
