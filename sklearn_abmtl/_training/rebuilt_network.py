"""A network built again from its plan and its tensors, without drawing any random number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from ..nn import Network
from . import PrivateDraws
from .network_plan import NetworkPlan, build_on_meta


def rebuild_network(
    plan: NetworkPlan, tensors: Mapping[str, Tensor], *, has_own_parts: bool
) -> Network:
    """Build a network and give it copies of tensors.

    The network is built on the meta device, so that nothing is drawn and no memory is taken before
    the tensors are known to fit. The caller's own parts need not build there.

    Raises
    ------
    ValueError
        If the plan claims more than the tensors hold.
    RuntimeError
        If a tensor is missing, of another shape or dtype, or not what the plan makes it.
    """
    if not has_own_parts:
        network = check_network(plan, tensors)
        if not any(tensor.is_meta for tensor in _unsaved(network)):
            fill(network, tensors)
            return network
    with PrivateDraws():  # what is drawn in building is replaced
        network = plan.build(plan.blank_input_layer())
    if not has_own_parts:
        _check_constants(network, tensors)
    load_tensors(network, tensors)
    return network


def check_network(plan: NetworkPlan, tensors: Mapping[str, Tensor]) -> Network:
    """Return the plan's network on the meta device, once it is known that the tensors fit it."""
    check_size(plan, tensors)
    network = build_on_meta(plan)
    _check_constants(network, tensors)
    own = distinct_tensors(network)
    known = {name for name, tensor in own.items() if not tensor.is_meta}
    load_tensors(network, {n: t if n in known else t.to("meta") for n, t in tensors.items()})
    return network


def check_size(plan: NetworkPlan, tensors: Mapping[str, Tensor]) -> None:
    """Raise a ValueError if the plan claims more than so many tensors and bytes can be.

    Modules take memory and time also on the meta device, and what the plan alone gives is built
    for real: a mask of the classes, the columns of a table.
    """
    n_bytes = sum(tensor.nbytes for tensor in tensors.values())
    widths = plan.d_embeddings
    n_needed = {
        "classes": len(plan.n_classes) * max(plan.n_classes),
        "codes": sum(plan.n_codes or []),
        "columns": 8 * (len(plan.n_codes or []) + widths),  # their numbers, of 64 bits
    }
    for what, n in n_needed.items():
        if n > n_bytes:
            raise ValueError(f"it claims a network of more {what} than it holds")
    n_trunks = plan.n_members * (1 if plan.sharing == "hard" else len(plan.n_classes))
    n_claimed = n_trunks * max(1, 2 * plan.n_layers)  # each has a weight and a bias at least
    if n_claimed <= len(tensors) and n_trunks > 1:
        one = build_on_meta(replace(plan, n_members=1, sharing="hard"))
        n_claimed = n_trunks * len([*one.get_submodule("trunk").parameters()])
    if n_claimed > len(tensors):
        raise ValueError("it claims a network of more tensors than it holds")


def distinct_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers by name; those with several names by the first of them."""
    named: dict[int, tuple[str, Tensor]] = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        named.setdefault(id(tensor), (name, tensor))
    return dict(named.values())


def load_tensors(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Set parameters and buffers, each from its own tensor or that of its first name.

    Raises
    ------
    RuntimeError
        If the names, shapes or dtypes are not those of the module.
    """
    first_names = {id(tensor): name for name, tensor in distinct_tensors(module).items()}
    strangers = set(first_names.values()) ^ tensors.keys()
    if strangers:
        raise RuntimeError(f"tensors that are missing or unknown: {sorted(strangers)[:5]}")
    named = module.state_dict(keep_vars=True).items()
    module.load_state_dict({name: tensors[first_names[id(tensor)]] for name, tensor in named})
    for name, tensor in distinct_tensors(module).items():
        if tensor.dtype != tensors[name].dtype:
            raise RuntimeError(f"{name} must be of {tensor.dtype}; found {tensors[name].dtype}")


def fill(network: Network, tensors: Mapping[str, Tensor]) -> None:
    """Put copies of tensors, as the network lays them out in memory, in the place of its own."""
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
    """Give the tensors of a network that are not saved with it, and those that must be known."""
    saved = {id(tensor): tensor for tensor in distinct_tensors(network).values()}
    for module in network.modules():
        attributes = (value for value in vars(module).values() if isinstance(value, Tensor))
        yield from attributes
        yield from (tensor for _, tensor in _own_tensors(module) if id(tensor) not in saved)
    yield from filter(_is_constant, saved.values())


def _is_constant(tensor: Tensor) -> bool:
    """Tell whether a plan gives the values: integers and truths with axes are places or masks."""
    return tensor.ndim > 0 and not tensor.is_floating_point()


def _check_constants(network: Network, tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in distinct_tensors(network).items():
        if not tensor.is_meta and _is_constant(tensor) and name in tensors:
            found = tensors[name]
            if found.dtype != tensor.dtype or not torch.equal(found, tensor):
                raise RuntimeError(f"{name} is not what the plan of the network makes it")
