"""SingleTask is a classifier of one task to every tool, and learns all of them."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from samples import frame, quick, table
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (brings the next import)
from sklearn.feature_selection import SelectFromModel
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, TaskClassifier
from sklearn_abmtl._wrappers.single_task import SingleTask

EXACT = ABMTLClassifier(
    encoder=MLPEncoder(width=32, dropout=0.0),
    task_classifier=TaskClassifier(dropout=0.0),
    batch_size=1000,
    max_epochs=100,  # of one batch each
    early_stopping=False,
    dtype="float64",
    random_state=0,
)


@pytest.mark.filterwarnings("ignore")  # what the checks warn of is theirs to judge
@parametrize_with_checks([SingleTask(EXACT)])
def test_scikit_learn_takes_it_for_one_of_its_own(estimator, check):
    check(estimator)


def labels(task=0, n_samples=60):
    """Return X, the labels of one task, and those of the others with 30 % missing."""
    X, codes = table(n_samples)
    y = frame(codes)
    name = y.columns[task]
    others = y.drop(columns=name).astype(object)
    missing = np.random.default_rng(1).random(others.shape) < 0.3
    return X, y[name].to_numpy(), others.mask(missing, None)


def all_tasks(task):
    _, y, others = labels(task)
    together = others.copy()
    together.insert(0, "target", y)
    return together


@pytest.mark.parametrize("task", range(3))
def test_it_answers_as_the_estimator_for_the_first_task(task):
    X, y, aux_y = labels(task)
    single = SingleTask(quick(), "target").fit(X, y, aux_y=aux_y)
    expected = quick().fit(X, all_tasks(task))
    assert single.estimator_.task_names_ == ["target", *aux_y.columns]
    assert single.classes_.tolist() == expected.classes_[0].tolist() == np.unique(y).tolist()
    np.testing.assert_array_equal(single.predict_proba(X), expected.predict_proba(X)[0])
    np.testing.assert_array_equal(single.predict(X), expected.predict(X)[:, 0])
    assert single.predict(X).dtype == expected.classes_[0].dtype
    assert single.score(X, y) == np.mean(single.predict(X) == y)


CONTAINERS = {
    "array": lambda aux_y: aux_y.to_numpy(),
    "list": lambda aux_y: aux_y.to_numpy().tolist(),
    "frame with other rows' names": lambda aux_y: aux_y.set_axis(range(60, 0, -1)),
    "polars": lambda aux_y: pl.DataFrame({name: aux_y[name].tolist() for name in aux_y}),
    "arrow": lambda aux_y: CONTAINERS["polars"](aux_y).to_arrow(),
    "mask": lambda aux_y: np.ma.array(aux_y.fillna("red").to_numpy(), mask=aux_y.isna()),
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_other_tasks_come_in_any_container(container):
    X, y, aux_y = labels()
    expected = SingleTask(quick()).fit(X, y, aux_y=aux_y)
    single = SingleTask(quick()).fit(X, y, aux_y=container(aux_y))
    assert [c.tolist() for c in single.estimator_.classes_] == [
        c.tolist() for c in expected.estimator_.classes_
    ]
    np.testing.assert_array_equal(single.predict_proba(X), expected.predict_proba(X))


def test_the_estimators_missing_label_counts():
    X, codes = table()
    codes[::3, 1:] = -1
    single = SingleTask(quick(missing_label=-1)).fit(X, codes[:, 0], aux_y=codes[:, 1:])
    assert [len(classes) for classes in single.estimator_.classes_] == [3, 2, 4]


def test_score_leaves_missing_labels_out():
    X, y, aux_y = labels()
    y = y.astype(object)
    y[::4] = None
    single = SingleTask(quick()).fit(X, y, aux_y=aux_y)
    is_known = np.arange(len(y)) % 4 != 0
    expected = np.mean(single.predict(X)[is_known] == y[is_known])
    assert single.score(X, y) == single.score(X[is_known], y[is_known]) == pytest.approx(expected)
    scores = cross_val_score(single, X, y, cv=KFold(2), params={"aux_y": aux_y})
    assert np.isfinite(scores).all()


def test_features_are_selected():
    X, y, aux_y = labels()
    getter = "estimator_.feature_importances_"
    select = SelectFromModel(SingleTask(quick()), max_features=2, importance_getter=getter)
    assert select.fit(X, y, aux_y=aux_y).transform(X).shape == (60, 2)


def test_options_go_by_the_names_of_a_frame():
    X, y, aux_y = labels()
    single = SingleTask(quick(loss_weights={"color": 2.0, "shape": 0.5}), task="color")
    assert single.fit(X, y, aux_y=aux_y).predict(X).shape == (60,)
    with pytest.raises(ValueError, match=r"the columns of aux_y, \['size', 'shape'\]; found 's"):
        SingleTask(quick(), task="size").fit(X, y, aux_y=aux_y)


def test_the_other_tasks_are_learned():
    X, y, aux_y = labels()
    alone = SingleTask(quick()).fit(X, y)
    assert alone.estimator_.classes_.tolist() == alone.classes_.tolist()
    together = SingleTask(quick()).fit(X, y, aux_y=aux_y)
    assert (alone.predict_proba(X) != together.predict_proba(X)).any()
    one_more = SingleTask(quick()).fit(X, y, aux_y=aux_y["shape"])
    assert len(one_more.estimator_.classes_) == 2


def test_it_wraps_other_classifiers():
    X, codes = table()
    single = SingleTask(RandomForestClassifier(10, random_state=0))
    single.fit(X, codes[:, 2], aux_y=codes[:, :2])
    assert single.predict_proba(X).shape == (60, 4)
    assert single.predict(X).dtype == codes.dtype
    scores_only = SingleTask(MultiOutputClassifier(LinearSVC()))
    assert not hasattr(scores_only, "predict_proba")
    assert scores_only.fit(X, codes[:, 0], aux_y=codes[:, 1:]).score(X, codes[:, 0]) > 0.5
    pipeline = SingleTask(make_pipeline(StandardScaler(), quick()))
    assert pipeline.fit(X, codes[:, 0], aux_y=codes[:, 1:]).n_features_in_ == 5
    named = single.fit(pd.DataFrame(X, columns=list("abcde")), codes[:, 0])
    assert named.feature_names_in_.tolist() == list("abcde")


def test_weights_reach_the_estimator():
    X, y, aux_y = labels()
    half = np.arange(60) < 30
    exact = clone(EXACT).set_params(max_epochs=5)
    weighted = SingleTask(exact).fit(X, y, aux_y=aux_y, sample_weight=half.astype(float))
    fewer = SingleTask(exact).fit(X[half], y[half], aux_y=aux_y[half])
    np.testing.assert_allclose(weighted.predict_proba(X), fewer.predict_proba(X), rtol=1e-6)


def test_rows_and_columns_must_fit():
    X, y, aux_y = labels()
    with pytest.raises(ValueError, match="y and aux_y must have the same number of rows"):
        SingleTask(quick()).fit(X, y, aux_y=aux_y[1:])
    with pytest.raises(ValueError, match="y should be a 1d array"):
        SingleTask(quick()).fit(X, table()[1])
    with pytest.raises(ValueError, match=r"aux_y must be an array, .*; found .* dict\."):
        SingleTask(quick()).fit(X, y, aux_y={"size": y})


@pytest.mark.parametrize("rows", [np.r_[0:60, 3, 3], np.arange(5, 40), np.r_[0:30, 0:30]])
@pytest.mark.parametrize("indexed", ["X", "y"])
def test_an_index_says_which_rows_of_aux_y_a_sampler_left(rows, indexed):
    X, y, aux_y = labels()
    index = np.array([f"row {number}" for number in range(60)])
    others = aux_y.set_index(index)
    resampled = {"X": X[rows], "y": y[rows]}
    if indexed == "X":
        resampled["X"] = pd.DataFrame(X[rows], index=index[rows]).add_prefix("x")
    else:
        resampled["y"] = pd.Series(y[rows], index=index[rows])
    found = SingleTask(quick()).fit(**resampled, aux_y=others)
    expected = SingleTask(quick()).fit(**resampled, aux_y=others.iloc[rows])
    for p, q in zip(
        found.estimator_.predict_proba(resampled["X"]),
        expected.estimator_.predict_proba(resampled["X"]),
        strict=True,
    ):
        np.testing.assert_array_equal(p, q)


@pytest.mark.parametrize("n_rows", [40, 70])
@pytest.mark.parametrize("index", [None, np.arange(60)[::-1], [f"row {n}" for n in range(60)]])
def test_rows_that_a_sampler_renumbered_are_not_guessed(index, n_rows):
    X, y, aux_y = labels()
    rows = np.arange(n_rows) % 60
    frame_of_X = pd.DataFrame(X[rows]).add_prefix("x")  # numbered from 0
    others = aux_y if index is None else aux_y.set_index(pd.Index(index))
    text = "aux_y must have the same number of rows; .*resampled.*class_weight='balanced'.*routing"
    with pytest.raises(ValueError, match=text):
        SingleTask(quick()).fit(frame_of_X, np.asarray(y)[rows], aux_y=others)


@pytest.mark.parametrize("sampler", ["RandomOverSampler", "RandomUnderSampler", "SMOTE"])
def test_samplers_of_imbalanced_learn_in_a_pipeline(sampler):
    pytest.importorskip("imblearn", reason="needs imbalanced-learn")
    over_or_under = import_module(f"imblearn.{'under' if 'Under' in sampler else 'over'}_sampling")
    pipeline = import_module("imblearn.pipeline").make_pipeline
    X, _, aux_y = labels()
    rare = (np.arange(60) < 12).astype(int)
    with sklearn.config_context(enable_metadata_routing=True):
        steps = getattr(over_or_under, sampler)(random_state=0), SingleTask(quick())
        steps[1].set_fit_request(aux_y=True)
        with pytest.raises(ValueError, match="If a step before SingleTask resampled the rows"):
            pipeline(*steps).fit(X, rare, aux_y=aux_y)
        if sampler == "SMOTE":
            return
        X_resampled, y_resampled = steps[0].fit_resample(X, rare)
        rows = steps[0].sample_indices_
        single = steps[1].fit(X_resampled, y_resampled, aux_y=np.asarray(aux_y)[rows])
        assert single.predict(X).shape == (60,)


def scored(single, X, y, aux_y):
    assert np.isfinite(cross_val_score(single, X, y, cv=2, params={"aux_y": aux_y})).all()


def predicted(single, X, y, aux_y):
    options = {"cv": 2, "method": "predict_proba", "params": {"aux_y": aux_y}}
    assert cross_val_predict(single, X, y, **options).shape == (60, len(np.unique(y)))


def searched(single, X, y, aux_y):
    search = GridSearchCV(single, {"estimator__lr": [1e-3, 1e-2]}, cv=2, scoring="neg_log_loss")
    assert np.isfinite(search.fit(X, y, aux_y=aux_y).best_score_)


def halved(single, X, y, aux_y):
    search = HalvingGridSearchCV(
        single, {"estimator__lr": [1e-3, 1e-2]}, cv=2, factor=2, min_resources=30, random_state=0
    )
    assert np.isfinite(search.fit(X, y, aux_y=aux_y).best_score_)


def calibrated(single, X, y, aux_y):
    calibration = CalibratedClassifierCV(single, cv=3).fit(X, y, aux_y=aux_y)
    assert calibration.predict_proba(X).shape == (60, len(np.unique(y)))


def voted(single, X, y, aux_y):
    single.set_params(estimator__lr=1e-2, estimator__max_epochs=30)
    voting = VotingClassifier([("a", single), ("b", clone(single))], voting="soft")
    assert voting.fit(X, y, aux_y=aux_y).score(X, y) > 0.7


def bagged(single, X, y, aux_y):
    single.set_params(estimator__lr=1e-2, estimator__max_epochs=30)
    bagging = BaggingClassifier(single, n_estimators=2, random_state=0)
    assert bagging.fit(X, y, aux_y=aux_y).score(X, y) > 0.7


def piped(single, X, y, aux_y):
    pipeline = make_pipeline(StandardScaler(), single)
    scores = cross_val_score(pipeline, X, y, cv=2, params={"aux_y": aux_y})
    assert np.isfinite(scores).all()


def drawn(single, X, y, aux_y):
    sizes, _, scores = learning_curve(
        single, X, y, cv=2, train_sizes=[0.5, 1.0], shuffle=True, random_state=0,
        params={"aux_y": aux_y},
    )  # fmt: skip
    assert np.isfinite(scores).all()
    assert len(sizes) == 2


TOOLS = {
    "scores": scored,
    "predictions": predicted,
    "search": searched,
    "halving": halved,
    "calibration": calibrated,
    "voting": voted,
    "bagging": bagged,
    "pipeline": piped,
    "learning curve": drawn,
}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
@pytest.mark.parametrize("task", [0, 1])
def test_tools_pass_the_other_tasks_on(task, tool):
    with sklearn.config_context(enable_metadata_routing=True):
        tool(SingleTask(quick()).set_fit_request(aux_y=True), *labels(task))


def test_thresholds_are_tuned():
    X, y, aux_y = labels(1)
    y = (y == 20).astype(int)
    with sklearn.config_context(enable_metadata_routing=True):
        single = SingleTask(quick()).set_fit_request(aux_y=True)
        tuned = TunedThresholdClassifierCV(single, cv=3).fit(X, y, aux_y=aux_y)
    assert tuned.score(X, y) > 0.3


def test_a_search_needs_no_routing():
    X, y, aux_y = labels()
    search = GridSearchCV(SingleTask(quick()), {"estimator__lr": [1e-3, 1e-2]}, cv=2)
    assert search.fit(X, y, aux_y=aux_y).best_estimator_.estimator_.task_names_[1:] == [
        "size",
        "shape",
    ]
