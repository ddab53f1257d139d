"""Scorers to pass as ``scoring=`` to scikit-learn for a multi-task classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import get_scorer
from sklearn.utils.metadata_routing import MetadataRequest

from .._wrappers.task_view import find_task
from ._scored_rows import ScoredRows, Scoring


def task_scorer(
    scoring: Scoring, task: str | int, *, missing_label: Any = None, pos_label: Any = 1
) -> TaskScorer:
    """Return a scorer of one task.

    Only known labels are scored. Some classes of the classifier may be absent from the scored rows.
    A metric of one class against the rest is then the mean over the classes that occur. A class of
    the scored rows that the classifier does not have gets the probability 0.

    Parameters
    ----------
    scoring : str or callable
        Name of one of scikit-learn's scorers, or a callable ``(estimator, X, y)`` for a classifier
        of one task.
    task : str or int
        Name of the task or its position from 0.
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask. With None
        it is the parameter ``missing_label`` of the estimator, or of an estimator inside it.
    pos_label : label or dict, default=1
        The positive class, for names of binary metrics such as 'f1', 'precision' and
        'average_precision'. A dict has one label per task, by name; 1 for tasks left out.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)`` returns a float. It is NaN if no label is
        known or the metric is not defined, such as an area under the ROC curve with one class.

    Raises
    ------
    ValueError
        If there is no such name. When it is called, if a binary metric is used for a task with more
        than two classes, or with two classes without ``pos_label``.

    Warns
    -----
    UserWarning
        When it is called, if y has labels that are not classes of their task.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.metrics import task_scorer
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> forest = RandomForestClassifier(random_state=0)
    >>> scorer = task_scorer("roc_auc_ovr", "task_0")
    >>> scores = cross_val_score(forest, X, y, scoring=scorer)
    >>> bool(scores.min() > 0.5)
    True
    """
    return TaskScorer(_checked(scoring), task, missing_label, pos_label)


def mean_task_scorer(
    scoring: Scoring = "accuracy", *, missing_label: Any = None, pos_label: Any = 1
) -> MeanTaskScorer:
    """Return a scorer that computes the mean score over tasks.

    Parameters
    ----------
    scoring : str or callable, default='accuracy'
        Name or callable that scores each task, as in :func:`task_scorer`.
    missing_label : scalar, default=None
        As in :func:`task_scorer`.
    pos_label : label or dict, default=1
        As in :func:`task_scorer`.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)`` returns the mean of the scores of the tasks,
        without those that are NaN.

    Raises
    ------
    ValueError
        If there is no such name.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.metrics import mean_task_scorer
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> forest = RandomForestClassifier(random_state=0)
    >>> scores = cross_val_score(forest, X, y, scoring=mean_task_scorer("neg_log_loss"))
    >>> scores.shape
    (5,)
    """
    return MeanTaskScorer(_checked(scoring), missing_label, pos_label)


def all_task_scorers(
    scoring: str | list[str] | tuple[str, ...] | Mapping[str, Scoring],
    *,
    missing_label: Any = None,
    pos_label: Any = 1,
) -> AllTaskScorers:
    """Return one scorer of several metrics on every task.

    Predictions and probabilities of the estimator are each computed only once. The names of the
    tasks need not be known beforehand.

    Parameters
    ----------
    scoring : str, list of str, or dict
        Names of scikit-learn's scorers, or a dict from metric names to names or callables as in
        :func:`task_scorer`.
    missing_label : scalar, default=None
        As in :func:`task_scorer`.
    pos_label : label or dict, default=1
        As in :func:`task_scorer`.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)`` returns a dict. It has ``<task>_<metric>``
        for each task and metric, NaN if the score is not defined, and ``mean_<metric>``, the mean
        of the defined scores.

    Raises
    ------
    ValueError
        If there is no such name.

    Notes
    -----
    If the scores of a task are NaN, a search warns that scores are not finite. With
    ``refit='mean_<metric>'`` the choice of parameters is not affected, unless all tasks have NaN.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.metrics import all_task_scorers
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> search = GridSearchCV(
    ...     RandomForestClassifier(n_estimators=10, random_state=0),
    ...     {"max_depth": [1, 5]},
    ...     scoring=all_task_scorers(["accuracy", "neg_log_loss"]),
    ...     refit="mean_accuracy",
    ... ).fit(X, y)
    >>> search.best_params_
    {'max_depth': 5}
    >>> sorted(key for key in search.cv_results_ if key.startswith("mean_test"))
    ['mean_test_mean_accuracy', 'mean_test_mean_neg_log_loss', 'mean_test_task_0_accuracy', \
'mean_test_task_0_neg_log_loss', 'mean_test_task_1_accuracy', 'mean_test_task_1_neg_log_loss']
    """
    if isinstance(scoring, str):
        scoring = [scoring]
    if not scoring or not isinstance(scoring, list | tuple | Mapping):
        raise ValueError(
            "scoring must be a name, a list of names or a dict from names to scorers; "
            f"found {scoring!r}."
        )
    named = scoring if isinstance(scoring, Mapping) else dict(zip(scoring, scoring, strict=True))
    checked = {metric: _checked(entry) for metric, entry in named.items()}
    return AllTaskScorers(checked, missing_label, pos_label)


@dataclass(repr=False)
class RoutedScorer:
    """A scorer that takes sample weights, also by scikit-learn's metadata routing."""

    sample_weight_request: bool | str | None = field(default=None, init=False, repr=False)

    def __repr__(self) -> str:
        entries = [(f.name, getattr(self, f.name), f.default) for f in fields(self) if f.repr]
        changed = [f"{name}={value!r}" for name, value, default in entries if value != default]
        return f"{type(self).__name__}({', '.join(changed)})"

    def set_score_request(self, *, sample_weight: bool | str | None) -> Self:
        """Set whether, or under which name, sample weights are passed to this scorer.

        Parameters
        ----------
        sample_weight : bool, str or None

        Returns
        -------
        self : object
        """
        self.sample_weight_request = sample_weight
        return self

    def get_metadata_routing(self) -> MetadataRequest:
        """Return the metadata that this scorer requests.

        Returns
        -------
        request : MetadataRequest
        """
        request = MetadataRequest(owner=self)
        request.score.add_request(param="sample_weight", alias=self.sample_weight_request)
        return request


