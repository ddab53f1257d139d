"""Refuses batches that need more memory than there is, before the network reads one."""

from __future__ import annotations

import math
from dataclasses import fields

import torch
from torch import Tensor, nn

from .memory import LAYERS, count_of, device_memory, gigabytes, is_options, most_layers
from .network_plan import NetworkPlan, build_on_meta

N_ROWS = 2  # rows that are counted; batch normalisation needs more than one
KEPT_OF_A_LAYER = 4  # arrays of the size of its output
MIN_WIDTH = 512  # a backbone may have layers of this width


def check_batch(
    plan: NetworkPlan, n_rows: int, batch_size: int | str, device: torch.device, *, is_exact: bool
) -> None:
    """Raise a ValueError if the values that a step keeps for its gradients exceed the memory.

    Parameters
    ----------
    plan : NetworkPlan
    n_rows : int
        Rows of a batch that this process reads.
    batch_size : int or 'auto'
        The option, for the error.
    device : device
    is_exact : bool
        Whether values are kept in the dtype of the network. If not, they may need half as much.
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
    """Return the bytes that a training step keeps per row; 0 if a part cannot run on meta."""
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage()._cdata] = tensor  # storages on meta have no address
        return tensor

    try:
        with torch.random.fork_rng(devices=[]):
            network: nn.Module = build_on_meta(plan).train().to("meta")
            with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t), torch.device("meta"):
                network(torch.zeros(N_ROWS, *plan.sample_shape, dtype=getattr(torch, plan.dtype)))
    except Exception:  # modules that read values may raise any error on meta
        return 0.0
    own = {parameter.untyped_storage()._cdata for parameter in network.parameters()}
    of_rows = (tensor for place, tensor in kept.items() if place not in own)
    return sum(tensor.untyped_storage().nbytes() for tensor in of_rows) / N_ROWS


def _most_bytes_of_a_row(plan: NetworkPlan) -> float:
    """Return a quick upper bound, because counting takes longer than a step of a small network.

    Stages of images halve both sides and double the width, so the first stage keeps the most.
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
