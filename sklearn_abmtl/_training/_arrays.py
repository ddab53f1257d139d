"""Tensors and an optimizer's moments as arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from ._inference import as_tensor

Array = NDArray[Any]
Moments = dict[str, dict[str, Array]]

MOMENTS = {"step", "exp_avg", "exp_avg_sq"}  # as AdamW names them


def to_arrays(tensors: Mapping[str, Tensor]) -> dict[str, Array]:
    """Return tensors as arrays in C order."""
    return {
        name: np.ascontiguousarray(tensor.detach().cpu().numpy()).reshape(tensor.shape)
        for name, tensor in tensors.items()
    }


def to_tensors(arrays: Mapping[str, Array]) -> dict[str, Tensor]:
    """Return arrays as tensors, which may share memory."""
    return {name: as_tensor(array) for name, array in arrays.items()}


def moments_of(optimizer: Optimizer) -> Moments:
    """Return the moments of each parameter that has any, by its number."""
    moments = optimizer.state_dict()["state"]
    return {str(number): to_arrays(values) for number, values in moments.items()}


def load_moments(optimizer: Optimizer, saved: Mapping[str, Mapping[str, Array]]) -> None:
    """Set the moments of an optimizer; without any it begins anew.

    Raises
    ------
    RuntimeError
        If they are not of the shapes of the parameters.
    """
    state = optimizer.state_dict()
    parameters = {
        str(number): parameter
        for number, parameter in enumerate(
            parameter for group in optimizer.param_groups for parameter in group["params"]
        )
    }
    moments = {number: to_tensors(arrays) for number, arrays in saved.items()}
    for number, tensors in moments.items():
        found = {tensor.shape for tensor in tensors.values()}
        shapes = {parameters[number].shape, torch.Size()} if number in parameters else set()
        if not found <= shapes or tensors.keys() != MOMENTS:
            raise RuntimeError(f"the moments {number} have the shapes {found}")
    state["state"] = {
        int(number): {name: _laid_out_like(parameters[number], t) for name, t in tensors.items()}
        for number, tensors in moments.items()
    }
    optimizer.load_state_dict(state)


def _laid_out_like(parameter: Tensor, moment: Tensor) -> Tensor:
    """Return a moment in its parameter's order in memory, which fused optimizers rely on."""
    if moment.shape != parameter.shape:  # a number of steps
        return moment
    return torch.empty_like(parameter, dtype=moment.dtype, device="cpu").copy_(moment)
