"""The weights between tasks, and the weights of the branches of each task."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ._panels import (
    BESIDE,
    COLORS,
    LINE_HEIGHT,
    MAX_COLORED,
    add_color_bar,
    classifier_with,
    draw_heat_map,
    make_panels,
    width_of,
)

BRANCHES = ("encoder", "decoder")
NUMBER_WIDTH = 0.42  # inches of a cell with a number in it


class TaskWeightsDisplay:
    """Weights of known labels between tasks, and weights of the branches of each task.

    Parameters
    ----------
    task_weights : ndarray of shape (n_tasks, n_tasks)
        Size of the effect of a known label of the column's task on the row's task, at least 0; as
        ``task_weights_`` of :class:`~sklearn_abmtl.ABMTLClassifier`.
    branch_weights : ndarray of shape (n_tasks, n_branches)
        Weights of encoder and decoder, as ``branch_weights_``.
    task_names : list of str of length n_tasks
        Names of the tasks.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (2,)
        The task weights as a heat map, the branch weights as bars.
    figure_ : matplotlib Figure
        Figure that holds them.

    Examples
    --------
    >>> from sklearn_abmtl import ABMTLClassifier
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.inspection import TaskWeightsDisplay
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> classifier = ABMTLClassifier(max_epochs=2, early_stopping=True, random_state=0)
    >>> display = TaskWeightsDisplay.from_estimator(classifier.fit(X, y))
    >>> [label.get_text() for label in display.axes_[0].get_yticklabels()]
    ['task_0', 'task_1']
    """

    def __init__(self, task_weights, branch_weights, *, task_names):
        self.task_weights = task_weights
        self.branch_weights = branch_weights
        self.task_names = task_names

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the weights of a fitted estimator.

        Parameters
        ----------
        estimator : ABMTLClassifier
            A fitted classifier, or a Pipeline or a search over one.
        ax : matplotlib Axes, default=None
            As in ``plot``.

        Returns
        -------
        display : TaskWeightsDisplay

        Raises
        ------
        TypeError
            If the estimator has no task weights.
        """
        classifier = classifier_with(estimator, "task_weights_")
        display = cls(
            classifier.task_weights_, classifier.branch_weights_, task_names=classifier.task_names_
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw task weights and branch weights side by side, with one row per task.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            An Axes whose place is used; None makes a new figure.

        Returns
        -------
        self : TaskWeightsDisplay

        Raises
        ------
        ValueError
            If ``ax`` is not part of a grid.
        """
        n_tasks = len(self.task_names)
        side = max(2.5, (NUMBER_WIDTH if n_tasks <= MAX_COLORED else LINE_HEIGHT) * n_tasks)
        names = width_of(self.task_names)
        size = (side + names + 3.8, side + names + 0.8)
        axes = make_panels(self, ax, (1, 2), size, ratios={"width_ratios": (side, 1.6)})
        self.axes_, self.figure_ = axes[0], axes[0, 0].figure
        self._draw_tasks(self.axes_[0])
        self._draw_branches(self.axes_[1])
        return self

    def _draw_tasks(self, axis: Any) -> None:
        weights = np.asarray(self.task_weights)
        limits = 0.0, float(weights.max()) or 1.0
        image = draw_heat_map(axis, weights, self.task_names, self.task_names, limits)
        if len(weights) <= MAX_COLORED:
            for (row, column), weight in np.ndenumerate(weights):
                color = "black" if image.norm(weight) > 0.5 else "white"
                axis.text(
                    column, row, f"{weight:.2f}", ha="center", va="center", color=color, fontsize=8
                )
        title = "task weights" if weights.any() else "no task weights were learned"
        axis.set(title=title, xlabel="known label of", ylabel="effect on")
        add_color_bar(image, "weight (log-odds)")

    def _draw_branches(self, axis: Any) -> None:
        weights = np.asarray(self.branch_weights)
        rows, left = np.arange(len(weights)), np.zeros(len(weights))
        for branch, color, share in zip(BRANCHES, COLORS, weights.T, strict=False):
            axis.barh(rows, share, left=left, color=color, label=branch)
            left = left + share
        axis.set(title="branch weights", xlim=(0, 1), yticks=[], xlabel="share")
        axis.set_ylim(len(weights) - 0.5, -0.5)  # rows as in the heat map
        axis.legend(**BESIDE)
