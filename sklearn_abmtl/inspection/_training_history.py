"""Losses and accuracies of every task in every epoch."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from .._data.history import best_row, task_values
from ._panels import BESIDE, COLORS, MAX_COLORED, Array, classifier_with, make_panels, shorten

METRICS = ("loss", "accuracy")
SUBSETS = {"train": ("training", "--"), "valid": ("validation", "-")}
MARKERS = "os^Dv*PX"
OTHERS = {"color": "#bbbbbb", "linewidth": 0.7}
MEAN = {"color": "black", "linewidth": 2.5}
THIN = {"linewidth": 0.8}  # training, if there are validation rows


class TrainingHistoryDisplay:
    """Loss and accuracy of every task in each epoch of training, with the best epoch marked.

    Each task has its own colour and marker. If there are more than eight tasks, only the worst
    have; the others are grey, and a thick line is the mean over all tasks.

    Parameters
    ----------
    history : list of dict
        One dict per epoch, as ``history_`` of :class:`~sklearn_abmtl.ABMTLClassifier`.
    task_names : list of str of length n_tasks
        Names of the tasks.

    Attributes
    ----------
    best_epoch_ : int or None
        The epoch whose network early stopping kept; None without early stopping.
    axes_ : ndarray of matplotlib Axes of shape (2,)
        Losses (1 is the loss of the best constant classifier) and accuracies.
    figure_ : matplotlib Figure
        Figure that holds them.

    Examples
    --------
    >>> from sklearn_abmtl import ABMTLClassifier
    >>> from sklearn_abmtl.datasets import make_multitask_classification
    >>> from sklearn_abmtl.inspection import TrainingHistoryDisplay
    >>> X, y = make_multitask_classification(200, n_classes=(3, 2), random_state=0)
    >>> classifier = ABMTLClassifier(max_epochs=2, early_stopping=True, random_state=0)
    >>> display = TrainingHistoryDisplay.from_estimator(classifier.fit(X, y))
    >>> display.best_epoch_, [axis.get_ylabel() for axis in display.axes_]
    (2, ['loss (1: constant prediction)', 'accuracy'])
    """

    def __init__(self, history, *, task_names):
        self.history = history
        self.task_names = task_names

    @classmethod
    def from_estimator(cls, estimator, *, n_worst=4, ax=None):
        """Draw the training of a fitted estimator.

        Parameters
        ----------
        estimator : ABMTLClassifier
            A fitted classifier, or a Pipeline or a search over one.
        n_worst : int, default=4
            As in ``plot``.
        ax : matplotlib Axes, default=None
            As in ``plot``.

        Returns
        -------
        display : TrainingHistoryDisplay

        Raises
        ------
        TypeError
            If the estimator has no ``history_``.
        """
        classifier = classifier_with(estimator, "history_")
        display = cls(classifier.history_, task_names=classifier.task_names_)
        return display.plot(n_worst=n_worst, ax=ax)

    def plot(self, *, n_worst: int = 4, ax: Any = None) -> Self:
        """Draw losses and accuracies side by side.

        Parameters
        ----------
        n_worst : int, default=4
            How many tasks have a colour if there are more than eight tasks, at most 8. These are
            the tasks with the highest loss in the best epoch, or in the last epoch without early
            stopping.
        ax : matplotlib Axes, default=None
            An Axes whose place is used; None makes a new figure.

        Returns
        -------
        self : TrainingHistoryDisplay

        Raises
        ------
        ValueError
            If ``n_worst`` is not between 0 and 8, or ``ax`` is not part of a grid.
        """
        if not 0 <= n_worst <= MAX_COLORED:
            raise ValueError(f"n_worst must be between 0 and {MAX_COLORED}; found {n_worst!r}.")
        axes = make_panels(self, ax, (1, 2), (11, 4.2))
        self.axes_, self.figure_ = axes[0], axes[0, 0].figure
        best = best_row(self.history)
        self.best_epoch_ = None if best is None else int(self.history[best]["epoch"])
        named = self._named_tasks(n_worst, best)
        for axis, metric in zip(self.axes_, METRICS, strict=True):
            self._draw(axis, metric, named)
        self.axes_[0].axhline(1, zorder=0, **OTHERS)
        self.axes_[0].set_ylabel("loss (1: constant prediction)")
        self._add_legend(self.axes_[1], named)
        return self

    @property
    def _subsets(self) -> list[str]:
        """The measured subsets: training rows and, if there are any, validation rows."""
        return [subset for subset in SUBSETS if np.isfinite(self._course(f"{subset}_loss")).any()]

    def _course(self, key: str) -> Array:
        """Return a value of each epoch; NaN if it was not measured."""
        return np.array([row.get(key, np.nan) for row in self.history])

    def _courses(self, subset: str, metric: str) -> Array:
        """Return the values of shape (n_tasks, n_epochs)."""
        return task_values(self.history, subset, metric, self.task_names).T

    def _named_tasks(self, n_worst: int, best: int | None) -> dict[int, dict[str, Any]]:
        """Return the drawing style of each task that is named in the legend, by position."""
        tasks = np.arange(len(self.task_names))
        if len(tasks) > MAX_COLORED:
            subset = self._subsets[-1]
            measured = np.flatnonzero(np.isfinite(self._course(f"{subset}_loss")))
            losses = self._courses(subset, "loss")[:, measured[-1] if best is None else best]
            tasks = np.argsort(-losses)[:n_worst]  # NaN is last
        looks = zip(COLORS, MARKERS, strict=True)
        return {
            int(task): {"color": color, "marker": marker, "markersize": 4, "linewidth": 1.4}
            for task, (color, marker) in zip(tasks, looks, strict=False)
        }

    def _draw(self, axis: Any, metric: str, named: dict[int, dict[str, Any]]) -> None:
        epochs = self._course("epoch")
        every = max(1, len(epochs) // 8)
        dot = {"marker": "_" if len(epochs) == 1 else ""}  # one epoch gives no line
        for subset in self._subsets:
            style = SUBSETS[subset][1]
            quiet = THIN | dot if subset != self._subsets[-1] else {}
            courses = self._courses(subset, metric)
            for look, task in zip(named.values(), named, strict=True):
                axis.plot(epochs, courses[task], style, markevery=every, **look | quiet)
            if len(named) < len(courses):
                mean = np.ma.masked_invalid(courses).mean(axis=0)
                axis.plot(epochs, mean, style, zorder=3, **MEAN | dot)
        if len(named) < len(courses):
            others = np.delete(courses, list(named), axis=0)
            axis.plot(epochs, others.T, zorder=1, **OTHERS | dot)
        if self.best_epoch_ is not None:
            axis.axvline(self.best_epoch_, color="black", linestyle=":", linewidth=1)
        axis.set(xlabel="epoch", ylabel=metric)
        axis.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)

    def _add_legend(self, axis: Any, named: dict[int, dict[str, Any]]) -> None:
        """Draw the legend of colours and line styles beside the axes."""
        entries: list[tuple[str, dict[str, Any]]] = [
            (shorten(self.task_names[task]), look) for task, look in named.items()
        ]
        n_others = len(self.task_names) - len(named)
        if n_others:
            which = " with lower loss" if named else ""
            entries.append((f"{n_others} tasks{which}", OTHERS))
            entries.append(("mean of all tasks", MEAN))
        for subset in self._subsets:
            label, style = SUBSETS[subset]
            entries.append((label, {"color": "#555555", "linestyle": style}))
        if self.best_epoch_ is not None:
            label = f"best epoch, {self.best_epoch_}"
            entries.append((label, {"color": "black", "linestyle": ":"}))
        handles = [axis.plot([], [], label=label, **look)[0] for label, look in entries]
        axis.legend(handles=handles, **BESIDE)
