"""Calibrated classifiers are multi-task classifiers with better probabilities."""

from __future__ import annotations

import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
import sklearn
from samples import frame, quick, table
from sklearn.base import clone, is_classifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.fixes import parse_version

from sklearn_abmtl._wrappers import calibration as _calibration
from sklearn_abmtl._wrappers.calibration import CalibratedMultiTaskClassifier, calibrate
from sklearn_abmtl._wrappers.task_view import task_view
from sklearn_abmtl.metrics import all_task_scorers, mean_task_scorer

HAS_TEMPERATURE = parse_version(sklearn.__version__) >= parse_version("1.8")
METHODS = ["sigmoid", "isotonic"] + ["temperature"] * HAS_TEMPERATURE
NAMES = ["color", "size", "shape"]


def partial(y):
    """Return the labels with 30 % of them missing."""
    return y.astype(object).mask(np.random.default_rng(1).random(y.shape) < 0.3, None)


def noisy(n_samples, seed):
    """Return X and labels. A fifth is drawn again, so that a forest is too confident."""
    X, codes = table(n_samples, seed)
    generator = np.random.default_rng(seed)
    random_codes = generator.integers([3, 2, 4], size=codes.shape)
    return X, np.where(generator.random(codes.shape) < 0.2, random_codes, codes)


@cache
def fitted(kind):
    """Return a classifier of a kind, which no test may change."""
    X, codes = noisy(90, 0)
    if kind == "forest":
        return RandomForestClassifier(10, random_state=0).fit(X, frame(codes).astype(str))
    if kind == "pipeline":
        return make_pipeline(StandardScaler(), quick()).fit(X, partial(frame(codes)))
    if kind == "search":
        search = GridSearchCV(quick(), {"lr": [1e-2]}, cv=KFold(2))
        return search.fit(X, partial(frame(codes)))
    return quick().fit(X, partial(frame(codes)))


def rows(kind, seed=1):
    X, codes = noisy(150, seed)
    y = frame(codes)
    return X, partial(y.astype(str) if kind == "forest" else y)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["ours", "pipeline", "search", "forest"])
def test_the_result_is_a_multi_task_classifier(kind, method):
    estimator, (X, y) = fitted(kind), rows(kind)
    calibrated = calibrate(estimator, X, y, method=method)
    assert is_classifier(calibrated)
    assert calibrated.task_names_ == NAMES
    assert calibrated.n_features_in_ == 5
    for task, name in enumerate(NAMES):
        p = calibrated.predict_proba(X)[task]
        assert calibrated.classes_[task].tolist() == estimator.classes_[task].tolist()
        np.testing.assert_allclose(p.sum(axis=1), 1)
        np.testing.assert_array_equal(
            calibrated.predict(X)[:, task], calibrated.classes_[task][p.argmax(axis=1)]
        )
        np.testing.assert_array_equal(task_view(calibrated, name).predict_proba(X), p)
    assert 0.3 < calibrated.score(X, y) < 1
    scores = all_task_scorers(["accuracy", "neg_log_loss"])(calibrated, X, y)
    assert scores["mean_accuracy"] == pytest.approx(calibrated.score(X, y))
    assert set(scores) > {"color_neg_log_loss", "shape_accuracy"}


@pytest.mark.parametrize("method", METHODS)
def test_other_rows_have_better_probabilities(method):
    forest, scorer = fitted("forest"), mean_task_scorer("neg_log_loss")
    calibrated = calibrate(forest, *rows("forest"), method=method)
    assert scorer(calibrated, *rows("forest", 2)) > scorer(forest, *rows("forest", 2))


@cache
def overfitted():
    X, codes = noisy(90, 0)
    network = quick(max_epochs=100, lr=1e-2, weight_decay=0.3).set_params(encoder__dropout=0.1)
    return network.fit(X, partial(frame(codes)))


@pytest.mark.parametrize("method", [m for m in METHODS if m != "isotonic"])
def test_an_overfitted_network_becomes_less_certain(method):
    network, scorer = overfitted(), mean_task_scorer("neg_log_loss")
    calibrated = calibrate(network, *rows("ours"), method=method)
    assert scorer(calibrated, *rows("ours", 2)) > scorer(network, *rows("ours", 2)) + 0.1


