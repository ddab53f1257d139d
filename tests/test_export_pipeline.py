"""A Pipeline in one ONNX file gives the probabilities of its ``predict_proba``."""

from __future__ import annotations

import numpy as np
import pytest
from samples import COLORS, SIZES, frame, quick, table
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from sklearn_abmtl import MLPEncoder, export_onnx

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")
pd = pytest.importorskip("pandas")

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


def feed(session, rows):
    """Give each input its column, or the one input all of an array."""
    inputs = session.get_inputs()
    columns = [rows] if len(inputs) == 1 else [rows[[name]].to_numpy() for name in rows]
    types = {"tensor(float)": np.float32, "tensor(string)": object}
    return {i.name: c.astype(types[i.type]) for i, c in zip(inputs, columns, strict=True)}


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
        found = session.run(None, feed(session, rows[:n_rows]))
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours, theirs[:n_rows], rtol=0, atol=1e-5)


def test_an_input_gets_another_name_where_a_task_has_it(tmp_path):
    export_onnx(fit_pipeline((COLUMNS,), MIXED), tmp_path / "model.onnx", MIXED)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    names = [i.name for i in session.get_inputs()]
    assert names == ["a", "X", "value:0", "step:1", "color_", "kind", "level"]


def test_what_cannot_be_exported_is_refused(tmp_path):
    path = tmp_path / "model.onnx"
    with pytest.raises(ValueError, match="needs X for a Pipeline"):
        export_onnx(fit_pipeline((StandardScaler(),), X), path)
    own = fit_pipeline((StandardScaler(), FunctionTransformer(np.sin)), X)
    with pytest.raises(ValueError, match="cannot convert the step 'functiontransformer', Func"):
        export_onnx(own, path, X)
    wrong = fit_pipeline((SimpleImputer(add_indicator=True),), GAPS)
    with pytest.raises(ValueError, match=r"the step 'simpleimputer'.*gives other features"):
        export_onnx(wrong, path, GAPS)
    coded = fit_pipeline((OrdinalEncoder(),), X > 0, categorical_features=[0])
    with pytest.raises(ValueError, match="classifier without categorical_features"):
        export_onnx(coded, path, X > 0)
    texts = fit_pipeline((OrdinalEncoder(),), MIXED[["kind", "level"]])
    with pytest.raises(ValueError, match="of numbers or of text in each input; 'X' has"):
        export_onnx(texts, path, MIXED[["kind", "level"]].to_numpy())
    assert not list(tmp_path.iterdir())
