"""Task classifiers: from task representations to task logits."""

from ._base import TaskClassifiers
from .mlp import TaskClassifier

TASK_CLASSIFIERS = {"mlp": TaskClassifier}

__all__ = ["TASK_CLASSIFIERS", "TaskClassifier", "TaskClassifiers"]
