"""The rules of ``fit``, applied to the content of a file, which ``fit`` has not checked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from types import NoneType
from typing import Any

import numpy as np
from sklearn.utils._missing import is_scalar_nan
from sklearn.utils._param_validation import validate_parameter_constraints

from .._classifier.constraints import PARAMETER_CONSTRAINTS
from .._classifier.nested_options import NESTED
from .._data.feature_reader import STATE_TYPES, check_state
from .._data.sample_layout import SampleLayout, check_input_shape
from .._training.loss_plan import LOSS_OPTIONS
from .._training.network_plan import NetworkPlan
from ..nn.parts import PartSpecs

MAX_COUNT = 2**20  # of layers, widths, classes and other counts of a network
MAX_SEED = 2**33
MAX_AXES = 32
MAX_CATEGORICAL = 2**12  # features that are categories
MAX_SAMPLE = 2**26  # values
DEVICE = re.compile(r"auto|cpu|mps|(cuda|xpu)(:\d{1,3})?")
WEIGHTS = re.compile(r"DEFAULT|[A-Z0-9_]+_V\d+")  # of torchvision
PLAN = {field.name for field in fields(NetworkPlan)}
LOSSES = {"train_loss", "valid_loss"}
OF_TASKS = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "loss_weight")
NET_OPTIONS = ("lr", "batch_size", "max_epochs", "weight_decay")


def check_keys(values: Any, names: Any, what: str) -> None:
    """Raise a ValueError unless the values are a dict of these names."""
    found = sorted(values) if isinstance(values, dict) else type(values).__name__
    if found != sorted(names):
        raise ValueError(f"its {what} must have {sorted(names)}; found {found!r:.200}")


def check_parameters(estimator: Any) -> None:
    """Raise a ValueError if the parameters of an estimator break the rules of ``fit`` or of files.

    They are checked on the estimator, so the way in which a file writes them does not matter.
    """
    estimator._validate_params()
    if not DEVICE.fullmatch(str(estimator.device)):
        raise ValueError(
            f"device must be one of {DEVICE.pattern} in a file; found {estimator.device!r:.100}"
        )
    check_input_shape(estimator.input_shape)
    check_is_plain(estimator.missing_label, "missing_label")
    for name, read in NESTED.items():
        check_no_path(name, read(getattr(estimator, name)))


def check_runs_nothing(estimator: Any) -> None:
    """Raise a ValueError if a file sets a path that ``fit`` writes to, or code that it calls."""
    if estimator.checkpoint is not None or estimator.callbacks:
        raise ValueError(
            "it must not set checkpoint, a path to write to, or callbacks, which are code; found "
            f"checkpoint={estimator.checkpoint!r:.100}, callbacks={estimator.callbacks!r:.100}"
        )


def check_no_path(name: str, spec: Any) -> None:
    """Raise a ValueError if the weights of a part are anything but a name of torchvision's."""
    options = spec.get_params() if hasattr(spec, "get_params") else {}
    weights = options.get("weights") if name in PartSpecs._fields else None
    if weights is not None and not (isinstance(weights, str) and WEIGHTS.fullmatch(weights)):
        raise ValueError(
            f"{name} has weights={weights!r:.100}. A saved file may name weights of torchvision, "
            f"but not a path. The trained network does not need them: set {name}__weights=None."
        )


def check_is_plain(value: Any, name: str) -> None:
    if not isinstance(value, bool | int | float | str | np.generic | None):
        raise ValueError(f"{name} must be a number, a text or a time; found {value!r:.100}")


def check_labels_of_tasks(labels: Any) -> None:
    """Raise a ValueError unless ``fit`` could have learned these names and classes."""
    names, classes = labels["task_names_"], labels["classes_"]
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"task_names_ of its header must be texts; found {names!r:.100}")
    if len(set(names)) < len(names) or len(names) != len(classes):
        raise ValueError(
            "each of its tasks must have a unique name and classes; found the names "
            f"{names!r:.100} and {len(classes)} lists of classes"
        )
    if labels["is_1d_"] and len(names) > 1:
        raise ValueError(f"it has {len(names)} tasks, but its y has one axis")
    for name, of_task in zip(names, classes, strict=True):
        _check_classes(name, of_task)


def _check_classes(name: str, classes: Any) -> None:
    is_array = isinstance(classes, np.ndarray) and classes.ndim == 1 and len(classes) > 0
    is_label = is_array
    if is_array and classes.dtype.kind == "O":
        is_label = len({*map(type, classes)} | {NoneType}) == 2
    if is_array and classes.dtype.kind == "f":
        is_label = bool(np.isfinite(classes).all() and (classes == np.round(classes)).all())
    if not is_label or not all(first < second for first, second in pairwise(classes)):
        raise ValueError(
            f"the classes of task {name!r:.100} must be different labels in ascending order; "
            f"found {classes!r:.100}"
        )


