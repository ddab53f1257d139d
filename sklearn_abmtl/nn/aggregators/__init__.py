"""Aggregators: they combine the branches of each task and relate the tasks of a sample."""

from ._base import Aggregator
from ._joint import N_BEAMS, most_probable_codes
from .task_matrix import TaskMatrix, conditional_probabilities, label_residuals
from .weighted import WeightedAggregator

AGGREGATORS = {"weighted": WeightedAggregator}

__all__ = [
    "AGGREGATORS",
    "N_BEAMS",
    "Aggregator",
    "TaskMatrix",
    "WeightedAggregator",
    "conditional_probabilities",
    "label_residuals",
    "most_probable_codes",
]
