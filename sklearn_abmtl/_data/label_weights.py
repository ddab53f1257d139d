"""Weights of labels in the loss: masks, sample and class weights, and the normalisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .labels import array_keys, label_key, shown
from .task_columns import check_form, column_names, from_tensor
from .task_order import task_order

FloatArray = NDArray[np.float64]
MIN_LABEL_RATE = 0.05  # the weight of a task with fewer labels grows no further


def check_sample_weight(
    sample_weight: Any, n_samples: int, task_names: Sequence[str], argument: str = "sample_weight"
) -> FloatArray:
    """Return weights of shape (n_samples, n_tasks), in the order of the tasks.

    The columns of a frame are read by name, those of an array by position.

    Raises
    ------
    ValueError
        If they are not numbers in rows, some are masked, the shape does not fit, the columns of a
        frame are not the tasks, a weight is negative or not finite, their sum is not finite, or all
        are zero.
    """
    n_tasks = len(task_names)
    weights = _to_numbers(1.0 if sample_weight is None else sample_weight, argument)
    if weights.ndim == 0:
        weights = np.full(n_samples, weights)
    if weights.shape not in ((n_samples,), (n_samples, n_tasks)):
        raise ValueError(
            f"{argument} must have the shape ({n_samples},) or ({n_samples}, {n_tasks}); "
            f"found {weights.shape}."
        )
    if weights.ndim == 2:
        weights = _in_task_order(weights, column_names(sample_weight), task_names, argument)
    if not np.isfinite(weights).all() or (weights < 0).any():
        found = weights[~(np.isfinite(weights) & (weights >= 0))][0]
        raise ValueError(f"{argument} must be finite and not negative; found {found}.")
    if not weights.any():
        raise ValueError(f"{argument} is zero for all rows; at least one weight must be > 0.")
    if weights.max() > np.finfo(np.float64).max / weights.size:
        raise ValueError(f"{argument} must have a finite sum; found {weights.max()} in it.")
    return np.broadcast_to(weights.reshape(n_samples, -1), (n_samples, n_tasks))


def check_row_weight(sample_weight: Any, n_samples: int) -> FloatArray:
    """Return one weight per row, of shape (n_samples,)."""
    return check_sample_weight(sample_weight, n_samples, ["rows"])[:, 0]


def _to_numbers(sample_weight: Any, argument: str) -> FloatArray:
    check_form(sample_weight, argument)
    if np.ma.is_masked(sample_weight):
        raise ValueError(
            f"{argument} is a masked array, whose mask would be lost; use {argument}.filled(0)."
        )
    try:
        weights = np.asarray(from_tensor(sample_weight, argument))
        if weights.dtype.kind in "biufO":  # not dates and text, which NumPy would convert
            return weights.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{argument} must be an array of numbers: {error}") from error
    raise ValueError(f"{argument} must be an array of numbers; found {weights.dtype}.")


def _in_task_order(
    weights: FloatArray, labels: list[Any], task_names: Sequence[str], argument: str
) -> FloatArray:
    """Sort columns by name; a single task needs no name, and numbers from 0 are not names."""
    if len(task_names) == 1 or labels == list(range(len(labels))):
        return weights
    return weights[:, task_order([str(label) for label in labels], task_names, argument, "y")]


class LabelWeighting(NamedTuple):
    """Weights and loss scales of the tasks, from the training labels.

    ``u_it = m_it s_it omega_{t,y} / (pi_t H_t)`` with the mask m, the sample weight s (mean 1),
    the class weight omega, the label rate pi and the loss H of the best constant classifier.

    Attributes
    ----------
    class_weights : ndarray of shape (n_tasks, max_classes)
        omega.
    constant_losses : ndarray of shape (n_tasks,)
        H, above 0: the best constant classifier has a normalised loss of 1.
    """

    class_weights: FloatArray
    constant_losses: FloatArray

    def label_weights(
        self, codes: NDArray[np.int64], sample_weight: FloatArray, min_rate: float = 0.0
    ) -> FloatArray:
        """Return ``u`` of shape (n_samples, n_tasks); a task without a label gets zeros."""
        weights = mask_and_normalise(codes, sample_weight)
        rates = np.maximum(weights.mean(axis=0), min_rate)
        scale = np.where(rates > 0, rates, 1.0) * self.constant_losses
        omega = np.take_along_axis(self.class_weights, np.maximum(codes.T, 0), axis=1).T
        return weights * omega / scale


def mask_and_normalise(codes: NDArray[np.int64], sample_weight: FloatArray) -> FloatArray:
    """Mask missing labels, and scale the weights of the others to mean 1 in each task."""
    known = codes >= 0
    means = np.where(known, sample_weight, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, sample_weight, 0.0) / np.where(means > 0, means, 1.0)


def class_shares(
    codes: NDArray[np.int64], sample_weight: FloatArray, max_classes: int
) -> FloatArray:
    """Return the shares of the classes in the labels of a task, of shape (n_tasks, max_classes)."""
    weights = mask_and_normalise(codes, sample_weight)
    n_tasks = codes.shape[1]
    cells = np.maximum(codes, 0) + max_classes * np.arange(n_tasks)
    totals = np.bincount(cells.ravel(), weights.ravel(), minlength=n_tasks * max_classes)
    totals = totals.reshape(n_tasks, max_classes)
    sums = totals.sum(axis=1, keepdims=True)
    return totals / np.where(sums > 0, sums, 1.0)


def class_weight_table(
    class_weight: list[Any],
    classes: list[NDArray[Any]],
    task_names: list[str],
    shares: FloatArray,
) -> FloatArray:
    """Return the weight of each class of each task, of shape (n_tasks, max_classes).

    The entry of a task is None (1 for every class), 'balanced' (inverse to the share, as in
    scikit-learn) or a dict from labels to weights (1 for classes left out).

    Raises
    ------
    ValueError
        If an entry is none of these, names an unknown label, or has a weight below 0.
    """
    table = np.ones_like(shares)
    for task, (entry, labels, name) in enumerate(
        zip(class_weight, classes, task_names, strict=True)
    ):
        if entry is None:
            continue
        if isinstance(entry, Mapping):
            table[task, : len(labels)] = _weights_of_labels(entry, labels, name)
        elif isinstance(entry, str) and entry == "balanced":
            own = shares[task, : len(labels)]
            table[task, : len(labels)] = 1 / (len(labels) * np.where(own > 0, own, np.inf))
        else:
            raise ValueError(
                f"class_weight of task {name!r} must be None, 'balanced' or a dict of labels; "
                f"found {entry!r}."
            )
    return table


def _weights_of_labels(entry: Mapping[Any, Any], labels: NDArray[Any], name: str) -> list[float]:
    keys = array_keys(labels)
    given = {label_key(label): weight for label, weight in entry.items()}
    unknown = [label for label in entry if label_key(label) not in keys]
    if unknown:
        raise ValueError(
            f"class_weight of task {name!r} names labels that are not among its classes: "
            f"{unknown}; the classes are {shown(labels)}."
        )
    if len(given) < len(entry):
        raise ValueError(
            f"class_weight of task {name!r} must name each class once; found {list(entry)}."
        )
    weights = [given.get(key, 1.0) for key in keys]
    if not all(isinstance(w, Real) and 0 <= float(w) < np.inf for w in weights):
        raise ValueError(f"class_weight of task {name!r} must hold numbers >= 0; found {entry!r}.")
    if not any(weights):
        raise ValueError(f"class_weight of task {name!r} is zero for every class.")
    return weights
