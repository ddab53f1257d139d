"""One task of a fitted classifier works as a classifier of its own."""

from __future__ import annotations

import pickle
from functools import cache

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import sklearn
from samples import frame, quick, table
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import (
    DecisionBoundaryDisplay,
    PartialDependenceDisplay,
    partial_dependence,
    permutation_importance,
)
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    DetCurveDisplay,
    PrecisionRecallDisplay,
    RocCurveDisplay,
    classification_report,
    get_scorer,
    get_scorer_names,
)
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_score,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils import get_tags
from sklearn.utils.fixes import parse_version
from sklearn.utils.validation import check_is_fitted

from sklearn_abmtl._wrappers.task_view import TaskView, task_view
from sklearn_abmtl.metrics import task_scorer

mpl.use("Agg")
NAMES = ["color", "size", "shape"]
HAS_TEMPERATURE = parse_version(sklearn.__version__) >= parse_version("1.8")
METHODS = ["sigmoid", "isotonic"] + ["temperature"] * HAS_TEMPERATURE


@pytest.fixture(autouse=True)
def _no_figure_left():
    yield
    plt.close("all")


def partial_labels(n_samples=120):
    """Return X, labels (strings, integers, strings) and labels of which 30 % are missing."""
    X, codes = table(n_samples)
    y = frame(codes)
    missing = np.random.default_rng(1).random(y.shape) < 0.3
    return X, y, y.astype(object).mask(missing, None)


def texts(y):
    """Return labels that scikit-learn's classifiers take: of one type for all tasks."""
    return y.astype(str).astype(object)


@cache
def fitted(kind):
    """Return a fitted multi-task classifier, ours on partial labels."""
    X, y, y_partial = partial_labels()
    if kind == "ours":
        return quick().fit(X, y_partial)
    if kind == "pipeline":
        return make_pipeline(StandardScaler(), quick()).fit(X, y_partial)
    if kind == "search":
        pipeline = make_pipeline(StandardScaler(), quick())
        return GridSearchCV(pipeline, {"abmtlclassifier__lr": [1e-2]}, cv=KFold(2)).fit(
            X, y_partial
        )
    return RandomForestClassifier(10, max_depth=3, random_state=0).fit(X, texts(y))


def view_and_rows(kind, task):
    """Return a view, and X and y where the task's label is known."""
    X, y, y_partial = partial_labels()
    known = y_partial.iloc[:, task].notna().to_numpy()
    view = task_view(fitted(kind), task)
    labels = texts(y) if kind == "forest" else y
    return view, X[known], labels.iloc[:, task].to_numpy()[known]


@pytest.mark.parametrize("task", range(3))
@pytest.mark.parametrize("kind", ["ours", "pipeline", "search", "forest"])
def test_a_view_shows_one_task(kind, task):
    X = table(120)[0]
    estimator, view = fitted(kind), task_view(fitted(kind), task)
    classes = estimator.classes_[task]
    assert view.classes_.tolist() == classes.tolist()
    assert view.n_features_in_ == 5
    np.testing.assert_array_equal(view.predict(X), estimator.predict(X)[:, task])
    assert view.predict(X).dtype == classes.dtype
    np.testing.assert_array_equal(view.predict_proba(X), estimator.predict_proba(X)[task])
    assert is_classifier(view)
    assert not get_tags(view).target_tags.multi_output
    check_is_fitted(view)


@pytest.mark.parametrize("kind", ["ours", "pipeline", "search"])
def test_tasks_have_the_classifiers_names(kind):
    X = table(120)[0]
    for task, name in enumerate(NAMES):
        by_name, by_position = task_view(fitted(kind), name), task_view(fitted(kind), task)
        np.testing.assert_array_equal(by_name.predict(X), by_position.predict(X))


def test_without_names_tasks_are_numbered():
    assert task_view(fitted("forest"), "task_2").classes_.tolist() == [
        "cube",
        "disk",
        "ring",
        "rod",
    ]


@pytest.mark.parametrize("task", [-1, 3, "colour", True, None, 0.0])
def test_an_unknown_task_is_refused(task):
    with pytest.raises(ValueError, match=r"task must be one of \['color', 'size', 'shape'\] or a"):
        task_view(fitted("pipeline"), task)


def test_a_number_that_names_a_task_is_no_position_of_another():
    X, codes = table()
    y = pd.DataFrame(codes[:, :3], columns=[1, 0, 2])
    classifier = quick().fit(X, y)
    for task in (0, 1):
        with pytest.raises(ValueError, match=rf"task={task} may be the name '{task}' or the pos"):
            task_view(classifier, task)
        with pytest.raises(ValueError, match="pass the name as text"):
            task_scorer("accuracy", task)(classifier, X, y)
        expected = np.mean(classifier.predict(X)[:, 1 - task] == y[task])
        assert task_view(classifier, str(task)).score(X, y[task]) == expected
        scorer = task_scorer(lambda view, X, y: view.score(X, y), str(task))
        assert scorer(classifier, X, y) == expected
    assert task_view(classifier, 2).task == 2


