"""A fitted classifier as a header and tensors, and back, with nothing taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch.utils._python_dispatch import TorchDispatchMode

from .._classifier import ABMTLClassifier
from .._files import Tensors
from .._network_plan import NetworkPlan
from .._state import VERSIONS, load_tensors, restore_plan
from .._training import reproducible_torch, to_tensors
from .._values import check_array_bytes, from_json, to_json
from .._version import __version__

SCHEMA_VERSION = 2  # that of _state.STATE_VERSION, whose values a header holds
MAX_COUNT = 2**20  # of anything that a network is built of
FITTED = {  # attributes that a header holds, beside parameters and the net
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
OPTIONAL = ("feature_names_in_", "category_encoder_")  # which not every estimator has
OF_THE_MACHINE = {"checkpoint"}  # parameters that no file tells: a path to write to
LABELS = {"task_names_": list, "classes_": list, "is_1d_": bool}
NET = {  # what is told of the net beside its tensors
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
            "For others there are skops and joblib."
        )
    check_is_fitted(estimator)
    if estimator.callbacks:
        raise ValueError(
            f"save_model cannot write callbacks={estimator.callbacks!r}, which are code; set them "
            "to None, which changes no prediction, or use joblib."
        )
    state: dict[str, Any] = estimator.__getstate__()
    net = state["net_"]
    header: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "package_version": __version__,
        "class": "ABMTLClassifier",
        "parameters": {
            name: to_json(state[name], name)
            for name in estimator.get_params(deep=False)
            if name not in OF_THE_MACHINE
        },
        "fitted": {name: to_json(state.get(name), name) for name in FITTED},
        "net": {name: to_json(net[name], name) for name in NET},
    }
    check_no_paths(header)
    check_counts(header["net"]["plan"])
    check_array_bytes(header)
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
        If they are not what ``to_document`` gives, in any respect that is found out.
    """
    check_schema_version(header)
    check_types(header, HEADER)
    check_no_paths(header)
    check_counts(header["net"].get("plan"))
    check_array_bytes(header)
    parameters, fitted, net = (
        from_json(header[part], custom) for part in ("parameters", "fitted", "net")
    )
    schema_version = header["schema_version"]
    check_types(fitted, FITTED if schema_version == SCHEMA_VERSION else FITTED_IN_SCHEMA_1)
    check_types(fitted["task_label_encoder_"], LABELS)
    check_types(net, NET)
    if header["class"] != "ABMTLClassifier":
        raise ValueError(f"it holds an estimator of another class, {header['class']!r}")
    net |= grouped(tensors)
    estimator = ABMTLClassifier(**parameters)
    estimator._validate_params()
    plan = restore_plan(net["plan"])
    check_tensors(plan, net["network"])
    for name in OPTIONAL:
        if fitted.get(name, ...) is None:
            del fitted[name]
    saved_by = dict(zip(VERSIONS, (schema_version, header["package_version"]), strict=True))
    estimator.__setstate__(vars(estimator) | fitted | {"net_": net} | saved_by)
    return estimator


def check_schema_version(header: Any) -> None:
    """Raise a ValueError that names both versions if the header is of another schema."""
    versions = [dict(header).get(name) for name in ("schema_version", "package_version")]
    if type(versions[0]) is not int or not 1 <= versions[0] <= SCHEMA_VERSION:
        raise ValueError(
            f"it has schema version {versions[0]!r:.100}, of version {versions[1]!r:.100} of "
            f"sklearn_abmtl; version {__version__} reads schema versions 1 to {SCHEMA_VERSION}"
        )


def grouped(tensors: Tensors) -> dict[str, Any]:
    """Return the tensors of the network, of the loss weighting and of the optimizer."""
    groups: dict[str, Any] = {"network": {}, "weighting": {}, "moments": {}}
    for name, array in tensors.items():
        group, _, rest = name.partition(".")
        if group == "moments":
            number, _, moment = rest.partition(".")
            groups[group].setdefault(number, {})[moment] = array
        elif group in groups:
            groups[group][rest] = array
        else:
            raise ValueError(f"it has a tensor that belongs to nothing, {name!r:.100}")
    return groups


def check_types(values: Any, types: Mapping[str, Any]) -> None:
    """Raise a ValueError unless the values are a dict with these names, all of these types."""
    names = sorted(values) if isinstance(values, dict) else type(values).__name__
    if names != sorted(types):
        raise ValueError(f"its header must have {sorted(types)} in one place; found {names!r:.200}")
    for name, expected in types.items():
        if not isinstance(values[name], expected):
            raise ValueError(
                f"{name} of its header must be of the type {expected}; found {values[name]!r:.100}"
            )


def check_no_paths(header: Mapping[str, Any]) -> None:
    """Raise a ValueError if a path to write to is set, or weights that are more than a name."""
    if OF_THE_MACHINE & header["parameters"].keys():
        raise ValueError(f"it sets a parameter that no file does, of {sorted(OF_THE_MACHINE)}")
    spec = header["parameters"].get("encoder")
    options = spec.get("options") if isinstance(spec, dict) else None
    weights = options.get("weights") if isinstance(options, dict) else None
    if weights is not None and not str(weights).isidentifier():
        raise ValueError(
            f"encoder has weights={weights!r}: a saved file names weights of torchvision, and no "
            "path. The network has learned from them: set encoder__weights=None."
        )


def check_counts(plan: Any) -> None:
    """Raise a ValueError if any number of a plan is larger than a part of a network can be."""
    if isinstance(plan, dict | list):
        for item in plan.values() if isinstance(plan, dict) else plan:
            check_counts(item)
    elif isinstance(plan, int) and abs(plan) > MAX_COUNT:
        raise ValueError(f"it claims {plan} of something; a network has {MAX_COUNT} at most")


def check_tensors(plan: NetworkPlan, tensors: Tensors) -> None:
    """Raise a ValueError unless the network of the plan has tensors of these names and shapes.

    The network is built without memory for its tensors, and in no more operations than networks of
    so many tensors need, so that a plan can claim no more than the file holds.
    """
    like = {
        name: torch.empty_like(tensor, device="meta")
        for name, tensor in to_tensors(tensors).items()
    }
    cpu = torch.device("cpu")
    with reproducible_torch(0, cpu), torch.device("meta"), OperationLimit(len(tensors)):
        network = plan.build(plan.blank_scaler())
    load_tensors(network, like)


class OperationLimit(TorchDispatchMode):
    """Fail after as many operations of torch as no network of so many tensors needs.

    Parameters
    ----------
    n_tensors : int
    """

    def __init__(self, n_tensors: int) -> None:
        super().__init__()
        self.n_left = 2_000 + 50 * n_tensors

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.n_left -= 1
        if self.n_left < 0:
            raise ValueError("it claims a network of more tensors than it holds")
        return func(*args, **(kwargs or {}))
