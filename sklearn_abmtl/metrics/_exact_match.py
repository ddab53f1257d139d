"""A scorer of the rows with all labels correct."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._data.frame_order import order_checked
from .._data.label_pairs import known_labels, read_predictions
from .._data.unseen_labels import warn_of_unseen_labels
from .._data.warn_caller import warn_caller
from .._wrappers.task_view import classes_per_task
from ._accuracy import exact_match
from ._scored_rows import read_scored_labels
from ._scorers import RoutedScorer


def exact_match_scorer(
    estimator: Any = None,
    X: Any = None,
    y: Any = None,
    sample_weight: Any = None,
    *,
    missing_label: Any = None,
) -> Any:
    """Return a scorer of the share of rows whose known labels are all predicted correctly.

    Parameters
    ----------
    estimator, X, y, sample_weight : object, default=None
        Deprecated. With an estimator the score is returned, as in version 0.1.0, where this
        function was the scorer.
    missing_label : scalar, default=None
        As in :func:`task_scorer`.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)`` returns a float in [0, 1]. It is NaN if no
        label is known. Rows without a known label are left out.

    Warns
    -----
    FutureWarning
        If it is called with an estimator.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.metrics import exact_match_scorer
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> scores = cross_val_score(tree, X, y, scoring=exact_match_scorer())
    >>> round(float(scores.mean()), 2)
    0.36
    """
    scorer: Any = ExactMatchScorer(missing_label)
    if estimator is None:
        return scorer
    warn_caller(
        "Calling exact_match_scorer with an estimator is deprecated. exact_match_scorer() returns "
        "a scorer: pass scoring=exact_match_scorer().",
        FutureWarning,
    )
    return scorer(estimator, X, y, sample_weight)


@dataclass(repr=False)
class ExactMatchScorer(RoutedScorer):
    """A scorer of the rows with all labels correct, made by :func:`exact_match_scorer`.

    Parameters
    ----------
    missing_label : scalar, default=None
    """

    missing_label: Any = None

    @property
    def __name__(self) -> str:
        """Label of the axis in scikit-learn's displays of curves."""
        return "exact_match"

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        true = read_scored_labels(estimator, X, y, sample_weight, self.missing_label)
        labels = [known.labels for known in known_labels(true)]
        warn_of_unseen_labels(zip(true.names, labels, classes_per_task(estimator), strict=True))
        with order_checked({}):
            predicted = read_predictions(estimator.predict(X), true)
        return exact_match(true, predicted, sample_weight)
