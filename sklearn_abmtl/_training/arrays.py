"""Tensors and an optimizer's moments as arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from .._files.tensors import Tensors
from .inference import as_tensor

Array = NDArray[Any]
Moments = dict[str, dict[str, Array]]

MOMENTS = {"step", "exp_avg", "exp_avg_sq"}  # as AdamW names them


def to_arrays(tensors: Mapping[str, Tensor]) -> dict[str, Array]:
    """Return tensors as contiguous arrays in C order."""
    return {
        name: np.ascontiguousarray(tensor.detach().cpu().numpy()).reshape(tensor.shape)
        for name, tensor in tensors.items()
    }


def to_tensors(arrays: Mapping[str, Array]) -> dict[str, Tensor]:
    """Return arrays as tensors, which may share the memory of the arrays."""
    return {name: as_tensor(array) for name, array in arrays.items()}


def moments_of(optimizer: Optimizer) -> Moments:
    """Return the moments of each parameter that has any, by its number."""
    moments = optimizer.state_dict()["state"]
    return {str(number): to_arrays(values) for number, values in moments.items()}


def by_number(tensors: Tensors) -> Moments:
    """Group tensors with names such as ``3.exp_avg`` by the number and then by the moment."""
    moments: Moments = {}
    for name, array in tensors.items():
        number, _, moment = name.partition(".")
        moments.setdefault(number, {})[moment] = array
    return moments


def load_moments(optimizer: Optimizer, saved: Mapping[str, Mapping[str, Array]]) -> None:
    """Set the moments of an optimizer. Without moments the optimizer starts again.

    Raises
    ------
    ValueError
        If they do not fit the optimizer's parameters. This check is needed because fused optimizers
        write to the memory of the moments without a check.
    """
    state = optimizer.state_dict()
    places = [(group, p) for group in optimizer.param_groups for p in group["params"]]
    parameters = {str(number): place for number, place in enumerate(places)}
    unknown = sorted(map(str, saved.keys() - parameters.keys()))
    if unknown:
        raise ValueError(f"it has moments of unknown parameters: {unknown[:5]}")
    state["state"] = {
        int(number): _read_moments(number, to_tensors(saved[number]), *place)
        for number, place in parameters.items()
        if number in saved
    }
    optimizer.load_state_dict(state)


def _read_moments(
    number: str, moments: dict[str, Tensor], group: Mapping[str, Any], parameter: Tensor
) -> dict[str, Tensor]:
    """Return the checked moments of a parameter, in the memory order of the parameter."""
    names = MOMENTS | ({"max_exp_avg_sq"} if group["amsgrad"] else set())
    if moments.keys() != names:
        raise ValueError(
            f"the moments {number} must be {sorted(names)}; found {sorted(moments)[:5]}"
        )
    for name, moment in moments.items():
        shape, dtypes = parameter.shape, {parameter.dtype}
        if name == "step":  # a count, in torch's default dtype
            shape, dtypes = torch.Size(), {torch.float32, torch.float64}
        fits = moment.shape == shape and moment.dtype in dtypes
        is_signed = name == "exp_avg"
        if not fits or not moment.isfinite().all() or (moment < 0).any() > is_signed:
            raise ValueError(
                f"the moments {number} must have {name} of shape {tuple(shape)}, of "
                f"{' or '.join(sorted(map(str, dtypes)))}, with finite values"
                f"{'' if is_signed else ' of at least 0'}; found the shape {tuple(moment.shape)} "
                f"and {moment.dtype}"
            )
    return {
        name: moment.clone() if name == "step" else _laid_out_like(parameter, moment)
        for name, moment in moments.items()
    }


def _laid_out_like(parameter: Tensor, moment: Tensor) -> Tensor:
    """Return a copy in the memory order of the parameter, which fused optimizers require."""
    return torch.empty_like(parameter, device="cpu").copy_(moment)