def check_features(fitted: Mapping[str, Any]) -> None:
    """Raise a ValueError unless the attributes that describe X agree with each other."""
    reader, n_features = fitted["_feature_reader"], fitted["n_features_in_"]
    check_keys(reader, STATE_TYPES, "reader of X")
    check_keys(reader["layout"], SampleLayout._fields, "layout of a sample")
    shape = reader["layout"]["sample_shape"]
    is_shape = 0 < len(shape) <= MAX_AXES and all(_is_count(side) for side in shape)
    if not is_shape or shape[0] != n_features:
        raise ValueError(f"it has samples of the shape {shape!r:.100} and {n_features} features")
    names = fitted["feature_names_in_"]
    if names is not None:
        _check_array(names, "feature_names_in_", "O", n_features)
        if not _are_names(names):
            raise ValueError(f"feature_names_in_ must be different texts; found {names!r:.100}")
    importances = fitted["_feature_importances"]
    if importances is not None:
        _check_array(importances, "_feature_importances", "f", n_features)
    check_categories(reader["is_categorical"], reader["categories"], n_features)
    check_state(reader)
    check_reader(reader)
    if names is not None and names.tolist() != reader["names"]:
        raise ValueError(
            f"feature_names_in_ must be the names of its reader of X, {reader['names']!r:.100}; "
            f"found {names!r:.100}"
        )
    check_is_plain(fitted["_missing_label"], "_missing_label")


def check_reader(reader: Mapping[str, Any]) -> None:
    """Raise a ValueError unless ``fit`` accepts these options of a reader of X."""
    names, chosen, ranges = (reader[n] for n in ("names", "categorical_features", "ranges"))
    chosen = [chosen] if isinstance(chosen, str) else chosen or []
    rules = {
        "dtype": reader["dtype"] in ("float32", "float64"),
        "channels": reader["channels"] in ("auto", "first", "last"),
        "handle_missing": reader["handle_missing"] in ("error", "indicator"),
        "names": names is None or _are_names(names),
        "categorical_features": all(isinstance(each, str | int) for each in chosen),
        "ranges": ranges is None or _are_ranges(ranges),
    }
    broken = [name for name, holds in rules.items() if not holds]
    if broken:
        raise ValueError(f"its reader of X has {broken[0]}={reader[broken[0]]!r:.100}")


def _are_names(names: Any) -> bool:
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _are_ranges(ranges: Any) -> bool:
    for name in ("low", "high"):
        _check_array(ranges[name], name, "f", None)
    return type(ranges["n_rows"]) is int and type(ranges["has_integers"]) is bool


def check_categories(is_categorical: Any, categories: Any, n_features: int) -> None:
    """Raise a ValueError unless each categorical feature has different categories."""
    if (is_categorical is None) != (categories is None):
        raise ValueError("it has categories without a feature, or a feature without categories")
    if is_categorical is None:
        return
    _check_array(is_categorical, "is_categorical", "b", n_features)
    if len(categories) != is_categorical.sum() or not 1 <= len(categories) <= MAX_CATEGORICAL:
        raise ValueError(
            f"it has {len(categories)} lists of categories for {is_categorical.sum()} features; "
            f"{MAX_CATEGORICAL} at most"
        )
    for of_feature in categories:
        _check_array(of_feature, "categories", "O", None)
        values = of_feature.tolist()
        if not values or len(set(values)) < len(values) or any(map(is_scalar_nan, values)):
            raise ValueError(
                f"the categories of a feature must be different; found {of_feature!r:.100}"
            )


def _check_array(array: Any, name: str, kind: str, length: int | None) -> None:
    is_array = isinstance(array, np.ndarray) and array.ndim == 1 and array.dtype.kind == kind
    if not is_array or (length is not None and len(array) != length):
        raise ValueError(
            f"{name} must be an array of the kind {kind!r} and of {length or 'some'} values; found "
            f"{array!r:.100}"
        )


