"""A fitted estimator as parameters, NumPy arrays and plain dicts, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .._data.feature_reader import FeatureReader, plain_choice
from .._data.label_encoder import TaskLabelEncoder
from .._training.afterwards.importances import Importances
from .._training.arrays import load_moments, moments_of, to_arrays, to_tensors
from .._training.execution.device import find_saved_device
from .._training.execution.torch_state import own_torch_state
from .._training.loop.net import MultiTaskNet
from .._training.loss_plan import LOSS_OPTIONS, LossPlan
from .._training.network_plan import NetworkPlan
from .._training.plan import TrainingPlan, choose_weight_decay
from .._training.rebuilt_network import distinct_tensors, load_tensors, rebuild_network
from .._training.trainer import new_net
from .._version import __version__
from ..losses import LOSS_WEIGHTINGS, LossWeighting, TorchJD
from ..nn import BackboneEncoder
from ..nn.auto_part import AutoPart
from ..nn.parts import AUTO, PARTS, PartSpecs
from .nested_options import NESTED

State = dict[str, Any]

STATE_VERSION = 2
VERSIONS = ("_state_version", "_package_version")
SPECS = {  # classes that a state stores by name; specs of other classes are stored as objects
    spec.__name__: spec
    for spec in [
        *(spec for table in PARTS.values() for spec in table.values()),
        *LOSS_WEIGHTINGS.values(),
        BackboneEncoder,
        TorchJD,
    ]
}


def to_state(attributes: State, *, has_moments: bool) -> State:
    """Return the attributes of an estimator as parameters, arrays and dicts.

    Parameters
    ----------
    attributes : dict
    has_moments : bool
        Whether to store the moments of the optimizer, two numbers per parameter.
    """
    state = dict(attributes)
    for name in NESTED:
        state[name] = to_plain_spec(state[name])
    if "net_" in state:
        state["net_"] = net_state(state["net_"], has_moments=has_moments)
        state["task_label_encoder_"] = dict(vars(state["task_label_encoder_"]))
    if state.get("_feature_importances") is not None:
        state["_feature_importances"] = state["_feature_importances"].values
    if "_feature_reader" in state:
        state["_feature_reader"] = state["_feature_reader"].state()
    return state | dict(zip(VERSIONS, (STATE_VERSION, __version__), strict=True))


def from_state(state: State, owner: str) -> State:
    """Return the attributes of a state of this or an older version, with the net built.

    Parameters
    ----------
    state : dict
    owner : str
        Class name of the estimator, for errors.

    Raises
    ------
    ValueError
        If the state is of a newer version, or does not fit the network that is built.
    """
    state = dict(state)
    version, package_version = (state.pop(name, None) for name in VERSIONS)
    if not isinstance(version, int) or not 1 <= version <= STATE_VERSION:
        raise ValueError(
            f"This {owner} was saved by version {package_version} of sklearn_abmtl, with version "
            f"{version} of its state. The installed version {__version__} reads versions 1 to "
            f"{STATE_VERSION} of the state."
        )
    if version == 1:
        state = from_version_1(state, owner)
    state = _with_objects(state)
    if "net_" not in state:
        return state
    encoder = TaskLabelEncoder()
    vars(encoder).update(state["task_label_encoder_"])
    state["task_label_encoder_"] = encoder
    try:
        with own_torch_state():
            net = restore_net(
                state["net_"], encoder, state["_feature_reader"], state.get("device", "auto")
            )
    except RuntimeError as error:  # torch raises it if arrays do not fit a module
        raise ValueError(
            f"The state of this {owner}, saved by version {package_version} of sklearn_abmtl, does "
            f"not fit the network that version {__version__} builds: {error}"
        ) from error
    return state | {"net_": net}


def from_version_1(state: State, owner: str) -> State:
    """Return a state of version 1 as one of version 2.

    In version 2 the reader of X stores its options, and the first layer has another name.
    """
    state = {"channels": "auto", **state}
    if "net_" not in state:
        return state
    plan = state["net_"]["plan"]
    sample_shape, network_shape = tuple(state.pop("sample_shape_")), tuple(plan["sample_shape"])
    is_plain = plan["n_codes"] is None
    names = state.get("feature_names_in_")
    reader = {
        "owner": owner,
        "dtype": plan["dtype"],
        "input_shape": None if network_shape == sample_shape else network_shape,
        "channels": state["channels"],
        "categorical_features": plain_choice(state["categorical_features"]),
        "handle_missing": "error" if is_plain else state["handle_missing"],
        "names": None if names is None else list(names),
        "is_categorical": state.pop("is_categorical_"),
        "categories": state.pop("category_encoder_", None),
        "layout": {
            "sample_shape": sample_shape,
            "shape": network_shape,
            "axes": tuple(range(len(network_shape))),
        },
        "ranges": None,
    }
    return state | {
        "net_": from_version_1_of_net(state["net_"]),
        "_feature_reader": reader,
        "_missing_label": state["missing_label"],
        "task_label_encoder_": {"is_pandas_": False, **state["task_label_encoder_"]},
    }


def from_version_1_of_net(net: State) -> State:
    """Return the state of a net, whose first layer was called ``scaler``, as one of version 2."""
    network = {
        re.sub(r"(^|\.)scaler\.", r"\1input_layer.", name, count=1): array
        for name, array in net.get("network", {}).items()
    }
    return net | {"network": network}


def _with_objects(state: State) -> State:
    """Return a state with objects in place of plain values; the net is built later."""
    made = {name: from_plain_spec(state[name]) for name in NESTED}
    if state.get("_feature_importances") is not None:
        made["_feature_importances"] = Importances(state["_feature_importances"].copy)
    if "_feature_reader" in state:
        made["_feature_reader"] = FeatureReader.from_state(state["_feature_reader"])
    return state | made


def to_plain_spec(spec: Any) -> Any:
    """Return a spec of the package as a dict, and anything else unchanged."""
    if isinstance(spec, AutoPart):
        return {"__auto__": spec.part, "options": dict(spec.options)}
    if SPECS.get(type(spec).__name__) is type(spec):
        return {"__spec__": type(spec).__name__, "options": spec.get_params()}
    return spec


def from_plain_spec(plain: Any) -> Any:
    """Return the spec of a dict that ``to_plain_spec`` made, and anything else unchanged.

    Raises
    ------
    ValueError
        If the package has no such spec, or the spec has no such options.
    """
    tags = {"__auto__", "__spec__"} & plain.keys() if isinstance(plain, Mapping) else set()
    if not tags:
        return plain
    tag = min(tags)
    name, options = plain[tag], plain.get("options")
    if plain.keys() != {tag, "options"} or not isinstance(options, Mapping):
        raise ValueError(f"A part must have a name and options; found {plain!r:.100}.")
    table: Mapping[str, Any] = AUTO if tag == "__auto__" else SPECS
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"sklearn_abmtl {__version__} has no part {name!r:.100}.")
    if tag == "__auto__":
        return AutoPart(name, AUTO[name]).set_params(**options)
    try:
        return SPECS[name](**options)
    except TypeError as error:
        raise ValueError(f"The options {sorted(options)} are not those of {name}.") from error


def blank_spec(spec: Any) -> Any:
    """Return a spec without weights from a file; parts of the caller's own may have no such."""
    return spec.blank() if hasattr(spec, "blank") else spec


