"""Samples and their reconstructions by the decoder."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ._panels import (
    BESIDE,
    COLORS,
    Array,
    check_method,
    draw_channels,
    make_panels,
    shaped_samples,
    shorten,
    to_pictures,
)

MAX_NAMED = 12  # features with their names below the bars


class ReconstructionDisplay:
    """Samples and their reconstructions: pictures, sequences, or the features of a table.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, n_features) or (n_samples, ...)
        Tables; sequences (n_samples, n_steps, n_channels); images (n_samples, n_channels, height,
        width).
    reconstructions : ndarray of the shape of samples
        Output of the decoder for the samples.
    feature_names : array-like of str of shape (n_features,), default=None
        Names of the features of a table; with None they are numbered.
    mean, deviation : array-like of shape (n_features,), default=None
        Means and standard deviations of the features of a table. Bars then show distances from the
        mean in standard deviations, so that features in different units can be compared. With None,
        bars show the values themselves.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (2, n_shown)
        One column per sample: the input above the reconstruction.
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

    def __init__(self, samples, reconstructions, *, feature_names=None, mean=None, deviation=None):
        self.samples = samples
        self.reconstructions = reconstructions
        self.feature_names = feature_names
        self.mean = mean
        self.deviation = deviation

    @classmethod
    def from_estimator(cls, estimator, X, *, n_samples=5, ax=None):
        """Draw the first samples of X and their reconstructions.

        Parameters
        ----------
        estimator : ABMTLClassifier
            A fitted classifier with a decoder.
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Input as in ``fit``. For a table, means and standard deviations are computed from all
            its rows; a single row is drawn in the units of X.
        n_samples : int, default=5
            Largest number of samples to draw, at least 1.
        ax : matplotlib Axes, default=None
            As in ``plot``.

        Returns
        -------
        display : ReconstructionDisplay

        Raises
        ------
        TypeError
            If the estimator has no method ``reconstruct``.
        ValueError
            If it was fitted without a decoder.
        """
        check_method(estimator, "reconstruct")
        if n_samples < 1:
            raise ValueError(f"n_samples must be at least 1; found {n_samples!r}.")
        shown = X[:n_samples]
        samples = shaped_samples(estimator, shown)
        reconstructions = shaped_samples(estimator, estimator.reconstruct(shown))
        features = _features_of(estimator, X) if samples.ndim == 2 else {}
        return cls(samples, reconstructions, **features).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw each sample above its reconstruction, on the same scale.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            An Axes whose place is used; None makes a new figure.

        Returns
        -------
        self : ReconstructionDisplay

        Raises
        ------
        ValueError
            If ``ax`` is not part of a grid.
        """
        draw = {2: self._draw_features, 3: _draw_sequences, 4: _draw_pictures}[self.samples.ndim]
        pairs = np.stack([self.samples, self.reconstructions], axis=1)
        self.axes_ = make_panels(self, ax, (2, len(pairs)), self._size(), sharex=True, sharey="col")
        self.figure_ = self.axes_[0, 0].figure
        unit = "" if self.mean is None else "\n(standard deviations)"
        for axis, label in zip(self.axes_[:, 0], ("input", "reconstruction"), strict=True):
            axis.set_ylabel(label + unit, fontsize=9)
        for sample, (column, pair) in enumerate(zip(self.axes_.T, pairs, strict=True)):
            draw(column, pair)
            column[0].set_title(f"sample {sample}", fontsize=9)
        if self.samples.ndim == 3:
            self.axes_[0, -1].legend(**BESIDE)
        return self

    def _size(self) -> tuple[float, float]:
        """Return width and height of a figure, in inches."""
        width = height = 1.8
        if self.samples.ndim == 4:
            ratio = self.samples.shape[2] / self.samples.shape[3]
            width, height = min(2.0, max(0.8, 1.8 / ratio)), min(1.8, 2.0 * ratio)
        return max(3.0, (width + 0.3) * len(self.samples) + 0.4), 2 * height + 0.5

    def _draw_features(self, axes: Array, pair: Array) -> None:
        if self.mean is not None:
            pair = (pair - self.mean) / self.deviation  # (2, n_features)
        for axis, features in zip(axes, pair, strict=True):
            axis.bar(range(len(features)), features, color=COLORS[0])
            axis.axhline(0, color="black", linewidth=0.6)
            axis.tick_params(labelsize=8)
        names = self.feature_names
        if names is None or len(names) > MAX_NAMED:
            axes[1].set_xlabel("feature", fontsize=9)
        else:
            shown = [shorten(name, 16) for name in names]
            axes[1].set_xticks(range(len(shown)), shown, rotation="vertical", fontsize=8)


def _features_of(estimator: Any, X: Any) -> dict[str, Any]:
    """Return names, means and standard deviations of the features of a table."""
    names = {"feature_names": getattr(estimator, "feature_names_in_", None)}
    rows = np.ma.masked_invalid(shaped_samples(estimator, X).astype(float))
    if len(rows) < 2:  # one row does not deviate from its mean
        return names
    deviation = rows.std(axis=0).filled(0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    return names | {"mean": rows.mean(axis=0).filled(0), "deviation": deviation}


def _draw_pictures(axes: Array, pair: Array) -> None:
    for axis, picture in zip(axes, to_pictures(pair), strict=True):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])


def _draw_sequences(axes: Array, pair: Array) -> None:
    for axis, sequence in zip(axes, pair, strict=True):
        draw_channels(axis, sequence)
        axis.tick_params(labelsize=8)
    axes[1].set_xlabel("step", fontsize=9)