def _is_count(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MAX_COUNT


def plain_plan(plan: Any) -> dict[str, Any]:
    """Return a plan in plain numbers, because arrays could hide large counts.

    Raises
    ------
    ValueError
        If it contains anything else, or a number above the limit.
    """
    check_keys(plan, PLAN, "plan")
    check_keys(plan["specs"], PartSpecs._fields, "parts")
    shape, n_classes, n_codes = plan["sample_shape"], plan["n_classes"], plan["n_codes"]
    has_missing, is_table = plan["has_missing"], len(shape) == 1
    rules = {
        "sharing": plan["sharing"] in ("hard", "soft"),
        "dtype": plan["dtype"] in ("float32", "float64"),
        "n_members": _is_count(plan["n_members"]),
        "n_bins": _is_count(plan["n_bins"]),
        "sample_shape": _are_counts(shape) and 1 <= len(shape) <= 3,
        "n_classes": _are_counts(n_classes) and len(n_classes) > 0,
        "max_shift": _is_shift(plan["max_shift"], shape),
        "n_codes": n_codes is None or (is_table and _are_codes(n_codes, shape[0])),
        "has_missing": _are_truths(has_missing, 0 if n_codes is None else shape[0]),
    }
    broken = [name for name, holds in rules.items() if not holds]
    if broken:
        raise ValueError(f"its plan breaks a rule: {broken[0]} is {plan[broken[0]]!r:.100}")
    if math.prod(shape) > MAX_SAMPLE:
        raise ValueError(f"its samples have the shape {shape}; {MAX_SAMPLE} values at most")
    return plan | {"specs": {name: plain_spec(spec) for name, spec in plan["specs"].items()}}


def _are_counts(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(map(_is_count, values))


def _is_shift(value: Any, shape: Sequence[int]) -> bool:
    return type(value) is int and 0 <= value < (min(shape[1:]) if len(shape) == 3 else 1)


def _are_codes(values: Any, n_features: int) -> bool:
    is_list = isinstance(values, list) and len(values) == n_features
    return is_list and all(type(n) is int and 0 <= n <= MAX_COUNT for n in values)


def _are_truths(values: Any, n_features: int) -> bool:
    is_list = isinstance(values, list) and len(values) == n_features
    return is_list and all(type(value) is bool for value in values)


def plain_spec(spec: Any) -> Any:
    """Return a part of a plan with plain options; a part of the caller's own is not changed."""
    if not isinstance(spec, dict) or not isinstance(spec.get("options"), dict):
        return spec
    options = {name: _plain_option(name, value) for name, value in spec["options"].items()}
    return spec | {"options": options}


def _plain_option(name: str, value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, list | tuple):
        return type(value)(_plain_option(name, item) for item in value)
    if isinstance(value, int) and abs(value) > MAX_COUNT:
        raise ValueError(f"its plan has {name}={value}; {MAX_COUNT} at most")
    if not (value is None or isinstance(value, bool | int | float | str) or callable(value)):
        raise ValueError(f"its plan has {name}={value!r:.100}, which is not a plain option")
    return value


def check_net(net: Mapping[str, Any], task_names: Sequence[str]) -> None:
    """Raise a ValueError unless ``fit`` could have made the options and the history of a net."""
    check_keys(net["loss_options"], LOSS_OPTIONS, "options of the loss")
    check_keys(net["options"], NET_OPTIONS, "options of the training")
    options = net["loss_options"] | net["options"]
    validate_parameter_constraints(
        {name: PARAMETER_CONSTRAINTS[name] for name in options}, options, "ABMTLClassifier"
    )
    if type(net["seed"]) is not int or not 0 <= net["seed"] < MAX_SEED:
        raise ValueError(f"its seed must be an integer of 32 bits; found {net['seed']!r:.100}")
    check_history(net["history"], task_names)


def check_history(rows: Any, task_names: Sequence[str]) -> None:
    """Raise a ValueError unless each row of a history is a flat dict with the values of a row."""
    if not rows:
        raise ValueError("its history has no epoch")
    values = {f"{kind}_{name}" for kind in OF_TASKS for name in task_names} | LOSSES
    for epoch, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not _is_flat(row):
            raise ValueError(f"epoch {epoch} of its history must be a dict; found {row!r:.100}")
        others = [name for name in values & row.keys() if type(row[name]) is not float]
        if others or "train_loss" not in row:
            name = min(others, default="train_loss")
            raise ValueError(
                f"epoch {epoch} of its history must have {name!r:.100} of the type float; found "
                f"{row.get(name)!r:.100}"
            )


def _is_flat(row: Mapping[str, Any]) -> bool:
    batches = row.get("batches", [])
    if not isinstance(batches, list) or not all(isinstance(batch, dict) for batch in batches):
        return False
    flat = [value for name, value in row.items() if name != "batches"]
    flat += [value for batch in batches for value in batch.values()]
    return all(v is None or isinstance(v, bool | int | float | str | np.number) for v in flat)