@dataclass(repr=False)
class TaskScorer(RoutedScorer):
    """A scorer of one task, made by :func:`task_scorer`.

    Parameters
    ----------
    scoring : str or callable
    task : str or int
    missing_label : scalar, default=None
    pos_label : label or dict, default=1
    """

    scoring: Scoring
    task: str | int
    missing_label: Any = None
    pos_label: Any = 1

    @property
    def __name__(self) -> str:
        """Label of the axis in scikit-learn's displays of curves."""
        return f"{self.task}_{_name(self.scoring)}"

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        rows = ScoredRows(estimator, X, y, sample_weight, self.missing_label)
        return rows.score(self.scoring, find_task(self.task, rows.names), self.pos_label)


@dataclass(repr=False)
class MeanTaskScorer(RoutedScorer):
    """A scorer of the mean over tasks, made by :func:`mean_task_scorer`.

    Parameters
    ----------
    scoring : str or callable
    missing_label : scalar, default=None
    pos_label : label or dict, default=1
    """

    scoring: Scoring
    missing_label: Any = None
    pos_label: Any = 1

    @property
    def __name__(self) -> str:
        """Label of the axis in scikit-learn's displays of curves."""
        return f"mean_{_name(self.scoring)}"

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        rows = ScoredRows(estimator, X, y, sample_weight, self.missing_label)
        return _mean(_task_scores(rows, self.scoring, self.pos_label))


@dataclass(repr=False)
class AllTaskScorers(RoutedScorer):
    """A scorer of all tasks and their means, made by :func:`all_task_scorers`.

    Parameters
    ----------
    scoring : dict
        From metric names to names of scorers or callables.
    missing_label : scalar, default=None
    pos_label : label or dict, default=1
    """

    scoring: dict[str, Scoring]
    missing_label: Any = None
    pos_label: Any = 1

    def __call__(
        self, estimator: Any, X: Any, y: Any, sample_weight: Any = None
    ) -> dict[str, float]:
        rows = ScoredRows(estimator, X, y, sample_weight, self.missing_label)
        scores: dict[str, float] = {}
        for metric, scoring in self.scoring.items():
            per_task = _task_scores(rows, scoring, self.pos_label)
            names = [*rows.names, "mean"]
            keys = [f"{name}_{metric}" for name in names]
            clashes = {k: n for k, n in zip(keys, names, strict=True) if k in scores}
            if "mean" in rows.names:
                clashes[f"mean_{metric}"] = "mean"
            if clashes:
                raise ValueError(
                    f"Names of tasks and metrics clash in the scores {list(clashes)}, of the tasks "
                    f"{list(clashes.values())}; rename these tasks or metrics. 'mean' is "
                    "the mean over tasks."
                )
            scores |= dict(zip(keys, [*per_task.tolist(), _mean(per_task)], strict=True))
        return scores


def _checked(scoring: Any) -> Scoring:
    """Check and return a name or callable; a name is looked up again when it is used."""
    if not isinstance(scoring, str) and not callable(scoring):
        raise ValueError(f"scoring must be a name or a callable; found {scoring!r}.")
    get_scorer(scoring)
    return scoring


def _name(scoring: Scoring) -> str:
    return getattr(scoring, "__name__", str(scoring))


def _task_scores(rows: ScoredRows, scoring: Scoring, pos_label: Any) -> NDArray[np.float64]:
    return np.array([rows.score(scoring, task, pos_label) for task in range(len(rows.names))])


def _mean(scores: NDArray[np.float64]) -> float:
    """Return the mean of the scores that are defined."""
    defined = scores[~np.isnan(scores)]
    return float(defined.mean()) if len(defined) else np.nan