def test_a_view_needs_a_fitted_classifier():
    X, codes = table()
    with pytest.raises(NotFittedError):
        task_view(quick(), 0)
    with pytest.raises(NotFittedError):
        check_is_fitted(TaskView(quick(), 0))
    search = GridSearchCV(quick(), {"lr": [0.1]}, cv=KFold(2), refit=False).fit(X, codes)
    with pytest.raises(ValueError, match="with classes_; found GridSearchCV without"):
        task_view(search, 0)


def test_a_view_of_an_ordinary_classifier_is_that_classifier():
    X, codes = table()
    classifier = quick().fit(X, frame(codes)["color"])
    view = task_view(classifier, "color")
    np.testing.assert_array_equal(view.predict(X), classifier.predict(X))
    np.testing.assert_array_equal(view.predict_proba(X), classifier.predict_proba(X))
    forest = RandomForestClassifier(5).fit(X, codes[:, 0])
    np.testing.assert_array_equal(task_view(forest, 0).predict_proba(X), forest.predict_proba(X))


def test_labels_come_back_in_the_type_of_their_task():
    X, codes = table()
    y = np.stack([frame(codes)["color"], frame(codes)["size"].astype(str)], axis=1).astype("U5")
    neighbours = KNeighborsClassifier().fit(X, y)
    assert set(task_view(neighbours, 1).predict(X)) == {"10", "20"}


def test_no_probabilities_where_the_classifier_has_none():
    X, codes = table()
    view = task_view(MultiOutputClassifier(LinearSVC()).fit(X, codes), 1)
    assert view.predict(X).shape == (60,)
    assert not hasattr(view, "predict_proba")


def test_a_classifier_of_another_form_is_refused():
    X, codes = table()
    multilabel = MLPClassifier((4,), max_iter=2000, tol=0.1, random_state=0)
    view = task_view(multilabel.fit(X, (codes > 0).astype(int)), 0)
    with pytest.raises(ValueError, match="predict must return one column per task, 1 by classes_"):
        view.predict(X)
    odd = fitted("forest").__class__(5).fit(X, codes)
    odd.predict_proba = lambda X: np.zeros((3, len(X), 2))
    with pytest.raises(
        ValueError, match=r"one array per task, with one column per class, \[3, 2, 4\]"
    ):
        task_view(odd, 0).predict_proba(X)


def test_a_view_is_cloned_as_itself_and_not_fitted():
    view, X, y = view_and_rows("ours", 0)
    assert clone(view) is view
    with pytest.raises(TypeError, match="cannot be fitted; fit the classifier with all tasks"):
        view.fit(X, y)


@pytest.mark.parametrize("kind", ["ours", "forest"])
def test_a_pickled_view_answers_the_same(kind):
    view, X, _ = view_and_rows(kind, 2)
    again = pickle.loads(pickle.dumps(view))
    np.testing.assert_array_equal(again.predict_proba(X), view.predict_proba(X))


def test_score_leaves_missing_labels_out():
    X, _, y_partial = partial_labels()
    view, X_known, y = view_and_rows("ours", 1)
    assert view.score(X, y_partial["size"]) == np.mean(view.predict(X_known) == y)
    weight = np.arange(len(y)) % 3
    expected = np.average(view.predict(X_known) == y, weights=weight)
    assert view.score(X_known, y, sample_weight=weight) == pytest.approx(expected)
    with pytest.raises(ValueError, match="score needs at least one known label"):
        view.score(X, [None] * 120)
    with pytest.raises(
        ValueError, match="X and y must have the same number of rows; found 120 and 7"
    ):
        view.score(X, y_partial["size"][:7])
    with pytest.raises(ValueError, match="y must hold the labels of one task; found 3"):
        view.score(X, y_partial)


def test_score_uses_the_classifiers_missing_label():
    X, codes = table()
    codes[::3] = -1
    pipeline = make_pipeline(StandardScaler(), quick(missing_label=-1)).fit(X, codes)
    known = codes[:, 1] >= 0
    view = task_view(pipeline, 1)
    assert view.score(X, codes[:, 1]) == view.score(X[known], codes[known, 1])


@pytest.mark.parametrize("task", range(3))
@pytest.mark.parametrize("kind", ["ours", "forest"])
@pytest.mark.filterwarnings("ignore")  # of metrics that are not defined
def test_every_scorer_of_a_classifier_scores_a_view(kind, task):
    view, X, y = view_and_rows(kind, task)
    ordinary = GaussianNB().fit(X, y)
    n_scored = 0
    for name in get_scorer_names():
        scorer = get_scorer(name)
        try:
            scorer(ordinary, X, y)
        except (ValueError, TypeError):
            continue  # not for a classifier of such classes
        n_scored += 1
        assert np.isfinite(scorer(view, X, y)), name
    assert n_scored > 20


