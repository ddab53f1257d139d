"""Fitted attributes that a wrapper reads from its estimator, and that tools may set."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class computed_attribute:
    """A computed fitted attribute, until a tool sets it on an instance.

    A ``property`` cannot be set on one instance. This attribute can, and copies and pickles keep
    the value: explainers copy an estimator and clear its feature names.

    Parameters
    ----------
    compute : callable
        Maps the estimator to the value.

    Examples
    --------
    >>> class Around:
    ...     @computed_attribute
    ...     def n_features_in_(self):
    ...         return 3
    >>> first, second = Around(), Around()
    >>> second.n_features_in_ = None
    >>> first.n_features_in_, second.n_features_in_
    (3, None)
    """

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __get__(self, estimator: Any, owner: type | None = None) -> Any:
        return self if estimator is None else self.compute(estimator)


def compute_again(estimator: Any) -> None:
    """Drop values that tools have set, as after ``fit``."""
    for name in list(vars(estimator)):
        if isinstance(getattr(type(estimator), name, None), computed_attribute):
            delattr(estimator, name)


@contextmanager
def own_feature_names(estimator: Any) -> Iterator[None]:
    """Accept arrays without scikit-learn's warning, if a tool has cleared the feature names."""
    if vars(estimator).get("feature_names_in_", ...) is None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            yield
    else:
        yield
