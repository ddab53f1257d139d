"""Rows and the weights of their labels, as tensors on a net's device."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator

from ..._data.label_encoder import TaskLabelEncoder
from ..._data.label_weights import MIN_LABEL_RATE, LabelWeighting, class_shares, class_weight_table
from ..._data.rows import LabelledRows
from ..._options import per_task
from ...losses import MultiTaskLoss
from .. import DataSplit, MultiTaskNet, TaskData, indexed_tensor


def to_data_split(
    estimator: BaseEstimator, net: MultiTaskNet, train: LabelledRows, valid: LabelledRows | None
) -> DataSplit:
    """Bring rows and the weights of their labels onto the net's device."""
    n_classes = net.module_.class_mask.shape[1]
    shares = class_shares(train.codes, train.sample_weight, n_classes)
    weighting = label_weighting(
        estimator.class_weight, estimator.task_label_encoder_, net.criterion_, shares
    )
    return DataSplit(
        _to_task_data(net, train, weighting, MIN_LABEL_RATE),
        None if valid is None else _to_task_data(net, valid, weighting, min_rate=0.0),
    )


def to_stream_data(estimator: BaseEstimator, net: MultiTaskNet, rows: LabelledRows) -> DataSplit:
    """Bring a piece of the data onto the device; its classes count as equally frequent.

    Raises
    ------
    ValueError
        If a class weight is 'balanced', which a piece cannot tell.
    """
    weights = estimator.class_weight
    entries = weights.values() if isinstance(weights, dict) else weights
    if weights == "balanced" or "balanced" in list(entries or []):
        raise ValueError(
            "class_weight='balanced' does not go with partial_fit, which sees one piece of the "
            "data at a time; pass the weights of the classes."
        )
    class_mask = net.criterion_.class_mask.cpu().numpy()
    shares = class_mask / class_mask.sum(axis=1, keepdims=True)
    weighting = label_weighting(
        estimator.class_weight, estimator.task_label_encoder_, net.criterion_, shares
    )
    return DataSplit(_to_task_data(net, rows, weighting, MIN_LABEL_RATE), None)


def label_weighting(
    class_weight: Any, encoder: TaskLabelEncoder, loss: MultiTaskLoss, shares: np.ndarray
) -> LabelWeighting:
    """Put class weights and the classes' shares (n_tasks, max_classes) into one."""
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
    smallest = np.finfo(np.float32).eps  # a task with less has one class, but for rounding
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
        torch.from_numpy(row_weights(rows)).to(net.device, dtype),
    )


def row_weights(rows: LabelledRows) -> np.ndarray:
    """Return one weight per row, the mean over its known labels, with a mean of 1.

    For a row without a known label it is the mean of its weights that are not 0.
    """
    known = rows.codes >= 0
    counted = np.where(known.any(axis=1, keepdims=True), known, rows.sample_weight > 0)
    weights = np.average(rows.sample_weight, axis=1, weights=counted)
    return weights / weights.mean()
