"""Names and options to parts, and parts to the network."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from torch import Tensor

from ._auto_part import AutoPart
from ._per_task import per_task
from .losses import LOSS_WEIGHTINGS, LOSSES, FixedWeights, MultiTaskLoss, TorchJD
from .nn import (
    AGGREGATORS,
    ATTENTIONS,
    DECODERS,
    ENCODERS,
    TASK_CLASSIFIERS,
    ABMTLNetwork,
    BiLSTMDecoder,
    ConvDecoder,
    HardSharing,
    InputScaler,
    MLPEncoder,
    RecurrentEncoder,
    SoftSharing,
    TableInput,
    VGGEncoder,
)

Shape = tuple[int, ...]

PARTS: dict[str, Mapping[str, Any]] = {
    "encoder": ENCODERS,
    "decoder": DECODERS,
    "attention": ATTENTIONS,
    "task_classifier": TASK_CLASSIFIERS,
    "aggregator": AGGREGATORS,
}
AUTO: dict[str, dict[int, type | None]] = {  # by the number of axes of a sample
    "encoder": {1: MLPEncoder, 2: RecurrentEncoder, 3: VGGEncoder},
    "decoder": {1: None, 2: ConvDecoder, 3: BiLSTMDecoder},
}


class PartSpecs(NamedTuple):
    """The options of every part; ``decoder`` may be None."""

    encoder: Any
    decoder: Any
    attention: Any
    task_classifier: Any
    aggregator: Any


def read_part(part: str, option: Any) -> Any:
    """Return the spec that an option of a part stands for.

    Parameters
    ----------
    part : str
        Key of ``PARTS``.
    option : str, None or spec
        A name, 'auto' (encoder and decoder), None (decoder), or an object with ``build``.

    Returns
    -------
    spec : object with ``build``, AutoPart or None

    Raises
    ------
    ValueError
        If the option is none of these.
    """
    if isinstance(option, str) and option == "auto" and part in AUTO:
        return AutoPart(part, AUTO[part])
    if isinstance(option, str) and option in PARTS[part]:
        return PARTS[part][option]()
    is_spec = isinstance(option, AutoPart) or hasattr(option, "build")
    if (option is None and part == "decoder") or (is_spec and not isinstance(option, type)):
        return option
    names: list[Any] = [*PARTS[part], *(["auto"] if part in AUTO else [])]
    names += [None] if part == "decoder" else []
    raise ValueError(
        f"{part} must be one of {names} or an object with a build method; found {option!r}."
    )


def read_loss_weighting(option: Any) -> Any:
    """Return the spec that the option ``loss_weights`` stands for.

    Parameters
    ----------
    option : None, array-like, dict, str, aggregator of torchjd or spec

    Returns
    -------
    spec : object with ``build``

    Raises
    ------
    ValueError
        If the option is none of these.
    """
    if option is None:
        return FixedWeights()
    if isinstance(option, str) and option in LOSS_WEIGHTINGS:
        return LOSS_WEIGHTINGS[option]()
    is_instance = not isinstance(option, type)
    if hasattr(option, "build") and is_instance:
        return option
    if callable(option) and is_instance:
        return TorchJD(aggregator=option)
    if hasattr(option, "__len__") and not isinstance(option, str):
        return FixedWeights(weights=option)
    raise ValueError(
        f"loss_weights must be None, one number a task, a dict of task names, one of "
        f"{[*LOSS_WEIGHTINGS]}, an aggregator of torchjd or an object with a build method; "
        f"found {option!r}."
    )


NESTED: dict[str, Callable[[Any], Any]] = {  # parameters with options of their own
    **{part: partial(read_part, part) for part in PARTS},
    "loss_weights": read_loss_weighting,
}


def choose_parts(options: Mapping[str, Any], sample_ndim: int) -> PartSpecs:
    """Return the spec of every part for samples of so many axes."""
    specs = {part: read_part(part, options[part]) for part in PARTS}
    return PartSpecs(
        **{
            part: spec.choose(sample_ndim) if isinstance(spec, AutoPart) else spec
            for part, spec in specs.items()
        }
    )


def build_network(
    specs: PartSpecs,
    sharing: str,
    sample_shape: Shape,
    n_classes: list[int],
    scaler: InputScaler | TableInput,
) -> ABMTLNetwork:
    """Assemble the network for samples of one shape and tasks of the given classes."""
    n_tasks = len(n_classes)
    column_shape = scaler.column_shape(sample_shape)
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
    return ABMTLNetwork(scaler, trunk, task_classifiers, aggregator, n_classes)


def build_trunk(specs: PartSpecs, sample_shape: Shape, n_tasks: int) -> HardSharing:
    """Build an encoder, a decoder and an attention a branch for some tasks."""
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
        If the spec is of another part.
    """
    try:
        inspect.signature(spec.build).bind(*args, **kwargs)
    except TypeError as error:
        raise ValueError(
            f"{part} must be a spec of that part; the build method of {spec!r} does not take what "
            f"it is given: {error}."
        ) from error
    return spec.build(*args, **kwargs)


def build_loss(
    losses: Any,
    loss_weights: Any,
    task_names: list[str],
    class_mask: Tensor,
    *,
    label_smoothing: float,
    branch_loss_weight: float,
    reconstruction_weight: float,
) -> MultiTaskLoss:
    """Assemble the loss from the estimator's options.

    Raises
    ------
    ValueError
        If a loss, a loss weighting or a task is unknown, or an option of theirs breaks a rule.
    """
    names = per_task(losses, task_names, "losses", "auto")
    for task, name in zip(task_names, names, strict=True):
        if not isinstance(name, str) or name not in ("auto", *LOSSES):
            raise ValueError(
                f"losses of task {task!r} must be one of {['auto', *LOSSES]}; found {name!r}."
            )
    # one sigmoid tells two classes apart, and that is the softmax of two logits
    is_binary = class_mask.sum(1) <= 2
    task_losses = [
        LOSSES["cross_entropy" if name == "auto" or binary else name]
        for name, binary in zip(names, is_binary.tolist(), strict=True)
    ]
    return MultiTaskLoss(
        task_losses,
        read_loss_weighting(loss_weights).build(task_names),
        class_mask,
        label_smoothing=label_smoothing,
        branch_loss_weight=branch_loss_weight,
        reconstruction_weight=reconstruction_weight,
    )
