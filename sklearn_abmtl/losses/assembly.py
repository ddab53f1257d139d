"""Assembly of the loss of all tasks from names and options."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from .._options import per_task
from .binary_cross_entropy import BinaryCrossEntropy
from .cross_entropy import CrossEntropy
from .multitask import MultiTaskLoss
from .weightings import LOSS_WEIGHTINGS, FixedWeights, TorchJD

LOSSES = {"cross_entropy": CrossEntropy(), "binary_cross_entropy": BinaryCrossEntropy()}


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
        f"loss_weights must be None, one number per task, a dict of task names, one of "
        f"{[*LOSS_WEIGHTINGS]}, an aggregator of torchjd or an object with a build method; "
        f"found {option!r}."
    )


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
        If a loss, a loss weighting or a task is unknown, or an option of a loss weighting is
        invalid.
    """
    names = per_task(losses, task_names, "losses", "auto")
    for task, name in zip(task_names, names, strict=True):
        if not isinstance(name, str) or name not in ("auto", *LOSSES):
            raise ValueError(
                f"losses of task {task!r} must be one of {['auto', *LOSSES]}; found {name!r}."
            )
    # with two classes one sigmoid is enough, and it equals the softmax of two logits
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