def net_state(net: MultiTaskNet, *, has_moments: bool) -> State:
    """Return the plan, the options and the arrays from which a trained net can be built again.

    Parameters
    ----------
    net : MultiTaskNet
    has_moments : bool
        Whether to store the moments of the optimizer, two numbers per parameter.
    """
    plan = {name: getattr(net.plan, name) for name in vars(net.plan)}
    specs = net.plan.specs._asdict()
    plan["specs"] = {name: to_plain_spec(blank_spec(spec)) for name, spec in specs.items()}
    weighting = net.criterion_.weighting
    of_loss = net.loss_plan.options
    return {
        "plan": plan,
        "loss_options": of_loss | {"loss_weights": to_plain_spec(of_loss["loss_weights"])},
        "options": {"lr": net.lr, "batch_size": net.batch_size, "max_epochs": net.max_epochs}
        | {"weight_decay": net.optimizer__weight_decay},
        "seed": net.shuffle_seed,
        "history": [dict(row) for row in net.history],
        "network": to_arrays(distinct_tensors(net.module_)),
        "weighting": to_arrays(
            distinct_tensors(weighting) | {"loss_weights": weighting.loss_weights}
        ),
        "moments": moments_of(net.optimizer_) if has_moments else {},
    }


def restore_net(
    saved: State, labels: TaskLabelEncoder, reader: FeatureReader, device: str | torch.device
) -> MultiTaskNet:
    """Build a net and set its arrays.

    Parameters
    ----------
    saved : dict
        As ``net_state`` returns it.
    labels : TaskLabelEncoder
    reader : FeatureReader
    device : str or torch.device
        Device of the net. If it is not available, the CPU is used.

    Raises
    ------
    ValueError
        If the arrays do not fit the network, or its labels or categories differ from those of the
        estimator.
    RuntimeError
        If an array is missing, or of another shape or dtype.
    """
    plan, options = restore_plan(saved["plan"]), saved["options"]
    check_plan(plan, labels, reader)
    network = rebuild_network(plan, to_tensors(saved["network"]), has_own_parts=has_own_parts(plan))
    of_loss = {name: saved["loss_options"][name] for name in LOSS_OPTIONS}
    of_loss["loss_weights"] = from_plain_spec(of_loss["loss_weights"])
    loss_plan = LossPlan(labels=labels, **of_loss)
    weight_decay = choose_weight_decay(
        options["weight_decay"], plan.sample_shape, None, options["lr"]
    )
    training_plan = TrainingPlan(
        parameters={},
        seed=saved["seed"],
        max_epochs=options["max_epochs"],
        lr=options["lr"],
        lr_schedule=None,
        weight_decay=weight_decay,
        batch_size=options["batch_size"],
        device=find_saved_device(device),
        dtype=plan.dtype,
    )
    loss = loss_plan.build(network.class_mask, plan.dtype)
    net = new_net(network, loss, plan, loss_plan, training_plan)
    net.history.extend(dict(row) for row in saved["history"])
    load_weighting(net.criterion_.weighting, to_tensors(saved["weighting"]))
    load_moments(net.optimizer_, saved["moments"])
    net.module_.eval()
    net.criterion_.eval()
    return net


