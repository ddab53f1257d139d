"""One task of a fitted multi-task classifier, as a classifier of one task."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import signature
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._data.frame_order import order_checked
from .._data.label_weights import check_row_weight
from .._data.labels import codes_among
from .._data.task_columns import TaskColumns, check_equal_rows, numbered_tasks, read_task_columns
from .._data.unseen_labels import warn_of_unseen_labels
from .accuracy import accuracies
from .around import AroundEstimator
from .computed_attributes import computed_attribute, own_feature_names

Array = NDArray[Any]


def task_view(fitted: Any, task: str | int) -> TaskView:
    """Return one task of a fitted multi-task classifier as a fitted classifier of one task.

    Tools for classifiers with one label per sample (scorers, displays, calibration, thresholds)
    then work for the task.

    Parameters
    ----------
    fitted : estimator
        A fitted classifier of several tasks, such as :class:`ABMTLClassifier` or
        ``RandomForestClassifier``; or a Pipeline or a search over one.
    task : str or int
        Name of the task (``task_0``, ``task_1`` ... if the classifier has no names), or its
        position from 0.

    Returns
    -------
    view : TaskView

    Raises
    ------
    ValueError
        If there is no such task, or the classifier has no ``classes_``.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.metrics import get_scorer
    >>> from sklearn_abmtl import task_view
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> forest = RandomForestClassifier(random_state=0).fit(X, y)
    >>> view = task_view(forest, 1)
    >>> view.classes_
    array([0, 1])
    >>> float(get_scorer("roc_auc")(view, X, y[:, 1]))
    1.0
    """
    check_is_fitted(fitted)
    if not hasattr(fitted, "classes_"):
        raise ValueError(
            f"fitted must be a classifier with classes_; found {type(fitted).__name__} without."
        )
    find_task(task, task_names(fitted))
    return TaskView(fitted, task)


class TaskView(ClassifierMixin, AroundEstimator):
    """A fitted classifier of one task, made by :func:`task_view`.

    ``clone`` returns the view itself, and ``fit`` raises an error. If a tool calls ``fit``, wrap
    the view in ``sklearn.frozen.FrozenEstimator``.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of several tasks, or a Pipeline or a search over one.
    task : str or int
        Name of the task or its position from 0.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted classes of the task.
    n_features_in_ : int
        As in ``estimator``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        As in ``estimator``, if it has them.

    Examples
    --------
    >>> from sklearn.calibration import CalibratedClassifierCV
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.frozen import FrozenEstimator
    >>> from sklearn_abmtl import task_view
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> forest = RandomForestClassifier(random_state=0).fit(X[:100], y[:100])
    >>> frozen = FrozenEstimator(task_view(forest, "task_0"))
    >>> CalibratedClassifierCV(frozen).fit(X[100:], y[100:, 0]).predict_proba(X).shape
    (200, 3)
    """

    def __init__(self, estimator: Any, task: str | int) -> None:
        self.estimator = estimator
        self.task = task

    def fit(self, X, y, **params):
        """Refuse to fit.

        Parameters
        ----------
        X : object
            Ignored.
        y : object
            Ignored.
        **params : dict
            Ignored.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError(
            "TaskView shows one task of a fitted classifier and cannot be fitted; fit the "
            "classifier with all tasks, or wrap the view in sklearn.frozen.FrozenEstimator if "
            "a tool calls fit."
        )

    def predict(self, X):
        """Predict the labels of the task.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.

        Returns
        -------
        y : ndarray of shape (n_samples,)
        """
        with own_feature_names(self):
            predicted = self.estimator.predict(X)
        return task_predictions(self.estimator, predicted)[self._position()]

    @available_if(lambda view: hasattr(view.estimator, "predict_proba"))
    def predict_proba(self, X):
        """Predict the probabilities of the classes of the task.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        with own_feature_names(self):
            return probabilities_of_task(self.estimator, X, self._position())

    def score(self, X, y, sample_weight=None):
        """Return the accuracy on the known labels.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.
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
        return classes_per_task(self.estimator)[self._position()]

    def __sklearn_is_fitted__(self):
        return hasattr(self.estimator, "classes_")

    def __sklearn_clone__(self):
        return self

    def _position(self) -> int:
        return find_task(self.task, task_names(self.estimator))


def inner_classifier(fitted: Any) -> Any:
    """Return the classifier inside Pipelines and searches."""
    while not hasattr(fitted, "task_names_"):
        if hasattr(fitted, "best_estimator_"):
            fitted = fitted.best_estimator_
        elif hasattr(fitted, "steps"):
            fitted = fitted.steps[-1][1]
        else:
            break
    return fitted


def find_missing_label(fitted: Any) -> Any:
    """Return the parameter ``missing_label`` of an estimator, or of an estimator inside it."""
    return next(_missing_labels(inner_classifier(fitted)), None)


