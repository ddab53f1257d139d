"""A fitted classifier as a header and tensors, and back. Everything that is read is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from .._classifier.estimator import ABMTLClassifier
from .._classifier.nested_options import NESTED
from .._classifier.state import (
    VERSIONS,
    from_plain_spec,
    from_version_1,
    from_version_1_of_net,
    has_own_parts,
    restore_plan,
)
from .._files.tensors import Tensors, grouped
from .._files.values import check_values, from_json, to_json
from .._training.arrays import by_number, to_tensors
from .._training.rebuilt_network import check_network
from .._version import __version__
from .rules import (
    check_features,
    check_labels_of_tasks,
    check_net,
    check_parameters,
    check_runs_nothing,
    plain_plan,
)

SCHEMA_VERSION = 2  # equal to STATE_VERSION of the state that a header holds
MAX_TENSORS = 2**12  # of a network
FITTED = {  # attributes in a header, in addition to parameters and the net
    "n_features_in_": int,
    "feature_names_in_": np.ndarray | None,
    "_feature_importances": np.ndarray | None,
    "_feature_reader": dict,
    "_missing_label": object,
    "task_label_encoder_": dict,
}
FITTED_IN_SCHEMA_1 = {
    "n_features_in_": int,
    "feature_names_in_": np.ndarray | None,
    "is_categorical_": np.ndarray | None,
    "sample_shape_": tuple,
    "_feature_importances": np.ndarray | None,
    "category_encoder_": list | None,
    "task_label_encoder_": dict,
}
OPTIONAL = ("feature_names_in_",)  # attributes that not every estimator has
OF_THE_MACHINE = {"checkpoint"}  # parameters that are not saved: a path to write to
LABELS = {"task_names_": list, "classes_": list, "is_1d_": bool, "is_pandas_": bool}
NET = {  # values of the net that are not tensors
    "plan": dict,
    "loss_options": dict,
    "options": dict,
    "seed": int,
    "history": list,
}
HEADER = {
    "schema_version": int,
    "package_version": str,
    "class": str,
    "parameters": dict,
    "fitted": dict,
    "net": dict,
}


@to_json.register
def _(device: torch.device, name: str) -> Any:
    return str(device)


def to_document(estimator: Any) -> tuple[dict[str, Any], Tensors]:
    """Return the header and the tensors of a fitted classifier.

    Raises
    ------
    ValueError
        If it is of another class, or a parameter cannot be written.
    """
    if type(estimator) is not ABMTLClassifier:
        raise ValueError(
            f"save_model writes a fitted ABMTLClassifier; found {type(estimator).__name__}. "
            "For other estimators use skops or joblib."
        )
    check_is_fitted(estimator)
    if estimator.callbacks:
        raise ValueError(
            f"save_model cannot write callbacks={estimator.callbacks!r}, because they are code. "
            "Set callbacks=None, which changes no prediction, or use joblib."
        )
    state: dict[str, Any] = estimator.__getstate__()
    net = state["net_"]
    fitted = {name: state.get(name) for name in FITTED}
    header: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "package_version": __version__,
        "class": "ABMTLClassifier",
        "parameters": {
            name: to_json(state[name], name)
            for name in estimator.get_params(deep=False)
            if name not in OF_THE_MACHINE
        },
        "fitted": {name: to_json(fitted[name], name) for name in FITTED},
        "net": {name: to_json(net[name], name) for name in NET},
    }
    try:
        check_values(header)
        check_parameters(estimator)
        check_fitted(fitted)
        check_net(net, estimator.task_names_)
        plain_plan(net["plan"])
        check_n_tensors(net["network"])
    except ValueError as error:
        raise ValueError(f"save_model cannot write this classifier: {error}. Use joblib.") from None
    tensors = {
        f"{group}.{name}": array
        for group in ("network", "weighting")
        for name, array in net[group].items()
    }
    for number, moments in net["moments"].items():
        tensors |= {f"moments.{number}.{name}": array for name, array in moments.items()}
    return header, tensors


def from_document(header: Any, tensors: Tensors, custom: Mapping[str, Any]) -> ABMTLClassifier:
    """Return the classifier of a header and tensors.

    Raises
    ------
    ValueError
        If a check finds that ``to_document`` did not make them.
    """
    check_schema_version(header)
    check_types(header, HEADER)
    if header["class"] != "ABMTLClassifier":
        raise ValueError(f"it holds an estimator of another class, {header['class']!r:.100}")
    parts = from_json([header[part] for part in ("parameters", "fitted", "net")], custom)
    parameters, fitted, net = parts
    estimator = ABMTLClassifier(**parameters)
    for name in NESTED:
        setattr(estimator, name, from_plain_spec(getattr(estimator, name)))
    check_runs_nothing(estimator)
    check_parameters(estimator)
    check_types(net, NET)
    if header["schema_version"] == 1:
        fitted = from_schema_1(fitted, vars(estimator) | {"net_": net})
    check_fitted(fitted)
    check_net(net, fitted["task_label_encoder_"]["task_names_"])
    net = with_tensors(net, tensors, header["schema_version"])
    check_n_tensors(net["network"])
    plan = restore_plan(net["plan"])
    if has_own_parts(plan):  # they are built with memory only after this check
        check_network(plan, to_tensors(net["network"]))
    for name in OPTIONAL:
        if fitted[name] is None:
            del fitted[name]
    saved_by = dict(zip(VERSIONS, (SCHEMA_VERSION, header["package_version"]), strict=True))
    estimator.__setstate__(vars(estimator) | fitted | {"net_": net} | saved_by)
    return estimator


def with_tensors(net: Mapping[str, Any], tensors: Tensors, schema_version: int) -> dict[str, Any]:
    """Return a net with the tensors of network, loss weighting and optimizer, its plan checked."""
    groups = grouped(tensors, ("network", "weighting", "moments"))
    moments = {"moments": by_number(groups["moments"])}
    whole = {**net, **groups, **moments, "plan": plain_plan(net["plan"])}
    return from_version_1_of_net(whole) if schema_version == 1 else whole


def from_schema_1(fitted: Any, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fitted attributes of a file of schema 1 as those of the current schema."""
    check_types(fitted, FITTED_IN_SCHEMA_1)
    newer = from_version_1(dict(state) | fitted, "ABMTLClassifier")
    return {name: newer[name] for name in FITTED}


