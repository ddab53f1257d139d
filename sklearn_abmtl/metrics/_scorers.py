"""What to pass as ``scoring=`` to scikit-learn for a multi-task classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import get_scorer
from sklearn.utils.metadata_routing import MetadataRequest

from .._task_view import find_task, missing_label
from ._accuracy import exact_match_score
from ._scored_rows import ScoredRows, Scoring


def task_scorer(scoring: Scoring, task: str | int) -> TaskScorer:
    """Return a scorer of one task.

    Only known labels count. A fold may lack classes of the classifier, and the classifier classes
    of the fold: these have the probability 0. A metric of one class against the rest is then the
    mean over the classes that occur.

    Parameters
    ----------
    scoring : str or callable
        Name of one of scikit-learn's scorers, or a callable ``(estimator, X, y)`` of a classifier
        of one task. For a name of a binary metric, such as 'f1', the class 1 is the positive one,
        or the greater class where there is no 1.
    task : str or int
        Name of the task or its position from 0.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)`` returns a float: NaN where no label is
        known or the metric is not defined, such as an area under the curve of one class.

    Raises
    ------
    ValueError
        If there is no such name.

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
    return TaskScorer(_checked(scoring), task)


def mean_task_scorer(scoring: Scoring = "accuracy") -> MeanTaskScorer:
    """Return a scorer that takes the mean over tasks.

    Parameters
    ----------
    scoring : str or callable, default='accuracy'
        What scores each task, as in :func:`task_scorer`.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)`` returns the mean of the tasks' scores that
        are not NaN.

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
    return MeanTaskScorer(_checked(scoring))


def all_task_scorers(
    scoring: str | list[str] | tuple[str, ...] | Mapping[str, Scoring],
) -> AllTaskScorers:
    """Return one scorer of several metrics on every task.

    It asks the estimator but once for predictions and once for probabilities, and needs not know
    the tasks beforehand.

    Parameters
    ----------
    scoring : str, list of str, or dict
        Names of scikit-learn's scorers, or a dict from metric names to what :func:`task_scorer`
        takes.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)`` returns a dict: ``<task>_<metric>`` for
        each task and metric, NaN where it is not defined, and ``mean_<metric>`` over the tasks
        where it is.

    Raises
    ------
    ValueError
        If there is no such name.

    Notes
    -----
    A search warns of scores that are not finite where a task's are NaN; ``refit='mean_<metric>'``
    is not concerned unless all tasks are.

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
    return AllTaskScorers({metric: _checked(entry) for metric, entry in named.items()})


@dataclass
class RoutedScorer:
    """A scorer that takes sample weights, also by scikit-learn's metadata routing."""

    sample_weight_request: bool | str | None = field(default=None, init=False, repr=False)

    def set_score_request(self, *, sample_weight: bool | str | None) -> Self:
        """Say whether, or under what name, to pass sample weights on to this scorer.

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
        """Return what this scorer asks for.

        Returns
        -------
        request : MetadataRequest
        """
        request = MetadataRequest(owner=self)
        request.score.add_request(param="sample_weight", alias=self.sample_weight_request)
        return request


@dataclass
class TaskScorer(RoutedScorer):
    """The score of one task; :func:`task_scorer` makes one.

    Parameters
    ----------
    scoring : str or callable
    task : str or int
    """

    scoring: Scoring
    task: str | int

    @property
    def __name__(self) -> str:
        """What scikit-learn's displays of curves write at the axis."""
        return f"{self.task}_{_name(self.scoring)}"

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        rows = ScoredRows(estimator, X, y, sample_weight)
        return rows.score(self.scoring, find_task(self.task, rows.names))


@dataclass
class MeanTaskScorer(RoutedScorer):
    """The mean of the tasks' scores; :func:`mean_task_scorer` makes one.

    Parameters
    ----------
    scoring : str or callable
    """

    scoring: Scoring

    @property
    def __name__(self) -> str:
        """What scikit-learn's displays of curves write at the axis."""
        return f"mean_{_name(self.scoring)}"

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        return _mean(_task_scores(ScoredRows(estimator, X, y, sample_weight), self.scoring))


@dataclass
class AllTaskScorers(RoutedScorer):
    """Every task's scores and their means; :func:`all_task_scorers` makes one.

    Parameters
    ----------
    scoring : dict
        From metric names to names of scorers or callables.
    """

    scoring: dict[str, Scoring]

    def __call__(
        self, estimator: Any, X: Any, y: Any, sample_weight: Any = None
    ) -> dict[str, float]:
        rows = ScoredRows(estimator, X, y, sample_weight)
        scores: dict[str, float] = {}
        for metric, scoring in self.scoring.items():
            per_task = _task_scores(rows, scoring)
            keys = [f"{name}_{metric}" for name in [*rows.names, "mean"]]
            clashes = [key for key in keys if key in scores or keys.count(key) > 1]
            if clashes:
                raise ValueError(f"Names of tasks and metrics clash in the scores {clashes}.")
            scores |= dict(zip(keys, [*per_task.tolist(), _mean(per_task)], strict=True))
        return scores


def exact_match_scorer(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
    """Return the share of rows whose known labels are all predicted right; a scorer itself.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of several tasks, or a Pipeline or a search over one.
    X : array-like
        Input as in the estimator's ``fit``.
    y : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; rows without a known label are left out.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    score : float
        In [0, 1]; NaN if no label is known.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.metrics import exact_match_scorer
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> cross_val_score(tree, X, y, scoring=exact_match_scorer).shape
    (5,)
    """
    return exact_match_score(
        y,
        estimator.predict(X),
        sample_weight=sample_weight,
        missing_label=missing_label(estimator),
    )


def _checked(scoring: Any) -> Scoring:
    """Return a name or callable; the name is looked up again where it is used."""
    if not isinstance(scoring, str) and not callable(scoring):
        raise ValueError(f"scoring must be a name or a callable; found {scoring!r}.")
    get_scorer(scoring)
    return scoring


def _name(scoring: Scoring) -> str:
    return getattr(scoring, "__name__", str(scoring))


def _task_scores(rows: ScoredRows, scoring: Scoring) -> NDArray[np.float64]:
    return np.array([rows.score(scoring, task) for task in range(len(rows.names))])


def _mean(scores: NDArray[np.float64]) -> float:
    """Return the mean of the scores that are defined."""
    defined = scores[~np.isnan(scores)]
    return float(defined.mean()) if len(defined) else np.nan
