"""Task losses and how they become one number."""

from ._base import TaskLoss
from .binary_cross_entropy import BinaryCrossEntropy
from .cross_entropy import CrossEntropy
from .multitask import LossTerms, MultiTaskLoss

LOSSES = {"cross_entropy": CrossEntropy(), "binary_cross_entropy": BinaryCrossEntropy()}

__all__ = [
    "LOSSES",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "LossTerms",
    "MultiTaskLoss",
    "TaskLoss",
]
