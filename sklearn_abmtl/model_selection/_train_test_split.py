"""One split of arrays and frames into training and test rows."""

from __future__ import annotations

from typing import Any

from sklearn.utils import _safe_indexing, indexable

from .._data.frame_order import order_checked
from ._splitters import MultiTaskStratifiedShuffleSplit


def multitask_train_test_split(
    *arrays: Any,
    stratify: Any,
    groups: Any = None,
    test_size: Any = None,
    train_size: Any = None,
    random_state: Any = None,
) -> list[Any]:
    """Split arrays and frames into training and test rows, stratified over all tasks.

    This is scikit-learn's ``train_test_split`` for several tasks, with labels missing.

    Parameters
    ----------
    *arrays : sequence of array-like of shape (n_samples, ...)
        Lists, arrays, sparse matrices or frames of the same length.
    stratify : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Labels whose class proportions are kept in training and test rows.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group stay together.
    test_size : float in (0, 1) or int, default=None
        Share or number of test rows. With None, all rows that ``train_size`` leaves, or 0.25.
    train_size : float in (0, 1) or int, default=None
        Share or number of training rows. With None, all rows that ``test_size`` leaves.
    random_state : int, RandomState instance or None, default=None
        Determines the split. An int gives the same split at each call.

    Returns
    -------
    splits : list of length 2 * len(arrays)
        Training and test rows of each array, in its own container.

    Raises
    ------
    ValueError
        If there is no array, lengths differ, the sizes do not fit the rows, there are too few
        groups, or a task has no label.

    See Also
    --------
    MultiTaskStratifiedShuffleSplit : Many such splits, for cross-validation.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.model_selection import multitask_train_test_split
    >>> X, y = make_multitask_classification(120, n_classes=(3, 2), random_state=0)
    >>> X_train, X_test, y_train, y_test = multitask_train_test_split(
    ...     X, y, stratify=y, random_state=0
    ... )
    >>> [np.bincount(task).tolist() for task in y_test.T]
    [[10, 10, 10], [15, 15]]
    """
    if not arrays:
        raise ValueError("arrays must hold at least one array to split; found none.")
    if stratify is None:
        raise ValueError("stratify must be the labels to stratify by; found None.")
    arrays = indexable(*arrays)
    if test_size is None and train_size is None:
        test_size = 0.25
    splitter = MultiTaskStratifiedShuffleSplit(
        1, test_size=test_size, train_size=train_size, random_state=random_state
    )
    named = {f"arrays[{position}]": array for position, array in enumerate(arrays)}
    with order_checked(named | {"stratify": stratify, "groups": groups}):
        train, test = next(splitter.split(arrays[0], stratify, groups))
    return [_safe_indexing(array, rows) for array in arrays for rows in (train, test)]
