"""A fitted classifier reads X as it was fitted, whatever its parameters are later."""

from __future__ import annotations

import copy
import pickle

import joblib
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
from samples import frame, quick, table
from sklearn.base import clone

from sklearn_abmtl import VGGEncoder, export_onnx, load_model, save_model, to_torch_program
from sklearn_abmtl._data.feature_reader import FeatureReader
from sklearn_abmtl._saving.torch_program import ProbabilityModule
from sklearn_abmtl.metrics import task_accuracy_scores

X, CODES = table(60)
WITH_GAPS = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
MIXED = pd.DataFrame(X, columns=list("abcde")).assign(kind=pd.Categorical(list("xyz") * 20))
IMAGES = np.random.default_rng(0).normal(size=(60, 128))
VGG = {"encoder": VGGEncoder(width=2, d_shared=8), "max_epochs": 1}

FITTED = {  # parameters of fit, X, and others that are set later
    "table": (
        {},
        X,
        [{"dtype": "float64"}, {"handle_missing": "indicator"}, {"input_shape": (1, 5)}],
    ),
    "double precision": ({"dtype": "float64"}, X, [{"dtype": "float32"}]),
    "gaps": ({"handle_missing": "indicator"}, WITH_GAPS, [{"handle_missing": "error"}]),
    "categories": (
        {},
        MIXED,
        [
            {"categorical_features": None},
            {"categorical_features": [0]},
            {"handle_missing": "indicator"},
        ],
    ),
    "images": (
        {"input_shape": (1, 8, 16), **VGG},
        IMAGES,
        [
            {"input_shape": (1, 16, 8)},
            {"input_shape": None},
            {"input_shape": (128,)},
            {"input_shape": (7, 7)},
            {"channels": "last"},
            {"input_shape": (8, 16, 1), "channels": "last", "dtype": "float64"},
        ],
    ),
    "channels last": (
        {"channels": "last", **VGG},
        IMAGES.reshape(60, 8, 8, 2),
        [{"channels": "first"}, {"channels": "auto"}, {"input_shape": (2, 8, 8)}],
    ),
}


def answers(classifier, rows):
    return [*classifier.predict_proba(rows), classifier.task_attention(rows)]


@pytest.mark.parametrize("name", FITTED)
def test_parameters_that_are_set_later_change_no_answer(name, tmp_path):
    parameters, rows, others = FITTED[name]
    classifier = quick(**parameters).fit(rows, CODES)
    expected = answers(classifier, rows)
    for other in others:
        changed = copy.copy(classifier).set_params(**other)
        save_model(changed, tmp_path / "model")
        joblib.dump(changed, tmp_path / "model.joblib")
        loaded = load_model(tmp_path / "model")
        for each in (
            changed,
            pickle.loads(pickle.dumps(changed)),
            copy.deepcopy(changed),
            joblib.load(tmp_path / "model.joblib"),
            loaded,
        ):
            for found, right in zip(answers(each, rows), expected, strict=True):
                np.testing.assert_array_equal(found, right)
            assert each.sample_shape_ == classifier.sample_shape_
            for option, value in other.items():
                assert getattr(each, option) == value
        assert repr(loaded) == repr(changed)
        assert clone(changed).get_params()[next(iter(other))] == next(iter(other.values()))


@pytest.mark.parametrize("name", ["table", "double precision", "images", "channels last"])
def test_exports_are_of_the_fitted_network(name, tmp_path):
    parameters, rows, others = FITTED[name]
    classifier = quick(**parameters).fit(rows, CODES)
    expected = classifier.predict_proba(rows)
    given = torch.from_numpy(rows.astype(parameters.get("dtype", "float32")))
    for other in others:
        module = ProbabilityModule(classifier.set_params(**other))
        for p, q in zip(module(given), expected, strict=True):
            np.testing.assert_allclose(p, q, atol=1e-5)
    program = to_torch_program(classifier).module()  # with all of them set
    for p, q in zip(program(given), expected, strict=True):
        np.testing.assert_allclose(p, q, atol=1e-5)
    export_onnx(classifier, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for p, q in zip(session.run(None, {"X": rows.astype(np.float32)}), expected, strict=True):
        np.testing.assert_allclose(p, q, atol=1e-5)


def test_gaps_are_read_or_refused_as_in_fit():
    with_gaps = quick(handle_missing="indicator").fit(WITH_GAPS, CODES)
    assert with_gaps.set_params(handle_missing="error").predict(WITH_GAPS).shape == (60, 3)
    without = quick().fit(X, CODES).set_params(handle_missing="indicator")
    with pytest.raises(ValueError, match="was not trained with NaN"):
        without.predict(WITH_GAPS)


@pytest.mark.filterwarnings("ignore:given changes no prediction")
def test_missing_labels_are_those_of_fit():
    y = np.where(np.random.default_rng(0).random(CODES.shape) < 0.2, -1, CODES)
    classifier = quick(missing_label=-1).set_params(aggregator__cv=2).fit(X, y)
    expected = classifier.predict_proba(X, given=y)[0], classifier.score(X, y)
    classifier.set_params(missing_label=None)
    np.testing.assert_array_equal(classifier.predict_proba(X, given=y)[0], expected[0])
    assert classifier.score(X, y) == expected[1]
    view = classifier.task(0)
    known = y[:, 0] >= 0
    right = np.mean(view.predict(X)[known] == y[known, 0])
    assert view.score(X, y[:, 0]) == pytest.approx(right)
    loaded = pickle.loads(pickle.dumps(classifier))
    assert loaded.score(X, y) == expected[1]
    scores = task_accuracy_scores(y, classifier.predict(X), missing_label=-1)
    assert np.mean(scores) == pytest.approx(expected[1])


CHANGES = [
    {"dtype": "float64"},
    {"input_shape": (5,)},
    {"channels": "first"},
    {"categorical_features": [0]},
    {"handle_missing": "indicator"},
    {"missing_label": -1},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_training_that_continues_refuses_other_input_options(change):
    (name,) = change
    classifier = quick(warm_start=True).fit(X, CODES)
    expected = classifier.predict_proba(X)[0]
    classifier.set_params(**change)
    for call in (classifier.fit, classifier.partial_fit):
        with pytest.raises(ValueError, match=rf"{name}=.* is not that of fit"):
            call(X, CODES)
    np.testing.assert_array_equal(classifier.predict_proba(X)[0], expected)
    before = clone(classifier).get_params()
    refitted = classifier.set_params(warm_start=False).fit(X, CODES)
    assert refitted.get_params()[name] == before[name]
    refitted.set_params(warm_start=True).fit(X, CODES)  # by the new options


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"input_shape": (5,)}, {"input_shape": [5]}),
        ({"categorical_features": ["kind"]}, {"categorical_features": np.array(["kind"])}),
        ({"missing_label": np.nan}, {"missing_label": float("nan")}),
        ({"missing_label": -1}, {"missing_label": np.int64(-1)}),
    ],
)
def test_options_that_mean_the_same_are_no_others(first, second):
    rows = MIXED if "categorical_features" in first else X
    classifier = quick(warm_start=True, **first).fit(rows, CODES)
    classifier.set_params(**second).fit(rows, CODES).partial_fit(rows, CODES)