def check_n_tensors(tensors: Mapping[str, Any]) -> None:
    """Raise a ValueError if a network has more tensors than can be built in a few seconds."""
    if len(tensors) > MAX_TENSORS:
        raise ValueError(f"its network has {len(tensors)} tensors; {MAX_TENSORS} at most")


def check_fitted(fitted: Any) -> None:
    """Raise a ValueError unless ``fit`` could have learned these attributes from X and y."""
    check_types(fitted, FITTED)
    labels = fitted["task_label_encoder_"]
    check_types(labels, LABELS)
    check_labels_of_tasks(labels)
    check_features(fitted)


def check_schema_version(header: Any) -> None:
    """Raise a ValueError that names both versions if the header is of another schema."""
    versions = [dict(header).get(name) for name in ("schema_version", "package_version")]
    if type(versions[0]) is not int or not 1 <= versions[0] <= SCHEMA_VERSION:
        raise ValueError(
            f"it has schema version {versions[0]!r:.100}, of version {versions[1]!r:.100} of "
            f"sklearn_abmtl; version {__version__} reads schema versions 1 to {SCHEMA_VERSION}"
        )


def check_types(values: Any, types: Mapping[str, Any]) -> None:
    """Raise a ValueError unless the values are a dict with exactly these names and types."""
    names = sorted(values) if isinstance(values, dict) else type(values).__name__
    if names != sorted(types):
        raise ValueError(f"its header must have {sorted(types)} in one place; found {names!r:.200}")
    for name, expected in types.items():
        value = values[name]
        if not isinstance(value, expected) or (expected is int and type(value) is not int):
            raise ValueError(
                f"{name} of its header must be of the type {expected}; found {value!r:.100}"
            )
