"""The validation rows of a fit: rows that the user passes, or a share of the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..._data.rows import LabelledRows
from ..._data.validation_split import choose_validation_rows
from ..._data.warn_caller import warn_caller
from ..plan import chooses_to_stop_early

N_NAMED = 10  # tasks in a warning


def split_validation(
    parameters: Mapping[str, Any],
    task_names: list[str],
    rows: LabelledRows,
    passed: LabelledRows | None,
    random_state: np.random.RandomState,
) -> tuple[LabelledRows, LabelledRows | None]:
    """Return training rows, and validation rows: the passed ones or a share of the rows.

    Raises
    ------
    ValueError
        If no validation row has a label, or the training rows cannot be split.
    """
    if passed is not None:
        train, valid = rows, passed
    elif chooses_to_stop_early(parameters["early_stopping"], len(rows.codes)):
        train, valid = split_rows(rows, parameters["validation_fraction"], random_state)
        _warn_of_absent_classes(task_names, train.codes, valid.codes)
    else:
        return rows, None
    if not (valid.codes >= 0).any():
        raise ValueError(
            "The validation rows have no known label; early stopping needs at least one."
        )
    _warn_of_absent_tasks(task_names, rows.codes, valid.codes)
    return train, valid


def check_validation(X_val: Any, y_val: Any, sample_weight_val: Any) -> None:
    """Raise a ValueError if the arguments for validation rows are incomplete."""
    if (X_val is None) != (y_val is None):
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(f"X_val and y_val must be passed together; {missing} is missing.")
    if X_val is None and sample_weight_val is not None:
        raise ValueError("sample_weight_val must be passed with X_val and y_val, not alone.")


def split_rows(
    rows: LabelledRows, validation_fraction: float, random_state: np.random.RandomState
) -> tuple[LabelledRows, LabelledRows]:
    """Split rows at random, stratified over tasks, into training and validation rows.

    Raises
    ------
    ValueError
        If there are fewer than 2 rows, or each row has the only label of a task.
    """
    n_samples = len(rows.codes)
    n_valid = max(1, round(validation_fraction * n_samples))
    if n_valid >= n_samples:
        raise ValueError(
            f"validation_fraction={validation_fraction} of {n_samples} samples leaves nothing "
            "to train on; set early_stopping=False or pass X_val, y_val."
        )
    is_valid = choose_validation_rows(rows.codes, n_valid, random_state)
    if not is_valid.any():
        raise ValueError(
            "Early stopping needs validation rows, but each row of y has the only label of a task; "
            "set early_stopping=False or pass X_val, y_val."
        )
    return rows.take(np.flatnonzero(~is_valid)), rows.take(np.flatnonzero(is_valid))


def _warn_of_absent_tasks(names: list[str], codes: np.ndarray, valid: np.ndarray) -> None:
    """Warn about tasks that have labels, but none in the validation rows."""
    is_absent = np.logical_and((codes >= 0).any(axis=0), (valid < 0).all(axis=0))
    if is_absent.any():
        warn_caller(
            f"The validation rows have no label of the tasks {_named(names, is_absent)}: their "
            "validation loss is NaN, and early stopping ignores them. A task has labels in the "
            "training and in the validation rows only if it has more labels than classes. You can "
            "also pass X_val and y_val with labels of all tasks."
        )


def _warn_of_absent_classes(names: list[str], train: np.ndarray, valid: np.ndarray) -> None:
    """Warn about tasks with a class that is in validation rows, but not in training rows."""
    is_absent = np.array(
        [
            len(np.setdiff1d(of_valid[of_valid >= 0], of_train)) > 0
            for of_train, of_valid in zip(train.T, valid.T, strict=True)
        ]
    )
    if is_absent.any():
        warn_caller(
            f"Some classes of the tasks {_named(names, is_absent)} have validation rows but no "
            "training row, so they are not learned. Set early_stopping=False, or pass other "
            "validation rows."
        )


def _named(names: list[str], chosen: np.ndarray) -> str:
    found = [name for name, is_chosen in zip(names, chosen, strict=True) if is_chosen]
    more = f" and {len(found) - N_NAMED} more" if len(found) > N_NAMED else ""
    return f"{found[:N_NAMED]}{more}"
