"""Confusion matrices of scikit-learn, one per task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

from .._data.label_pairs import ScoredLabels, known_pairs, scored_labels
from ..metrics._scored_rows import ScoredRows
from ._panels import (
    COLOR_MAP,
    LETTER_WIDTH,
    Array,
    add_color_bar,
    grid_shape,
    lowest,
    make_panels,
    shorten,
    turn_off_from,
    width_of,
)

TEXT_SIZES = (8.0, 6.5)  # of numbers, if they fit
DIGIT_WIDTH = 0.011  # inches per digit with the space around it, in text of size 1
TICK_WIDTH = 0.18  # inches from one name of a class to the next
NAME_LENGTH = 12  # characters per name


class TaskConfusionDisplay:
    """Confusion matrices of scikit-learn on the known labels, one per task in a grid.

    Parameters
    ----------
    confusion_matrices : list of ndarray of shape (n_classes, n_classes)
        One per task: rows are true classes, columns are predicted classes. The matrix of a task
        without a known label is empty.
    display_labels : list of array-like of shape (n_classes,)
        Names of the classes of each task.
    task_names : list of str of length n_tasks
        Names of the tasks.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (n_rows, n_columns)
        One per task, row by row, with empty ones at the end.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : One task, with more options.

    Examples
    --------
    >>> from sklearn_abmtl.inspection import TaskConfusionDisplay
    >>> y_true = [["red", 1], ["blue", 0], ["blue", None]]
    >>> y_pred = [["red", 1], ["blue", 0], ["red", 1]]
    >>> display = TaskConfusionDisplay.from_predictions(y_true, y_pred)
    >>> [matrix.tolist() for matrix in display.confusion_matrices]
    [[[1, 1], [0, 1]], [[1, 0], [0, 1]]]
    """

    def __init__(self, confusion_matrices, *, display_labels, task_names):
        self.confusion_matrices = confusion_matrices
        self.display_labels = display_labels
        self.task_names = task_names

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        sample_weight=None,
        normalize=None,
        missing_label=None,
        ax=None,
    ):
        """Draw the confusion matrices of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier of several tasks, or a Pipeline or a search over one.
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_tasks)
            True labels; missing ones are left out.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Sample weights.
        normalize : {'true', 'pred', 'all'}, default=None
            As in :func:`sklearn.metrics.confusion_matrix`.
        missing_label : scalar, default=None
            A further value for a missing label; with None, that of the estimator.
        ax : matplotlib Axes, default=None
            As in ``plot``.

        Returns
        -------
        display : TaskConfusionDisplay

        Raises
        ------
        ValueError
            If y does not have the tasks of ``fit``, or the number of rows of X.
        """
        rows = ScoredRows(estimator, X, y, sample_weight, missing_label)
        scored = [
            scored_labels(known, predicted[known.rows], classes)
            for known, predicted, classes in zip(
                rows.tasks, rows.predictions, rows.classes, strict=True
            )
        ]
        display = cls._from_labels(scored, rows.names, normalize)
        return display.plot(ax=ax)

    @classmethod
    def from_predictions(
        cls,
        y_true,
        y_pred,
        *,
        task_names=None,
        sample_weight=None,
        normalize=None,
        missing_label=None,
        ax=None,
    ):
        """Draw the confusion matrices of predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
            True labels; missing ones are left out.
        y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
            Predicted labels.
        task_names : list of str, default=None
            Names of the tasks. With None they are the columns of ``y_true`` or ``y_pred``, or
            ``task_0``, ``task_1`` ... If a frame has exactly these columns, they are read in this
            order.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
            Sample weights.
        normalize : {'true', 'pred', 'all'}, default=None
            As in :func:`sklearn.metrics.confusion_matrix`.
        missing_label : scalar, default=None
            A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.
        ax : matplotlib Axes, default=None
            As in ``plot``.

        Returns
        -------
        display : TaskConfusionDisplay

        Raises
        ------
        ValueError
            If the shapes or the names of the tasks differ, or ``task_names`` is invalid.
        """
        scored = known_pairs(y_true, y_pred, sample_weight, missing_label, task_names)
        names = [each.known.name for each in scored]
        return cls._from_labels(scored, names, normalize).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw one matrix per task.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            An Axes whose place is used; None makes a new figure.

        Returns
        -------
        self : TaskConfusionDisplay

        Raises
        ------
        ValueError
            If ``ax`` is not part of a grid.
        """
        n_tasks = len(self.task_names)
        n_rows, n_columns = grid_shape(n_tasks)
        side = 3.2 if n_tasks <= 3 else 2.5 if n_tasks <= 12 else 2.2
        names = width_of((label for labels in self.display_labels for label in labels), NAME_LENGTH)
        is_small = 2 * TEXT_SIZES[-1] * DIGIT_WIDTH * max(map(len, self.display_labels)) > side
        width = side + names + (0.6 if is_small else 0.15)  # colour bars replace the numbers
        size = (width * n_columns + 0.6, (side + names + 0.5) * n_rows + 0.4)
        self.axes_ = make_panels(self, ax, (n_rows, n_columns), size)
        self.figure_ = self.axes_[0, 0].figure
        for task, axis in zip(range(n_tasks), self.axes_.flat, strict=False):
            self._draw(axis, task, side)
        turn_off_from(self.axes_, n_tasks)
        for row in self.axes_:
            row[0].set_ylabel("true")
        for axis in lowest(self.axes_, n_tasks):
            axis.set_xlabel("predicted")
        return self

    @classmethod
    def _from_labels(
        cls, scored: list[ScoredLabels], names: list[str], normalize: str | None
    ) -> Self:
        """Compute one matrix per task, over the classes of the classifier and of the labels."""
        matrices = [
            confusion_matrix(
                known.labels, predicted, labels=classes, normalize=normalize, **known.weighting
            )
            if len(known.rows)
            else np.zeros((0, 0))
            for known, predicted, classes, _ in scored
        ]
        return cls(matrices, display_labels=[each.class_names for each in scored], task_names=names)

    def _draw(self, axis: Any, task: int, side: float) -> None:
        matrix, labels = self.confusion_matrices[task], self.display_labels[task]
        axis.set_title(shorten(self.task_names[task]), fontsize=9)
        if not len(matrix):
            axis.set(xticks=[], yticks=[])
            axis.text(
                0.5, 0.5, "no known label", ha="center", va="center", transform=axis.transAxes
            )
            return
        cell = side / len(labels)
        number = _number_format(matrix)
        n_characters = max(2, *(len(format(value, number)) for value in matrix.flat))
        fitting = [size for size in TEXT_SIZES if n_characters * size * DIGIT_WIDTH <= cell]
        drawn = ConfusionMatrixDisplay(matrix, display_labels=labels).plot(
            include_values=bool(fitting),
            cmap=COLOR_MAP,
            values_format=number,
            text_kw={"fontsize": max(fitting, default=None)},
            colorbar=False,
            ax=axis,
        )
        if not fitting:
            add_color_bar(drawn.im_, "")
        axis.set(xlabel="", ylabel="")
        _name_classes(axis, labels, cell)


def _number_format(matrix: Array) -> str:
    """Return a format for counts, or for weights and shares with three digits."""
    if matrix.dtype.kind != "f":
        return "d"
    n_digits = len(str(int(matrix.max())))
    return f".{max(0, 3 - n_digits)}f"


def _name_classes(axis: Any, labels: Sequence[Any], cell: float) -> None:
    """Write as many names of classes as fit; ``cell`` is the size of a cell in inches."""
    every = math.ceil(TICK_WIDTH / cell)
    places = range(0, len(labels), every)
    names = [shorten(labels[place], NAME_LENGTH) for place in places]
    is_wide = LETTER_WIDTH * max(map(len, names)) > 0.8 * every * cell
    axis.set_xticks(places, names, rotation="vertical" if is_wide else "horizontal", fontsize=8)
    axis.set_yticks(places, names, fontsize=8)
