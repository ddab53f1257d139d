"""Out-of-fold predictions of a classifier of several tasks, with labels missing."""

from __future__ import annotations

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_method_params

from .._data.frame_order import order_checked, warn_of_order
from .._data.label_encoder import TaskLabelEncoder
from .._data.label_pairs import spread_over_classes
from .._data.task_columns import read_task_columns
from .._wrappers.task_view import classes_per_task, find_missing_label
from ._splitters import MultiTaskStratifiedKFold

Array = NDArray[Any]
WITH_CLASS_COLUMNS = ("decision_function", "predict_log_proba", "predict_proba")


def cross_val_predict(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict[str, Any] | None = None,
    pre_dispatch: Any = "2*n_jobs",
    method: str = "predict",
) -> Any:
    """Return predictions for each row by an estimator that was fitted without the row's fold.

    This is scikit-learn's function of the same name, for labels of several tasks. The estimator
    gets y in its original container, with missing labels and labels of any type. scikit-learn's
    function turns missing labels into classes or raises.

    Parameters
    ----------
    estimator : estimator
        Classifier of several tasks, or a Pipeline or a search over one.
    X : array-like of shape (n_samples, ...)
        Input.
    y : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Labels, some of which may be missing.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group stay together, if the splitter uses groups. With scikit-learn's metadata
        routing, pass them in ``params``.
    cv : int, splitter, iterable or None, default=None
        An integer k stands for ``MultiTaskStratifiedKFold(k)``, None for k = 5. An iterable
        yields training and test rows.
    n_jobs : int, default=None
        Number of folds that are fitted at the same time, in processes; -1 uses all processors.
    verbose : int, default=0
        How much joblib prints.
    params : dict, default=None
        Passed to ``fit``; values with one entry per row are split like the rows.
    pre_dispatch : int or str, default='2*n_jobs'
        Number of folds that are dispatched in advance, as in joblib.
    method : str, default='predict'
        Method to call: 'predict', 'predict_proba' or another that returns an array, or a list with
        one array per task.

    Returns
    -------
    answers : ndarray of shape (n_samples, ...) or list of n_tasks such arrays
        With one column per class of y for ``predict_proba``. If a class is absent from the training
        rows of a fold, its column is 0 in the rows of the fold. For ``predict_log_proba`` and
        ``decision_function`` it is then the lowest finite number.

    Raises
    ------
    ValueError
        If y is None, the test folds overlap or leave rows out, or a class is absent from a fold
        whose ``decision_function`` does not have one column per class.

    See Also
    --------
    MultiTaskStratifiedKFold : Keeps each class in as many folds as possible.

    Examples
    --------
    >>> from sklearn_abmtl import ABMTLClassifier
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.model_selection import cross_val_predict
    >>> X, y = make_multitask_classification(
    ...     100, n_classes=(3, 2), missing_rate=0.3, random_state=0
    ... )
    >>> classifier = ABMTLClassifier(max_epochs=2, random_state=0)
    >>> probabilities = cross_val_predict(classifier, X, y, cv=2, method="predict_proba")
    >>> [p.shape for p in probabilities]
    [(100, 3), (100, 2)]
    """
    if y is None:
        raise ValueError("cross_val_predict requires y to be passed; found None.")
    X, y, groups = indexable(X, y, groups)
    of_params = {f"params[{name!r}]": value for name, value in (params or {}).items()}
    warn_of_order({"X": X, "y": y, "groups": groups} | of_params)
    cv = _read_cv(cv)
    to_split, to_fit = _route(estimator, cv, groups, params or {})
    with order_checked({}):
        splits = list(cv.split(X, y, **to_split))
    _check_partition(splits, read_task_columns(y).shape[0])
    run = Parallel(n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch)
    folds = run(
        delayed(_fit_and_answer)(clone(estimator), X, y, train, test, params=to_fit, method=method)
        for train, test in splits
    )
    if method in WITH_CLASS_COLUMNS:
        columns = read_task_columns(y, folds[0].missing_label)
        classes = TaskLabelEncoder().fit(columns).classes_
        folds = [fold.spread_over(classes, method) for fold in folds]
    rows = np.concatenate([test for _, test in splits])
    answers = [_in_order(task, rows) for task in zip(*(f.answers for f in folds), strict=True)]
    return answers if folds[0].is_list else answers[0]


