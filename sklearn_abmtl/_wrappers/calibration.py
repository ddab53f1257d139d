"""Calibration of the probabilities of each task, by scikit-learn's calibrators."""

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
    """Calibrate the probabilities of a fitted classifier, separately for each task.

    Use rows that the classifier was not fitted on, and evaluate the result on further rows. On rows
    of ``fit`` the classifier is too certain, and on the rows used for calibration the result looks
    better than it is.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier with ``predict_proba``, of one or several tasks, such as
        :class:`ABMTLClassifier` or ``RandomForestClassifier``; or a Pipeline or a search over one.
        It is not changed.
    X : array-like
        Input as in the estimator's ``fit``.
    y : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    method : {'temperature', 'sigmoid', 'isotonic'}, default='temperature'
        'temperature' divides the logits of a task by one number [1]_, which keeps the order of the
        classes. It needs scikit-learn 1.8 and is meant for networks; it can make probabilities
        worse if some are 0, as those of a forest. 'sigmoid' and 'isotonic' fit a curve for each
        class against the rest. The curve of 'isotonic' has many steps, so use it for 1,000 rows or
        more.

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
    For a class that no row of X has, 'sigmoid' gives the same small probability to all rows, and
    'isotonic' gives 0; 'temperature' treats it like the other classes. The probabilities of a task
    with one class are not changed.

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
    check_is_fitted(estimator)  # before it is wrapped, so that errors name the estimator
    return CalibratedMultiTaskClassifier(FrozenEstimator(estimator), method=method).fit(X, y)


class CalibratedMultiTaskClassifier(ClassifierMixin, AroundEstimator):
    """A classifier of several tasks with calibrated probabilities, made by :func:`calibrate`.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier, or a Pipeline or a search over one. Wrap it in a
        ``sklearn.frozen.FrozenEstimator``, so that ``clone`` keeps it fitted.
    method : {'temperature', 'sigmoid', 'isotonic'}, default='temperature'
        As in :func:`calibrate`.

    Attributes
    ----------
    calibrators_ : list of calibrators or None
        One per task. Its ``predict_proba`` maps class probabilities to calibrated ones; None for a
        task with one class.
    task_names_ : list of str
        Names of the tasks of the estimator or, if it has none, of the columns of y.
    classes_ : ndarray of shape (n_classes,) or list of such arrays
        As in ``estimator``.
    missing_label : scalar or None
        As in ``estimator``, if it has one.
    n_features_in_ : int
        As in ``estimator``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        As in ``estimator``, if it has them.

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
        """Fit the calibrators; the estimator is not changed.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``, but other rows.
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
        codes = encoder.transform(columns)  # (n_samples, n_tasks), -1 for missing labels
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
        """Predict the calibrated probabilities of the classes of every task.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes) or list of n_tasks such arrays
            In the order of ``classes_``.
        """
        per_task = list(self._calibrated(X))
        return per_task[0] if self._encoder.is_1d_ else per_task

    def predict(self, X):
        """Predict the label with the highest calibrated probability for every task.

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
            True labels of the tasks of ``fit``. Columns of a frame are matched by name, other
            columns by position. Tasks without a known label are left out of the mean.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Sample weights.

        Returns
        -------
        score : float
            In [0, 1].

        Raises
        ------
        ValueError
            If no label is known, or the columns of a frame are not the tasks of ``fit``.
        """
        with order_checked({"X": X, "y": y, "sample_weight": sample_weight}):
            predicted = self.predict(X)
            return score_tasks(self._encoder, y, predicted, sample_weight, self.missing_label)

    @computed_attribute
    def classes_(self):
        """Classes of the task, or a list with the classes of each task."""
        return self.estimator.classes_

    @computed_attribute
    def task_names_(self):
        """Names of the tasks."""
        return self._encoder.task_names_

    @property
    def missing_label(self):
        """Value for a missing label, if the estimator has that parameter."""
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
    """Takes probabilities as X and returns them, so that the estimator predicts only once."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.arange(X.shape[1])
        return self

    def predict_proba(self, X):
        return X


def _fit_calibrator(
    probabilities: Array, codes: Array, method: str, name: str
) -> Calibrator | None:
    """Fit scikit-learn's calibrator to the known labels of one task.

    scikit-learn takes the classes from y, so each class without a label gets a label of weight 0.
    The labels are class numbers, because temperature scaling in scikit-learn treats integer labels
    as class numbers.
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
    with sklearn.config_context(enable_metadata_routing=False):  # no metadata of the user
        calibrator.fit(probabilities[rows], labels, sample_weight=weights)
    return read_calibrator(calibrator)


def _apply(calibrator: Any, probabilities: Array) -> Array:
    """Return calibrated probabilities; unchanged without a calibrator, for one class."""
    return probabilities if calibrator is None else calibrator.predict_proba(probabilities)


def _label_encoder(estimator: Any, columns: TaskColumns) -> TaskLabelEncoder:
    """Return the encoder of the classes of the estimator, with its task names or those of y."""
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
