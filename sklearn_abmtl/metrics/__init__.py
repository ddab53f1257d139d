"""Scores of several tasks, with labels missing."""

from ._accuracy import exact_match_score, task_accuracy_scores

__all__ = ["exact_match_score", "task_accuracy_scores"]
