"""Restores the estimator after a failed fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from sklearn.base import BaseEstimator

from .._training.data.workers import explained_workers


@contextmanager
def unchanged_on_error(estimator: BaseEstimator) -> Iterator[None]:
    """Restore the estimator and its random state if the block raises an error."""
    before, source = dict(vars(estimator)), estimator.random_state
    drawn = source.get_state() if isinstance(source, np.random.RandomState) else None
    try:
        with explained_workers():
            yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        if drawn is not None:
            source.set_state(drawn)
        raise
