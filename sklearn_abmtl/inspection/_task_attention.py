"""The attention of each task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from ._panels import (
    BESIDE,
    COLOR_MAP,
    COLORS,
    LINE_HEIGHT,
    MAX_COLORED,
    Array,
    add_color_bar,
    check_method,
    draw_channels,
    draw_heat_map,
    grid_shape,
    layout_of,
    lowest,
    make_panels,
    shaped_samples,
    shorten,
    to_pictures,
    turn_off_from,
    width_of,
)


class TaskAttentionDisplay:
    """The attention of each task: over an image, along a sequence, or over the features of a table.

    For images, one panel per task is drawn beside the input, with the outline of the bright parts
    of the image. For sequences, a heat map with one row per task is drawn below the input. For
    tables, bars are drawn in one panel per task, with a dotted line at equal weights; for more than
    eight tasks, a heat map.

    Parameters
    ----------
    attention : ndarray of shape (n_samples, n_tasks, *cells)
        Weights, as ``task_attention`` of :class:`~sklearn_abmtl.ABMTLClassifier` returns them.
    task_names : list of str of length n_tasks
        Names of the tasks.
    samples : ndarray of shape (n_samples, ...), default=None
        Sequences (n_samples, n_steps, n_channels) or images (n_samples, n_channels, height, width)
        that the attention belongs to; None for tables.
    feature_names : array-like of str of shape (n_features,), default=None
        Names of the features of a table; with None they are numbered.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (n_rows, n_columns)
        First the input, if it is drawn, then the tasks.
    figure_ : matplotlib Figure
        Figure that holds them.

    Examples
    --------
    >>> from sklearn_abmtl import ABMTLClassifier
    >>> from sklearn_abmtl.datasets import make_digit_pairs
    >>> from sklearn_abmtl.inspection import TaskAttentionDisplay
    >>> X, y = make_digit_pairs(100, random_state=0)
    >>> classifier = ABMTLClassifier(input_shape=(1, 8, 16), max_epochs=2, random_state=0)
    >>> display = TaskAttentionDisplay.from_estimator(classifier.fit(X, y), X[:1])
    >>> [axis.get_title() for axis in display.axes_.flat]
    ['input', 'task_0', 'task_1']
    """

    def __init__(self, attention, *, task_names, samples=None, feature_names=None):
        self.attention = attention
        self.task_names = task_names
        self.samples = samples
        self.feature_names = feature_names

    @classmethod
    def from_estimator(cls, estimator, X, *, branch=None, sample=0, n_features=20, ax=None):
        """Draw the attention of the tasks of a fitted estimator.

        Parameters
        ----------
        estimator : ABMTLClassifier
            A fitted one.
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        branch : {'encoder', 'decoder', None}, default=None
            As in ``task_attention`` of :class:`~sklearn_abmtl.ABMTLClassifier`.
        sample : int or None, default=0
            As in ``plot``.
        n_features : int, default=20
            As in ``plot``.
        ax : matplotlib Axes, default=None
            As in ``plot``.

        Returns
        -------
        display : TaskAttentionDisplay

        Raises
        ------
        TypeError
            If the estimator has no attention.
        ValueError
            If there is no such branch or sample, or the encoder makes one token of a table.
        """
        check_method(estimator, "task_attention")
        attention = estimator.task_attention(X, branch=branch)
        is_table = layout_of(estimator).kind == "table"
        if is_table:
            _check_tokens(estimator)
        display = cls(
            attention,
            task_names=estimator.task_names_,
            samples=None if is_table else shaped_samples(estimator, X),
            feature_names=getattr(estimator, "feature_names_in_", None),
        )
        return display.plot(sample=sample, n_features=n_features, ax=ax)

    def plot(self, *, sample: int | None = 0, n_features: int = 20, ax: Any = None) -> Self:
        """Draw the attention of each task.

        Parameters
        ----------
        sample : int or None, default=0
            Position of the sample to draw; None draws the mean over all samples.
        n_features : int, default=20
            Largest number of features of a table to draw, at least 1. The features with the highest
            weights are drawn, in the order of X.
        ax : matplotlib Axes, default=None
            An Axes whose place is used; None makes a new figure.

        Returns
        -------
        self : TaskAttentionDisplay

        Raises
        ------
        ValueError
            If there is no such sample, or ``ax`` is not part of a grid.
        """
        n_samples = len(self.attention)
        if sample is not None and not 0 <= sample < n_samples:
            raise ValueError(
                f"sample must be None or a position from 0 to {n_samples - 1}; found {sample!r}."
            )
        if n_features < 1:
            raise ValueError(f"n_features must be at least 1; found {n_features!r}.")
        rows = slice(None) if sample is None else slice(sample, sample + 1)
        attention = self.attention[rows].mean(axis=0)  # (n_tasks, *cells)
        if self.samples is None:
            self._draw_table(attention, n_features, ax)
        else:
            shown = self.samples[rows].mean(axis=0)
            draw = {2: self._draw_sequence, 3: self._draw_pictures}[shown.ndim]
            draw(attention, shown, "mean input" if sample is None else "input", ax)
        self.figure_ = self.axes_[0, 0].figure
        return self

    def _draw_pictures(self, attention: Array, shown: Array, heading: str, ax: Any) -> None:
        ratio = attention.shape[1] / attention.shape[2]
        shape = grid_shape(1 + len(attention), ratio)
        width = min(3.6, max(0.9, min(1.8 * max(1, 0.5 / ratio) ** 0.5, 2.4 / ratio)))
        height = min(2.4, max(0.4, width * ratio))
        size = (width * shape[1] + 1, (height + 0.35) * shape[0])
        self.axes_ = make_panels(self, ax, shape, size)
        first, *others = self.axes_.flat
        first.imshow(to_pictures(shown[None])[0], cmap="gray")
        first.set_title(heading, fontsize=9)
        low, high = _limits(attention)
        outline = shown.mean(axis=0)  # (height, width)
        for axis, name, weights in zip(others, self.task_names, attention, strict=False):
            image = axis.imshow(weights, cmap=COLOR_MAP, vmin=low, vmax=high)
            _draw_outline(axis, outline)
            axis.set_title(shorten(name), fontsize=9)
        for axis in self.axes_.flat:
            axis.set(xticks=[], yticks=[])
        turn_off_from(self.axes_, 1 + len(attention))
        self.axes_[0, 0].figure.colorbar(
            image, ax=self.axes_, label="attention", fraction=0.04, aspect=30
        )

    def _draw_sequence(self, attention: Array, shown: Array, heading: str, ax: Any) -> None:
        height = max(0.8, LINE_HEIGHT * len(attention))
        ratios = {"height_ratios": (1.5, height)}
        self.axes_ = make_panels(self, ax, (2, 1), (8, 2.5 + height), ratios=ratios, sharex=True)
        above, below = self.axes_[:, 0]
        draw_channels(above, shown)
        above.set(ylabel=heading)
        above.legend(**BESIDE)
        image = draw_heat_map(below, attention, self.task_names, [], _limits(attention))
        below.set(xlabel="step", title=_remark(attention))
        add_color_bar(image, "attention")

    def _draw_table(self, attention: Array, n_features: int, ax: Any) -> None:
        names = self.feature_names
        names = range(attention.shape[1]) if names is None else names
        most = np.sort(np.argsort(-attention.mean(axis=0), kind="stable")[:n_features])
        draw = self._draw_bars if len(attention) <= MAX_COLORED else self._draw_features
        draw(attention, most, [names[feature] for feature in most], ax)

    def _draw_bars(self, attention: Array, most: Array, names: Sequence[Any], ax: Any) -> None:
        shape = grid_shape(len(attention))
        height = max(1.0, LINE_HEIGHT * len(names)) + 0.6
        size = (2.0 * shape[1] + width_of(names) + 0.4, height * shape[0])
        self.axes_ = make_panels(self, ax, shape, size, sharex=True, sharey=True)
        for axis, title, weights in zip(self.axes_.flat, self.task_names, attention, strict=False):
            axis.barh(range(len(names)), weights[most], color=COLORS[0])
            axis.axvline(1 / len(weights), color="black", linestyle=":", linewidth=1)
            axis.set_title(shorten(title), fontsize=9)
            axis.tick_params(labelsize=8)
        self.axes_[0, 0].set_yticks(range(len(names)), [shorten(name) for name in names])
        self.axes_[0, 0].invert_yaxis()  # of all axes, which share it
        for row in self.axes_:
            row[0].set_ylabel(_features_label(attention, most), fontsize=9)
        for axis in lowest(self.axes_, len(attention)):
            axis.set_xlabel("attention (dotted line: equal)", fontsize=9)
            axis.tick_params(labelbottom=True)
        turn_off_from(self.axes_, len(attention))

    def _draw_features(self, attention: Array, most: Array, names: Sequence[Any], ax: Any) -> None:
        size = (
            LINE_HEIGHT * len(names) + width_of(self.task_names) + 2,
            LINE_HEIGHT * len(attention) + width_of(names) + 1,
        )
        self.axes_ = make_panels(self, ax, (1, 1), size)
        axis = self.axes_[0, 0]
        limits = _limits(attention)
        image = draw_heat_map(axis, attention[:, most], self.task_names, names, limits)
        axis.set(xlabel=_features_label(attention, most), title=_remark(attention))
        add_color_bar(image, "attention")


def _draw_outline(axis: Any, picture: Array) -> None:
    """Draw the contour of a picture (height, width) at the middle of its range."""
    low, high = picture.min(), picture.max()
    if low < high:
        axis.contour(picture, levels=[(low + high) / 2], colors="white", linewidths=0.7)


def _remark(attention: Array) -> str:
    """Return the title of a heat map, which explains a single colour."""
    is_equal = np.allclose(attention, 1 / attention[0].size, rtol=1e-3, atol=0)
    return "all attention is equal" if is_equal else ""


def _features_label(attention: Array, most: Array) -> str:
    """Return a label with the number of features, if some are not drawn."""
    n_features = attention.shape[1]
    return "feature" if len(most) == n_features else f"{len(most)} of {n_features} features"


def _check_tokens(estimator: Any) -> None:
    """Raise a ValueError if all features are one token, so that no task can choose."""
    if max(map(np.prod, estimator.net_.module_.grids)) == 1:
        raise ValueError(
            "TaskAttentionDisplay needs an encoder with one token per feature; "
            f"{type(estimator.net_.plan.specs.encoder).__name__} makes one token of all features, "
            "so every task has equal attention on all features. Use encoder='feature_token', or "
            "sklearn.inspection.permutation_importance with all_task_scorers."
        )


def _limits(attention: Array) -> tuple[float, float]:
    """Return the limits of the colours, wide enough that equal weights show no noise."""
    equal = 1 / attention[0].size
    return min(0.9 * equal, attention.min()), max(1.1 * equal, attention.max())