@pytest.mark.skipif(not HAS_TEMPERATURE, reason="scikit-learn 1.8 brings temperature scaling")
def test_the_temperature_leaves_predictions_as_they_are():
    estimator, (X, y) = fitted("ours"), rows("ours")
    calibrated = calibrate(estimator, X, y)
    np.testing.assert_array_equal(calibrated.predict(X), estimator.predict(X))
    for p, raw, calibrator in zip(
        calibrated.predict_proba(X),
        estimator.predict_proba(X),
        calibrated.calibrators_,
        strict=True,
    ):
        beta = calibrator.inverse_temperature
        expected = raw**beta / (raw**beta).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(p, expected, rtol=1e-6)


@pytest.mark.skipif(not HAS_TEMPERATURE, reason="scikit-learn 1.8 brings temperature scaling")
def test_what_a_class_is_called_does_not_matter():
    X, codes = noisy(150, 0)
    named = [{0: 0, 1: 1, 2: 2, 3: 3}, {0: 10, 1: 20, 2: 35, 3: 40}, dict(enumerate("abcd"))]
    results = []
    for names in named:
        y = np.vectorize(names.get)(codes)
        forest = RandomForestClassifier(10, random_state=0).fit(X[:90], y[:90])
        results.append(calibrate(forest, X[90:], y[90:]).predict_proba(X))
    for other in results[1:]:
        for p, expected in zip(other, results[0], strict=True):
            np.testing.assert_allclose(p, expected)


@pytest.mark.parametrize("method", METHODS)
def test_missing_rows_are_as_if_they_were_not_there(method):
    estimator, (X, y) = fitted("ours"), rows("ours")
    known = y["color"].notna().to_numpy()
    p = calibrate(estimator, X, y, method=method).predict_proba(X)[0]
    fewer = calibrate(estimator, X[known], y[known], method=method)
    np.testing.assert_allclose(fewer.predict_proba(X)[0], p)


@pytest.mark.parametrize("method", METHODS)
def test_a_class_may_be_rare_or_absent(method):
    estimator, (X, y) = fitted("ours"), rows("ours")
    y.loc[y["color"] == "red", "color"] = None
    y.loc[y["size"] == 20, "size"] = None
    y.loc[np.flatnonzero(y["shape"] == "rod")[1:], "shape"] = None
    for p, classes in zip(
        calibrate(estimator, X, y, method=method).predict_proba(X), estimator.classes_, strict=True
    ):
        assert p.shape == (150, len(classes))
        np.testing.assert_allclose(p.sum(axis=1), 1)


@pytest.mark.parametrize("method", METHODS)
def test_one_task_stays_one_dimensional(method):
    X, codes = noisy(150, 0)
    y = frame(codes)["color"]
    forest = RandomForestClassifier(10, random_state=0).fit(X[:90], y[:90])
    calibrated = calibrate(forest, X[90:], y[90:], method=method)
    assert calibrated.classes_.tolist() == ["blue", "green", "red"]
    assert calibrated.predict_proba(X).shape == (150, 3)
    assert calibrated.predict(X).shape == (150,)
    assert calibrated.score(X, y) > 0.5


def test_a_task_of_one_class_stays_as_it_is():
    X, codes = noisy(150, 0)
    codes[:, 1] = 7
    forest = RandomForestClassifier(10, random_state=0).fit(X[:90], codes[:90])
    calibrated = calibrate(forest, X[90:], codes[90:], method="sigmoid")
    np.testing.assert_array_equal(calibrated.predict_proba(X)[1], np.ones((150, 1)))
    assert (calibrated.predict(X)[:, 1] == 7).all()


def test_the_estimators_missing_label_counts():
    X, codes = noisy(150, 0)
    codes[::3] = -1
    estimator = make_pipeline(StandardScaler(), quick(missing_label=-1)).fit(X[:90], codes[:90])
    calibrated = calibrate(estimator, X[90:], codes[90:], method="sigmoid")
    known = codes[:, 0] >= 0
    assert calibrated.missing_label == -1
    assert calibrated.score(X, codes) == calibrated.score(X[known], codes[known])
    with pytest.raises(ValueError, match="score needs at least one known label"):
        calibrated.score(X[~known], codes[~known])


