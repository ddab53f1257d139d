"""Partial labels in a masked array, the only container that works with an integer ``cv``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._data.label_encoder import TaskLabelEncoder, in_one_dtype
from .._data.labels import array_keys, common_type, is_plain, object_array, union
from .._data.task_columns import read_task_columns

Array = NDArray[Any]
NUMBERS = "biuf"


def mask_labels(y: Any, missing_label: Any = None) -> Any:
    """Return y as a masked array, which scikit-learn's ``cv=3`` accepts with labels missing.

    With an integer ``cv``, scikit-learn checks y before it calls any estimator, and NaN or None
    raise an error. In a masked array it reads the values under the mask; here these are classes of
    the task. Slices keep the mask, and ``ABMTLClassifier`` reads it.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Labels of one kind, such as numbers or text; None, NaN, NaT, NA or masked if missing.
    missing_label : scalar, default=None
        A further value for a missing label.

    Returns
    -------
    y_masked : numpy.ma.MaskedArray of shape (n_samples,) or (n_samples, n_tasks)
        Integers, booleans, strings, dates or objects. Whole numbers become integers, which NaN may
        have turned into floats.

    Raises
    ------
    ValueError
        If tasks have labels of several kinds, such as text and numbers, or a task has no label.

    See Also
    --------
    MultiTaskStratifiedKFold : As ``cv``, accepts y unchanged, also with mixed types.
    cross_val_predict : Keeps the mask also for probabilities, unlike scikit-learn's function.

    Examples
    --------
    >>> from sklearn_abmtl.model_selection import mask_labels
    >>> mask_labels([[1, 10], [None, 20], [2, None]])
    masked_array(
      data=[[1, 10],
            [--, 20],
            [2, --]],
      mask=[[False, False],
            [ True, False],
            [False,  True]],
      fill_value=999999)
    """
    columns = read_task_columns(y, missing_label)
    encoder = TaskLabelEncoder().fit(columns)
    codes = encoder.transform(columns)
    _check_kinds(encoder)
    classes = _in_one_type([_plain_classes(labels) for labels in encoder.classes_])
    data = np.stack(
        [labels[np.maximum(codes[:, task], 0)] for task, labels in enumerate(classes)], axis=1
    )
    masked = np.ma.MaskedArray(data, mask=codes < 0)
    return masked[:, 0] if columns.is_1d else masked


def _check_kinds(encoder: TaskLabelEncoder) -> None:
    kinds = {
        name: array_keys(labels[:1])[0][0]
        for name, labels in zip(encoder.task_names_, encoder.classes_, strict=True)
    }
    if len(set(kinds.values())) > 1:
        raise ValueError(
            "y must have labels of one kind to fit into one masked array, such as numbers or "
            f"text; found {kinds}. Pass y unchanged with cv=MultiTaskStratifiedKFold(...)."
        )


def _plain_classes(labels: Array) -> Array:
    """Turn objects that are text into strings, and floats (whole numbers) into integers."""
    if labels.dtype.kind == "f":
        return common_type(object_array(map(int, labels.tolist())))
    return labels.astype(str) if is_plain(labels) and labels.dtype.kind == "O" else labels


def _in_one_type(classes: list[Array]) -> list[Array]:
    """Return the classes of all tasks in one dtype: booleans and numbers as integers."""
    if all(labels.dtype.kind in NUMBERS for labels in classes):
        dtype = union(*classes).dtype
        classes = [labels.astype(dtype) for labels in classes]
    return in_one_dtype(classes)
