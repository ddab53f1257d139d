"""The positive class of a task, which binary metrics are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def label_of_task(pos_label: Any, name: str, names: Sequence[str]) -> Any:
    """Return the positive class of a task; a dict has one per task, 1 for those left out.

    Raises
    ------
    ValueError
        If the dict names what is no task.
    """
    if not isinstance(pos_label, Mapping):
        return pos_label
    unknown = [key for key in pos_label if key not in names]
    if unknown:
        raise ValueError(f"pos_label names what is no task: {unknown}; tasks are {list(names)}.")
    return pos_label.get(name, 1)


def check_pos_label(name: str, classes: list[Any], pos_label: Any) -> None:
    """Raise a ValueError where a task has more than two classes, or two that are both others."""
    if len(classes) > 2:
        raise ValueError(
            f"Task {name!r} has {len(classes)} classes, {classes[:20]}, where a binary metric is "
            "of two; choose another average, such as 'macro'."
        )
    if len(classes) == 2 and pos_label not in classes:
        raise ValueError(
            f"pos_label must be a class of task {name!r}, {classes}; found {pos_label!r}. Pass "
            f"pos_label={{{name!r}: {classes[1]!r}}}, or choose another average, such as 'macro'."
        )
