"""Fitted attributes of estimators around another one, which tools may set."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class computed_attribute:
    """A fitted attribute that is computed, until a tool sets it on one instance.

    A ``property`` has to be the same for all instances. This one gives way to what is set, which
    copies and pickles keep: explainers copy an estimator and clear its feature names.

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
    """Drop what tools have set, as ``fit`` does."""
    for name in list(vars(estimator)):
        if isinstance(getattr(type(estimator), name, None), computed_attribute):
            delattr(estimator, name)


@contextmanager
def own_feature_names(estimator: Any) -> Iterator[None]:
    """Let arrays pass where a tool has cleared the names, without scikit-learn's warning."""
    if vars(estimator).get("feature_names_in_", ...) is None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            yield
    else:
        yield
