"""Errors of trainings that cannot continue, with causes and advice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from skorch import NeuralNet
from torch import Tensor, nn

from ...nn.input_layers.scaler import MAX_SCALED
from ..data.batches import Batches, TaskData

FAR = 1e4  # times the mean weight; larger weights are named as a cause
MAX_DECAY = 2.0  # per step; with more, parameters change their sign and grow


def check_finite(net: NeuralNet, losses: np.ndarray, data: TaskData) -> None:
    """Raise a ValueError if a task's loss (n_tasks,) or a parameter is not finite."""
    names = [
        name for name, loss in zip(net.task_names, losses, strict=True) if not np.isfinite(loss)
    ]
    if not names and _is_finite(net.module_):
        return
    what = f"the loss of the tasks {names} is" if names else "the network's parameters are"
    raise ValueError(
        f"Training diverged in epoch {len(net.history)}: {what} not finite. {_causes(net, data)}"
    )


def _is_finite(module: nn.Module) -> bool:
    return bool(torch.stack([p.isfinite().all() for p in module.parameters()]).all())


def _causes(net: NeuralNet, data: TaskData) -> str:
    """Return a text of large values and advice."""
    x, weight = largest_scaled(net, data), float(data.label_weights.abs().max())
    decay = largest_decay(net)
    dtype = str(next(net.module_.parameters()).dtype).removeprefix("torch.")
    advice = [
        *(
            ["scale or clip X, which is so far from the mean of the training rows"]
            * (x >= MAX_SCALED)
        ),
        *(["lower sample_weight or class_weight where they are largest"] * (weight > FAR)),
        *([f"lower weight_decay, which times lr is {decay:.2g}"] * (decay > MAX_DECAY)),
        "a lower lr may help",
        *(["dtype='float64' has a wider range"] * (dtype == "float32")),
    ]
    return (
        f"lr is {net.lr:g}, dtype {dtype!r}; scaled X reaches {x:.2g}, label weights {weight:.2g}: "
        f"{'; '.join(advice)}."
    )


def largest_decay(net: NeuralNet) -> float:
    """Return the largest share of a parameter that weight decay subtracts in a step."""
    groups = net.optimizer_.param_groups
    return max(net.lr * group.get("lr_scale", 1.0) * group["weight_decay"] for group in groups)


def largest_scaled(net: NeuralNet, data: TaskData) -> float:
    """Return the largest absolute value of the encoders' input, ignoring NaN."""
    network = net.module_.eval()
    with torch.no_grad():
        largest = [
            _largest(network.input_layer(batch.features))
            for batch in Batches(data, net.batch_size, generator=None)
        ]
    return float(torch.stack(largest).max())


def _largest(values: Tensor) -> Tensor:
    return values.abs().nan_to_num(nan=0.0).max()


@contextmanager
def explained_memory(n_rows: int) -> Iterator[None]:
    """Add advice to errors if a GPU has too little memory for batches of ``n_rows`` rows."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        smaller = f"set batch_size={n_rows // 2}, " if n_rows > 1 else ""
        raise torch.OutOfMemoryError(
            f"The device has too little memory to train on batches of {n_rows} rows: {smaller}"
            f"make the network smaller, or set device='cpu'. torch says: {error}"
        ) from error
