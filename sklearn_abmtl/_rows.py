"""Training and validation rows: features, class numbers and sample weights together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning

from ._stored_rows import StoredRows
from ._task_columns import TaskColumns, check_equal_rows, read_task_columns
from ._warn_caller import warn_caller

Array = NDArray[Any]


class LabelledRows(NamedTuple):
    """Rows that the network sees.

    Attributes
    ----------
    features : ndarray or StoredRows of shape (n_samples, *sample_shape)
    codes : ndarray of int64 of shape (n_samples, n_tasks)
        Class numbers; -1 where the label is missing.
    sample_weight : ndarray of float64 of shape (n_samples, n_tasks)
    """

    features: Array | StoredRows
    codes: NDArray[np.int64]
    sample_weight: NDArray[np.float64]

    @property
    def labels_per_task(self) -> float:
        """Mean number of known labels of a task, at least 1: a decoder may go on without any."""
        return max(1.0, float((self.codes >= 0).sum() / self.codes.shape[1]))

    def take(self, rows: NDArray[Any]) -> LabelledRows:
        """Return some of the rows, by number or mask."""
        return LabelledRows(self.features[rows], self.codes[rows], self.sample_weight[rows])

    def without_weightless(self) -> LabelledRows:
        """Leave out rows whose weights are all zero: they are as if they were not there."""
        weighted = np.asarray(self.sample_weight.any(axis=1))
        return self if weighted.all() else self.take(weighted)

    def without_unlabelled(self) -> LabelledRows:
        """Leave out rows without any label: only a decoder can learn from them."""
        labelled = np.asarray((self.codes >= 0).any(axis=1))
        return self if labelled.all() else self.take(labelled)


def read_labels(
    estimator_name: str,
    features: Array | StoredRows,
    y: Any,
    missing_label: Any,
    suffix: str = "",
) -> TaskColumns:
    """Read y of X's rows; the suffix ends the names of the arguments in errors.

    Raises
    ------
    ValueError
        If y is None, has no form that can be read, or lengths differ.
    """
    if y is None:
        raise ValueError(f"{estimator_name} requires y to be passed, but the target y is None.")
    columns = read_task_columns(y, missing_label, f"y{suffix}")
    if len(columns.names) == 1 and not columns.is_1d:
        warn_caller(
            "A column-vector y was passed when a 1d array was expected. Please change the shape "
            "of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
        )
        columns = columns._replace(is_1d=True)
    check_equal_rows({f"X{suffix}": len(features), f"y{suffix}": columns.shape[0]})
    return columns


def split_rows(
    rows: LabelledRows, validation_fraction: float, random_state: np.random.RandomState
) -> tuple[LabelledRows, LabelledRows]:
    """Split rows at random into training and validation rows.

    Raises
    ------
    ValueError
        If there are fewer than 2 rows.
    """
    n_samples = len(rows.codes)
    n_valid = max(1, round(validation_fraction * n_samples))
    if n_valid >= n_samples:
        raise ValueError(
            f"validation_fraction={validation_fraction} of {n_samples} samples leaves nothing "
            "to train on; set early_stopping=False or pass X_val, y_val."
        )
    order = random_state.permutation(n_samples)
    return rows.take(np.sort(order[n_valid:])), rows.take(np.sort(order[:n_valid]))