def test_calibrated_classifiers_are_cloned_and_pickled():
    X, y = rows("ours")
    calibrated = calibrate(fitted("ours"), X, y, method="sigmoid")
    expected = calibrated.predict_proba(X)[2]
    again = pickle.loads(pickle.dumps(calibrated))
    np.testing.assert_array_equal(again.predict_proba(X)[2], expected)
    with pytest.raises(NotFittedError):
        clone(calibrated).predict(X)
    np.testing.assert_array_equal(clone(calibrated).fit(X, y).predict_proba(X)[2], expected)


def test_it_works_with_metadata_routing():
    X, y = rows("ours")
    expected = calibrate(fitted("ours"), X, y, method="sigmoid").predict_proba(X)[0]
    with sklearn.config_context(enable_metadata_routing=True):
        p = calibrate(fitted("ours"), X, y, method="sigmoid").predict_proba(X)[0]
    np.testing.assert_array_equal(p, expected)


def test_features_keep_their_names():
    X, codes = noisy(90, 0)
    X = pd.DataFrame(X, columns=list("abcde"))
    forest = RandomForestClassifier(5, random_state=0).fit(X, codes)
    calibrated = calibrate(forest, X, codes, method="sigmoid")
    assert calibrated.feature_names_in_.tolist() == list("abcde")


def test_what_cannot_be_calibrated_is_refused():
    estimator, (X, y) = fitted("ours"), rows("ours")
    with pytest.raises(NotFittedError, match="This ABMTLClassifier instance is not fitted"):
        calibrate(quick(), X, y, method="sigmoid")
    with pytest.raises(ValueError, match="The 'method' parameter of CalibratedMultiTask"):
        calibrate(estimator, X, y, method="platt")
    with pytest.raises(ValueError, match="no label for task 'size'; calibration needs"):
        calibrate(estimator, X, y.assign(size=None), method="sigmoid")
    with pytest.raises(ValueError, match=r"task 'size' has labels that .* \[30\]; the classes"):
        calibrate(estimator, X, y.assign(size=30), method="sigmoid")
    with pytest.raises(ValueError, match=r"y must have the tasks of fit, \['color', 'size'"):
        calibrate(estimator, X, y[["color", "size"]], method="sigmoid")
    with pytest.raises(ValueError, match=r"y must have the tasks of fit, \['color', 'size'"):
        calibrate(estimator, X, y["color"], method="sigmoid")
    with pytest.raises(ValueError, match="y must name the tasks as in fit"):
        calibrate(estimator, X, y.rename(columns={"color": "hue"}), method="sigmoid")
    with pytest.raises(ValueError, match="same number of rows; found 149 and 150"):
        calibrate(estimator, X[1:], y, method="sigmoid")
    scores_only = LinearSVC().fit(X, X[:, 0] > 0)
    with pytest.raises(ValueError, match="The 'estimator' parameter"):
        calibrate(scores_only, X, X[:, 0] > 0, method="sigmoid")


def test_an_old_scikit_learn_has_no_temperature(monkeypatch):
    monkeypatch.setattr(_calibration.sklearn, "__version__", "1.7.2")
    X, y = rows("ours")
    with pytest.raises(ValueError, match=r"needs scikit-learn 1\.8 .* 'sigmoid' and 'isotonic'"):
        CalibratedMultiTaskClassifier(FrozenEstimator(fitted("ours"))).fit(X, y)


def test_labels_are_read_by_the_names_of_their_columns():
    X, codes = table()
    y = frame(codes)
    calibrated = calibrate(quick().fit(X, y), X, y, method="sigmoid")
    other = y[["shape", "color", "size"]]
    assert calibrated.score(X, other) == calibrated.score(X, y)
    by_name = calibrate(quick().fit(X, y), X, other, method="sigmoid")
    for own, expected in zip(by_name.predict_proba(X), calibrated.predict_proba(X), strict=True):
        np.testing.assert_array_equal(own, expected)
    with pytest.raises(ValueError, match="name the tasks as in fit"):
        calibrated.score(X, y.rename(columns={"color": "hue"}))
