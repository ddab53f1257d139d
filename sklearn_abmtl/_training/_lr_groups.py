"""Learning rates of their own for parts of the network."""

from __future__ import annotations

from typing import Any

from torch import nn


def lr_groups(network: nn.Module, lr: float) -> list[tuple[str, dict[str, Any]]]:
    """Return the parameter groups, as skorch takes them, of modules that scale the learning rate.

    Such a module has an attribute ``lr_scales``: names of its children to factors.
    """
    return [
        (f"{name}.{child}.*", {"lr": lr * scale, "lr_scale": scale})
        for name, module in network.named_modules()
        for child, scale in getattr(module, "lr_scales", {}).items()
    ]