def test_refits_read_by_new_parameters():
    classifier = quick(**VGG, input_shape=(1, 8, 16)).fit(IMAGES, CODES)
    classifier.set_params(input_shape=(1, 16, 8)).fit(IMAGES, CODES)
    assert classifier.task_attention(IMAGES).shape == (60, 3, 16, 8)
    classifier.set_params(input_shape=None, encoder="mlp").fit(MIXED, frame(CODES))
    assert classifier.is_categorical_.tolist() == [False] * 5 + [True]
    classifier.fit(X, CODES)
    assert classifier.is_categorical_ is None
    assert not hasattr(classifier, "feature_names_in_")


def test_a_failed_refit_reads_as_before():
    classifier = quick().fit(X, CODES)
    expected = classifier.predict_proba(X)[0]
    classifier.set_params(input_shape=(1, 5, 1), channels="first")
    with pytest.raises(ValueError, match="MLPEncoder takes samples of shape"):
        classifier.fit(X, CODES)
    np.testing.assert_array_equal(classifier.predict_proba(X)[0], expected)


def test_a_list_that_is_changed_later_changes_nothing():
    chosen = ["kind"]
    classifier = quick(categorical_features=chosen).fit(MIXED, CODES)
    expected = classifier.predict_proba(MIXED)[0]
    chosen.append("a")
    np.testing.assert_array_equal(classifier.predict_proba(MIXED)[0], expected)


def test_a_reader_stands_alone():
    options = {"owner": "Reader", "dtype": "float32", "input_shape": None, "channels": "auto"}
    reader = FeatureReader(**options, categorical_features=[0], handle_missing="indicator")
    rows = np.array([["a", 1.5], ["b", None], ["a", 2.5]], dtype=object)
    expected = np.array([[2, 1.5], [3, np.nan], [2, 2.5]], dtype=np.float32)
    np.testing.assert_array_equal(reader.fit_read(rows), expected)
    again = FeatureReader.from_state(reader.state())
    np.testing.assert_array_equal(again.read(rows[::-1]), expected[::-1])
    assert again.n_codes == [4, 0]
    with pytest.raises(ValueError, match=r"samples of shape \(1,\), but Reader was fitted"):
        again.read(rows[:, :1])


def version_1(state):
    """Return a state as version 1 had it."""
    state = dict(state)
    reader = state.pop("_feature_reader")
    del state["_missing_label"], state["channels"]
    state["is_categorical_"] = reader["is_categorical"]
    state["sample_shape_"] = reader["layout"]["sample_shape"]
    if reader["categories"] is not None:
        state["category_encoder_"] = reader["categories"]
    network = state["net_"]["network"]
    before = {name.replace("input_layer.", "scaler.", 1): array for name, array in network.items()}
    return state | {"_state_version": 1, "net_": state["net_"] | {"network": before}}


@pytest.mark.parametrize("name", ["table", "double precision", "gaps", "categories", "images"])
def test_states_of_version_1_are_read(name):
    parameters, rows, _ = FITTED[name]
    classifier = quick(**parameters).fit(rows, CODES)
    loaded = quick()
    loaded.__setstate__(version_1(classifier.__getstate__()))
    for found, right in zip(answers(loaded, rows), answers(classifier, rows), strict=True):
        np.testing.assert_array_equal(found, right)
    pickle.loads(pickle.dumps(loaded)).set_params(warm_start=True).fit(rows, CODES)
