"""Calibrators of one task, as a few arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

Array = NDArray[Any]


@dataclass(frozen=True)
class Temperature:
    """Multiplies logits by one number.

    Parameters
    ----------
    inverse_temperature : float
        Above 0.
    """

    EPS: ClassVar[float] = 1e-12  # added by scikit-learn to probabilities before their logarithm

    inverse_temperature: float

    def predict_proba(self, probabilities: Array) -> Array:
        """Calibrate probabilities of shape (n_samples, n_classes)."""
        logits = np.log(probabilities + self.EPS)
        return softmax(self.inverse_temperature * logits, axis=1)


@dataclass(frozen=True)
class Sigmoid:
    """Maps a probability to 1 / (1 + exp(slope * probability + offset)).

    Parameters
    ----------
    slope, offset : float
    """

    slope: float
    offset: float

    def predict(self, probability: Array) -> Array:
        """Calibrate the probability (n_samples,) of one class against the rest."""
        return expit(-(self.slope * probability + self.offset))


@dataclass(frozen=True)
class Isotonic:
    """A piecewise linear curve that never falls, constant outside its points.

    Parameters
    ----------
    positions, heights : ndarray of shape (n_points,)
        Positions are ascending.
    """

    positions: Array
    heights: Array

    def predict(self, probability: Array) -> Array:
        """Calibrate the probability (n_samples,) of one class against the rest."""
        return np.interp(probability, self.positions, self.heights)


@dataclass(frozen=True)
class PerClass:
    """One curve per class against the rest; for two classes, one curve for the second.

    Parameters
    ----------
    curves : tuple of Sigmoid or of Isotonic
    """

    curves: tuple[Sigmoid | Isotonic, ...]

    @property
    def n_classes(self) -> int:
        """Number of classes of the task."""
        return max(2, len(self.curves))

    def predict_proba(self, probabilities: Array) -> Array:
        """Calibrate probabilities of shape (n_samples, n_classes)."""
        if self.n_classes == 2:
            second = self.curves[0].predict(probabilities[:, 1])
            return np.stack([1 - second, second], axis=1)
        columns = zip(self.curves, probabilities.T, strict=True)
        found = np.stack([curve.predict(column) for curve, column in columns], axis=1)
        total = found.sum(axis=1, keepdims=True)
        uniform = np.full_like(found, 1 / self.n_classes)  # if every curve gives 0
        return np.divide(found, total, out=uniform, where=total != 0)


Calibrator = Temperature | PerClass


def read_calibrator(fitted: Any) -> Calibrator:
    """Return the calibrator of a fitted CalibratedClassifierCV without an ensemble."""
    curves = fitted.calibrated_classifiers_[0].calibrators
    if fitted.method == "temperature":
        return Temperature(float(curves[0].beta_))
    if fitted.method == "sigmoid":
        return PerClass(tuple(Sigmoid(float(curve.a_), float(curve.b_)) for curve in curves))
    return PerClass(tuple(Isotonic(curve.X_thresholds_, curve.y_thresholds_) for curve in curves))
