"""Rows and the weights of their labels, as tensors on a net's device."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..._data.label_encoder import TaskLabelEncoder
from ..._data.label_weights import MIN_LABEL_RATE, LabelWeighting, class_shares, class_weight_table
from ..._data.rows import LabelledRows
from ..._options import per_task
from ...losses import MultiTaskLoss
from ..loop.net import MultiTaskNet
from ..loss_plan import LossPlan
from .batches import DataSplit, TaskData, indexed_tensor


def to_data_split(
    plan: LossPlan, net: MultiTaskNet, train: LabelledRows, valid: LabelledRows | None
) -> DataSplit:
    """Move rows and the weights of their labels to the device of the net."""
    n_classes = net.module_.class_mask.shape[1]
    shares = class_shares(train.codes, train.sample_weight, n_classes)
    weighting = label_weighting(plan.class_weight, plan.labels, net.criterion_, shares)
    return DataSplit(
        _to_task_data(net, train, weighting, MIN_LABEL_RATE),
        None if valid is None else _to_task_data(net, valid, weighting, min_rate=0.0),
    )


def to_piece_data(plan: LossPlan, net: MultiTaskNet, rows: LabelledRows) -> DataSplit:
    """Move a piece of the data to the device; its classes count as equally frequent.

    Raises
    ------
    ValueError
        If a class weight is 'balanced', which cannot be computed from one piece.
    """
    weights = plan.class_weight
    entries = weights.values() if isinstance(weights, dict) else weights
    if weights == "balanced" or "balanced" in list(entries or []):
        raise ValueError(
            "class_weight='balanced' is not supported by partial_fit, which reads one piece of the "
            "data at a time; pass the weights of the classes."
        )
    class_mask = net.criterion_.class_mask.cpu().numpy()
    shares = class_mask / class_mask.sum(axis=1, keepdims=True)
    weighting = label_weighting(plan.class_weight, plan.labels, net.criterion_, shares)
    return DataSplit(_to_task_data(net, rows, weighting, MIN_LABEL_RATE), None)


def label_weighting(
    class_weight: Any, encoder: TaskLabelEncoder, loss: MultiTaskLoss, shares: np.ndarray
) -> LabelWeighting:
    """Combine class weights and the classes' shares (n_tasks, max_classes)."""
    class_weights = class_weight_table(
        per_task(
            [class_weight] if encoder.is_1d_ else class_weight,
            encoder.task_names_,
            "class_weight",
            None,
        ),
        encoder.classes_,
        encoder.task_names_,
        shares,
    )
    weights = torch.from_numpy(shares * class_weights).to(loss.class_mask.device)
    constant_losses = loss.constant_losses(weights).cpu().numpy()
    smallest = np.finfo(np.float32).eps  # a smaller loss is that of a single class, with rounding
    return LabelWeighting(class_weights, np.where(constant_losses > smallest, constant_losses, 1.0))


def _to_task_data(
    net: MultiTaskNet, rows: LabelledRows, weighting: LabelWeighting, min_rate: float
) -> TaskData:
    dtype = net.criterion_.weighting.fixed_weights.dtype
    label_weights = weighting.label_weights(rows.codes, rows.sample_weight, min_rate)
    return TaskData(
        indexed_tensor(rows.features).to(net.device),
        torch.from_numpy(rows.codes).to(net.device),
        torch.from_numpy(label_weights).to(net.device, dtype),
        torch.from_numpy(rows.row_weights).to(net.device, dtype),
    )
