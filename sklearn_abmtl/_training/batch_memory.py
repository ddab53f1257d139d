"""Refuses batches that would fill the machine, before the network reads one."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor, nn

from .memory import LAYERS, count_of, device_memory, gigabytes, is_options, most_layers
from .network_plan import NetworkPlan, build_on_meta

N_ROWS = 2  # that are counted: batch normalisation takes no single one
KEPT_OF_A_LAYER = 4  # arrays of the size of its output
MIN_WIDTH = 512  # that a backbone may have


def check_batch(
    plan: NetworkPlan, n_rows: int, batch_size: Any, device: torch.device, *, is_exact: bool
) -> None:
    """Raise a ValueError if a step keeps more for its gradients than the device has memory.

    Parameters
    ----------
    plan : NetworkPlan
    n_rows : int
        Rows of a batch that this process reads.
    batch_size : int or 'auto'
        What the error names.
    device : device
    is_exact : bool
        Whether values are kept as they are computed; else they may take half.
    """
    memory = device_memory(device)
    if n_rows * _most_bytes_of_a_row(plan) <= memory:
        return
    n_bytes = n_rows * bytes_of_a_row(plan) * (1 if is_exact else 0.5)
    if n_bytes > memory:
        raise ValueError(
            f"batch_size={batch_size} makes batches of {n_rows} rows, which take at least "
            f"{gigabytes(n_bytes)} to train on; this machine has {gigabytes(memory)}. Lower "
            "batch_size or the widths of the parts."
        )


def bytes_of_a_row(plan: NetworkPlan) -> float:
    """Return what a training step keeps of each row; 0 where a part does not run on meta."""
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage()._cdata] = tensor  # on meta storages have no address
        return tensor

    try:
        with torch.random.fork_rng(devices=[]):
            network: nn.Module = build_on_meta(plan).train().to("meta")
            with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t), torch.device("meta"):
                network(torch.zeros(N_ROWS, *plan.sample_shape, dtype=getattr(torch, plan.dtype)))
    except Exception:  # whatever a module that looks at values may raise there
        return 0.0
    own = {parameter.untyped_storage()._cdata for parameter in network.parameters()}
    of_rows = (tensor for place, tensor in kept.items() if place not in own)
    return sum(tensor.untyped_storage().nbytes() for tensor in of_rows) / N_ROWS


def _most_bytes_of_a_row(plan: NetworkPlan) -> float:
    """Return a quick bound, as counting takes longer than a step of a small network.

    Stages of images halve both sides and double the width, so that the first one keeps most.
    """
    n_tasks, n_values = len(plan.n_classes), math.prod(plan.sample_shape)
    parts = [spec for spec in plan.specs if is_options(spec)]
    widths = [
        count_of(getattr(spec, field.name))
        for spec in parts
        for field in fields(spec)
        if field.name not in LAYERS
    ]
    widest = max([MIN_WIDTH, *widths, n_values if len(plan.sample_shape) == 1 else 1])
    n_layers = 2 + sum(map(most_layers, parts))
    n_trunks = plan.n_members * (n_tasks if plan.sharing == "soft" else 1)
    per_value = widest * (KEPT_OF_A_LAYER * n_layers + n_tasks)
    return float(getattr(torch, plan.dtype).itemsize * n_trunks * n_values * per_value)
