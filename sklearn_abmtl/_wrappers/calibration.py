"""Calibration of each task's probabilities, by scikit-learn's calibrators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.frozen import FrozenEstimator
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.fixes import parse_version
from sklearn.utils.validation import check_is_fitted

from .._data.frame_order import order_checked
from .._data.label_encoder import TaskLabelEncoder
from .._data.task_columns import TaskColumns, check_equal_rows, read_task_columns
from .accuracy import score_tasks
from .around import AroundEstimator
from .calibrators import Calibrator, read_calibrator
from .computed_attributes import compute_again, computed_attribute, own_feature_names
from .task_view import (
    classes_per_task,
    find_missing_label,
    inner_classifier,
    probabilities_of_task,
    task_probabilities,
)

Array = NDArray[Any]


def calibrate(
    estimator: Any, X: Any, y: Any, method: str = "temperature"
) -> CalibratedMultiTaskClassifier:
    """Calibrate the probabilities of a fitted classifier, each task by itself.

    Use rows that the classifier was not fitted on, and test on others again: on rows of ``fit``
    it is more certain than elsewhere, and on the rows used here the result looks better than it
    is.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier with ``predict_proba``, of one or several tasks, such as
        :class:`ABMTLClassifier` or ``RandomForestClassifier``; or a Pipeline or a search over
        one. It stays as it is.
    X : array-like
        Input as in the estimator's ``fit``.
    y : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    method : {'temperature', 'sigmoid', 'isotonic'}, default='temperature'
        'temperature' divides the logits of a task by one number [1]_, which leaves the order of
        the classes as it is, and needs scikit-learn 1.8. It is for networks; where probabilities
        are 0, as a forest's, it can do harm. 'sigmoid' and 'isotonic' fit a curve for each class
        against the rest, the latter one with many steps, for 1,000 rows and more.

    Returns
    -------
    calibrated : CalibratedMultiTaskClassifier
        With the classes and the tasks of ``estimator``.

    Raises
    ------
    ValueError
        If a task of several classes has no known label, a label is not among its classes, or
        scikit-learn is too old for the method.

    Notes
    -----
    For a class that no row here has, 'sigmoid' finds a small probability that is the same for all
    rows, and 'isotonic' finds 0; 'temperature' treats it as the other classes. A task of one
    class stays as it is.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger. On calibration of modern neural networks.
       ICML 2017, PMLR 70:1321-1330.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn_abmtl import calibrate
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.metrics import mean_task_scorer
    >>> X, y = make_multitask_classification(600, n_classes=(3, 2), random_state=0)
    >>> forest = RandomForestClassifier(random_state=0).fit(X[:200], y[:200])
    >>> calibrated = calibrate(forest, X[200:400], y[200:400], method="sigmoid")
    >>> scorer = mean_task_scorer("neg_log_loss")
    >>> scorer(calibrated, X[400:], y[400:]) > scorer(forest, X[400:], y[400:])
    True
    """
    check_is_fitted(estimator)  # before the FrozenEstimator that errors would name
    return CalibratedMultiTaskClassifier(FrozenEstimator(estimator), method=method).fit(X, y)


class CalibratedMultiTaskClassifier(ClassifierMixin, AroundEstimator):
    """A classifier of several tasks with calibrated probabilities; :func:`calibrate` makes one.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier, or a Pipeline or a search over one; in a
        ``sklearn.frozen.FrozenEstimator``, so that ``clone`` keeps it fitted.
    method : {'temperature', 'sigmoid', 'isotonic'}, default='temperature'
        As in :func:`calibrate`.

    Attributes
    ----------
    calibrators_ : list of calibrators or None
        One for each task, whose ``predict_proba`` takes class probabilities to calibrated ones;
        None for a task of one class.
    task_names_ : list of str
        Names of the tasks: the estimator's, or where it knows none the columns of y.
    classes_ : ndarray of shape (n_classes,) or list of such
        As of ``estimator``.
    missing_label : scalar or None
        As of ``estimator``, where it has one.
    n_features_in_ : int
        As of ``estimator``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        As of ``estimator``, where it has them.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn_abmtl import calibrate
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> forest = RandomForestClassifier(random_state=0).fit(X[:100], y[:100])
    >>> calibrated = calibrate(forest, X[100:], y[100:], method="isotonic")
    >>> [p.shape for p in calibrated.predict_proba(X)]
    [(200, 3), (200, 2)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["predict_proba"])],
        "method": [StrOptions({"temperature", "sigmoid", "isotonic"})],
    }

    def __init__(self, estimator: Any, *, method: str = "temperature") -> None:
        self.estimator = estimator
        self.method = method

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Fit the calibrators; the estimator stays as it is.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``, of other rows.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            True labels; missing ones are left out.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            As :func:`calibrate`.
        """
        _check_version(self.method)
        check_is_fitted(self.estimator)
        columns = read_task_columns(y, self.missing_label)
        encoder = _label_encoder(self.estimator, columns)
        codes = encoder.transform(columns)  # (n_samples, n_tasks), -1 where missing
        with order_checked({"X": X, "y": y}):
            probabilities = self._uncalibrated(X)
        check_equal_rows({"X": len(probabilities[0]), "y": len(codes)})
        self.calibrators_ = [
            _fit_calibrator(p, codes[:, task], self.method, encoder.task_names_[task])
            for task, p in enumerate(probabilities)
        ]
        self._encoder = encoder
        compute_again(self)
        return self

    def predict_proba(self, X):
        """Predict the calibrated probabilities of every task's classes.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes) or list of n_tasks such
            In the order of ``classes_``.
        """
        per_task = list(self._calibrated(X))
        return per_task[0] if self._encoder.is_1d_ else per_task

    def predict(self, X):
        """Predict the label of the greatest calibrated probability of every task.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_tasks)
        """
        codes = [p.argmax(axis=1) for p in self._calibrated(X)]
        return self._encoder.inverse_transform(np.stack(codes, axis=1))

    def score(self, X, y, sample_weight=None):
        """Return the mean over tasks of the accuracy on known labels.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            True labels of the tasks of ``fit``: columns of a frame by name, others in their
            order. Tasks without a known label are left out of the mean.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Sample weights.

        Returns
        -------
        score : float
            In [0, 1].

        Raises
        ------
        ValueError
            If no label is known, or a frame's columns are not the tasks of ``fit``.
        """
        with order_checked({"X": X, "y": y, "sample_weight": sample_weight}):
            predicted = self.predict(X)
            return score_tasks(self._encoder, y, predicted, sample_weight, self.missing_label)

    @computed_attribute
    def classes_(self):
        """Classes of the task, or a list with those of each task."""
        return self.estimator.classes_

    @computed_attribute
    def task_names_(self):
        """Names of the tasks."""
        return self._encoder.task_names_

    @property
    def missing_label(self):
        """What stands for a missing label, where the estimator says so."""
        return find_missing_label(self.estimator)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags = get_tags(self.estimator).target_tags
        return tags

    def _uncalibrated(self, X: Any) -> list[Array]:
        with own_feature_names(self):
            return task_probabilities(self.estimator, self.estimator.predict_proba(X))

    def _predict_proba_of_task(self, X: Any, position: int) -> Array:
        """Return the calibrated probabilities of one task, for its :class:`TaskView`."""
        with own_feature_names(self):
            p = probabilities_of_task(self.estimator, X, position)
        return _apply(self.calibrators_[position], p)

    def _calibrated(self, X: Any) -> Iterator[Array]:
        check_is_fitted(self)
        return map(_apply, self.calibrators_, self._uncalibrated(X))


class _GivenProbabilities(ClassifierMixin, BaseEstimator):
    """Takes the probabilities of class numbers for X, so that the estimator is asked but once."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.arange(X.shape[1])
        return self

    def predict_proba(self, X):
        return X