def calibrated(view, X, y):
    for method in METHODS:
        calibration = CalibratedClassifierCV(FrozenEstimator(view), method=method, cv=3)
        p = calibration.fit(X, y).predict_proba(X)
        assert p.shape == (len(X), len(view.classes_))
        np.testing.assert_allclose(p.sum(axis=1), 1)


def explained(view, X, y):
    assert permutation_importance(view, X, y, n_repeats=2).importances_mean.shape == (5,)
    several = permutation_importance(view, X, y, n_repeats=1, scoring=["accuracy", "f1_macro"])
    assert set(several) == {"accuracy", "f1_macro"}
    n_curves = 1 if len(view.classes_) == 2 else len(view.classes_)
    assert len(partial_dependence(view, X, [0], grid_resolution=4)["average"]) == n_curves
    PartialDependenceDisplay.from_estimator(
        view, X, [0, (0, 1)], target=view.classes_[1], grid_resolution=4
    )


def drawn(view, X, y):
    display = ConfusionMatrixDisplay.from_estimator(view, X, y)
    assert display.confusion_matrix.trace() == np.sum(view.predict(X) == y)


def reported(view, X, y):
    report = classification_report(y, view.predict(X), output_dict=True, zero_division=0)
    assert report["macro avg"]["support"] == len(y)


def voted(view, X, y):
    members = [("view", FrozenEstimator(view)), ("plain", GaussianNB())]
    assert VotingClassifier(members, voting="soft").fit(X, y).score(X, y) > 0.3


def stacked(view, X, y):
    members = [("view", view), ("plain", GaussianNB().fit(X, y))]
    stacking = StackingClassifier(members, GaussianNB(), cv="prefit")
    assert stacking.fit(X, y).score(X, y) > 0.3


def cross_validated(view, X, y):
    assert np.isfinite(cross_val_score(FrozenEstimator(view), X, y, cv=3)).all()


TOOLS = {
    "calibration": calibrated,
    "importance and dependence": explained,
    "confusion matrix": drawn,
    "report": reported,
    "voting": voted,
    "stacking": stacked,
    "cross-validation": cross_validated,
}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
@pytest.mark.parametrize("task", range(3))
@pytest.mark.parametrize("kind", ["ours", "forest"])
def test_tools_of_one_task_take_a_view(kind, task, tool):
    tool(*view_and_rows(kind, task))


@pytest.mark.parametrize("kind", ["ours", "search", "forest"])
def test_tools_of_two_classes_take_a_view(kind):
    view, X, y = view_and_rows(kind, 1)
    positive = view.classes_[1]
    for display in (RocCurveDisplay, PrecisionRecallDisplay, DetCurveDisplay):
        display.from_estimator(view, X, y, pos_label=positive)
    CalibrationDisplay.from_estimator(view, X, y, pos_label=positive)
    tuned = TunedThresholdClassifierCV(view, cv="prefit", refit=False).fit(X, y)
    assert tuned.score(X, y) > 0.3
    fixed = FixedThresholdClassifier(FrozenEstimator(view), threshold=0.0, pos_label=positive)
    assert (fixed.fit(X, y).predict(X) == positive).all()


@pytest.mark.parametrize("task", range(3))
@pytest.mark.parametrize("kind", ["ours", "forest"])
def test_a_decision_boundary_is_drawn(kind, task):
    X, y, _ = partial_labels(60)
    classifier = fitted(kind)
    small = clone(classifier).fit(X[:, :2], y if kind == "ours" else texts(y))
    view = task_view(small, task)
    X, options = X[:, :2], {"grid_resolution": 5}
    drawn = DecisionBoundaryDisplay.from_estimator(view, X, response_method="predict", **options)
    places = np.column_stack([drawn.xx0.ravel(), drawn.xx1.ravel()])
    numbered = [
        np.unique(labels, return_inverse=True)[1]
        for labels in (drawn.response.ravel(), view.predict(places))
    ]
    np.testing.assert_array_equal(*numbered)
    drawn = DecisionBoundaryDisplay.from_estimator(
        view, X, response_method="predict_proba", class_of_interest=view.classes_[1], **options
    )
    np.testing.assert_array_equal(drawn.response.ravel(), view.predict_proba(places)[:, 1])


def test_a_view_has_the_names_of_features():
    X, codes = table()
    names = [f"feature {i}" for i in range(5)]
    pandas = pytest.importorskip("pandas")
    classifier = quick().fit(pandas.DataFrame(X, columns=names), codes)
    assert task_view(classifier, 0).feature_names_in_.tolist() == names
    assert not hasattr(task_view(fitted("ours"), 0), "feature_names_in_")
