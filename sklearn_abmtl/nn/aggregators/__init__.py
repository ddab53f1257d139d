"""Aggregators: several logits a task to one."""

from ._base import Aggregator
from .weighted import WeightedAggregator

AGGREGATORS = {"weighted": WeightedAggregator}

__all__ = ["AGGREGATORS", "Aggregator", "WeightedAggregator"]
