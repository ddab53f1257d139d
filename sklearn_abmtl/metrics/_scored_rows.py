"""Scores of a fitted classifier by scikit-learn's scorers, one task at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from inspect import signature
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer, make_scorer
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, check_is_fitted

from .._data.frame_order import warn_of_order
from .._data.label_pairs import KnownLabels, known_labels, scored_labels, spread_over_classes
from .._data.task_columns import TaskColumns, check_equal_rows, read_task_columns
from .._data.task_order import in_task_order
from .._data.unseen_labels import warn_of_unseen_labels
from .._wrappers.task_view import (
    TaskView,
    classes_per_task,
    find_missing_label,
    inner_classifier,
    task_names,
    task_predictions,
    task_probabilities,
)
from ._pos_label import are_positive, check_pos_label, label_of_task

Array = NDArray[Any]
Scoring = str | Callable[..., float]

# 0 / 0 if all labels are of one class
NEED_TWO_CLASSES = (
    "average_precision_score",
    "d2_brier_score",
    "d2_log_loss_score",
    "roc_auc_score",
)


class ScoredRows:
    """Predictions of a fitted classifier, computed once, and the true labels.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of several tasks, or a Pipeline or a search over one.
    X : array-like
    y : array-like of shape (n_samples,) or (n_samples, n_tasks)
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks) or None
    missing_label : scalar, default=None
        Value for a missing label. With None it is the parameter of this name of the estimator, or
        of an estimator inside it.
    """

    def __init__(
        self, estimator: Any, X: Any, y: Any, sample_weight: Any, missing_label: Any = None
    ) -> None:
        self.estimator, self.X = estimator, X
        columns = read_scored_labels(estimator, X, y, sample_weight, missing_label)
        self.classes = classes_per_task(estimator)
        self.names = columns.names
        self.tasks = known_labels(columns, sample_weight)
        labels = [known.labels for known in self.tasks]
        warn_of_unseen_labels(zip(self.names, labels, self.classes, strict=True))

    def score(self, scoring: Scoring, task: int, pos_label: Any = 1) -> float:
        """Return the score of a task; NaN if no label is known or the score is not defined.

        ``pos_label``, or its entry for the task, is the positive class of binary metrics given by
        name.
        """
        known = self.tasks[task]
        if not len(known.rows):
            return np.nan
        scorer = get_scorer(scoring)
        try:
            if not hasattr(scorer, "_score_func"):  # not scikit-learn's: may call any method
                rows = _safe_indexing(self.X, known.rows)
                view = TaskView(self.estimator, task_names(self.estimator)[task])
                return float(scorer(view, rows, known.labels, **known.weighting))
            answers = self._answers(scorer, task)
            if isinstance(scoring, str) and _is_binary(scorer):
                own = label_of_task(pos_label, known.name, self.names)
                answers = answers.with_binary_codes(scorer, own)
            return answers.score(scorer)
        except Exception as error:
            error.add_note(f"The error is in the score {scoring!r} of task {self.names[task]!r}.")
            raise

    @cached_property
    def predictions(self) -> list[Array]:
        """Predictions of each task."""
        return task_predictions(self.estimator, self.estimator.predict(self.X))

    @cached_property
    def probabilities(self) -> list[Array]:
        """Probabilities of each task."""
        return task_probabilities(self.estimator, self.estimator.predict_proba(self.X))

    def _answers(self, scorer: Any, task: int) -> TaskAnswers:
        """Return what a scorer needs, over the classes of the classifier and of the labels."""
        known, own = self.tasks[task], self.classes[task]
        if scorer._response_method == "predict":
            scored = scored_labels(known, self.predictions[task][known.rows], own)
            return TaskPredictions(
                scored.known, scored.classes, scored.class_names, scored.predicted
            )
        scored = scored_labels(known, own[:0], own)
        spread = spread_over_classes(self.probabilities[task][known.rows], own, scored.class_names)
        return TaskProbabilities(scored.known, scored.classes, scored.class_names, spread)


def read_scored_labels(
    estimator: Any, X: Any, y: Any, sample_weight: Any, missing_label: Any
) -> TaskColumns:
    """Read the labels of scored rows, in the task order of a fitted classifier.

    Raises
    ------
    ValueError
        If y does not have the tasks of the classifier, or the number of rows of X.
    """
    check_is_fitted(estimator)
    if missing_label is None:
        missing_label = find_missing_label(estimator)
    columns = read_task_columns(y, missing_label)
    n_tasks = len(classes_per_task(estimator))
    names = getattr(inner_classifier(estimator), "task_names_", columns.names)
    if len(columns.names) != n_tasks:
        expected = names if len(names) == n_tasks else n_tasks
        raise ValueError(f"y must have the tasks of fit, {expected}; found {columns.names}.")
    check_equal_rows({"X": _num_samples(X), "y": columns.shape[0]})
    warn_of_order({"X": X, "y": y, "sample_weight": sample_weight})
    if n_tasks == 1:
        return columns._replace(names=names)
    return in_task_order(columns, names, "fit")


class TaskAnswers(ClassifierMixin, BaseEstimator):
    """A classifier of one task whose predictions for the scored rows are given.

    Parameters
    ----------
    known : KnownLabels
    classes : ndarray of shape (n_classes,)
        Sorted classes of the classifier and of the labels.
    class_names : ndarray of shape (n_classes,)
        The original label of each class.
    answers : ndarray of shape (n_known,) or (n_known, n_classes)
    """

    def __init__(
        self, known: KnownLabels, classes: Array, class_names: Array, answers: Array
    ) -> None:
        self.known, self.classes, self.class_names = known, classes, class_names
        self.answers = answers

    @property
    def classes_(self):
        """Classes of the task."""
        return self.classes

    def with_binary_codes(self, scorer: Any, pos_label: Any) -> Self:
        """Return the same with classes 0 and 1 if there are at most two; 1 is ``pos_label``.

        Raises
        ------
        ValueError
            If there are two classes and ``pos_label`` is neither, or more classes than a binary
            metric takes.
        """
        name, names = self.known.name, self.class_names
        if scorer._kwargs.get("average") == "binary":
            check_pos_label(name, names, pos_label)
        if len(names) > 2:
            return self
        if _parameters(scorer)["pos_label"].default is None:  # either class gives the same score
            pos_label = names[-1]
        check_pos_label(name, names, pos_label)
        codes = are_positive(names, pos_label)
        known = self.known._replace(labels=codes[np.searchsorted(self.classes, self.known.labels)])
        classes = np.unique(codes)
        return type(self)(known, classes, classes, self.recoded(codes))

    def recoded(self, codes: Array) -> Array:
        """Return the answers for the classes ``codes``, in sorted order."""
        raise NotImplementedError

    def score(self, scorer: Any) -> float:
        """Return the score by one of scikit-learn's scorers."""
        return float(scorer(self, None, self.known.labels, **self.weighting(scorer)))

    def weighting(self, scorer: Any) -> dict[str, Any]:
        """Return the sample weights as keywords, if the metric accepts them."""
        return self.known.weighting if "sample_weight" in _parameters(scorer) else {}


