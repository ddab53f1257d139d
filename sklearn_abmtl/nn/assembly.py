"""Assembly of the network from its parts."""

from __future__ import annotations

import inspect
from typing import Any

from .input_layers.scaler import InputScaler
from .input_layers.table_input import TableInput
from .network import ABMTLNetwork
from .parts import PartSpecs
from .sharing import HardSharing, SoftSharing

Shape = tuple[int, ...]


def build_network(
    specs: PartSpecs,
    sharing: str,
    sample_shape: Shape,
    n_classes: list[int],
    input_layer: InputScaler | TableInput,
) -> ABMTLNetwork:
    """Assemble the network for samples of one shape and tasks of the given classes."""
    n_tasks = len(n_classes)
    column_shape = input_layer.column_shape(sample_shape)
    trunk: HardSharing | SoftSharing
    if sharing == "hard":
        trunk = build_trunk(specs, column_shape, n_tasks)
    else:
        trunk = SoftSharing([build_trunk(specs, column_shape, n_tasks=1) for _ in n_classes])
    task_classifiers = [
        build_part(
            "task_classifier", specs.task_classifier, d_representation=d, n_classes=n_classes
        )
        for d in trunk.d_representations
    ]
    aggregator = build_part(
        "aggregator",
        specs.aggregator,
        n_tasks=n_tasks,
        n_branches=len(task_classifiers),
        max_classes=max(n_classes),
    )
    return ABMTLNetwork(input_layer, trunk, task_classifiers, aggregator, n_classes)


def build_trunk(specs: PartSpecs, sample_shape: Shape, n_tasks: int) -> HardSharing:
    """Build an encoder, a decoder and one attention per branch for a number of tasks."""
    encoder = build_part("encoder", specs.encoder, sample_shape)
    memories = [(encoder.grid, encoder.d_tokens)]
    decoder = None
    if specs.decoder is not None:
        decoder = build_part(
            "decoder",
            specs.decoder,
            sample_shape,
            grid=encoder.grid,
            d_tokens=encoder.d_tokens,
            d_shared=encoder.d_shared,
        )
        memories.append((decoder.grid, decoder.d_states))
    attentions = [
        build_part("attention", specs.attention, n_tasks=n_tasks, grid=grid, d_memory=d_memory)
        for grid, d_memory in memories
    ]
    return HardSharing(encoder, decoder, attentions)


def build_part(part: str, spec: Any, *args: Any, **kwargs: Any) -> Any:
    """Build the module of a spec.

    Raises
    ------
    ValueError
        If the spec belongs to another part.
    """
    try:
        inspect.signature(spec.build).bind(*args, **kwargs)
    except TypeError as error:
        raise ValueError(
            f"{part} must be a spec of that part; the build method of {spec!r} does not "
            f"accept the arguments for it: {error}."
        ) from error
    return spec.build(*args, **kwargs)
