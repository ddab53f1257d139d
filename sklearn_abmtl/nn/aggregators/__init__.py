"""Aggregators: several logits a task to one."""

from .weighted import WeightedAggregator

AGGREGATORS = {"weighted": WeightedAggregator}

__all__ = ["AGGREGATORS", "WeightedAggregator"]
