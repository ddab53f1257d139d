"""Task losses, and the loss weightings that combine them into one number."""

from ._base import TaskLoss
from .assembly import LOSSES
from .binary_cross_entropy import BinaryCrossEntropy
from .cross_entropy import CrossEntropy
from .multitask import LossTerms, MultiTaskLoss
from .weightings import (
    DWA,
    FAMO,
    LOSS_WEIGHTINGS,
    MGDA,
    FixedWeights,
    GeometricMean,
    LossWeighting,
    PCGrad,
    RandomWeights,
    TorchJD,
    Uncertainty,
    UPGrad,
)

__all__ = [
    "DWA",
    "FAMO",
    "LOSSES",
    "LOSS_WEIGHTINGS",
    "MGDA",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "FixedWeights",
    "GeometricMean",
    "LossTerms",
    "LossWeighting",
    "MultiTaskLoss",
    "PCGrad",
    "RandomWeights",
    "TaskLoss",
    "TorchJD",
    "UPGrad",
    "Uncertainty",
]