def _missing_labels(part: Any) -> Iterator[Any]:
    """Yield the parameters ``missing_label`` that are set, from the outermost estimator inwards."""
    if hasattr(part, "_missing_label"):  # the value in fit; the parameter may have changed since
        yield part._missing_label
    elif getattr(part, "missing_label", None) is not None:
        yield part.missing_label
    elif isinstance(part, list | tuple):  # steps: names and estimators
        for entry in part:
            yield from _missing_labels(entry)
    elif hasattr(part, "get_params") and not isinstance(part, type):
        parameters = signature(type(part)).parameters
        yield from _missing_labels([getattr(part, name, None) for name in parameters])


def task_names(fitted: Any) -> list[str]:
    """Return the names of the tasks of a classifier, or ``task_0``, ``task_1`` ..."""
    names = getattr(inner_classifier(fitted), "task_names_", None)
    return names or numbered_tasks(len(classes_per_task(fitted)))


def score_task(classifier: Any, y: Any, predicted: Array, sample_weight: Any) -> float:
    """Return the accuracy of predictions of a classifier of one task on known labels.

    Raises
    ------
    ValueError
        If y has several tasks, another number of rows than the predictions, or no known label.
    """
    columns = read_task_columns(y, find_missing_label(classifier))
    n_samples, n_tasks = columns.shape
    if n_tasks != 1:
        raise ValueError(f"y must hold the labels of one task; found {n_tasks}.")
    check_equal_rows({"X": len(predicted), "y": n_samples})
    weights = check_row_weight(sample_weight, n_samples)[:, np.newaxis]
    true = columns.only_where(weights > 0)
    warn_of_unseen_labels([(true.names[0], true.labels[0][true.known[0]], classifier.classes_)])
    are_known = np.ones(n_samples, dtype=bool)
    found = TaskColumns(true.names, [predicted], [are_known], is_1d=True)
    (score,) = accuracies(true, found, weights)
    if np.isnan(score):
        raise ValueError("score needs at least one known label in y; found none.")
    return float(score)


def find_task(task: str | int, names: list[str]) -> int:
    """Return the position of a task given by name or position.

    Raises
    ------
    ValueError
        If there is no such task, or a position is also the name of another task.
    """
    if isinstance(task, str) and task in names:
        return names.index(task)
    is_position = isinstance(task, Integral) and not isinstance(task, bool)
    if is_position and 0 <= int(task) < len(names):
        at_position = names[int(task)]
        if str(task) in names and str(task) != at_position:
            raise ValueError(
                f"task={task!r} may be the name {str(task)!r} or the position of {at_position!r}; "
                "pass the name as text."
            )
        return int(task)
    raise ValueError(
        f"task must be one of {names} or a position from 0 to {len(names) - 1}; found {task!r}."
    )


def classes_per_task(fitted: Any) -> list[Array]:
    """Return the classes of each task, as a list also for a single task."""
    classes = fitted.classes_
    return list(classes) if isinstance(classes, list | tuple) else [np.asarray(classes)]


def task_predictions(fitted: Any, predicted: Any) -> list[Array]:
    """Return the predictions of each task, in the type of its classes.

    Raises
    ------
    ValueError
        If there is not one column per task.
    """
    classes = classes_per_task(fitted)
    columns = np.asarray(predicted).reshape(len(predicted), -1).T  # (n_tasks, n_samples)
    if len(columns) != len(classes):
        raise ValueError(
            f"predict must return one column per task, {len(classes)} by classes_; "
            f"found {len(columns)}."
        )
    return [_as_classes(column, labels) for column, labels in zip(columns, classes, strict=True)]


def _as_classes(predicted: Array, classes: Array) -> Array:
    """Return predictions in the type of the classes; a cast by NumPy would change some dates."""
    if predicted.dtype.kind == "O" and classes.dtype.kind in "mM":
        return classes[codes_among(predicted, classes)]
    return predicted.astype(classes.dtype)


def probabilities_of_task(fitted: Any, X: Any, position: int) -> Array:
    """Return the probabilities of one task, computed alone if the classifier can do so.

    Raises
    ------
    ValueError
        As :func:`task_probabilities`.
    """
    if hasattr(fitted, "_predict_proba_of_task"):
        return fitted._predict_proba_of_task(X, position)
    return task_probabilities(fitted, fitted.predict_proba(X))[position]


def task_probabilities(fitted: Any, probabilities: Any) -> list[Array]:
    """Return the probabilities of each task, of shape (n_samples, n_classes).

    Raises
    ------
    ValueError
        If there is not one array per task, with one column per class.
    """
    is_list = isinstance(fitted.classes_, list | tuple)
    per_task = [np.asarray(p) for p in (probabilities if is_list else [probabilities])]
    n_classes = [len(classes) for classes in classes_per_task(fitted)]
    widths = [p.shape[1] if p.ndim == 2 else 0 for p in per_task]
    if widths != n_classes:
        raise ValueError(
            "predict_proba must return one array per task, with one column per class, "
            f"{n_classes} by classes_; found shapes {[p.shape for p in per_task]}."
        )
    return per_task
