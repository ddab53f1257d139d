"""What to pass as ``scoring=`` to scikit-learn for a multi-task classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import get_scorer
from sklearn.utils.metadata_routing import MetadataRequest

from .._data.frame_order import order_checked
from .._data.label_pairs import known_labels, read_predictions
from .._data.unseen_labels import warn_of_unseen_labels
from .._wrappers.task_view import classes_per_task, find_task
from ._accuracy import exact_match
from ._scored_rows import ScoredRows, Scoring, read_scored_labels


def task_scorer(
    scoring: Scoring, task: str | int, *, missing_label: Any = None, pos_label: Any = 1
) -> TaskScorer:
    """Return a scorer of one task.

    Only known labels count. A fold may lack classes of the classifier, and the classifier classes
    of the fold: these have the probability 0. A metric of one class against the rest is then the
    mean over the classes that occur.

    Parameters
    ----------
    scoring : str or callable
        Name of one of scikit-learn's scorers, or a callable ``(estimator, X, y)`` of a classifier
        of one task.
    task : str or int
        Name of the task or its position from 0.
    missing_label : scalar, default=None
        A value that also stands for a missing label, beside None, NaN, NaT, NA and a mask. None
        takes the parameter ``missing_label`` of the estimator, or of one inside it.
    pos_label : label or dict, default=1
        The positive class, for names of binary metrics such as 'f1', 'precision' and
        'average_precision'. A dict has one label per task, by name; 1 for those left out.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)`` returns a float: NaN where no label is
        known or the metric is not defined, such as an area under the curve of one class.

    Raises
    ------
    ValueError
        If there is no such name. When it scores, if a binary metric meets a task of more than two
        classes, or of two without ``pos_label``.

    Warns
    -----
    UserWarning
        When it scores, if y has labels that are no class of their task.

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
    """Return a scorer that takes the mean over tasks.

    Parameters
    ----------
    scoring : str or callable, default='accuracy'
        What scores each task, as in :func:`task_scorer`.
    missing_label : scalar, default=None
        As in :func:`task_scorer`.
    pos_label : label or dict, default=1
        As in :func:`task_scorer`.

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
    return MeanTaskScorer(_checked(scoring), missing_label, pos_label)


def all_task_scorers(
    scoring: str | list[str] | tuple[str, ...] | Mapping[str, Scoring],
    *,
    missing_label: Any = None,
    pos_label: Any = 1,
) -> AllTaskScorers:
    """Return one scorer of several metrics on every task.

    It asks the estimator but once for predictions and once for probabilities, and needs not know
    the tasks beforehand.

    Parameters
    ----------
    scoring : str, list of str, or dict
        Names of scikit-learn's scorers, or a dict from metric names to what :func:`task_scorer`
        takes.
    missing_label : scalar, default=None
        As in :func:`task_scorer`.
    pos_label : label or dict, default=1
        As in :func:`task_scorer`.

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


@dataclass(repr=False)
class TaskScorer(RoutedScorer):
    """The score of one task; :func:`task_scorer` makes one.

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
        """What scikit-learn's displays of curves write at the axis."""
        return f"{self.task}_{_name(self.scoring)}"

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        rows = ScoredRows(estimator, X, y, sample_weight, self.missing_label)
        return rows.score(self.scoring, find_task(self.task, rows.names), self.pos_label)


@dataclass(repr=False)
class MeanTaskScorer(RoutedScorer):
    """The mean of the tasks' scores; :func:`mean_task_scorer` makes one.

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
        """What scikit-learn's displays of curves write at the axis."""
        return f"mean_{_name(self.scoring)}"

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        rows = ScoredRows(estimator, X, y, sample_weight, self.missing_label)
        return _mean(_task_scores(rows, self.scoring, self.pos_label))


@dataclass(repr=False)
class AllTaskScorers(RoutedScorer):
    """Every task's scores and their means; :func:`all_task_scorers` makes one.

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
                    f"{list(clashes.values())}; call these tasks or metrics otherwise. 'mean' is "
                    "the mean over tasks."
                )
            scores |= dict(zip(keys, [*per_task.tolist(), _mean(per_task)], strict=True))
        return scores


def exact_match_scorer(
    estimator: Any, X: Any, y: Any, sample_weight: Any = None, *, missing_label: Any = None
) -> float:
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
    missing_label : scalar, default=None
        A value that also stands for a missing label, as in :func:`task_scorer`; with
        ``functools.partial`` for a tool that calls the scorer.

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
    true = read_scored_labels(estimator, X, y, sample_weight, missing_label)
    labels = [known.labels for known in known_labels(true)]
    warn_of_unseen_labels(zip(true.names, labels, classes_per_task(estimator), strict=True))
    with order_checked({}):
        predicted = read_predictions(estimator.predict(X), true)
    return exact_match(true, predicted, sample_weight)


def _checked(scoring: Any) -> Scoring:
    """Return a name or callable; the name is looked up again where it is used."""
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