def _fit_calibrator(
    probabilities: Array, codes: Array, method: str, name: str
) -> Calibrator | None:
    """Fit scikit-learn's calibrator to the known labels of one task.

    Each class without a label gets one of no weight: scikit-learn takes the classes from y. It
    gets class numbers, because its temperature takes labels that are integers for such.
    """
    n_classes = probabilities.shape[1]
    if n_classes == 1:
        return None
    rows = np.flatnonzero(codes >= 0)
    if not len(rows):
        raise ValueError(f"y has no label for task {name!r}; calibration needs at least one.")
    absent = np.setdiff1d(np.arange(n_classes), codes[rows])
    rows = np.append(rows, np.full(len(absent), rows[0]))
    labels = np.append(codes[codes >= 0], absent)
    weights = np.repeat([1.0, 0.0], [len(rows) - len(absent), len(absent)])
    everything = np.arange(len(rows))
    from sklearn.calibration import CalibratedClassifierCV  # noqa: PLC0415 (half of the package's import time)

    calibrator = CalibratedClassifierCV(
        _GivenProbabilities(), method=method, cv=[(everything, everything)], ensemble=False
    )
    with sklearn.config_context(enable_metadata_routing=False):  # the weights are not the user's
        calibrator.fit(probabilities[rows], labels, sample_weight=weights)
    return read_calibrator(calibrator)


def _apply(calibrator: Any, probabilities: Array) -> Array:
    """Return calibrated probabilities; without a calibrator, for one class, as they are."""
    return probabilities if calibrator is None else calibrator.predict_proba(probabilities)


def _label_encoder(estimator: Any, columns: TaskColumns) -> TaskLabelEncoder:
    """Return the encoder of the estimator's classes, with its names or else those of y."""
    classes, n_tasks = estimator.classes_, len(classes_per_task(estimator))
    names = getattr(inner_classifier(estimator), "task_names_", columns.names)
    is_1d = not isinstance(classes, list | tuple)
    if len(columns.names) != n_tasks:
        raise ValueError(
            f"y must have the tasks of fit, {names if len(names) == n_tasks else n_tasks}; "
            f"found {columns.names}."
        )
    return TaskLabelEncoder().fit_classes(classes, columns._replace(names=names, is_1d=is_1d))


def _check_version(method: str) -> None:
    if method == "temperature" and parse_version(sklearn.__version__) < parse_version("1.8"):
        raise ValueError(
            "method='temperature' needs scikit-learn 1.8 or newer; found "
            f"{sklearn.__version__}, which has 'sigmoid' and 'isotonic'."
        )
