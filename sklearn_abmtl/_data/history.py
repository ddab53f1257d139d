"""Values of epochs and tasks from the history of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
History = Sequence[Mapping[str, Any]]


class TaskScores(NamedTuple):
    """Losses and accuracies of the tasks in the epoch whose network the classifier has.

    Attributes
    ----------
    epoch : int
        The best epoch with early stopping, else the last.
    subset : {'valid', 'train'}
        The rows from which they were computed.
    losses, accuracies : ndarray of shape (n_tasks,)
        NaN if no label is known.
    """

    epoch: int
    subset: str
    losses: FloatArray
    accuracies: FloatArray

    def rows(
        self, task_names: list[str], classes: Sequence[NDArray[Any]]
    ) -> list[tuple[str, str, str, str]]:
        """Return one row of text per task: its name, classes, loss and accuracy."""
        columns = zip(task_names, classes, self.losses, self.accuracies, strict=True)
        return [
            (name, class_list(of_task), f"{loss:.4f}", f"{accuracy:.4f}")
            for name, of_task, loss, accuracy in columns
        ]


def best_row(history: History) -> int | None:
    """Return the position of the epoch whose network early stopping kept, or None."""
    return next((row for row, values in enumerate(history) if values.get("best")), None)


def task_scores(history: History, task_names: list[str]) -> TaskScores:
    """Return the scores of the tasks in the epoch whose network the classifier has."""
    best = best_row(history)
    row = len(history) - 1 if best is None else best
    subset = "valid" if "valid_loss" in history[row] else "train"
    per_epoch = [task_values(history, subset, kind, task_names) for kind in ("loss", "accuracy")]
    return TaskScores(row + 1, subset, *(values[row] for values in per_epoch))


def task_values(history: History, subset: str, kind: str, task_names: list[str]) -> FloatArray:
    """Return one value per epoch and task; NaN if there is none.

    Parameters
    ----------
    history : list of dict
    subset : {'train', 'valid'}
    kind : {'loss', 'accuracy'}
    task_names : list of str

    Returns
    -------
    values : ndarray of shape (n_epochs, n_tasks)
    """
    keys = [f"{subset}_{kind}_{name}" for name in task_names]
    return np.array([[row.get(key, np.nan) for key in keys] for row in history], dtype=np.float64)


def class_list(classes: NDArray[Any], n_named: int = 20) -> str:
    """Return a text with the number of classes and the first of them."""
    named = ", ".join(str(label) for label in classes[:n_named])
    return f"{len(classes)}: {named}" + (", ..." if len(classes) > n_named else "")
