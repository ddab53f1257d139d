"""The positive class of a task, for binary metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._data.labels import array_keys, label_key, shown


def label_of_task(pos_label: Any, name: str, names: Sequence[str]) -> Any:
    """Return the positive class of a task; a dict has one per task, 1 for tasks left out.

    Raises
    ------
    ValueError
        If a key of the dict is not a task.
    """
    if not isinstance(pos_label, Mapping):
        return pos_label
    unknown = [key for key in pos_label if key not in names]
    if unknown:
        raise ValueError(f"pos_label names unknown tasks: {unknown}; the tasks are {list(names)}.")
    return pos_label.get(name, 1)


def are_positive(classes: NDArray[Any], pos_label: Any) -> NDArray[np.int64]:
    """Return 1 for the class that is ``pos_label`` and 0 for others."""
    return np.array([int(key == label_key(pos_label)) for key in array_keys(classes)], dtype=int)


def has_positive(classes: NDArray[Any], pos_label: Any) -> bool:
    """Return whether classes are ``pos_label`` and at most one other, or 0 alone (1 is rare)."""
    is_positive = are_positive(classes, pos_label).astype(bool)
    is_zero = are_positive(classes, 0).astype(bool)
    return len(classes) <= 2 and bool(is_positive.any() or (len(classes) and is_zero.all()))


def check_pos_label(name: str, classes: NDArray[Any], pos_label: Any) -> None:
    """Raise a ValueError if a task has more than two classes, or two without ``pos_label``."""
    if len(classes) > 2:
        raise ValueError(
            f"Task {name!r} has {len(classes)} classes, {shown(classes)}, but a binary metric "
            "needs two; choose another average, such as 'macro'."
        )
    if len(classes) == 2 and not are_positive(classes, pos_label).any():
        names = shown(classes)
        raise ValueError(
            f"pos_label must be a class of task {name!r}, {names}; found {pos_label!r}. Pass "
            f"pos_label={{{name!r}: {names[1]!r}}}, or choose another average, such as 'macro'."
        )
