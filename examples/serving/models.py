"""Read models of all kinds as functions that return the probabilities of each task for rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Model(NamedTuple):
    """The parts of a model that the service needs.

    Attributes
    ----------
    predict : callable
        Takes rows of shape (n_rows, *sample_shape), float64. Returns a dict with the probabilities
        of each task, of shape (n_rows, n_classes).
    classes : dict of str to list
        The classes of each task, as values of JSON.
    sample_shape : tuple of int
    """

    predict: Callable[[np.ndarray], dict[str, np.ndarray]]
    classes: dict[str, list[Any]]
    sample_shape: tuple[int, ...]


def read_onnx(path: Path) -> Model:
    """Read a file of ``export_onnx``, which needs only onnxruntime."""
    onnxruntime = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # more processes are faster than more threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    tasks = json.loads(session.get_modelmeta().custom_metadata_map["tasks"])
    classes = {task["name"]: task["labels"] for task in tasks}
    features = session.get_inputs()[0]

    def predict(rows: np.ndarray) -> dict[str, np.ndarray]:
        found = session.run(None, {features.name: rows.astype(np.float32)})
        return dict(zip(classes, found, strict=True))

    return Model(predict, classes, tuple(features.shape[1:]))


def read_saved(path: Path) -> Model:
    """Read a file of ``save_model`` without running code from it."""
    return of_classifier(import_module("sklearn_abmtl").load_model(path))


def read_joblib(path: Path) -> Model:
    """Read a file of ``joblib.dump``. This runs code from it, so serve only your own files."""
    return of_classifier(import_module("joblib").load(path))


def of_classifier(classifier: Any) -> Model:
    """Return the model of a fitted ``ABMTLClassifier``."""
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
    """Read a model. The suffix of the file determines its kind, and a folder has no suffix."""
    if path.suffix not in READERS:
        known = ", ".join(repr(suffix) for suffix in READERS)
        raise ValueError(f"A model's suffix must be one of {known}; found {str(path)!r}.")
    return READERS[path.suffix](path)
