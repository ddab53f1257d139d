"""A fitted estimator as parameters, NumPy arrays and plain dicts, and back."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from sklearn.base import BaseEstimator
from torch import Tensor

from .._data.feature_reader import FeatureReader, plain_choice
from .._data.label_encoder import TaskLabelEncoder
from .._training import (
    Importances,
    MultiTaskNet,
    load_moments,
    moments_of,
    own_torch_state,
    to_arrays,
    to_tensors,
)
from .._training.network_plan import NetworkPlan
from .._training.rebuilt_network import distinct_tensors, load_tensors, rebuild_network
from .._version import __version__
from ..losses import LOSS_WEIGHTINGS, LossWeighting, TorchJD
from ..nn import BackboneEncoder
from ..nn.auto_part import AutoPart
from ..nn.parts import AUTO, PARTS, PartSpecs
from .fitting import LOSS_OPTIONS, find_saved_device, find_weight_decay, new_net
from .nested_options import NESTED

State = dict[str, Any]

STATE_VERSION = 2
VERSIONS = ("_state_version", "_package_version")
SPECS = {  # the classes that a state names; what else is a spec stays an object
    spec.__name__: spec
    for spec in [
        *(spec for table in PARTS.values() for spec in table.values()),
        *LOSS_WEIGHTINGS.values(),
        BackboneEncoder,
        TorchJD,
    ]
}


class ArrayState(BaseEstimator):
    """Pickles and copies hold a fitted net as arrays and build it again, on the device at hand."""

    warm_start: bool

    def __getstate__(self) -> State:
        """Return parameters, arrays and dicts; optimizer moments only with ``warm_start``."""
        state = dict(super().__getstate__())
        for name in NESTED:
            state[name] = to_plain_spec(state[name])
        if "net_" in state:
            state["net_"] = net_state(state["net_"], has_moments=self.warm_start)
            state["task_label_encoder_"] = dict(vars(state["task_label_encoder_"]))
        if state.get("_feature_importances") is not None:
            state["_feature_importances"] = state["_feature_importances"].values
        if "_feature_reader" in state:
            state["_feature_reader"] = state["_feature_reader"].state()
        return state | dict(zip(VERSIONS, (STATE_VERSION, __version__), strict=True))

    def __setstate__(self, state: State) -> None:
        """Take a state of this or an older version, and build the net."""
        state = dict(state)
        version, package_version = (state.pop(name, None) for name in VERSIONS)
        if not isinstance(version, int) or not 1 <= version <= STATE_VERSION:
            raise ValueError(
                f"This {type(self).__name__} was saved by version {package_version} of "
                f"sklearn_abmtl, in version {version} of its state; version {__version__} reads "
                f"versions 1 to {STATE_VERSION} of the state."
            )
        if version == 1:
            state = from_version_1(state, type(self).__name__)
        state = _with_objects(state)
        saved_net = state.pop("net_", None)
        if saved_net is not None:
            encoder = TaskLabelEncoder()
            vars(encoder).update(state["task_label_encoder_"])
            state["task_label_encoder_"] = encoder
        super().__setstate__(state)
        if saved_net is not None:
            try:
                with own_torch_state():
                    self.net_ = restore_net(self, saved_net)
            except RuntimeError as error:  # as torch says that arrays do not fit a module
                raise ValueError(
                    f"The state of this {type(self).__name__}, saved by version "
                    f"{package_version} of sklearn_abmtl, does not fit the network that version "
                    f"{__version__} builds: {error}"
                ) from error


def from_version_1(state: State, owner: str) -> State:
    """Return a state of version 1 as one of version 2, whose reader of X has its own options."""
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
        "_feature_reader": reader,
        "_missing_label": state["missing_label"],
        "task_label_encoder_": {"is_pandas_": False, **state["task_label_encoder_"]},
    }


def _with_objects(state: State) -> State:
    """Return a state with the objects that plain values stand for, but for the net."""
    made = {name: from_plain_spec(state[name]) for name in NESTED}
    if state.get("_feature_importances") is not None:
        made["_feature_importances"] = Importances(state["_feature_importances"].copy)
    if "_feature_reader" in state:
        made["_feature_reader"] = FeatureReader.from_state(state["_feature_reader"])
    return state | made


def to_plain_spec(spec: Any) -> Any:
    """Return a spec of the package as a dict, and anything else as it is."""
    if isinstance(spec, AutoPart):
        return {"__auto__": spec.part, "options": dict(spec.options)}
    if SPECS.get(type(spec).__name__) is type(spec):
        return {"__spec__": type(spec).__name__, "options": spec.get_params()}
    return spec


def from_plain_spec(plain: Any) -> Any:
    """Return the spec of a dict of ``to_plain_spec``, and anything else as it is.

    Raises
    ------
    ValueError
        If the package has no such spec, or not these options.
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
    """Return options that read no file; parts of the caller's own need not tell them."""
    return spec.blank() if hasattr(spec, "blank") else spec


