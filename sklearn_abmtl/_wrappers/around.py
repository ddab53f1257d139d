"""Base class of estimators that contain another one."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

from .computed_attributes import computed_attribute


class AroundEstimator(BaseEstimator):
    """An estimator that passes X to another one.

    A subclass has the parameter ``estimator``. If it fits a clone of it, the clone is
    ``estimator_``, and the subclass overrides ``_fitted``.
    """

    estimator: Any

    @computed_attribute
    def n_features_in_(self):
        """Length of the second axis of X."""
        return self._fitted.n_features_in_

    @computed_attribute
    def feature_names_in_(self):
        """Names of the columns of X, if the estimator has them."""
        return self._fitted.feature_names_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags

    @property
    def _fitted(self):
        return self.estimator
