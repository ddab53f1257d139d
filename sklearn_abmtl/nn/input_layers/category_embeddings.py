"""Learned embeddings of categories, for the first layer of tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn


class CategoryEmbeddings(nn.Module):
    """Look up an embedding for the code of each category feature.

    A feature of n codes has embeddings of ``round(1.6 * n ** 0.56)`` numbers, 600 at most. All
    start at 0, so a code that no training row has keeps the embedding 0.

    Parameters
    ----------
    n_codes : sequence of int
        Number of codes of each feature.

    Attributes
    ----------
    widths : list of int
        Width of each feature's embeddings.

    References
    ----------
    The rule for the widths: Howard and Gugger (2020). fastai: A Layered API for Deep Learning.
    Information 11(2).

    Examples
    --------
    >>> import torch
    >>> embeddings = CategoryEmbeddings([3, 10])
    >>> embeddings.widths, embeddings(torch.tensor([[2, 0], [1, 9]])).shape
    ([3, 6], torch.Size([2, 9]))
    """

    first_code: Tensor
    columns: Tensor

    def __init__(self, n_codes: Sequence[int]) -> None:
        super().__init__()
        self.widths = [embedding_width(n) for n in n_codes]
        d_widest = max(self.widths, default=0)
        # one table for all features, cut to their widths: one look-up per batch
        self.table = nn.Parameter(torch.zeros(sum(n_codes), d_widest))
        first_code = list(accumulate(n_codes, initial=0))[:-1]
        columns = [i * d_widest + k for i, width in enumerate(self.widths) for k in range(width)]
        self.register_buffer("first_code", places(first_code))
        self.register_buffer("columns", places(columns))

    def forward(self, codes: Tensor) -> Tensor:
        """Map (batch, n_categorical) to (batch, sum of widths)."""
        embeddings = self.table[codes + self.first_code]  # (batch, n_categorical, d_widest)
        return embeddings.flatten(1)[:, self.columns]


def embedding_width(n_codes: int) -> int:
    """Return the width of the embeddings of a feature with ``n_codes`` codes."""
    return min(600, round(1.6 * n_codes**0.56))


def places(numbers: Sequence[int]) -> Tensor:
    """Return indices as a tensor on the CPU, also if the default device is "meta"."""
    return torch.tensor(numbers, dtype=torch.long, device="cpu")