def net_state(net: MultiTaskNet, *, has_moments: bool) -> State:
    """Return what a trained net is built from, with its arrays.

    Parameters
    ----------
    net : MultiTaskNet
    has_moments : bool
        Whether to hold the optimizer's moments, twice as many numbers as parameters.
    """
    plan = {name: getattr(net.plan, name) for name in vars(net.plan)}
    specs = net.plan.specs._asdict()
    plan["specs"] = {name: to_plain_spec(blank_spec(spec)) for name, spec in specs.items()}
    weighting = net.criterion_.weighting
    return {
        "plan": plan,
        "loss_options": net.loss_options
        | {"loss_weights": to_plain_spec(net.loss_options["loss_weights"])},
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


def restore_net(estimator: BaseEstimator, saved: State) -> MultiTaskNet:
    """Build a net and set its arrays; it predicts on the estimator's device.

    Raises
    ------
    ValueError
        If the arrays do not fit the network, or its labels or categories are not the estimator's.
    RuntimeError
        If an array is missing, or of another shape or dtype.
    """
    plan = restore_plan(saved["plan"])
    check_plan(plan, estimator)
    network = rebuild_network(plan, to_tensors(saved["network"]), has_own_parts=has_own_parts(plan))
    options = SimpleNamespace(
        **{name: saved["loss_options"][name] for name in LOSS_OPTIONS},
        **saved["options"],
        task_label_encoder_=estimator.task_label_encoder_,
        dtype=plan.dtype,
        precision="full",  # of the training, which is done
        device=find_saved_device(estimator.device),
        callbacks=None,
        verbose=0,
    )
    options.loss_weights = from_plain_spec(options.loss_weights)
    net = new_net(
        options,
        plan,
        network,
        n_rows=1,
        weight_decay=find_weight_decay(options, plan.sample_shape, None),
        max_epochs=options.max_epochs,
        lr_schedule=None,
        n_iter_no_change=None,
        seed=saved["seed"],
    )
    net.history.extend(dict(row) for row in saved["history"])
    load_weighting(net.criterion_.weighting, to_tensors(saved["weighting"]))
    load_moments(net.optimizer_, saved["moments"])
    net.module_.eval()
    net.criterion_.eval()
    return net


def load_weighting(weighting: LossWeighting, tensors: Mapping[str, Tensor]) -> None:
    """Set what a loss weighting learned, and its weights of the last step.

    Raises
    ------
    RuntimeError
        If they are not of its shapes and dtypes.
    """
    tensors, last = dict(tensors), weighting.loss_weights
    saved = tensors.pop("loss_weights", None)
    if saved is None or (saved.shape, saved.dtype) != (last.shape, last.dtype):
        raise RuntimeError(
            f"loss_weights must be of the shape {tuple(last.shape)} and {last.dtype}"
        )
    last.copy_(saved)
    load_tensors(weighting, tensors)


def has_own_parts(plan: NetworkPlan) -> bool:
    """Tell whether a network has parts of the caller's own, whose code is not the package's."""
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


def check_plan(plan: NetworkPlan, estimator: BaseEstimator) -> None:
    """Raise a ValueError unless the plan is for the estimator's classes and categories."""
    n_classes = [len(classes) for classes in estimator.task_label_encoder_.classes_]
    reader = estimator._feature_reader
    if plan.sample_shape != reader.layout.network_shape:
        raise ValueError(
            f"The network is for samples of another shape, {plan.sample_shape}, than the "
            f"estimator's, {reader.layout.network_shape}."
        )
    n_codes = reader.n_codes
    if plan.n_classes != n_classes or (plan.n_codes or n_codes) != n_codes:
        raise ValueError(
            f"The network was built for {plan.n_classes} classes and {plan.n_codes} codes; the "
            f"estimator has {n_classes} and {n_codes}."
        )
