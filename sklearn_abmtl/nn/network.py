"""The assembled network: from the input to task logits."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .aggregators import Aggregator
from .input_layers.scaler import InputScaler
from .input_layers.table_input import TableInput
from .sharing import HardSharing, SoftSharing
from .task_classifiers import TaskClassifiers

PADDING_LOGIT = -1e30  # finite, so that label smoothing times 0 stays 0


class NetworkOutput(NamedTuple):
    """The result of one forward pass; padded classes have a logit of -1e30.

    Attributes
    ----------
    task_logits : Tensor of shape (batch, n_tasks, max_classes)
        The mean over members.
    member_logits : Tensor of shape (n_members, batch, n_tasks, max_classes)
        One member, except for :class:`MemberNetworks`.
    branch_logits : Tensor of shape (n_members, n_branches, batch, n_tasks, max_classes)
    task_representations : tuple of Tensor of shape (batch, n_tasks, d_representation)
        One per branch: the input of its task classifiers.
    attention_weights : tuple of Tensor of shape (batch, n_tasks, n_heads, n_tokens)
        One per branch.
    scaled : Tensor of shape (batch, *column_shape)
        The scaled input, which the encoders read.
    reconstructions : Tensor of shape (batch, n_trunks, *column_shape) or None
        The scaled input as reconstructed by each decoder.
    encoded : tuple of Tensor of shape (batch, ...)
        Tokens and shared vector that all tasks read; empty if the tasks share nothing.
    """

    task_logits: Tensor
    member_logits: Tensor
    branch_logits: Tensor
    task_representations: tuple[Tensor, ...]
    attention_weights: tuple[Tensor, ...]
    scaled: Tensor
    reconstructions: Tensor | None
    encoded: tuple[Tensor, ...]


class ABMTLNetwork(nn.Module):
    """Attention-based multi-task network; its parts are passed in.

    Parameters
    ----------
    input_layer : InputScaler or TableInput
    trunk : HardSharing or SoftSharing
    task_classifiers : list of TaskClassifiers
        One per branch.
    aggregator : Aggregator
    n_classes : list of int
        Number of classes of each task.

    Attributes
    ----------
    grids : list of tuple of int
        The grid of each branch's memory.
    d_representations : list of int
        Width of each branch's task representations.
    """

    class_mask: Tensor

    def __init__(
        self,
        input_layer: InputScaler | TableInput,
        trunk: HardSharing | SoftSharing,
        task_classifiers: list[TaskClassifiers],
        aggregator: Aggregator,
        n_classes: list[int],
    ) -> None:
        super().__init__()
        self.input_layer = input_layer
        self.trunk = trunk
        self.grids = trunk.grids
        self.d_representations = trunk.d_representations
        self.task_classifiers = nn.ModuleList(task_classifiers)
        self.aggregator = aggregator
        # on the CPU, as tensors on the default device "meta" have no values
        class_ids = torch.arange(max(n_classes), device="cpu")
        n_classes_of_tasks = torch.tensor(n_classes, device="cpu").unsqueeze(1)
        self.register_buffer("class_mask", class_ids < n_classes_of_tasks)

    @property
    def branch_weights(self) -> Tensor:
        """The aggregator's weights of the branches, of shape (n_tasks, n_branches)."""
        return self.aggregator.branch_weights

    def forward(self, features: Tensor) -> NetworkOutput:
        """Compute the logits of every task; features (batch, *sample_shape)."""
        return self.of_scaled(self.input_layer(features))

    def of_scaled(self, scaled: Tensor) -> NetworkOutput:
        """Compute the logits of every task; scaled (batch, *column_shape)."""
        trunk = self.trunk(scaled)
        branch_logits = torch.stack(
            [
                task_classifier(representations)
                for task_classifier, representations in zip(
                    self.task_classifiers, trunk.task_representations, strict=True
                )
            ]
        )  # (n_branches, batch, n_tasks, max_classes)
        task_logits = self.aggregator(branch_logits)  # (batch, n_tasks, max_classes)
        padding = ~self.class_mask
        task_logits = task_logits.masked_fill(padding, PADDING_LOGIT)
        return NetworkOutput(
            task_logits,
            task_logits.unsqueeze(0),
            branch_logits.masked_fill(padding, PADDING_LOGIT).unsqueeze(0),
            trunk.task_representations,
            trunk.attention_weights,
            scaled,
            trunk.reconstructions,
            trunk.encoded,
        )
