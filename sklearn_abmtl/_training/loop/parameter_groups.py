"""Separate learning rates and weight decay for parts of the network."""

from __future__ import annotations

from typing import Any

from torch import nn

Groups = list[tuple[str, dict[str, Any]]]

UNDECAYED = ("input_layer.*", "weighting.*")
UNDECAYED_OF_TABLES = ("*.queries", "*.positions")  # decay would make attention equal


def parameter_groups(network: nn.Module, lr: float, sample_shape: tuple[int, ...]) -> Groups:
    """Return all parameter groups of a network, in skorch's form, for samples of a shape."""
    return undecayed_groups(is_table=len(sample_shape) == 1) + lr_groups(network, lr)


def undecayed_groups(is_table: bool) -> Groups:
    """Return the parameter groups without weight decay, in skorch's form."""
    names = UNDECAYED + (UNDECAYED_OF_TABLES if is_table else ())
    return [(name, {"weight_decay": 0.0}) for name in names]


def lr_groups(network: nn.Module, lr: float) -> Groups:
    """Return the parameter groups of modules that scale the learning rate, in skorch's form.

    Such a module has an attribute ``lr_scales``: a dict from names of its children to factors.
    """
    return [
        (f"{name}.{child}.*", {"lr": lr * scale, "lr_scale": scale})
        for name, module in network.named_modules()
        for child, scale in getattr(module, "lr_scales", {}).items()
    ]
