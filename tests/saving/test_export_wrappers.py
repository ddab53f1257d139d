"""Wrappers, searches and Pipelines around a classifier are exported, and in silence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from samples import frame, quick, table
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_abmtl import (
    MLPEncoder,
    SingleTask,
    calibrate,
    export_onnx,
    load_model,
    save_model,
    task_view,
)

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
pytest.importorskip("pandas")
pytest.importorskip("skl2onnx")

X, CODES = table(64)
X = X.astype(np.float32)
LABELS = frame(CODES)


def small(**parameters):
    return quick(max_epochs=1, encoder=MLPEncoder(width=4), **parameters)


def pipeline():
    return make_pipeline(StandardScaler(), small()).fit(X[:40], LABELS[:40])


def search():
    candidates = GridSearchCV(
        make_pipeline(StandardScaler(), small()), {"abmtlclassifier__lr": [0.01]}, cv=2
    )
    return candidates.fit(X[:40], CODES[:40])


def calibrated(estimator, method="sigmoid", y=LABELS):
    return calibrate(estimator, X[:40], y[:40], method=method)


def single():
    return SingleTask(small(), task="one").fit(X[:40], CODES[:40, 0], aux_y=LABELS[["size"]][:40])


CASES = {
    "sigmoid": lambda: calibrated(small().fit(X[:40], LABELS[:40])),
    "isotonic": lambda: calibrated(small().fit(X[:40], LABELS[:40]), "isotonic"),
    "calibrated Pipeline": lambda: calibrated(pipeline()),
    "isotonic, one task": lambda: calibrated(
        small().fit(X[:40], CODES[:40, 0]), "isotonic", CODES[:, 0]
    ),
    "view": lambda: small().fit(X[:40], LABELS[:40]).task("size"),
    "view of a Pipeline": lambda: task_view(pipeline(), "shape"),
    "view of a search, calibrated": lambda: task_view(calibrated(search(), y=CODES), 0),
    "single task": single,
    "isotonic, single task": lambda: calibrated(single(), "isotonic", CODES[:, 0]),
    "search": search,
    "frozen": lambda: FrozenEstimator(pipeline()),
    "Pipeline with a calibrated end": lambda: make_pipeline(
        FrozenEstimator(StandardScaler().fit(X)), FrozenEstimator(calibrated(pipeline()[-1]))
    ),
}


@pytest.mark.usefixtures("shared_graphs")
@pytest.mark.parametrize("name", CASES)
def test_what_stands_around_a_classifier_is_in_the_file(name, tmp_path):
    estimator = CASES[name]()
    expected = estimator.predict_proba(X)
    expected = expected if isinstance(expected, list) else [expected]
    export_onnx(estimator, str(tmp_path / "model.onnx"), X[:50])
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for n_rows in (1, 5, 64):
        found = session.run(None, {"X": X[:n_rows]})
        for ours, theirs in zip(found, expected, strict=True):
            atol = 1e-3 if "isotonic" in name else 1e-5  # at steep pieces a rounding counts
            np.testing.assert_allclose(ours, theirs[:n_rows], rtol=0, atol=atol)
    assert [one.shape[1] for one in session.get_outputs()] == [p.shape[1] for p in expected]
    if "view" in name:
        assert len(session.get_outputs()) == 1


@pytest.mark.usefixtures("shared_graphs")
def test_temperature_is_in_the_file(tmp_path):
    pytest.importorskip("sklearn", minversion="1.8")
    estimator = calibrated(small().fit(X[:40], LABELS[:40]), "temperature")
    export_onnx(estimator, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for ours, theirs in zip(session.run(None, {"X": X}), estimator.predict_proba(X), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


def test_a_calibrated_classifier_that_was_loaded_is_exported(tmp_path):
    original = calibrated(small().fit(X[:40], LABELS[:40]))
    save_model(original, tmp_path / "a.safetensors")
    export_onnx(load_model(tmp_path / "a.safetensors"), tmp_path / "model.onnx", X)
    found = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, {"X": X})
    for ours, theirs in zip(found, original.predict_proba(X), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


def test_a_search_without_its_best_estimator_is_refused(tmp_path):
    without = GridSearchCV(small(), {"lr": [0.01]}, cv=2, refit=False).fit(X, CODES)
    with pytest.raises(ValueError, match="has no best_estimator_; set refit=True"):
        export_onnx(without, tmp_path / "model.onnx")


def test_a_pipeline_without_our_classifier_is_refused(tmp_path):
    other = make_pipeline(PCA(2), LogisticRegression()).fit(X, CODES[:, 0])
    with pytest.raises(ValueError, match="takes a fitted ABMTLClassifier; found LogisticReg"):
        export_onnx(other, tmp_path / "model.onnx", X)


@pytest.mark.usefixtures("shared_graphs")
def test_skl2onnx_is_needed_for_some_steps_alone(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    export_onnx(small().fit(X, LABELS), tmp_path / "model.onnx")
    with pytest.raises(ImportError, match=r"needs skl2onnx for this step: pip install 'sklearn-ab"):
        export_onnx(pipeline(), tmp_path / "other.onnx", X)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


@pytest.mark.usefixtures("shared_graphs")
def test_a_failing_export_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"before")
    monkeypatch.setattr("sklearn_abmtl._saving.onnx_file.MAX_ERROR", -1.0)
    with pytest.raises(ValueError, match="would give other probabilities than predict_proba"):
        export_onnx(pipeline(), path, X)
    assert path.read_bytes() == b"before"
    assert [*tmp_path.iterdir()] == [path]


SCRIPT = """
import logging, sys
logging.basicConfig(level=logging.INFO)
import numpy as np
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn_abmtl import ABMTLClassifier, export_onnx
X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
classifier = ABMTLClassifier(max_epochs=1, random_state=0)
pipeline = make_pipeline(PCA(2), classifier).fit(X, X[:, :2] > 0)
logging.getLogger("torch.onnx").setLevel(logging.DEBUG)
export_onnx(pipeline, sys.argv[1], X)
export_onnx(pipeline[-1], sys.argv[1])
assert logging.getLogger("torch.onnx").level == logging.DEBUG
assert logging.getLogger("skl2onnx").level == logging.NOTSET
assert logging.root.manager.disable == 0
"""


def test_an_export_says_nothing_and_leaves_the_logging_as_it_was(tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(tmp_path / "model.onnx")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Path(tmp_path / "model.onnx").stat().st_size > 0
