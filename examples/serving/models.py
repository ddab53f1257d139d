"""One form for models of either kind: rows to the probabilities of each task, by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Model(NamedTuple):
    """What the service asks of a model.

    Attributes
    ----------
    predict : callable
        Rows of shape (n_rows, *sample_shape), float64, to a dict of the probabilities of each task,
        of shape (n_rows, n_classes).
    classes : dict of str to list
        Of each task, as JSON has them.
    sample_shape : tuple of int
    """

    predict: Callable[[np.ndarray], dict[str, np.ndarray]]
    classes: dict[str, list[Any]]
    sample_shape: tuple[int, ...]


def read_onnx(path: Path) -> Model:
    """Read a file of ``export_onnx``; needs onnxruntime alone."""
    onnxruntime = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # more processes serve more requests than more threads do
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    tasks = json.loads(session.get_modelmeta().custom_metadata_map["tasks"])
    classes = {task["name"]: task["labels"] for task in tasks}
    features = session.get_inputs()[0]

    def predict(rows: np.ndarray) -> dict[str, np.ndarray]:
        found = session.run(None, {features.name: rows.astype(np.float32)})
        return dict(zip(classes, found, strict=True))

    return Model(predict, classes, tuple(features.shape[1:]))


def read_saved(path: Path) -> Model:
    """Read a file of ``save_model``; runs no code of it."""
    return of_classifier(import_module("sklearn_abmtl").load_model(path))


def read_joblib(path: Path) -> Model:
    """Read a file of ``joblib.dump``; runs code of it, so serve only your own."""
    return of_classifier(import_module("joblib").load(path))


def of_classifier(classifier: Any) -> Model:
    """Return the form of a fitted ``ABMTLClassifier``."""
    encoder = classifier.task_label_encoder_
    labels = json.loads(json.dumps([c.tolist() for c in encoder.classes_], default=str))
    classes = dict(zip(encoder.task_names_, labels, strict=True))

    def predict(rows: np.ndarray) -> dict[str, np.ndarray]:
        found = classifier.predict_proba(rows)
        found = [found] if len(classes) == 1 else found
        return dict(zip(classes, found, strict=True))

    return Model(predict, classes, classifier.sample_shape_)


READERS = {
    ".joblib": read_joblib,
    ".onnx": read_onnx,
    ".safetensors": read_saved,
    "": read_saved,
}


def read_model(path: Path) -> Model:
    """Read a model by the suffix of its file; a folder has none."""
    if path.suffix not in READERS:
        known = ", ".join(repr(suffix) for suffix in READERS)
        raise ValueError(f"A model's suffix must be one of {known}; found {str(path)!r}.")
    return READERS[path.suffix](path)
