"""Builds a network again from its plan and its tensors, without drawing random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from ..nn import Network
from .execution.random import PrivateDraws
from .network_plan import NetworkPlan, build_on_meta


def rebuild_network(
    plan: NetworkPlan, tensors: Mapping[str, Tensor], *, has_own_parts: bool
) -> Network:
    """Build a network and give it copies of tensors.

    The network is built on the meta device, so nothing is drawn and no memory is used before it is
    checked that the tensors fit. Parts of the caller's own may not build there; a network with such
    parts is built with memory.

    Raises
    ------
    ValueError
        If the plan is for a larger network than the tensors.
    RuntimeError
        If a tensor is missing, has another shape or dtype, or differs from a constant of the plan.
    """
    if not has_own_parts:
        network = check_network(plan, tensors)
        if not any(tensor.is_meta for tensor in _unsaved(network)):
            fill(network, tensors)
            return network
    with PrivateDraws():  # the drawn parameters are replaced below
        network = plan.build(plan.blank_input_layer())
    if not has_own_parts:
        _check_constants(network, tensors)
    load_tensors(network, tensors)
    return network


def check_network(plan: NetworkPlan, tensors: Mapping[str, Tensor]) -> Network:
    """Check that the tensors fit the plan's network, and return this network on meta."""
    check_size(plan, tensors)
    network = build_on_meta(plan)
    _check_constants(network, tensors)
    own = distinct_tensors(network)
    known = {name for name, tensor in own.items() if not tensor.is_meta}
    load_tensors(network, {n: t if n in known else t.to("meta") for n, t in tensors.items()})
    return network


def check_size(plan: NetworkPlan, tensors: Mapping[str, Tensor]) -> None:
    """Raise a ValueError if the plan is for a larger network than the tensors.

    This is checked first, because modules take memory and time even on the meta device. Tensors
    that the plan determines are also built with memory: a mask of the classes, the columns of a
    table.
    """
    n_bytes = sum(tensor.nbytes for tensor in tensors.values())
    widths = plan.d_embeddings
    n_needed = {
        "classes": len(plan.n_classes) * max(plan.n_classes),
        "codes": sum(plan.n_codes or []),
        "columns": 8 * (len(plan.n_codes or []) + widths),  # 8 bytes per column number
    }
    for what, n in n_needed.items():
        if n > n_bytes:
            raise ValueError(f"its plan is for a network with more {what} than it holds")
    n_trunks = plan.n_members * (1 if plan.sharing == "hard" else len(plan.n_classes))
    n_claimed = n_trunks * max(1, 2 * plan.n_layers)  # each layer has at least a weight and a bias
    if n_claimed <= len(tensors) and n_trunks > 1:
        one = build_on_meta(replace(plan, n_members=1, sharing="hard"))
        n_claimed = n_trunks * len([*one.get_submodule("trunk").parameters()])
    if n_claimed > len(tensors):
        raise ValueError("its plan is for a network with more tensors than it holds")


def distinct_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers by name; a tensor with several names has the first one."""
    named: dict[int, tuple[str, Tensor]] = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        named.setdefault(id(tensor), (name, tensor))
    return dict(named.values())


def load_tensors(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Set parameters and buffers. A tensor with several names is saved under the first one.

    Raises
    ------
    RuntimeError
        If the names, shapes or dtypes are not those of the module.
    """
    first_names = {id(tensor): name for name, tensor in distinct_tensors(module).items()}
    strangers = set(first_names.values()) ^ tensors.keys()
    if strangers:
        raise RuntimeError(f"tensors are missing or unknown: {sorted(strangers)[:5]}")
    named = module.state_dict(keep_vars=True).items()
    module.load_state_dict({name: tensors[first_names[id(tensor)]] for name, tensor in named})
    for name, tensor in distinct_tensors(module).items():
        if tensor.dtype != tensors[name].dtype:
            raise RuntimeError(f"{name} must be of {tensor.dtype}; found {tensors[name].dtype}")


def fill(network: Network, tensors: Mapping[str, Tensor]) -> None:
    """Replace the tensors of a network by copies of these, in the network's memory order."""
    filled = {}
    for name, empty in distinct_tensors(network).items():
        copied = torch.empty_like(empty, device="cpu").copy_(tensors[name])
        is_learned = isinstance(empty, nn.Parameter)
        filled[id(empty)] = nn.Parameter(copied, empty.requires_grad) if is_learned else copied
    for module in network.modules():
        for name, tensor in [*_own_tensors(module)]:
            setattr(module, name, filled[id(tensor)])


def _own_tensors(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from module.named_parameters(recurse=False, remove_duplicate=False)
    yield from module.named_buffers(recurse=False, remove_duplicate=False)


def _unsaved(network: Network) -> Iterator[Tensor]:
    """Yield the tensors of a network that are not saved with it, and the constants of its plan."""
    saved = {id(tensor): tensor for tensor in distinct_tensors(network).values()}
    for module in network.modules():
        attributes = (value for value in vars(module).values() if isinstance(value, Tensor))
        yield from attributes
        yield from (tensor for _, tensor in _own_tensors(module) if id(tensor) not in saved)
    yield from filter(_is_constant, saved.values())


def _is_constant(tensor: Tensor) -> bool:
    """Return whether the plan determines a tensor: arrays of integers or booleans."""
    return tensor.ndim > 0 and not tensor.is_floating_point()


def _check_constants(network: Network, tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in distinct_tensors(network).items():
        if not tensor.is_meta and _is_constant(tensor) and name in tensors:
            found = tensors[name]
            if found.dtype != tensor.dtype or not torch.equal(found, tensor):
                raise RuntimeError(f"{name} is not the tensor that the plan of the network gives")
