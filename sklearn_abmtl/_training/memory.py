"""Refuses options that need more memory than there is, before anything is allocated."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from numbers import Integral
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from .network_plan import NetworkPlan, build_on_meta

COPIES = 4  # numbers per parameter in training: itself, its gradient and two moments of AdamW
MOST_PARAMETERS = 2**61  # torch cannot count more
PROCESS_BYTES = 1e8  # a process that has imported torch takes at least this
LIMIT_OF_CONTAINER = Path("/sys/fs/cgroup/memory.max")
LAYERS = ("n_layers", "n_stages", "n_experts")  # options that count layers of one shape
MAX_AUTO_STAGES = 5


class Size(NamedTuple):
    """The size of a network.

    Attributes
    ----------
    n_parameters : int
    n_bytes : int
        Memory of the network in training, without that of a batch.
    """

    n_parameters: int
    n_bytes: int


def check_processes(n_procs: int, n_workers: int) -> None:
    """Raise a ValueError if so many processes take more memory than the machine has."""
    n_bytes, memory = PROCESS_BYTES * n_procs * (1 + n_workers), machine_memory()
    if n_bytes > memory:
        name, n = ("n_workers", n_workers) if n_workers > n_procs else ("n_procs", n_procs)
        raise ValueError(
            f"{name}={n} makes {n_procs * (1 + n_workers)} processes, which take at least "
            f"{gigabytes(n_bytes)}; this machine has {gigabytes(memory)}. Lower {name}."
        )


def check_network(plan: NetworkPlan, device: torch.device) -> None:
    """Raise a ValueError if a network takes more memory to train than the device has.

    Small networks are not counted, because counting takes longer than building them.
    """
    memory = device_memory(device)
    if most_bytes(plan) <= memory:
        return
    size = size_of(plan)
    if size.n_bytes <= memory:
        return
    over = "over " if size.n_parameters >= MOST_PARAMETERS else ""
    cause, advice = _largest_option(plan, size.n_bytes)
    raise ValueError(
        f"{cause} a network of {over}{size.n_parameters:.1e} parameters, which take {over}"
        f"{gigabytes(size.n_bytes)} to train; this machine has {gigabytes(memory)}. {advice}"
    )


def most_bytes(plan: NetworkPlan) -> float:
    """Return a quick upper bound of the memory for training; for most networks it is far too high.

    The factors are upper bounds of the number of matrices (width, width) per layer. In addition, a
    part has at most one matrix (n_inputs, width).
    """
    parts = [spec for spec in plan.specs if is_options(spec)]
    widths = [1, 1, *(n for spec in parts for n in _widths(spec))]
    *_, second, widest = sorted(widths)
    n_layers = 2 + sum(map(most_layers, parts))
    n_tasks, n_inputs = len(plan.n_classes), math.prod(plan.sample_shape)
    if plan.n_codes is not None:
        n_inputs = 6 * n_inputs + plan.d_embeddings
    n_trunks = n_tasks if plan.sharing == "soft" else 1
    n_matrices = n_layers * (64 * n_trunks + 8 * n_tasks)
    of_layers = n_matrices * widest * max(widest, *plan.n_classes)
    n_parameters = plan.n_members * (of_layers + n_trunks * n_inputs * widest * second)
    n_parameters += 8 * n_inputs * plan.n_bins + 600 * sum(plan.n_codes or [])
    return float(COPIES * _item_size(plan) * n_parameters)


def size_of(plan: NetworkPlan) -> Size:
    """Count a network on the meta device; the size is 0 if a part cannot be built there.

    Raises
    ------
    ValueError
        If an option breaks a rule of its part.
    """
    specs = [spec.blank() if hasattr(spec, "blank") else spec for spec in plan.specs]
    one = replace(plan, specs=type(plan.specs)(*specs), n_members=1)
    try:
        network = build_on_meta(one)
    except (RuntimeError, TypeError, OverflowError) as error:
        n = MOST_PARAMETERS if "verflow" in str(error) else 0
        return Size(n, COPIES * _item_size(plan) * n)
    first = network.input_layer
    rest = [module for module in network.children() if module is not first]
    learned, kept = _numbers(first)
    for module in rest:
        of_module = _numbers(module)
        learned += plan.n_members * of_module[0]
        kept += plan.n_members * of_module[1]
    return Size(learned + kept, _item_size(plan) * (COPIES * learned + kept))


def device_memory(device: torch.device) -> float:
    """Return the memory of a CUDA device in bytes, and that of the machine for other devices."""
    if device.type == "cuda":
        return float(torch.cuda.get_device_properties(device).total_memory)
    return machine_memory()


def machine_memory() -> float:
    """Return the memory of this machine or container in bytes; inf if it cannot be read."""
    try:
        memory = float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):  # for example on Windows
        memory = -1.0
    try:
        limit = float(LIMIT_OF_CONTAINER.read_text(encoding="ascii"))
    except (OSError, ValueError):  # there is no limit, or it is "max"
        limit = math.inf
    return min(memory, limit) if memory > 0 else limit


def gigabytes(n_bytes: float) -> str:
    """Return a number of bytes as text."""
    return f"{n_bytes / 1e9:.3g} GB"


def _largest_option(plan: NetworkPlan, n_bytes: int) -> tuple[str, str]:
    """Return the option whose default value would make the network smallest."""
    found = [
        (min(n_bytes, _bytes_or_inf(smaller)), -n, f"{text} makes", f"Lower {name}.")
        for smaller, name, n, text in _with_defaults(plan)
    ]
    if not found:
        made_by = f"Samples of the shape {plan.sample_shape} and {len(plan.n_classes)} tasks make"
        return made_by, "Pass fewer features or tasks."
    return min(found, key=itemgetter(0, 1))[2:]


def _bytes_or_inf(plan: NetworkPlan) -> float:
    try:
        return size_of(plan).n_bytes
    except ValueError:  # the default of one option and the value of another break a rule
        return math.inf


def _with_defaults(plan: NetworkPlan) -> Iterator[tuple[NetworkPlan, str, int, str]]:
    """Yield plans with one large option at its default, and its name, number and text."""
    if plan.n_members > 1:
        yield replace(plan, n_members=1), "n_members", plan.n_members, f"n_members={plan.n_members}"
    if plan.n_bins > 1:
        yield replace(plan, n_bins=1), "n_bins", plan.n_bins, f"n_bins={plan.n_bins}"
    for part, spec in zip(plan.specs._fields, plan.specs, strict=True):
        for field in fields(spec) if is_options(spec) else ():
            n, default = count_of(getattr(spec, field.name)), count_of(field.default)
            if default and n > default:
                smaller = replace(spec, **{field.name: field.default})
                specs = plan.specs._replace(**{part: smaller})
                text = f"{type(spec).__name__}: {field.name}={n}"
                yield replace(plan, specs=specs), field.name, n, text


def _widths(spec: Any) -> Iterator[int]:
    """Yield the widths of a part; for stages of images, that of the last stage, times 3.

    Stages double the width three times. A kernel has 9 values, like a matrix of 3 times the width.
    """
    for field in fields(spec):
        if field.name not in LAYERS:
            is_of_stages = field.name == "width" and hasattr(spec, "n_stages")
            yield count_of(getattr(spec, field.name)) * (24 if is_of_stages else 1)


def most_layers(spec: Any) -> int:
    counts = [count_of(getattr(spec, name)) for name in LAYERS if hasattr(spec, name)]
    return math.prod(n or MAX_AUTO_STAGES for n in counts) if counts else 0


def count_of(value: Any) -> int:
    """Return an option that is a count, or the sum of several counts; 0 for any other option."""
    values = value if isinstance(value, list | tuple) else [value]
    are_counts = all(isinstance(n, Integral) and not isinstance(n, bool) for n in values)
    return max(0, sum(int(n) for n in values)) if are_counts else 0


def is_options(spec: Any) -> bool:
    return is_dataclass(spec) and not isinstance(spec, type)


def _numbers(module: nn.Module) -> tuple[int, int]:
    """Return how many numbers of a module are learned, and how many are fixed."""
    learned = sum(p.numel() for p in module.parameters() if p.requires_grad)
    kept = sum(p.numel() for p in module.parameters() if not p.requires_grad)
    return learned, kept + sum(buffer.numel() for buffer in module.buffers())


def _item_size(plan: NetworkPlan) -> int:
    return int(getattr(torch, plan.dtype).itemsize)
