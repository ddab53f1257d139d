"""Exported files give the probabilities of ``predict_proba`` for all parts."""

from __future__ import annotations

import json
from itertools import chain, cycle, repeat

import numpy as np
import pytest
import torch
from samples import frame, quick, table
from saved_samples import DATES, IMAGES, MIXED
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from sklearn_abmtl import (
    ABMTLClassifier,
    BackboneEncoder,
    FeatureTokenEncoder,
    MLPEncoder,
    RecurrentEncoder,
    VGGEncoder,
    __version__,
    export_onnx,
    to_torch_program,
)
from sklearn_abmtl._saving.onnx_file import _labels
from sklearn_abmtl.nn import AGGREGATORS, ATTENTIONS, DECODERS, ENCODERS, TASK_CLASSIFIERS

onnxruntime = pytest.importorskip("onnxruntime")
pd = pytest.importorskip("pandas")
pytest.importorskip("onnxscript")

X, CODES = table(64)
DATA = {
    "vgg": np.random.default_rng(0).normal(size=(64, 1, 9, 7)),
    "recurrent": np.random.default_rng(0).normal(size=(64, 9, 2)),
}
SMALL = {
    "mlp": MLPEncoder(width=4),
    "feature_token": FeatureTokenEncoder(d_model=4, d_shared=8),
    "vgg": VGGEncoder(width=2, d_shared=8),
    "recurrent": RecurrentEncoder(width=4, d_shared=8),
}


