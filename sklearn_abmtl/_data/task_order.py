"""Columns with the names of tasks are read by these names, in any order."""

from __future__ import annotations

from collections.abc import Sequence

from .task_columns import TaskColumns


def in_task_order(columns: TaskColumns, names: Sequence[str], like: str) -> TaskColumns:
    """Return one column per task in the order of the tasks; columns without names keep their order.

    Parameters
    ----------
    columns : TaskColumns
        One column per task.
    names : sequence of str
        Names of the tasks.
    like : str
        The source of these names, for errors.

    Raises
    ------
    ValueError
        If the columns have other names.
    """
    if not columns.is_named:
        return columns._replace(names=list(names))
    order = task_order(columns.names, names, columns.argument, like)
    return columns._replace(
        names=list(names),
        labels=[columns.labels[position] for position in order],
        known=[columns.known[position] for position in order],
    )


def task_order(found: list[str], names: Sequence[str], argument: str, like: str) -> list[int]:
    """Return the position of the column of each task.

    Raises
    ------
    ValueError
        If the columns have other names.
    """
    names = list(names)
    if found == names:
        return list(range(len(names)))
    if sorted(found) != sorted(names) or len(set(found)) < len(found):
        raise ValueError(f"{argument} must name the tasks as in {like}, {names}; found {found}.")
    return [found.index(name) for name in names]
