"""Random tables whose tasks have a given correlation."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

FloatArray = NDArray[np.float64]


@validate_params(
    {
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "n_classes": ["array-like"],
        "correlation": [Interval(Real, 0, 1, closed="both")],
        "noise": [Interval(Real, 0, None, closed="left")],
        "missing_rate": [Interval(Real, 0, 1, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_multitask_classification(
    n_samples: int = 100,
    n_features: int = 20,
    *,
    n_classes: Any = (3, 2, 4),
    correlation: float = 0.5,
    noise: float = 0.1,
    missing_rate: float = 0.0,
    random_state: Any = None,
) -> tuple[FloatArray, NDArray[Any]]:
    """Make a table of normal features and several tasks that depend on related directions.

    Task t has the score ``w_t . x + noise * e_t``. The weights ``w_t`` have length 1, and the
    cosine between the weights of any two tasks is ``correlation``; ``x`` and ``e_t`` are standard
    normal. The classes are slices of the score with equal numbers of rows, in ascending order.
    Directions that no task uses are mixed with the others by a random rotation.

    Parameters
    ----------
    n_samples : int, default=100
        Number of rows.
    n_features : int, default=20
        Number of features, more than there are tasks.
    n_classes : array-like of int of shape (n_tasks,), default=(3, 2, 4)
        Number of classes of each task, at least 2.
    correlation : float, default=0.5
        Correlation of the scores of any two tasks before noise, in [0, 1]: with 0 tasks are
        unrelated, with 1 all tasks have the same direction.
    noise : float, default=0.1
        Standard deviation of the noise of each score, at least 0. Without noise, a score has the
        standard deviation 1.
    missing_rate : float, default=0.0
        Share of the labels of each task that are missing at random, in [0, 1). Each class keeps at
        least one label.
    random_state : int, RandomState instance or None, default=None
        Determines features, weights, noise and missing labels. An int gives the same table at each
        call.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Features.
    y : ndarray of shape (n_samples, n_tasks)
        Class numbers from 0, as integers; with a ``missing_rate`` above 0 as floats, with NaN for
        missing labels.

    Raises
    ------
    ValueError
        If a number of classes is not an integer of at least 2, there are not more features than
        tasks, or fewer labels remain than there are classes.

    References
    ----------
    Ma et al. (2018). Modeling Task Relationships in Multi-task Learning with Multi-gate
    Mixture-of-Experts. KDD. Its synthetic tasks have such weights.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> X, y = make_multitask_classification(random_state=0)
    >>> X.shape, [np.bincount(task).tolist() for task in y.T]
    ((100, 20), [[34, 33, 33], [50, 50], [25, 25, 25, 25]])
    >>> X, y = make_multitask_classification(missing_rate=0.2, random_state=0)
    >>> np.isnan(y).mean(axis=0).tolist()
    [0.2, 0.2, 0.2]
    """
    class_counts = _check_n_classes(n_classes)
    n_tasks = len(class_counts)
    if n_features <= n_tasks:
        raise ValueError(
            f"n_features must be more than the number of tasks, {n_tasks}; found {n_features}."
        )
    n_missing = round(missing_rate * n_samples)
    if n_samples - n_missing < max(class_counts):
        raise ValueError(
            f"n_samples * (1 - missing_rate) must be at least {max(class_counts)}, one label for "
            f"each class; found {n_samples} - {n_missing}."
        )
    generator = check_random_state(random_state)
    X = generator.standard_normal((n_samples, n_features))
    scores = X @ _related_weights(n_features, n_tasks, correlation, generator)
    scores += noise * generator.standard_normal(scores.shape)
    ranks = scores.argsort(axis=0).argsort(axis=0)  # (n_samples, n_tasks)
    codes = ranks * class_counts // n_samples
    if missing_rate == 0:
        return X, codes
    return X, np.stack([_with_missing(task, n_missing, generator) for task in codes.T], axis=1)


def _check_n_classes(n_classes: Any) -> NDArray[np.int64]:
    counts = np.asarray(n_classes)
    if counts.ndim != 1 or counts.dtype.kind not in "iu" or not (counts >= 2).all():
        raise ValueError(
            f"n_classes must hold an integer of at least 2 for each task; found {n_classes!r}."
        )
    return counts.astype(np.int64)


def _related_weights(
    n_features: int, n_tasks: int, correlation: float, generator: np.random.RandomState
) -> FloatArray:
    """Return unit weights (n_features, n_tasks): a common direction plus one per task."""
    basis, _ = np.linalg.qr(generator.standard_normal((n_features, n_tasks + 1)))
    common, own = basis[:, :1], basis[:, 1:]
    return math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own


def _with_missing(
    codes: NDArray[np.int64], n_missing: int, generator: np.random.RandomState
) -> FloatArray:
    """Return the labels of a task as floats, some of them missing; each class keeps one."""
    order = generator.permutation(len(codes))
    _, first = np.unique(codes[order], return_index=True)
    labels = codes.astype(np.float64)
    labels[np.delete(order, first)[:n_missing]] = np.nan
    return labels
