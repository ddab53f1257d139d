"""Samples beside what the decoder makes of them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ._panels import COLORS, Array, check_method, make_panels, shaped_samples, to_pictures


class ReconstructionDisplay:
    """Samples and their reconstructions: pictures, sequences, or the features of a table.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, n_features) or (n_samples, ...)
        Tables; sequences (n_samples, n_steps, n_channels); images (n_samples, n_channels, height,
        width).
    reconstructions : ndarray of the shape of samples
        What the decoder made of them.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (2, n_shown)
        A column a sample: the input above the reconstruction.
    figure_ : matplotlib Figure
        Figure that holds them.

    Examples
    --------
    >>> from sklearn_abmtl import ABMTLClassifier
    >>> from sklearn_abmtl.datasets import make_digit_pairs
    >>> from sklearn_abmtl.inspection import ReconstructionDisplay
    >>> X, y = make_digit_pairs(100, random_state=0)
    >>> classifier = ABMTLClassifier(input_shape=(1, 8, 16), max_epochs=2, random_state=0)
    >>> display = ReconstructionDisplay.from_estimator(classifier.fit(X, y), X, n_samples=3)
    >>> display.axes_.shape
    (2, 3)
    """

    def __init__(self, samples, reconstructions):
        self.samples = samples
        self.reconstructions = reconstructions

    @classmethod
    def from_estimator(cls, estimator, X, *, n_samples=5, ax=None):
        """Draw the first samples of X beside their reconstructions.

        Parameters
        ----------
        estimator : ABMTLClassifier
            A fitted one that has a decoder.
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``.
        n_samples : int, default=5
            Most samples to draw, at least 1.
        ax : matplotlib Axes, default=None
            As in ``plot``.

        Returns
        -------
        display : ReconstructionDisplay

        Raises
        ------
        TypeError
            If the estimator cannot reconstruct.
        ValueError
            If it was fitted without a decoder.
        """
        check_method(estimator, "reconstruct")
        if n_samples < 1:
            raise ValueError(f"n_samples must be at least 1; found {n_samples!r}.")
        shown = X[:n_samples]
        reconstructions = shaped_samples(estimator, estimator.reconstruct(shown))
        return cls(shaped_samples(estimator, shown), reconstructions).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw each sample above its reconstruction, on the same scale.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes whose place all take; None makes a figure.

        Returns
        -------
        self : ReconstructionDisplay

        Raises
        ------
        ValueError
            If ``ax`` is not of a grid.
        """
        draw = {2: _draw_features, 3: _draw_sequences, 4: _draw_pictures}[self.samples.ndim]
        n_samples, *_, last = self.samples.shape
        height = 1.8
        if self.samples.ndim == 4:
            height = min(1.8, 2.2 * self.samples.shape[2] / last + 0.2)
        size = (max(3.0, 2.2 * n_samples), 2 * height)
        self.axes_ = make_panels(self, ax, (2, n_samples), size, sharex=True, sharey="col")
        self.figure_ = self.axes_[0, 0].figure
        pairs = np.stack([self.samples, self.reconstructions], axis=1)
        for column, pair in zip(self.axes_.T, pairs, strict=True):
            draw(column, pair)
        for axis, label in zip(self.axes_[:, 0], ("input", "decoded"), strict=True):
            axis.set_ylabel(label)
        return self


def _draw_pictures(axes: Array, pair: Array) -> None:
    for axis, picture in zip(axes, to_pictures(pair), strict=True):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])


def _draw_sequences(axes: Array, pair: Array) -> None:
    for axis, sequence in zip(axes, pair, strict=True):
        axis.set_prop_cycle(color=COLORS)
        axis.plot(sequence, linewidth=1)
        axis.tick_params(labelsize=8)
    axes[1].set_xlabel("step", fontsize=9)


def _draw_features(axes: Array, pair: Array) -> None:
    for axis, features in zip(axes, pair, strict=True):
        axis.bar(range(len(features)), features, color=COLORS[0])
        axis.tick_params(labelsize=8)
    axes[1].set_xlabel("feature", fontsize=9)
