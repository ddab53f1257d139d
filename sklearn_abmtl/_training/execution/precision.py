"""Number types in a training step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..._data.warn_caller import warn_caller
from ...nn import NetworkOutput

Forward = Callable[[nn.Module, Tensor], NetworkOutput]

LOSS_INPUTS = ("task_logits", "member_logits", "branch_logits", "scaled", "reconstructions")


def in_full(network: nn.Module, features: Tensor) -> NetworkOutput:
    """Run the network in the dtype of its parameters."""
    return network(features)


def in_bfloat16(network: nn.Module, features: Tensor) -> NetworkOutput:
    """Run the network with products in bfloat16; inputs of losses are converted back."""
    dtype = next(network.parameters()).dtype
    with torch.autocast(features.device.type, torch.bfloat16):
        output = network(features)
    read = {name: getattr(output, name) for name in LOSS_INPUTS}
    return output._replace(**{k: v if v is None else v.to(dtype) for k, v in read.items()})


def choose_forward(precision: str, dtype: str, device: torch.device) -> Forward:
    """Return the function that runs the network in training.

    Parameters
    ----------
    precision : {'auto', 'full', 'bfloat16'}
    dtype : {'float32', 'float64'}
        The dtype of the parameters.
    device : device

    Raises
    ------
    ValueError
        If ``precision='bfloat16'`` is combined with float64.
    """
    if precision == "bfloat16" and dtype == "float64":
        raise ValueError(
            "precision='bfloat16' cannot be combined with dtype='float64', which has more digits; "
            "set one of them."
        )
    if precision == "full" or dtype == "float64":
        return in_full
    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return in_bfloat16
    if precision == "auto":
        return in_full
    if device.type == "cpu":
        return in_bfloat16
    warn_caller(f"The device {device} has no bfloat16; the training computes in {dtype}.")
    return in_full
