"""Out-of-fold answers: the same as by hand, aligned, in any container."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from samples import quick, table
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, KFold, PredefinedSplit, ShuffleSplit
from sklearn.model_selection import cross_val_predict as cross_val_predict_of_sklearn
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import _safe_indexing
from split_samples import CONTAINERS, containers, partial_table, with_nan

from sklearn_abmtl._data.label_encoder import TaskLabelEncoder
from sklearn_abmtl._data.task_columns import read_task_columns
from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold, cross_val_predict

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)


def all_classes(y):
    return TaskLabelEncoder().fit(read_task_columns(y)).classes_


@pytest.mark.parametrize("container", CONTAINERS)
def test_answers_are_those_of_the_folds(container):
    X, codes = partial_table()
    y = containers(codes)[container]
    labels = cross_val_predict(quick(), X, y, cv=3)
    probabilities = cross_val_predict(quick(), X, y, cv=3, method="predict_proba")
    assert [p.shape for p in probabilities] == [(60, 3), (60, 2), (60, 4)]
    for train, test in MultiTaskStratifiedKFold(3).split(X, y):
        fitted = quick().fit(X[train], _safe_indexing(y, train))
        np.testing.assert_array_equal(labels[test], fitted.predict(X[test]))
        for found, expected in zip(probabilities, fitted.predict_proba(X[test]), strict=True):
            np.testing.assert_array_equal(found[test], expected)


@pytest.mark.parametrize("cv", [None, 4, KFold(3), "rows"])
def test_cv_may_be_a_number_a_splitter_or_rows(cv):
    X, codes = table()
    splitter = {None: MultiTaskStratifiedKFold(5), 4: MultiTaskStratifiedKFold(4)}.get(cv, KFold(3))
    splits = list(splitter.split(X, codes))
    found = cross_val_predict(TREE, X, codes, cv=iter(splits) if cv == "rows" else cv)
    for train, test in splits:
        np.testing.assert_array_equal(
            found[test], clone(TREE).fit(X[train], codes[train]).predict(X[test])
        )


def lacking_classes():
    """Labels of which fold 0 of 3 has all of one class of two tasks."""
    X, codes = partial_table()
    folds = np.arange(60) % 3
    codes[(folds != 0) & (codes[:, 0] == 1), 0] = 2
    codes[(folds != 0) & (codes[:, 2] == 3), 2] = -1
    return X, codes, PredefinedSplit(folds)


@pytest.mark.parametrize("container", CONTAINERS)
def test_classes_that_a_fold_lacks_have_no_probability(container):
    X, codes, cv = lacking_classes()
    y = containers(codes)[container]
    found = cross_val_predict(quick(), X, y, cv=cv, method="predict_proba")
    for train, test in cv.split():
        fitted = quick().fit(X[train], _safe_indexing(y, train))
        expected = fitted.predict_proba(X[test])
        for task, classes in enumerate(all_classes(y)):
            assert found[task].shape == (60, len(classes))
            has = np.isin(classes.astype(str), fitted.classes_[task].astype(str))
            np.testing.assert_array_equal(found[task][test][:, has], expected[task])
            assert not found[task][test][:, ~has].any()
            np.testing.assert_allclose(found[task][test].sum(axis=1), 1)
    assert (found[0][::3, 1] == 0).all()
    assert (found[2][::3, 3] == 0).all()
    assert found[0][1::3, 1].any()


def test_log_probabilities_of_lacking_classes_are_least():
    X, codes, cv = lacking_classes()
    y = np.maximum(codes, 0)
    forest = RandomForestClassifier(10, random_state=0)
    with np.errstate(divide="ignore"):  # of the forest
        found = cross_val_predict(forest, X, y, cv=cv, method="predict_log_proba")
    assert (found[0][::3, 1] == np.finfo(np.float64).min).all()


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_full_labels_get_what_scikit_learn_gives(method):
    X, codes = table()
    cv = list(MultiTaskStratifiedKFold(3).split(X, codes))
    forest = RandomForestClassifier(5, random_state=0)
    with np.errstate(divide="ignore"):  # of the forest
        found = cross_val_predict(forest, X, codes, cv=cv, method=method)
        expected = cross_val_predict_of_sklearn(forest, X, codes, cv=cv, method=method)
    np.testing.assert_array_equal(np.hstack(list(found)), np.hstack(list(expected)))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("task", [0, 1])
def test_one_task_gets_what_scikit_learn_gives(task, method):
    X, codes = table()
    y = np.array(["a", "b", "c"])[codes[:, task]]
    classifier = LinearDiscriminantAnalysis()
    found = cross_val_predict(classifier, X, y, cv=KFold(3), method=method)
    expected = cross_val_predict_of_sklearn(classifier, X, y, cv=KFold(3), method=method)
    np.testing.assert_array_equal(found, expected)


def test_one_task_may_lack_labels():
    X, codes = partial_table()
    y = np.array(["a", "b", "c", None], dtype=object)[codes[:, 0]]
    found = cross_val_predict(quick(), X, y, cv=3, method="predict_proba")
    assert found.shape == (60, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert set(cross_val_predict(quick(), X, y, cv=3)) <= {"a", "b", "c"}


def test_one_array_for_several_binary_tasks_stays_one():
    X, codes = table()
    y = (codes > 0).astype(int)
    classifier = MLPClassifier((4,), n_iter_no_change=1, tol=1e9, random_state=0)
    found = cross_val_predict(classifier, X, y, cv=KFold(3), method="predict_proba")
    assert found.shape == (60, 3)


def wrapped(classifier):
    """Return the classifier alone, in a Pipeline, in a search and in a search over a Pipeline."""
    pipeline = make_pipeline(StandardScaler(), classifier)
    grid = {"abmtlclassifier__lr": [0.01]}
    return {
        "alone": classifier,
        "pipeline": pipeline,
        "search": GridSearchCV(classifier, {"lr": [0.01]}, cv=2),
        "search over a pipeline": GridSearchCV(pipeline, grid, cv=2),
    }


# -1, in folds of the search
@pytest.mark.filterwarnings("ignore:y has labels that are not classes")
@pytest.mark.parametrize("form", list(wrapped(quick())))
def test_the_missing_label_of_the_estimator_is_no_class(form):
    X, codes = partial_table()
    estimator = wrapped(quick(missing_label=-1))[form]
    found = cross_val_predict(estimator, X, codes, cv=2, method="predict_proba")
    assert [p.shape for p in found] == [(60, 3), (60, 2), (60, 4)]
    as_a_class = cross_val_predict(wrapped(quick())[form], X, codes, cv=2, method="predict_proba")
    assert [p.shape for p in as_a_class] == [(60, 4), (60, 3), (60, 5)]


def test_two_processes_give_the_same():
    X, codes = partial_table()
    y = containers(codes)["pandas"]
    found, expected = (
        cross_val_predict(quick(), X, y, cv=2, n_jobs=n_jobs, method="predict_proba")
        for n_jobs in (2, None)
    )
    np.testing.assert_allclose(np.hstack(found), np.hstack(expected), rtol=1e-5)


@pytest.mark.parametrize("shape", [(60,), (60, 3)])
def test_sample_weights_are_split_like_the_rows(shape):
    X, codes = partial_table()
    y, weights = with_nan(codes), np.random.default_rng(0).uniform(0.1, 3, size=shape)
    found = cross_val_predict(quick(), X, y, cv=2, params={"sample_weight": weights})
    for train, test in MultiTaskStratifiedKFold(2).split(X, y):
        fitted = quick().fit(X[train], y[train], sample_weight=weights[train])
        np.testing.assert_array_equal(found[test], fitted.predict(X[test]))


def test_groups_reach_the_splitter():
    X, codes = partial_table()
    y, groups = with_nan(codes), np.arange(60) // 6
    found = cross_val_predict(quick(), X, y, cv=2, groups=groups)
    for train, test in MultiTaskStratifiedKFold(2).split(X, y, groups):
        np.testing.assert_array_equal(found[test], quick().fit(X[train], y[train]).predict(X[test]))


def test_groups_and_weights_are_routed():
    X, codes = partial_table()
    y, groups = with_nan(codes), np.arange(60) // 6
    weights = np.random.default_rng(0).uniform(0.1, 3, size=60)
    by_hand = cross_val_predict(
        quick(), X, y, cv=2, groups=groups, params={"sample_weight": weights}
    )
    with sklearn.config_context(enable_metadata_routing=True):
        classifier = quick().set_fit_request(sample_weight=True)
        found = cross_val_predict(
            classifier, X, y, cv=2, params={"sample_weight": weights, "groups": groups}
        )
        with pytest.raises(ValueError, match=r"groups must be passed as params=\{'groups': ...\}"):
            cross_val_predict(classifier, X, y, cv=2, groups=groups)
    np.testing.assert_array_equal(found, by_hand)


def test_frames_of_features_stay_frames():
    X, codes = table()
    X = pd.DataFrame(X, columns=list("abcde"))
    found = cross_val_predict(TREE, X, codes, cv=3)
    np.testing.assert_array_equal(found, cross_val_predict(TREE, X.to_numpy(), codes, cv=3))


def test_wrappers_of_one_task_classifiers_are_taken():
    X, codes = table()
    wrapper = MultiOutputClassifier(LinearDiscriminantAnalysis())
    found = cross_val_predict(wrapper, X, codes, cv=3, method="predict_proba")
    assert [p.shape for p in found] == [(60, 3), (60, 2), (60, 4)]


@pytest.mark.parametrize(
    "cv", [ShuffleSplit(2, random_state=0), [(np.arange(30), np.arange(30, 60))]]
)
def test_test_folds_must_be_a_partition(cv):
    X, codes = table()
    text = r"cross_val_predict only works for partitions; found \d+ rows in none and \d+ in several"
    with pytest.raises(ValueError, match=text):
        cross_val_predict(TREE, X, codes, cv=cv)


def test_y_must_be_passed():
    with pytest.raises(ValueError, match="cross_val_predict requires y to be passed; found None"):
        cross_val_predict(TREE, table()[0])


@pytest.mark.parametrize(
    ("classifier", "n_classes"),
    [(LinearDiscriminantAnalysis(), 3), (SVC(decision_function_shape="ovo"), 5)],
    ids=["one column for two classes", "a column a pair"],
)
def test_decisions_without_a_column_a_class_cannot_be_spread(classifier, n_classes):
    X, _ = table()
    y = np.arange(60) // 2 % n_classes
    y[::2][y[::2] == 1] = 0  # class 1 is in fold 1 alone
    text = r"cv must leave every class .* for method='decision_function'.*; found \d of \d classes"
    with pytest.raises(ValueError, match=text):
        cross_val_predict(
            classifier, X, y, cv=PredefinedSplit(np.arange(60) % 2), method="decision_function"
        )
