"""Reads an option that may be one value, a list, or a dict of task names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def per_task(option: Any, task_names: list[str], name: str, default: Any) -> list[Any]:
    """Return one value a task.

    Parameters
    ----------
    option : object, list or dict
        One value for all tasks; a list with one a task; or a dict from task names, where tasks
        left out get ``default``.
    task_names : list of str
    name : str
        The parameter, for the error.
    default : object

    Raises
    ------
    ValueError
        If the list's length is not the number of tasks, or a name is unknown.

    Examples
    --------
    >>> per_task({"digit": 2.0}, ["digit", "parity"], "loss_weights", 1.0)
    [2.0, 1.0]
    """
    if isinstance(option, Mapping):
        names = set(task_names)
        unknown = [key for key in option if key not in names]
        if unknown:
            raise ValueError(f"{name} names unknown tasks: {unknown}; the tasks are {task_names}.")
        return [option.get(task, default) for task in task_names]
    if hasattr(option, "__len__") and not isinstance(option, str):
        if len(option) != len(task_names):
            raise ValueError(
                f"{name} must hold one value a task, {len(task_names)} ({task_names}); "
                f"found {len(option)}."
            )
        return list(option)
    return [option] * len(task_names)
