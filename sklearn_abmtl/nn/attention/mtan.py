"""The attention module of MTAN: one soft mask per task over the memory."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..._options import Spec
from .._parallel_linear import ParallelLinear
from .._shapes import Shape
from ._base import Attention


@dataclass(kw_only=True)
class MTANAttention(Spec):
    """One soft mask per task selects the parts of the memory that the task reads (MTAN).

    Let ``m_n`` be the normalised tokens of the memory. For each token, task t has a mask of the
    same width, ``a_tn = sigmoid(W2_t relu(W1_t m_n + b1_t) + b2_t)``. The context is
    ``c_t = W3_t mean_n(a_tn * m_n) + b3_t``. As in the paper, the masks have an effect from the
    start: there is no ``gamma`` that starts at 0. The attention weights are the means of the masks
    over the width, divided by their sum over the tokens.

    In the paper there is one such module behind each block of a convolutional network. Here there
    is one for the last tokens, and one for the decoder's states if there is a decoder.

    Parameters
    ----------
    d_model : int, default=64
        Width of the hidden layer and of a context.

    References
    ----------
    Liu, Johns and Davison (2019). End-to-End Multi-Task Learning with Attention. CVPR.

    Examples
    --------
    >>> import torch
    >>> attention = MTANAttention(d_model=8).build(n_tasks=3, grid=(7, 7), d_memory=16)
    >>> contexts, attention_weights = attention(torch.zeros(5, 49, 16))
    >>> contexts.shape, attention_weights.shape
    (torch.Size([5, 3, 8]), torch.Size([5, 3, 1, 49]))
    """

    d_model: int = 64

    def build(self, n_tasks: int, grid: Shape, d_memory: int) -> Attention:
        """Build the module for a number of tasks and the grid and width of a memory."""
        self.check_counts("d_model")
        return MTANAttentionModule(n_tasks, d_memory, self.d_model)


class MTANAttentionModule(Attention):
    """Two layers compute one mask per task, and one layer reads the mean of the masked tokens."""

    def __init__(self, n_tasks: int, d_memory: int, d_model: int) -> None:
        super().__init__()
        self.n_tasks = n_tasks
        self.norm = nn.LayerNorm(d_memory)
        self.to_masks = nn.Sequential(
            ParallelLinear(n_tasks, d_memory, d_model),
            nn.ReLU(),
            ParallelLinear(n_tasks, d_model, d_memory),
            nn.Sigmoid(),
        )
        self.to_contexts = ParallelLinear(n_tasks, d_memory, d_model)
        self.d_context = d_model

    def forward(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        memory = self.norm(memory).unsqueeze(2).expand(-1, -1, self.n_tasks, -1)
        masks = self.to_masks(memory)  # (batch, n_tokens, n_tasks, d_memory)
        contexts = self.to_contexts((masks * memory).mean(1))  # (batch, n_tasks, d_model)
        passed = masks.mean(3)  # (batch, n_tokens, n_tasks)
        attention_weights = (passed / passed.sum(1, keepdim=True)).transpose(1, 2)
        return contexts, attention_weights.unsqueeze(2)
