"""The estimators inside searches, Pipelines and the wrappers of the package."""

from __future__ import annotations

from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .calibration import CalibratedMultiTaskClassifier
from .single_task import SingleTask
from .task_view import TaskView


def inner_estimators(estimator: Any) -> list[Any]:
    """Return an estimator and all estimators inside it, from the outermost to the innermost.

    Raises
    ------
    NotFittedError
        If one of them is not fitted.
    ValueError
        If a search has not refitted its best candidate.
    """
    chain = [estimator]
    while (inner := inner_estimator(chain[-1])) is not None:
        chain.append(inner)
    return chain


def inner_estimator(estimator: Any) -> Any:
    """Return the fitted estimator inside another, or None."""
    if isinstance(estimator, Pipeline):
        return estimator.steps[-1][1]
    if isinstance(estimator, BaseSearchCV):
        check_is_fitted(estimator)
        if not hasattr(estimator, "best_estimator_"):
            raise ValueError(
                f"{type(estimator).__name__} has no best_estimator_; set refit=True before fit."
            )
        return estimator.best_estimator_
    if isinstance(estimator, SingleTask):
        check_is_fitted(estimator)
        return estimator.estimator_
    if isinstance(estimator, CalibratedMultiTaskClassifier):
        check_is_fitted(estimator)
        return estimator.estimator
    if isinstance(estimator, TaskView | FrozenEstimator):
        return estimator.estimator
    return None


def acting_steps(estimator: Any) -> list[tuple[str, Any]]:
    """Return the steps before the last one of a Pipeline that have an effect in predictions."""
    if not isinstance(estimator, Pipeline):
        return []
    return [
        (name, step)
        for name, step in estimator.steps[:-1]
        if step is not None and step != "passthrough" and not hasattr(step, "fit_resample")
    ]
