"""A classifier of one task that also learns from the labels of other tasks."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    ClassifierMixin,
    MetaEstimatorMixin,
    _fit_context,
    clone,
)
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._data.frame_order import order_checked
from .._data.task_columns import (
    TaskColumns,
    check_equal_rows,
    column_names,
    read_task_columns,
    warn_of_column,
)
from .around import AroundEstimator
from .computed_attributes import compute_again, computed_attribute, own_feature_names
from .task_view import classes_per_task, probabilities_of_task, score_task, task_predictions

Array = NDArray[Any]

_ABOUT_ROWS = (
    "If a step before SingleTask resampled the rows, as imbalanced-learn's samplers do, aux_y did "
    "not follow: use class_weight='balanced' in its place, or resample before the fit and take the "
    "rows sampler.sample_indices_ of aux_y. If a tool split the rows, request aux_y by "
    "scikit-learn's metadata routing."
)


def _estimator_has_probabilities(single: SingleTask) -> bool:
    return hasattr(getattr(single, "estimator_", single.estimator), "predict_proba")


class SingleTask(ClassifierMixin, MetaEstimatorMixin, AroundEstimator):
    """A classifier of one task that also learns from the labels of other tasks.

    ``fit`` takes the labels of the task as y and the labels of the other tasks as ``aux_y``.
    Otherwise it is a classifier of 1-d y, and can be used in tools that refuse y with several
    columns: halving searches, cross-validated calibration and thresholds, bagging, voting.

    Parameters
    ----------
    estimator : estimator
        A classifier of several tasks, such as :class:`ABMTLClassifier` or
        ``RandomForestClassifier``, or a Pipeline or a search over one. It must accept missing
        labels if ``aux_y`` has any.
    task : str, default='y'
        Name of the task of y in ``estimator`` if ``aux_y`` is a data frame, whose columns name the
        other tasks. It is used for options by task name, such as ``loss_weights={"digit": 2.0}``.
        If ``aux_y`` is not a frame, the task is the first and is named ``task_0``.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone of ``estimator``.
    classes_ : ndarray of shape (n_classes,)
        Sorted classes of the task.
    n_features_in_ : int
        As in ``estimator_``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        As in ``estimator_``, if it has them.

    Notes
    -----
    Tools that split rows must also split ``aux_y``. They do so with scikit-learn's metadata
    routing, ``SingleTask(...).set_fit_request(aux_y=True)``; searches do so in any case.

    Feature selectors need the option ``importance_getter="estimator_.feature_importances_"``, which
    gives the importances of all tasks together.

    Examples
    --------
    >>> import sklearn
    >>> from sklearn.calibration import CalibratedClassifierCV
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn_abmtl import SingleTask
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> single = SingleTask(RandomForestClassifier(random_state=0)).fit(X, y[:, 0], aux_y=y[:, 1:])
    >>> single.predict_proba(X).shape
    (200, 3)
    >>> with sklearn.config_context(enable_metadata_routing=True):
    ...     single = single.set_fit_request(aux_y=True)
    ...     calibrated = CalibratedClassifierCV(single, cv=3).fit(X, y[:, 0], aux_y=y[:, 1:])
    >>> calibrated.predict_proba(X).shape
    (200, 3)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "task": [str],
    }

    def __init__(self, estimator: Any, task: str = "y") -> None:
        self.estimator = estimator
        self.task = task

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, aux_y=None, sample_weight=None):
        """Fit the estimator to all tasks.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.
        y : array-like of shape (n_samples,)
            Labels of the task.
        aux_y : array-like of shape (n_samples,) or (n_samples, n_tasks - 1), default=None
            Labels of the other tasks in any container, some of which may be missing.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of rows, if the estimator accepts them.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If ``y`` has several columns or another number of rows than ``aux_y``, or the names of
            the columns of ``aux_y`` and ``task`` are not all different.

        Notes
        -----
        If ``aux_y`` has more or fewer rows than ``y``, its rows are found by the pandas index that
        it shares with ``y`` or ``X``, unless the index holds integers.
        """
        weighting = {} if sample_weight is None else {"sample_weight": sample_weight}
        with order_checked({"X": X, "y": y, "aux_y": aux_y} | weighting):
            indices = [getattr(rows, "index", None) for rows in (y, X)]
            if y is not None:  # else the estimator raises an error
                y = _one_column(y)
            if aux_y is not None:
                y = _with_others(y, aux_y, self.task, indices)
            self.estimator_ = clone(self.estimator).fit(X, y, **weighting)
        compute_again(self)
        return self

    def predict(self, X):
        """Predict the labels of the task.

        Parameters
        ----------
        X : array-like
            Input as in ``fit``.

        Returns
        -------
        y : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        with own_feature_names(self):
            return task_predictions(self.estimator_, self.estimator_.predict(X))[0]

    @available_if(_estimator_has_probabilities)
    def predict_proba(self, X):
        """Predict the probabilities of the classes of the task.

        Parameters
        ----------
        X : array-like
            Input as in ``fit``.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        with own_feature_names(self):
            return probabilities_of_task(self.estimator_, X, 0)

    def score(self, X, y, sample_weight=None):
        """Return the accuracy on the known labels.

        Parameters
        ----------
        X : array-like
            Input as in ``fit``.
        y : array-like of shape (n_samples,)
            True labels of the task; missing ones are left out.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        Returns
        -------
        score : float
            In [0, 1].

        Raises
        ------
        ValueError
            If no label is known, or the numbers of rows of ``X`` and ``y`` differ.
        """
        with order_checked({"X": X, "y": y, "sample_weight": sample_weight}):
            return score_task(self, y, self.predict(X), sample_weight)

    @computed_attribute
    def classes_(self):
        """Classes of the task."""
        return classes_per_task(self.estimator_)[0]

    @property
    def _fitted(self):
        return self.estimator_