def covering_cases():
    """Every encoder in two cases that differ in all else; the options of each part take turns."""
    decoders = [None, *DECODERS]
    turns = {
        "attention": cycle(ATTENTIONS),
        "task_classifier": cycle(TASK_CLASSIFIERS),
        "aggregator": cycle(AGGREGATORS),
        "sharing": cycle(["hard", "hard", "soft"]),
        "n_members": chain([2], repeat(1)),
    }
    n_cases = max(2 * len(ENCODERS), len(decoders), len(ATTENTIONS))
    return [
        {
            "encoder": SMALL.get(encoder, encoder),
            "decoder": decoders[(number + number // len(ENCODERS)) % len(decoders)],
            **{part: next(options) for part, options in turns.items()},
        }
        for number, encoder in zip(range(n_cases), cycle(ENCODERS), strict=False)
    ]


def learn(parameters, case_X, y):
    """Fit one epoch whose learning rate moves what starts at 0."""
    return quick(lr=0.05, max_epochs=1).set_params(**parameters).fit(case_X, y)


def calibrate_tasks(classifier):
    """Give each task a temperature and each class a bias."""
    matrix = classifier.net_.module_.aggregator.task_matrix
    matrix.inverse_temperature.copy_(torch.linspace(0.5, 2, 3).unsqueeze(1))
    matrix.bias.copy_(torch.linspace(-1, 1, matrix.bias.numel()).reshape(matrix.bias.shape))


def as_float32(classifier, rows):
    """Return rows as the exported model reads them."""
    features = classifier._read_features(rows).astype(np.float32)
    return classifier._feature_reader.layout.restore(features)


def assert_same_probabilities(classifier, rows, path):
    """At 1, 5 and 64 rows, in onnxruntime."""
    export_onnx(classifier, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == classifier.task_names_
    features, expected = as_float32(classifier, rows), classifier.predict_proba(rows)
    expected = expected if isinstance(expected, list) else [expected]
    for n_rows in (1, 5, 64):
        found = session.run(None, {session.get_inputs()[0].name: features[:n_rows]})
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours, theirs[:n_rows], rtol=0, atol=1e-5)


@pytest.mark.parametrize("case", covering_cases(), ids=lambda case: str(case["encoder"]))
def test_all_parts_give_the_same_probabilities(case, tmp_path):
    name = next(name for name, spec in SMALL.items() if spec is case["encoder"])
    rows = DATA.get(name, X)
    assert_same_probabilities(learn(case, rows, CODES), rows, tmp_path / "model.onnx")


OTHER_CASES = {
    "one task": ({}, X, CODES[:, 0]),
    "other losses": ({"losses": {"task_0": "binary_cross_entropy"}}, X, CODES),
    "bins in float64": ({"n_bins": 5, "dtype": "float64"}, X, CODES),
    "flat images": ({"encoder": SMALL["vgg"], "input_shape": (1, 8, 8)}, IMAGES, CODES[:60]),
    "backbone": (
        {"encoder": BackboneEncoder(torch.nn.Conv2d(3, 4, 4, stride=4), d_shared=8)},
        IMAGES,
        CODES[:60],
    ),
}


@pytest.mark.parametrize("name", OTHER_CASES)
def test_all_kinds_of_data_give_the_same_probabilities(name, tmp_path):
    parameters, rows, y = OTHER_CASES[name]
    assert_same_probabilities(learn(parameters, rows, y), rows, tmp_path / "model.onnx")


def test_the_calibration_is_in_the_file_and_tasks_may_have_any_name(tmp_path):
    names = ["X", "value:0", "softmax"]
    classifier = learn({}, X, frame(CODES).set_axis(names, axis=1))
    before = classifier.predict_proba(X)
    calibrate_tasks(classifier)
    moved = [np.abs(p - q).max() for p, q in zip(before, classifier.predict_proba(X), strict=True)]
    assert min(moved) > 0.05
    assert_same_probabilities(classifier, X, tmp_path / "model.onnx")


LABELS = {
    "dates": DATES[CODES[:, 0]],
    "dates in ns": DATES[CODES[:, 0]].astype("datetime64[ns]"),
    "durations": (DATES - DATES[0])[CODES[:, 0]],
    "booleans": CODES[:, 0] > 0,
    "floats": CODES[:, 0] / 3,
    "texts": CODES[:, 0].astype(str),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_any_type_come_back_from_the_metadata(name):
    classes = np.unique(LABELS[name])
    labels = json.loads(json.dumps(_labels(classes)))
    found = np.array(labels, np.dtype(str(classes.dtype)))
    np.testing.assert_array_equal(found, classes)
    assert found.dtype == classes.dtype


def test_a_file_of_2_gib_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("sklearn_abmtl._saving.onnx_file.MAX_BYTES", 100)
    with pytest.raises(ValueError, match=r"smaller than 2 GiB; found .* GiB of weights"):
        export_onnx(learn({}, X, CODES), tmp_path / "model.onnx")


def test_the_program_of_torch_gives_the_same_probabilities():
    classifier = learn({"decoder": "bilstm"}, X, CODES)
    program = to_torch_program(classifier).module()
    expected = classifier.predict_proba(X)
    for n_rows in (1, 5, 64):
        found = program(torch.from_numpy(as_float32(classifier, X[:n_rows])))
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs[:n_rows], rtol=0, atol=1e-5)


def test_a_table_with_categories_and_its_labels_features_and_version_in_the_metadata(tmp_path):
    columns = {"n_bins": 4, "categorical_features": ["kind", "level"]}
    classifier = learn(columns | {"handle_missing": "indicator"}, MIXED, frame(CODES[:60]))
    assert_same_probabilities(classifier, MIXED, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["sklearn_abmtl_version"] == __version__
    tasks = json.loads(metadata["tasks"])
    assert [task["labels"] for task in tasks] == [c.tolist() for c in classifier.classes_]
    assert [np.dtype(task["dtype"]) for task in tasks] == [c.dtype for c in classifier.classes_]
    features = json.loads(metadata["features"])
    assert [feature["name"] for feature in features] == list(MIXED.columns)
    assert features[5]["categories"] == ["x", "y"]


@pytest.mark.parametrize("as_type", [object, "category", "string", float])
def test_codes_that_are_made_as_the_metadata_says_give_the_same_probabilities(as_type, tmp_path):
    values = [1.0, 2.0, None, 3.0] if as_type is float else ["x", "y", None, "z"]
    rows = pd.DataFrame({"kind": pd.Series(values * 15, dtype=as_type), "size": np.arange(60.0)})
    y = pd.DataFrame({"missing": rows["kind"].isna(), "large": rows["size"] > 30})
    classifier = quick(categorical_features=["kind"], max_epochs=9, lr=0.05).fit(rows, y)
    export_onnx(classifier, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    features = json.loads(session.get_modelmeta().custom_metadata_map["features"])
    codes = {category: 2 + k for k, category in enumerate(features[0]["categories"])}
    assert [*codes] == [value for value in values if value is not None]
    feed = np.array([[codes.get(value, 1), k] for k, value in enumerate(values * 15)], np.float32)
    expected = classifier.predict_proba(rows)
    programs = to_torch_program(classifier).module()(torch.from_numpy(feed))
    for found in (session.run(None, {"X": feed}), [one.numpy() for one in programs]):
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


class BranchOnValues(torch.nn.Module):
    """A module that no exporter can follow."""

    def forward(self, features):
        return features * 2 if features.sum() > 0 else features


def test_what_cannot_be_exported_is_refused(tmp_path):
    path = tmp_path / "model.onnx"
    with pytest.raises(NotFittedError):
        export_onnx(ABMTLClassifier(), path)
    with pytest.raises(ValueError, match="takes a fitted ABMTLClassifier; found StandardScaler"):
        export_onnx(StandardScaler().fit(X), path)
    with pytest.raises(ValueError, match=r"path must end in \.onnx"):
        export_onnx(quick(), tmp_path / "model.pt")
    own = learn({"encoder": BackboneEncoder(BranchOnValues(), d_shared=8)}, X, CODES)
    with pytest.raises(ValueError, match=r"BranchOnValues.*cannot be exported"):
        export_onnx(own, path)
    assert not list(tmp_path.iterdir())
