"""Learning rates and weight decay of their own for parts of the network."""

from __future__ import annotations

from typing import Any

from torch import nn

Groups = list[tuple[str, dict[str, Any]]]

UNDECAYED = ("input_layer.*", "weighting.*")
UNDECAYED_OF_TABLES = ("*.queries", "*.positions")  # under their decay tasks look everywhere alike


def parameter_groups(network: nn.Module, lr: float, sample_shape: tuple[int, ...]) -> Groups:
    """Return all parameter groups, as skorch takes them, of a network for samples of a shape."""
    return undecayed_groups(is_table=len(sample_shape) == 1) + lr_groups(network, lr)


def undecayed_groups(is_table: bool) -> Groups:
    """Return the parameter groups, as skorch takes them, that have no weight decay."""
    names = UNDECAYED + (UNDECAYED_OF_TABLES if is_table else ())
    return [(name, {"weight_decay": 0.0}) for name in names]


def lr_groups(network: nn.Module, lr: float) -> Groups:
    """Return the parameter groups, as skorch takes them, of modules that scale the learning rate.

    Such a module has an attribute ``lr_scales``: names of its children to factors.
    """
    return [
        (f"{name}.{child}.*", {"lr": lr * scale, "lr_scale": scale})
        for name, module in network.named_modules()
        for child, scale in getattr(module, "lr_scales", {}).items()
    ]
