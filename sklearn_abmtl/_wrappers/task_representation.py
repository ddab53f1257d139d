"""Task representations of a network, as features for other estimators."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn import get_config
from sklearn.base import (
    MetaEstimatorMixin,
    TransformerMixin,
    _fit_context,
    clone,
)
from sklearn.utils import Bunch, get_tags
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from .around import AroundEstimator
from .computed_attributes import compute_again, own_feature_names
from .task_view import find_task


class TaskRepresentation(TransformerMixin, MetaEstimatorMixin, AroundEstimator):
    """The task representations of an :class:`ABMTLClassifier` as features.

    ``fit`` trains the network; ``transform`` returns the input of its task classifiers. Another
    estimator can then replace them, or samples can be compared by features that matter for the
    tasks.

    Parameters
    ----------
    estimator : ABMTLClassifier
        ``fit`` trains a clone. A fitted classifier in a ``sklearn.frozen.FrozenEstimator`` is not
        trained again, and y is not needed.
    task : str or int, default=None
        Name of a task or its position from 0; with None, the representations of all tasks are
        joined.

    Attributes
    ----------
    estimator_ : ABMTLClassifier
        The fitted clone of ``estimator``, or the FrozenEstimator.
    n_features_in_ : int
        As in ``estimator_``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        As in ``estimator_``, if it has them.

    Notes
    -----
    A representation joins the shared vector and the context of the task, for each branch. With hard
    sharing every representation has the same shared vector, so columns are repeated if there are
    several tasks or branches.

    The representations of rows of ``fit`` fit their labels better than those of other rows. An
    estimator that learns from them in a Pipeline is therefore too certain; cross-validate the
    Pipeline as a whole.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_abmtl import ABMTLClassifier, TaskRepresentation
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> representation = TaskRepresentation(ABMTLClassifier(max_epochs=5, random_state=0))
    >>> make_pipeline(representation, KNeighborsClassifier()).fit(X, y).predict(X).shape
    (200, 2)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit", "task_representations"])],
        "task": [str, int, np.integer, None],
    }

    def __init__(self, estimator: Any, *, task: str | int | None = None) -> None:
        self.estimator = estimator
        self.task = task

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, **fit_params):
        """Train the network.

        Parameters
        ----------
        X : array-like
            Input as in the estimator's ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Labels as in the estimator's ``fit``, some of which may be missing.
        **fit_params : dict
            Further arguments of the estimator's ``fit``, such as ``sample_weight``. With metadata
            routing, those that it requests.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If there is no such task, or the estimator refuses the data.
        """
        routed = Bunch(estimator=Bunch(fit=fit_params))
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **fit_params)
        fitted = clone(self.estimator).fit(X, y, **routed.estimator.fit)
        if self.task is not None:
            find_task(self.task, fitted.task_names_)
        self.estimator_ = fitted
        compute_again(self)
        return self

    def transform(self, X):
        """Return the representations of X.

        Parameters
        ----------
        X : array-like
            Input as in ``fit``.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_tasks * d_representation)
            Representations, in the dtype of the network; with ``task``, of shape (n_samples,
            d_representation).
        """
        check_is_fitted(self)
        with own_feature_names(self):
            representations = self.estimator_.task_representations(X)[:, self._positions()]
        return representations.reshape(len(representations), -1)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns of ``transform``.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X; must be those of ``fit``.

        Returns
        -------
        names : ndarray of str objects
            ``<task>_<branch>_<number>``, where the branch is 'encoder' or 'decoder'.
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features, generate_names=False)
        names = self.estimator_.task_names_
        widths = self.estimator_.net_.module_.d_representations
        return np.array(
            [
                f"{names[task]}_{branch}_{number}"
                for task in self._positions()
                for branch, width in zip(("encoder", "decoder"), widths, strict=False)
                for number in range(width)
            ],
            dtype=object,
        )

    @property
    def _fitted(self):
        return self.estimator_

    def get_metadata_routing(self):
        """Return the metadata routing of the estimator.

        Returns
        -------
        routing : MetadataRouter
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        mapping = mapping.add(caller="fit_transform", callee="fit")
        return MetadataRouter(owner=self).add(estimator=self.estimator, method_mapping=mapping)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags = get_tags(self.estimator).target_tags
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _positions(self):
        names = self.estimator_.task_names_
        return range(len(names)) if self.task is None else [find_task(self.task, names)]
