"""The wrappers of a fitted classifier as plain values, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline

from .._classifier.estimator import ABMTLClassifier
from .._data.label_encoder import TaskLabelEncoder
from .._files.tensors import Tensors
from .._files.values import from_json, to_json
from .._version import __version__
from .._wrappers.calibration import CalibratedMultiTaskClassifier
from .._wrappers.calibrators import Calibrator, Isotonic, PerClass, Sigmoid, Temperature
from .._wrappers.inner_estimators import inner_estimator, inner_estimators
from .._wrappers.single_task import SingleTask
from .._wrappers.task_view import TaskView, classes_per_task, find_task, task_names
from .document import SCHEMA_VERSION, check_schema_version, check_types, from_document, to_document

MAX_WRAPPERS = 8
HEADER = {
    "schema_version": int,
    "package_version": str,
    "class": str,
    "values": dict,
    "inner": dict,
}
METHODS = ("temperature", "sigmoid", "isotonic")


class Wrapper(NamedTuple):
    """How a kind of wrapper is written and read.

    Attributes
    ----------
    types : dict of str to type
        Names and types of its values.
    write : callable
        From the wrapper to its values.
    read : callable
        From values of these types, and the estimator inside, to the wrapper.
    """

    types: Mapping[str, Any]
    write: Callable[[Any], dict[str, Any]]
    read: Callable[[dict[str, Any], Any], Any]


def to_nested_document(estimator: Any) -> tuple[dict[str, Any], Tensors]:
    """Return the header and the tensors of a fitted classifier, or of one in wrappers.

    Raises
    ------
    ValueError
        If it is of another class, or a parameter cannot be written.
    """
    name = CLASSES.get(type(estimator))
    if name is None:
        _check_is_no_pipeline(estimator)
        return to_document(estimator)
    inner = inner_estimator(estimator)
    if isinstance(inner_estimators(inner)[-1], ABMTLClassifier):
        _check_has_no_pipeline(name, inner)
    header, tensors = to_nested_document(inner)
    outer = {
        "schema_version": SCHEMA_VERSION,
        "package_version": __version__,
        "class": name,
        "inner": header,  # before long values, so that the first bytes contain the package's sign
        "values": to_json(WRAPPERS[name].write(estimator), "values"),
    }
    return outer, tensors


def _check_is_no_pipeline(estimator: Any) -> None:
    if isinstance(estimator, Pipeline | BaseSearchCV):
        kind, found = _describe(estimator)
        raise ValueError(
            f"save_model writes a fitted ABMTLClassifier, not a {type(estimator).__name__}, whose "
            f"steps may run code. {kind}save_model({found}[-1], 'classifier.safetensors') and "
            f"skops.io.dump({found}[:-1], 'steps.skops') save its two parts. To predict, load "
            "steps = skops.io.load('steps.skops') and call "
            "load_model('classifier.safetensors').predict(steps.transform(X))."
        )


def _describe(estimator: Any) -> tuple[str, str]:
    if isinstance(estimator, Pipeline):
        return "", "pipeline"
    return (
        "For a search over a classifier, use save_model(search.best_estimator_, "
        "'classifier.safetensors'). For a search over a Pipeline, ",
        "search.best_estimator_",
    )


def _check_has_no_pipeline(name: str, inner: Any) -> None:
    found = [type(part).__name__ for part in inner_estimators(inner) if type(part) not in CLASSES]
    if found != ["ABMTLClassifier"]:
        raise ValueError(
            f"save_model writes a {name} of a fitted ABMTLClassifier, not of a {found[0]}, whose "
            "steps may run code. Wrap the last step, as in calibrate(pipeline[-1], "
            "pipeline[:-1].transform(X), y), and save pipeline[:-1] with skops or joblib."
        )


def from_nested_document(
    header: Any, tensors: Tensors, custom: Mapping[str, Any], depth: int = 0
) -> Any:
    """Return the classifier of a header and tensors, in the wrappers that the header names.

    Raises
    ------
    ValueError
        If a check finds that ``to_nested_document`` did not make them.
    """
    check_schema_version(header)
    name = header.get("class")
    if not isinstance(name, str) or name not in WRAPPERS:
        return from_document(header, tensors, custom)
    check_types(header, HEADER)
    if depth == MAX_WRAPPERS:
        raise ValueError(f"it has more than {MAX_WRAPPERS} wrappers")
    values = from_json(header["values"], {})
    check_types(values, WRAPPERS[name].types)
    inner = from_nested_document(header["inner"], tensors, custom, depth + 1)
    return WRAPPERS[name].read(values, inner)


def _write_view(view: TaskView) -> dict[str, Any]:
    return {"task": view.task if isinstance(view.task, str) else int(view.task)}


def _read_view(values: dict[str, Any], inner: Any) -> TaskView:
    find_task(values["task"], task_names(inner))
    return TaskView(inner, values["task"])


def _read_single(values: dict[str, Any], inner: Any) -> SingleTask:
    single = SingleTask(clone(inner), values["task"])
    single.estimator_ = inner
    return single


def _write_calibrated(calibrated: CalibratedMultiTaskClassifier) -> dict[str, Any]:
    return {
        "method": calibrated.method,
        "task_names": list(calibrated.task_names_),
        "is_pandas": calibrated._encoder.is_pandas_,
        "calibrators": [*map(_write_calibrator, calibrated.calibrators_)],
    }


def _write_calibrator(calibrator: Calibrator | None) -> Any:
    if calibrator is None:
        return None
    if isinstance(calibrator, Temperature):
        return np.array([[calibrator.inverse_temperature]])
    return [
        np.array([[curve.slope, curve.offset]])
        if isinstance(curve, Sigmoid)
        else np.stack([curve.positions, curve.heights])
        for curve in calibrator.curves
    ]


def _read_calibrated(values: dict[str, Any], inner: Any) -> CalibratedMultiTaskClassifier:
    classes, names = classes_per_task(inner), values["task_names"]
    texts = all(isinstance(name, str) for name in names)
    if not texts or len(set(names)) < len(names) or len(names) != len(classes):
        raise ValueError(
            f"its calibration names the tasks {names!r:.100}; there are {len(classes)}"
        )
    if values["method"] not in METHODS or len(values["calibrators"]) != len(classes):
        raise ValueError(
            f"its calibration is by {values['method']!r:.100} for {len(values['calibrators'])} "
            f"tasks; it must be by one of {METHODS} for {len(classes)}"
        )
    calibrated = CalibratedMultiTaskClassifier(inner, method=values["method"])
    calibrated.calibrators_ = [
        _read_calibrator(values["method"], calibrator, len(of_task))
        for calibrator, of_task in zip(values["calibrators"], classes, strict=True)
    ]
    encoder = TaskLabelEncoder()
    encoder.task_names_, encoder.classes_ = names, classes
    encoder.is_1d_ = not isinstance(inner.classes_, list)
    encoder.is_pandas_ = values["is_pandas"]
    calibrated._encoder = encoder
    return calibrated


def _read_calibrator(method: str, value: Any, n_classes: int) -> Calibrator | None:
    if n_classes == 1:
        if value is not None:
            raise ValueError("its calibration has a calibrator for a task of one class")
        return None
    if method == "temperature":
        ((number,),) = _numbers(value, (1, 1))
        if not number > 0:
            raise ValueError(f"its calibration has the temperature 1 / {number}")
        return Temperature(float(number))
    n_curves = 1 if n_classes == 2 else n_classes
    if not isinstance(value, list) or len(value) != n_curves:
        raise ValueError(f"its calibration must have {n_curves} curves for {n_classes} classes")
    if method == "sigmoid":
        pairs = [_numbers(curve, (1, 2))[0] for curve in value]
        return PerClass(tuple(Sigmoid(float(slope), float(offset)) for slope, offset in pairs))
    return PerClass(tuple(map(_read_isotonic, value)))


def _read_isotonic(value: Any) -> Isotonic:
    n_points = value.shape[1] if isinstance(value, np.ndarray) and value.ndim == 2 else 1
    positions, heights = _numbers(value, (2, max(1, n_points)))
    in_order = (np.diff(positions) > 0).all() and (np.diff(heights) >= 0).all()
    if not in_order or heights.min() < 0 or heights.max() > 1:
        raise ValueError("its calibration has a curve that decreases, or is not within 0 and 1")
    return Isotonic(positions, heights)


def _numbers(value: Any, shape: tuple[int, ...]) -> Any:
    is_array = isinstance(value, np.ndarray) and value.dtype == np.float64
    if not is_array or value.shape != shape or not np.isfinite(value).all():
        raise ValueError(
            f"its calibration must have numbers of shape {shape}; found {value!r:.100}"
        )
    return value


WRAPPERS: dict[str, Wrapper] = {
    "CalibratedMultiTaskClassifier": Wrapper(
        {"method": str, "task_names": list, "is_pandas": bool, "calibrators": list},
        _write_calibrated,
        _read_calibrated,
    ),
    "FrozenEstimator": Wrapper({}, lambda frozen: {}, lambda values, inner: FrozenEstimator(inner)),
    "SingleTask": Wrapper({"task": str}, lambda single: {"task": single.task}, _read_single),
    "TaskView": Wrapper({"task": str | int}, _write_view, _read_view),
}
CLASSES: dict[type, str] = {
    CalibratedMultiTaskClassifier: "CalibratedMultiTaskClassifier",
    FrozenEstimator: "FrozenEstimator",
    SingleTask: "SingleTask",
    TaskView: "TaskView",
}
