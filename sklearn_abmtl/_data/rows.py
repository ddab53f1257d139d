"""Training and validation rows: features, class numbers and sample weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .stored_rows import StoredRows
from .task_columns import TaskColumns, check_equal_rows, read_task_columns, warn_of_column

Array = NDArray[Any]


class LabelledRows(NamedTuple):
    """Rows for the network.

    Attributes
    ----------
    features : ndarray or StoredRows of shape (n_samples, *sample_shape)
    codes : ndarray of int64 of shape (n_samples, n_tasks)
        Class numbers; -1 for missing labels.
    sample_weight : ndarray of float64 of shape (n_samples, n_tasks)
    """

    features: Array | StoredRows
    codes: NDArray[np.int64]
    sample_weight: NDArray[np.float64]

    @property
    def labels_per_task(self) -> float:
        """Mean number of known labels per task, at least 1: a decoder can learn without labels."""
        return max(1.0, float((self.codes >= 0).sum() / self.codes.shape[1]))

    @property
    def row_weights(self) -> NDArray[np.float64]:
        """One weight per row, the mean over its known labels, with a mean of 1.

        For a row without a known label it is the mean of its weights that are not 0.
        """
        known = self.codes >= 0
        counted = np.where(known.any(axis=1, keepdims=True), known, self.sample_weight > 0)
        weights: NDArray[np.float64] = np.average(self.sample_weight, axis=1, weights=counted)
        return weights / weights.mean()

    def take(self, rows: NDArray[Any]) -> LabelledRows:
        """Return some of the rows, by number or mask."""
        return LabelledRows(self.features[rows], self.codes[rows], self.sample_weight[rows])

    def without_weightless(self) -> LabelledRows:
        """Leave out rows whose weights are all zero; they have no effect."""
        weighted = np.asarray(self.sample_weight.any(axis=1))
        return self if weighted.all() else self.take(weighted)

    def without_unlabelled(self) -> LabelledRows:
        """Leave out rows without any label; only a decoder can learn from them."""
        labelled = np.asarray((self.codes >= 0).any(axis=1))
        return self if labelled.all() else self.take(labelled)


def read_labels(
    estimator_name: str,
    features: Array | StoredRows,
    y: Any,
    missing_label: Any,
    suffix: str = "",
) -> TaskColumns:
    """Read the y of rows of X; the suffix is added to the names of the arguments in errors.

    Raises
    ------
    ValueError
        If y is None or cannot be read, or lengths differ.
    """
    if y is None:
        raise ValueError(f"{estimator_name} requires y to be passed, but the target y is None.")
    columns = read_task_columns(y, missing_label, f"y{suffix}")
    if len(columns.names) == 1 and not columns.is_1d:
        warn_of_column()
        columns = columns._replace(is_1d=True)
    n_rows = len(features)
    if columns.shape[0] != n_rows == columns.shape[1]:
        raise ValueError(
            f"{columns.argument} must have one row per sample, {n_rows}; found the shape "
            f"{columns.shape}, with one row per task. Transpose it, as with list(zip(*y))."
        )
    check_equal_rows({f"X{suffix}": n_rows, f"y{suffix}": columns.shape[0]})
    return columns