def load_weighting(weighting: LossWeighting, tensors: Mapping[str, Tensor]) -> None:
    """Set the learned tensors of a loss weighting, and its weights of the last step.

    Raises
    ------
    RuntimeError
        If they have other shapes or dtypes than those of the weighting.
    """
    tensors, last = dict(tensors), weighting.loss_weights
    saved = tensors.pop("loss_weights", None)
    if saved is None or (saved.shape, saved.dtype) != (last.shape, last.dtype):
        raise RuntimeError(
            f"loss_weights must have the shape {tuple(last.shape)} and the dtype {last.dtype}"
        )
    last.copy_(saved)
    load_tensors(weighting, tensors)


def has_own_parts(plan: NetworkPlan) -> bool:
    """Return whether a network has parts of the caller's own, which are not of this package."""
    specs = [spec for spec in plan.specs if spec is not None]
    modules = [spec.module for spec in specs if isinstance(spec, BackboneEncoder)]
    is_own = [SPECS.get(type(spec).__name__) is not type(spec) for spec in specs]
    return any(is_own) or not all(isinstance(module, str) for module in modules)


def restore_plan(saved: State) -> NetworkPlan:
    """Return the plan of a saved net."""
    specs = PartSpecs(
        **{name: blank_spec(from_plain_spec(spec)) for name, spec in saved["specs"].items()}
    )
    return NetworkPlan(**(saved | {"specs": specs, "sample_shape": tuple(saved["sample_shape"])}))


def check_plan(plan: NetworkPlan, labels: TaskLabelEncoder, reader: FeatureReader) -> None:
    """Raise a ValueError unless the plan is for the estimator's classes and categories."""
    n_classes = [len(classes) for classes in labels.classes_]
    if plan.sample_shape != reader.layout.network_shape:
        raise ValueError(
            f"The network is for samples of another shape, {plan.sample_shape}, than the "
            f"estimator, {reader.layout.network_shape}."
        )
    n_codes = reader.n_codes
    if plan.n_classes != n_classes or (plan.n_codes or n_codes) != n_codes:
        raise ValueError(
            f"The network was built for {plan.n_classes} classes and {plan.n_codes} codes; the "
            f"estimator has {n_classes} and {n_codes}."
        )
