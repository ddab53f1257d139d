"""Task classifiers: task representations to task logits."""

from .mlp import TaskClassifier

TASK_CLASSIFIERS = {"mlp": TaskClassifier}

__all__ = ["TASK_CLASSIFIERS", "TaskClassifier"]
