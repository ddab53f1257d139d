"""A Pipeline in one ONNX file gives the probabilities of its ``predict_proba``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from samples import COLORS, SIZES, frame, quick, table
from sklearn.compose import ColumnTransformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from sklearn_abmtl import MLPEncoder, export_onnx

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")
pd = pytest.importorskip("pandas")
pytest.importorskip("polars")
pipelines = importlib.import_module("_pipelines")
FOR_CLASSIFIERS, KINDS, N_FIT = pipelines.FOR_CLASSIFIERS, pipelines.KINDS, pipelines.N_FIT
fit_kind, largest_error, to_feeds = (
    pipelines.fit_kind,
    pipelines.largest_error,
    pipelines.to_feeds,
)

X, CODES = table(64)
GAPS = np.where(np.arange(64)[:, None] % 7 == np.arange(5), np.nan, X)
MIXED = pd.DataFrame(GAPS, columns=["a", "X", "value:0", "step:1", "color"]).assign(
    kind=COLORS[CODES[:, 0]], level=SIZES[CODES[:, 1]]
)
NUMBERS = make_pipeline(SimpleImputer(), StandardScaler())
COLUMNS = ColumnTransformer(
    [
        ("numbers", NUMBERS, ["a", "X", "value:0", "step:1", "color"]),
        ("one_hot", OneHotEncoder(sparse_output=False), ["kind"]),
        ("ordinal", OrdinalEncoder(), ["kind", "level"]),
    ]
)
CASES = {
    "scaler": ((StandardScaler(),), X),
    "imputer": ((SimpleImputer(), "passthrough"), GAPS),
    "columns": ((COLUMNS, StandardScaler()), MIXED),
    "nothing": (("passthrough",), X),
}


def fit_pipeline(steps, rows, **parameters):
    classifier = quick(encoder=MLPEncoder(width=4), max_epochs=1, **parameters)
    return make_pipeline(*steps, classifier).fit(rows, frame(CODES))


@pytest.mark.parametrize("name", CASES)
def test_a_pipeline_gives_the_same_probabilities(name, tmp_path):
    steps, rows = CASES[name]
    pipeline = fit_pipeline(steps, rows)
    export_onnx(pipeline, tmp_path / "model.onnx", rows[:20])
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert [output.name for output in session.get_outputs()] == ["color", "size", "shape"]
    metadata = session.get_modelmeta().custom_metadata_map
    assert set(metadata) == {"sklearn_abmtl_version", "tasks", "features"}
    expected = pipeline.predict_proba(rows)
    for n_rows in (1, 5, 64):
        found = session.run(None, to_feeds(session, rows[:n_rows]))
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours, theirs[:n_rows], rtol=0, atol=1e-5)


@pytest.mark.usefixtures("shared_graphs")
def test_an_input_gets_another_name_where_a_task_has_it(tmp_path):
    export_onnx(fit_pipeline((COLUMNS,), MIXED), tmp_path / "model.onnx", MIXED)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    names = [i.name for i in session.get_inputs()]
    assert names == ["a", "X", "value:0", "step:1", "color_", "kind", "level"]


@pytest.mark.usefixtures("shared_graphs")
@pytest.mark.parametrize("kind", [*KINDS, *FOR_CLASSIFIERS])
def test_every_kind_of_pipeline_gives_the_same_probabilities(kind, tmp_path):
    pipeline, rows = fit_kind(kind)
    export_onnx(pipeline, tmp_path / "model.onnx", rows[:40])
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for unseen in (rows[N_FIT:], rows[-5:], rows[-1:]):
        assert largest_error(session, pipeline, unseen) <= 1e-5
    if kind == "input_shape":
        return  # onnxruntime's convolutions end the process at 0 rows
    nothing = session.run(None, to_feeds(session, rows[:0]))
    classes = pipeline.classes_ if isinstance(pipeline.classes_, list) else [pipeline.classes_]
    assert [p.shape for p in nothing] == [(0, len(c)) for c in classes]


@pytest.mark.usefixtures("shared_graphs")
def test_inputs_have_the_types_of_the_columns(tmp_path):
    columns = {"half": np.float16, "whole": np.int32, "is": bool, "double": np.float64}
    rows = pd.DataFrame({name: (X[:, 0] > 0).astype(dtype) for name, dtype in columns.items()})
    export_onnx(fit_pipeline(("passthrough",), rows), tmp_path / "model.onnx", rows)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    types = {one.name: one.type for one in session.get_inputs()}
    assert types == {
        "half": "tensor(float)",
        "whole": "tensor(int64)",
        "is": "tensor(bool)",
        "double": "tensor(float)",
    }


@pytest.mark.usefixtures("shared_graphs")
def test_inputs_are_of_float64_where_float32_is_too_coarse(tmp_path):
    seconds = pd.DataFrame({"seconds": 1.7e9 + np.arange(64) % 17, "a": X[:, 0]})
    pipeline = fit_pipeline((StandardScaler(),), seconds)
    export_onnx(pipeline, tmp_path / "model.onnx", seconds)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert [one.type for one in session.get_inputs()] == ["tensor(double)"] * 2
    assert largest_error(session, pipeline, seconds) <= 1e-5


@pytest.mark.usefixtures("shared_graphs")
@pytest.mark.parametrize("missing", ["", "nan", "None", "<NA>"])
def test_a_missing_text_may_be_spelled_as_anyone_spells_it(missing, tmp_path):
    rows = pd.DataFrame({"kind": np.where(np.arange(64) % 5 == 0, None, MIXED["kind"])})
    pipeline = fit_pipeline((OneHotEncoder(sparse_output=False),), rows)
    export_onnx(pipeline, tmp_path / "model.onnx", rows)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    found = session.run(None, {"kind": np.array([[missing]], dtype=object)})
    for ours, theirs in zip(found, pipeline.predict_proba(rows[:1]), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


@pytest.mark.usefixtures("shared_graphs")
def test_what_an_encoder_refuses_is_nan_and_no_class_of_its_own(tmp_path):
    rows = MIXED[["kind"]]
    pipeline = fit_pipeline((OneHotEncoder(sparse_output=False),), rows)
    export_onnx(pipeline, tmp_path / "model.onnx", rows)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    found = session.run(None, {"kind": np.array([["unknown"], ["red"]], dtype=object)})
    for p in found:
        assert np.isnan(p[0]).all()
        assert np.isfinite(p[1]).all()


@pytest.mark.usefixtures("shared_graphs")
def test_what_cannot_be_exported_is_refused(tmp_path):
    path = tmp_path / "model.onnx"
    with pytest.raises(ValueError, match="needs X for a Pipeline"):
        export_onnx(fit_pipeline((StandardScaler(),), X), path)
    own = fit_pipeline((StandardScaler(), FunctionTransformer(np.sin)), X)
    with pytest.raises(ValueError, match="cannot convert the step 'functiontransformer', Func"):
        export_onnx(own, path, X)
    neighbours = fit_pipeline((KNNImputer(n_neighbors=2),), GAPS)
    with pytest.raises(ValueError, match=r"cannot convert the step 'knnimputer'.*other neigh"):
        export_onnx(neighbours, path, GAPS)
    inside = ColumnTransformer([("sine", FunctionTransformer(np.sin), [0])])
    with pytest.raises(ValueError, match="cannot convert the step 'columntransformer/sine', Func"):
        export_onnx(fit_pipeline((inside,), X), path, X)
    texts = fit_pipeline((OrdinalEncoder(),), MIXED[["kind", "level"]])
    with pytest.raises(ValueError, match="of numbers or of text in each input; 'X' has"):
        export_onnx(texts, path, MIXED[["kind", "level"]].to_numpy())
    assert not list(tmp_path.iterdir())
