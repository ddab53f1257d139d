"""Base class of task losses."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor


class TaskLoss(ABC):
    """The loss of a task, and the probabilities that belong to its logits.

    ``class_mask (n_tasks, max_classes)`` is True for real classes and False for padded ones.
    """

    @abstractmethod
    def losses(
        self, logits: Tensor, codes: Tensor, class_mask: Tensor, label_smoothing: float
    ) -> Tensor:
        """Map logits (..., n_tasks, max_classes) and codes (..., n_tasks) to (..., n_tasks).

        A code of -1 (label missing) gives a finite value, which the caller weights by 0.
        """

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """Map logits (..., n_tasks, max_classes) to probabilities that sum to 1."""

    @abstractmethod
    def constant_losses(self, class_weights: Tensor, class_mask: Tensor) -> Tensor:
        """Return the loss of the best constant classifier, of shape (n_tasks,).

        ``class_weights (n_tasks, max_classes)`` is the total weight of each class.
        """