class TaskPredictions(TaskAnswers):
    """Predicted labels of one task."""

    def predict(self, X):
        """Return the answers."""
        return self.answers

    def recoded(self, codes: Array) -> Array:
        """Return the answers for the classes ``codes``, in sorted order."""
        return codes[np.searchsorted(self.classes, self.answers)]


class TaskProbabilities(TaskAnswers):
    """Probabilities of one task; their columns are the classes."""

    def predict_proba(self, X):
        """Return the answers."""
        return self.answers

    def recoded(self, codes: Array) -> Array:
        """Return the answers for the classes ``codes``, in sorted order."""
        return self.answers[:, np.argsort(codes)]

    def score(self, scorer: Any) -> float:
        """Return the score by one of scikit-learn's scorers; NaN if it is not defined."""
        present = np.isin(self.classes, self.known.labels)
        n_needed = 2 if scorer._score_func.__name__ in NEED_TWO_CLASSES else 1
        if len(present) < 2 or present.sum() < n_needed:
            return np.nan
        if len(present) > 2 and _is_one_against_rest(scorer):
            return self._score_present_classes(scorer, present)
        return super().score(scorer if present.all() else _with_labels(scorer, self.classes))

    def _score_present_classes(self, scorer: Any, present: Array) -> float:
        """Return the score of each class that occurs against the rest."""
        indicators = (self.known.labels[:, None] == self.classes[present]).astype(int)
        options = scorer._kwargs | self.weighting(scorer)
        value = scorer._score_func(indicators, self.answers[:, present], **options)
        return float(scorer._sign * value)


def _parameters(scorer: Any) -> Mapping[str, Any]:
    """Return the parameters of a scorer's metric."""
    return signature(scorer._score_func).parameters


def _is_binary(scorer: Any) -> bool:
    """Whether a metric has a positive class, at least for two classes."""
    averages = scorer._kwargs.get("average", "binary")
    return "pos_label" in _parameters(scorer) and averages == "binary"


def _is_one_against_rest(scorer: Any) -> bool:
    """Whether a metric is a mean of each class against the rest, undefined for an absent class."""
    name = scorer._score_func.__name__
    is_ovr = name == "roc_auc_score" and scorer._kwargs.get("multi_class") == "ovr"
    return is_ovr or name == "average_precision_score"


def _with_labels(scorer: Any, classes: Array) -> Any:
    """Pass a metric of probabilities the classes of their columns."""
    if "labels" not in _parameters(scorer):
        return scorer
    return make_scorer(
        scorer._score_func,
        response_method=scorer._response_method,
        greater_is_better=scorer._sign > 0,
        **({"labels": classes} | scorer._kwargs),
    )
