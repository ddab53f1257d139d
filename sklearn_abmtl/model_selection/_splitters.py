"""Cross-validation splitters that stratify over all tasks at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit, ShuffleSplit
from sklearn.utils import check_random_state, check_scalar

from .._data.frame_order import warn_of_order
from .._data.label_encoder import TaskLabelEncoder
from .._data.labels import distinct
from .._data.spread import equal_sizes, spread
from .._data.task_columns import read_task_columns

Array = NDArray[Any]


class MultiTaskStratifiedKFold(BaseCrossValidator):
    """K folds that keep the class proportions of every task.

    Rows with rare labels are placed first, each in the fold that needs its labels most. The sizes
    of the folds differ by at most 1. Labels may be missing anywhere, in any container that
    ``ABMTLClassifier.fit`` reads, and tasks may have labels of different types. Pass it as ``cv``
    to scikit-learn's searches and cross-validation for such y: they accept it, but not with an
    integer ``cv``.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Whether rows with the same labels are distributed at random; otherwise in their order.
    random_state : int, RandomState instance or None, default=None
        Determines the order of the rows if ``shuffle`` is True. An int gives the same folds at each
        call.

    See Also
    --------
    MultiTaskStratifiedShuffleSplit : Random splits into training and test rows.
    sklearn.model_selection.StratifiedKFold : The same for one task without missing labels.

    Notes
    -----
    A sentinel for missing labels, such as -1, is distributed evenly like any class.

    With ``groups``, the rows of a group stay in one fold. The sizes of the folds are then balanced
    like the proportions of the classes, as far as the groups allow.

    References
    ----------
    Sechidis, Tsoumakas and Vlahavas (2011). On the Stratification of Multi-label Data. ECML
    PKDD. Here each class of each task is a label, and a fold is chosen by all labels of a row.

    Examples
    --------
    >>> from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold
    >>> X = [[0], [1], [2], [3], [4], [5]]
    >>> y = [["red", 1], ["red", 2], ["blue", 1], ["blue", None], ["red", 1], [None, 2]]
    >>> for train, test in MultiTaskStratifiedKFold(2).split(X, y):
    ...     print(test, [y[row] for row in test])
    [0 2 5] [['red', 1], ['blue', 1], [None, 2]]
    [1 3 4] [['red', 2], ['blue', None], ['red', 1]]
    """

    # scikit-learn's routing passes groups on without set_split_request
    __metadata_request__split: ClassVar = {"groups": True}

    def __init__(
        self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None
    ) -> None:
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def split(
        self, X: Any, y: Any, groups: Any = None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Generate the row numbers of training and test rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Only its length is used.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Labels, some of which may be missing.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group stay together.

        Yields
        ------
        train : ndarray of int
            Rows of the other folds.
        test : ndarray of int
            Rows of the fold.

        Raises
        ------
        ValueError
            If there are fewer rows or groups than folds, a task has no label, or a parameter is
            out of its range.
        """
        warn_of_order({"X": X, "y": y, "groups": groups})
        return super().split(X, y, groups)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X : object
            Ignored.
        y : object
            Ignored.
        groups : object
            Ignored.

        Returns
        -------
        n_splits : int
            Number of folds.
        """
        return self.n_splits

    def _iter_test_masks(
        self, X: Any = None, y: Any = None, groups: Any = None
    ) -> Iterator[NDArray[np.bool_]]:
        self._check_parameters()
        codes = _read_codes(y, self)
        if len(codes) < self.n_splits:
            raise ValueError(
                f"n_splits must be at most the number of rows, {len(codes)}; "
                f"found n_splits={self.n_splits}."
            )
        groups = _read_groups(groups, self.n_splits)
        fold_sizes = equal_sizes(len(codes), self.n_splits)
        order = np.arange(len(codes))
        if self.shuffle:
            order = check_random_state(self.random_state).permutation(order)
        shares = np.ones(self.n_splits, dtype=np.int64)
        folds = np.empty(len(codes), dtype=np.int64)
        folds[order] = spread(codes[order], _take(groups, order), shares, fold_sizes)
        for fold in range(self.n_splits):
            yield folds == fold

    def _check_parameters(self) -> None:
        check_scalar(self.n_splits, "n_splits", (int, np.integer), min_val=2)
        check_scalar(self.shuffle, "shuffle", (bool, np.bool_))
        if self.random_state is not None and not self.shuffle:
            raise ValueError(
                "random_state must be None unless shuffle=True, as it would have no effect; "
                f"found {self.random_state!r}."
            )


class MultiTaskStratifiedShuffleSplit(BaseShuffleSplit):
    """Random splits into training and test rows that keep the class proportions of every task.

    Each split is drawn independently, like a fold of :class:`MultiTaskStratifiedKFold`: all tasks
    are used, labels may be missing anywhere, and any container and type of labels is accepted.

    Parameters
    ----------
    n_splits : int, default=10
        Number of splits, at least 1.
    test_size : float in (0, 1) or int, default=None
        Share or number of test rows. With None, all rows that ``train_size`` leaves, or 0.1.
    train_size : float in (0, 1) or int, default=None
        Share or number of training rows. With None, all rows that ``test_size`` leaves.
    random_state : int, RandomState instance or None, default=None
        Determines the splits. An int gives the same splits at each call.

    See Also
    --------
    multitask_train_test_split : One split, applied to arrays and frames.

    Notes
    -----
    With ``groups``, the rows of a group stay together. The sizes, which are numbers of rows here
    too, are then met only as far as the groups allow, like the proportions of the classes.

    References
    ----------
    Sechidis, Tsoumakas and Vlahavas (2011). On the Stratification of Multi-label Data. ECML
    PKDD.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.model_selection import MultiTaskStratifiedShuffleSplit
    >>> X, y = make_multitask_classification(120, n_classes=(3, 2), random_state=0)
    >>> splitter = MultiTaskStratifiedShuffleSplit(2, test_size=0.25, random_state=0)
    >>> for train, test in splitter.split(X, y):
    ...     print(len(train), [np.bincount(task).tolist() for task in y[test].T])
    90 [[10, 10, 10], [15, 15]]
    90 [[10, 10, 10], [15, 15]]
    """

    __metadata_request__split: ClassVar = {"groups": True}

    def __init__(
        self,
        n_splits: int = 10,
        *,
        test_size: Any = None,
        train_size: Any = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            n_splits, test_size=test_size, train_size=train_size, random_state=random_state
        )

    def split(
        self, X: Any, y: Any, groups: Any = None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Generate the row numbers of training and test rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Only its length is used.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Labels, some of which may be missing.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group stay together.

        Yields
        ------
        train : ndarray of int of shape (n_train,)
            Training rows, in random order.
        test : ndarray of int of shape (n_test,)
            Test rows, in random order.

        Raises
        ------
        ValueError
            If the sizes do not fit the rows, there are too few groups, a task has no label, or
            ``n_splits`` is below 1.
        """
        warn_of_order({"X": X, "y": y, "groups": groups})
        return super().split(X, y, groups)

    def _iter_indices(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        check_scalar(self.n_splits, "n_splits", (int, np.integer), min_val=1)
        codes = _read_codes(y, self)
        fold_sizes = _split_sizes(len(codes), self.test_size, self.train_size)
        groups = _read_groups(groups, len(fold_sizes))
        generator = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            order = generator.permutation(len(codes))
            folds = spread(codes[order], _take(groups, order), fold_sizes, fold_sizes)
            yield order[folds == 0], order[folds == 1]


def _read_codes(y: Any, splitter: Any) -> NDArray[np.int64]:
    if y is None:
        raise ValueError(f"{type(splitter).__name__} requires y to be passed; found None.")
    columns = read_task_columns(y)
    return TaskLabelEncoder().fit(columns).transform(columns)


def _read_groups(groups: Any, n_folds: int) -> Array | None:
    if groups is None:
        return None
    columns = read_task_columns(groups, argument="groups")
    if not columns.is_1d or not columns.known[0].all():
        raise ValueError("groups must be 1-d and without missing values.")
    names, groups = distinct(columns.labels[0])
    if len(names) < n_folds:
        raise ValueError(
            f"groups must hold at least {n_folds} groups, one for each fold; found {len(names)}."
        )
    return groups


def _take(groups: Array | None, order: NDArray[np.int64]) -> Array | None:
    return None if groups is None else groups[order]


def _split_sizes(n_samples: int, test_size: Any, train_size: Any) -> NDArray[np.int64]:
    """Return the numbers of training, test and, if there are any, unused rows."""
    splitter = ShuffleSplit(1, test_size=test_size, train_size=train_size, random_state=0)
    train, test = next(splitter.split(np.empty(n_samples)))
    n_unused = n_samples - len(train) - len(test)
    return np.array([len(train), len(test), n_unused][: 3 if n_unused else 2])
