"""Clones that were not fitted yet know that they are clones, for the names of their checkpoints."""

from __future__ import annotations

from typing import Any, Self

from sklearn.base import BaseEstimator

MARK = "_is_clone"


class MarkedClones(BaseEstimator):
    """An estimator whose clones are marked until they are fitted."""

    def __sklearn_clone__(self) -> Self:
        copied: Self = super().__sklearn_clone__()
        setattr(copied, MARK, True)
        return copied

    def set_params(self, **params: Any) -> Self:
        """Set parameters; a clone whose ``checkpoint`` is set has that very file."""
        if "checkpoint" in params:
            unmark(self)
        return super().set_params(**params)


def is_clone(estimator: Any) -> bool:
    """Tell whether an estimator is a clone that was not fitted yet."""
    return hasattr(estimator, MARK)


def unmark(estimator: Any) -> None:
    """Make a clone an estimator as any other."""
    vars(estimator).pop(MARK, None)
