"""Displays of a fitted classifier, by scikit-learn's convention; they need matplotlib."""

from ._reconstruction import ReconstructionDisplay
from ._task_attention import TaskAttentionDisplay
from ._task_confusion import TaskConfusionDisplay
from ._task_weights import TaskWeightsDisplay
from ._training_history import TrainingHistoryDisplay

__all__ = [
    "ReconstructionDisplay",
    "TaskAttentionDisplay",
    "TaskConfusionDisplay",
    "TaskWeightsDisplay",
    "TrainingHistoryDisplay",
]