class FoldAnswers(NamedTuple):
    """Predictions of an estimator for the test rows of one fold.

    Attributes
    ----------
    answers : list of ndarray of shape (n_test, ...)
        One per task, or one for all tasks.
    is_list : bool
        Whether the estimator returned a list.
    classes : list of ndarray of shape (n_classes,)
        Classes of the training rows, one array per task; empty if the method does not need them.
    missing_label : scalar
    """

    answers: list[Array]
    is_list: bool
    classes: list[Array]
    missing_label: Any

    def spread_over(self, classes: list[Array], method: str) -> FoldAnswers:
        """Give the answers one column per class; a single array for several tasks is unchanged."""
        if len(self.answers) != len(classes):
            return self
        per_task = zip(self.answers, self.classes, classes, strict=True)
        return self._replace(answers=[_spread(*task, method) for task in per_task])


def _read_cv(cv: Any) -> Any:
    if cv is None:
        return MultiTaskStratifiedKFold()
    return MultiTaskStratifiedKFold(int(cv)) if isinstance(cv, Integral) else check_cv(cv)


def _route(
    estimator: Any, cv: Any, groups: Any, params: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the keywords of the splitter's ``split`` and of the estimator's ``fit``."""
    if not get_config()["enable_metadata_routing"]:
        return {"groups": groups}, params
    if groups is not None:
        raise ValueError(
            "groups must be passed as params={'groups': ...} while metadata routing is enabled; "
            "found the argument groups."
        )
    router = MetadataRouter(owner="cross_val_predict")
    router.add(splitter=cv, method_mapping=MethodMapping().add(caller="fit", callee="split"))
    router.add(estimator=estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit"))
    routed: Bunch = process_routing(router, "fit", **params)
    return routed.splitter.split, routed.estimator.fit


def _check_partition(splits: list[tuple[Array, Array]], n_samples: int) -> None:
    rows = np.concatenate([np.arange(n_samples)[test] for _, test in splits])
    n_folds = np.bincount(rows, minlength=n_samples)
    if (n_folds != 1).any():
        raise ValueError(
            "cv must put every row into exactly one test fold, as cross_val_predict only works "
            f"for partitions; found {(n_folds == 0).sum()} rows in none and "
            f"{(n_folds > 1).sum()} in several."
        )


def _fit_and_answer(
    estimator: Any,
    X: Any,
    y: Any,
    train: Array,
    test: Array,
    *,
    params: dict[str, Any],
    method: str,
) -> FoldAnswers:
    X_train, y_train = _safe_split(estimator, X, y, train)
    X_test, _ = _safe_split(estimator, X, y, test, train)
    with order_checked({}):  # checked for all rows before
        estimator.fit(X_train, y_train, **_check_method_params(X, params, train))
    answers = getattr(estimator, method)(X_test)
    is_list = isinstance(answers, list)
    classes = classes_per_task(estimator) if method in WITH_CLASS_COLUMNS else []
    return FoldAnswers(
        answers if is_list else [answers], is_list, classes, find_missing_label(estimator)
    )


def _spread(answers: Array, own: Array, classes: Array, method: str) -> Array:
    """Return the answers with one column per class; those of a binary task may have no columns."""
    if len(own) == len(classes):
        return answers
    if answers.shape[1:] != own.shape:
        raise ValueError(
            f"cv must leave every class in the training rows of each fold for method={method!r}, "
            "which does not have one column per class here; found "
            f"{len(own)} of {len(classes)} classes."
        )
    fill = 0 if method == "predict_proba" else np.finfo(answers.dtype).min
    return spread_over_classes(answers, own, classes, fill)


def _in_order(per_fold: tuple[Array, ...], rows: Array) -> Array:
    """Put the answers of the folds into the order of the rows."""
    return np.concatenate(per_fold)[np.argsort(rows)]
