"""Scores of several tasks, with labels missing."""

from ._accuracy import exact_match_score, multitask_hamming_loss, task_accuracy_scores
from ._class_scores import task_balanced_accuracy_scores, task_log_losses
from ._exact_match import exact_match_scorer
from ._f1 import task_f1_scores
from ._report import multitask_classification_report
from ._scorers import all_task_scorers, mean_task_scorer, task_scorer

__all__ = [
    "all_task_scorers",
    "exact_match_score",
    "exact_match_scorer",
    "mean_task_scorer",
    "multitask_classification_report",
    "multitask_hamming_loss",
    "task_accuracy_scores",
    "task_balanced_accuracy_scores",
    "task_f1_scores",
    "task_log_losses",
    "task_scorer",
]
