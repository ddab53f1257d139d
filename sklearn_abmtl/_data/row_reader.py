"""Reads X, y and weights into rows of numbers, after ``fit`` in the same way as in ``fit``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from .feature_reader import FeatureReader
from .frame_order import warn_of_labels_in_features, warn_of_order
from .given_labels import known_codes
from .input_ranges import InputRanges
from .label_encoder import TaskLabelEncoder
from .label_weights import check_sample_weight
from .rows import LabelledRows, read_labels
from .statistics import Rows, check_stored
from .task_columns import TaskColumns

Array = NDArray[Any]


class RowReader:
    """Reads the rows of a classifier; what it learned in ``fit`` does not change afterwards.

    Parameters
    ----------
    features : FeatureReader
    missing_label : scalar
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.
    labels : TaskLabelEncoder, default=None
        A fitted encoder; without one ``fit_read`` fits a new encoder.
    """

    def __init__(
        self, features: FeatureReader, missing_label: Any, labels: TaskLabelEncoder | None = None
    ) -> None:
        self.features = features
        self.missing_label = missing_label
        self.labels = TaskLabelEncoder() if labels is None else labels

    def fit_read(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> LabelledRows:
        """Learn how to read features and labels, and read the rows whose weight is not 0.

        Parameters
        ----------
        X : array, frame or source of shape (n_samples, ...)
            As ``features.open`` returns it.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        classes : array-like or list of such, default=None
            All classes of each task; without them the classes are those of y.

        Returns
        -------
        rows : LabelledRows

        Raises
        ------
        ValueError
            If X, y, weights or classes cannot be read, or differ in their number of rows.
        """
        features = self.features.fit_read(X)
        columns = read_labels(self.features.owner, features, y, self.missing_label)
        columns, weights = _only_weighted(columns, sample_weight, "sample_weight")
        is_weighted = weights.any(axis=1)
        if not is_weighted.all():
            features = self._read_again(X, features, np.flatnonzero(is_weighted))
        warn_of_order({"X": X, "y": y, "sample_weight": sample_weight})
        warn_of_labels_in_features(X, y, columns.names)
        if classes is None:
            self.labels.fit(columns)
        else:
            self.labels.fit_classes(classes, columns)
        codes = self.labels.transform(columns)
        return LabelledRows(features, codes, weights).without_weightless()

    def read(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None, *, suffix: str = ""
    ) -> LabelledRows:
        """Read rows as in ``fit``; the parameters are those of ``fit_read``.

        Parameters
        ----------
        suffix : str
            Added to the names of the arguments in errors and warnings.

        Raises
        ------
        ValueError
            As ``fit_read``, or if tasks, labels or classes are not those of ``fit``.
        """
        features = self.features.read(X)
        check_stored(features)
        columns = read_labels(self.features.owner, features, y, self.missing_label, suffix)
        columns = self.labels.arrange(columns)
        weight_name = f"sample_weight{suffix}"
        columns, weights = _only_weighted(columns, sample_weight, weight_name)
        warn_of_order({f"X{suffix}": X, f"y{suffix}": y, weight_name: sample_weight})
        if classes is not None:
            self.labels.check_classes(classes, columns)
        codes = self.labels.transform(columns)
        return LabelledRows(features, codes, weights).without_weightless()

    def known(self, given: Any, n_samples: int) -> NDArray[np.int64]:
        """Return the class numbers (n_samples, n_tasks) of known labels, -1 elsewhere.

        Raises
        ------
        ValueError
            If ``given`` has another number of rows, or has labels or tasks that ``fit`` did not
            see.
        """
        return known_codes(self.labels, given, self.missing_label, n_samples)

    def check_options(self, options: Mapping[str, Any], missing_label: Any) -> None:
        """Raise a ValueError if an option that X or y is read with differs from ``fit``."""
        self.features.check_options(options)
        now, fitted = missing_label, self.missing_label
        if str(now) != str(fitted) or isinstance(now, str) != isinstance(fitted, str):
            raise ValueError(
                f"missing_label={now!r} is not that of fit, {fitted!r}, and a classifier that is "
                "trained further reads y as before. Set it back, or fit a clone."
            )

    def _read_again(self, X: Any, features: Rows, rows: NDArray[np.int64]) -> Rows:
        """Learn from only some of the rows, and return all rows as the network then reads them.

        In a table with categories the other rows become 0.
        """
        if self.features.codes is None:
            self.features.ranges = InputRanges.of(features[rows], None)
            return features
        self.features = self.features.unfitted()
        found = np.zeros(features.shape, features.dtype)
        found[rows] = self.features.fit_read(_safe_indexing(X, rows))
        return found


def _only_weighted(
    columns: TaskColumns, sample_weight: Any, name: str
) -> tuple[TaskColumns, NDArray[np.float64]]:
    """Return the labels whose weight is not 0, and all weights, (n_samples, n_tasks)."""
    weights = check_sample_weight(sample_weight, columns.shape[0], columns.names, name)
    return columns.only_where(weights > 0), weights
