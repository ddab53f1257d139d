"""Aggregators: several logits a task to one, and the tasks of a sample to each other."""

from ._base import Aggregator
from ._joint import most_probable_codes
from ._pseudo_likelihood import learn_task_matrix
from .task_matrix import TaskMatrix, conditional_probabilities
from .weighted import WeightedAggregator

AGGREGATORS = {"weighted": WeightedAggregator}

__all__ = [
    "AGGREGATORS",
    "Aggregator",
    "TaskMatrix",
    "WeightedAggregator",
    "conditional_probabilities",
    "learn_task_matrix",
    "most_probable_codes",
]