def _rows_left(aux_y: Any, n_samples: int, indices: list[Any]) -> Any:
    """Return the rows of ``aux_y`` for the rows of y, matched by index.

    Rows of y may be left out or repeated. Integers in an index are not used, as samplers number new
    rows from 0. Rows in another order are matched by position, with a warning, as everywhere.
    """
    index: Any = getattr(aux_y, "index", None)
    if not _names_rows(index) or not index.is_unique:
        return aux_y
    named: list[Any] = [own for own in indices if _names_rows(own)]
    for own in named:
        if own.is_unique and len(own) == len(index):
            return aux_y
        places = index.get_indexer(own)
        if len(places) == n_samples and (places >= 0).all():
            return aux_y.iloc[places]
    return aux_y


def _names_rows(index: Any) -> bool:
    """Whether an index is one of pandas without integers."""
    return hasattr(index, "get_indexer") and index.dtype.kind not in "iu"


def _one_column(y: Any) -> Any:
    """Return the y of one task; from a 2-d y its column, with a warning.

    Raises
    ------
    ValueError
        If y has several columns.
    """
    columns = read_task_columns(y)
    if len(columns.names) > 1:
        raise ValueError(f"y should be a 1d array, got an array of shape {columns.shape} instead.")
    if columns.is_1d:
        return y
    warn_of_column()
    return _columns_with_none(columns)[0]


def _with_others(y: Any, aux_y: Any, task: str, indices: list[Any]) -> Any:
    """Join y and the columns of ``aux_y``, as a frame if ``aux_y`` is a frame, else as an array."""
    own = read_task_columns(y)
    aux_y = _rows_left(aux_y, own.shape[0], indices)
    others = read_task_columns(aux_y, argument="aux_y")
    try:
        check_equal_rows({"y": own.shape[0], "aux_y": others.shape[0]})
    except ValueError as error:
        raise ValueError(f"{error} {_ABOUT_ROWS}") from None
    columns = _columns_with_none(own) + _columns_with_none(others)
    if not column_names(aux_y):
        return _stack(columns)
    if len(set(others.names)) < len(others.names):
        raise ValueError(f"aux_y must have a different name for each task; found {others.names}.")
    if task in others.names:
        raise ValueError(
            f"task must differ from the columns of aux_y, {others.names}; found {task!r}."
        )
    return _like_frame(aux_y, dict(zip([task, *others.names], columns, strict=True)))


def _like_frame(aux_y: Any, columns: dict[str, Array]) -> Any:
    """Return columns as a frame of the same kind, with its index if it has one."""
    if hasattr(aux_y, "column_names"):  # pyarrow.Table
        return type(aux_y).from_pydict(columns)
    index = {"index": aux_y.index} if hasattr(aux_y, "index") else {}
    return type(aux_y)(columns, **index)


def _columns_with_none(columns: TaskColumns) -> list[Array]:
    """Return the labels of each task: objects, with None where missing, if some are."""
    return [
        labels if known.all() else _with_none(labels, known)
        for labels, known in zip(columns.labels, columns.known, strict=True)
    ]


def _with_none(labels: Array, known: Array) -> Array:
    column = labels.astype(object)  # a copy
    column[~known] = None
    return column


def _stack(columns: list[Array]) -> Array:
    """Return labels (n_samples, n_tasks) that keep the types of the columns."""
    kinds = {column.dtype.kind for column in columns}
    if len(kinds) > 1:
        columns = [column.astype(object) for column in columns]
    return np.stack(columns, axis=1)
