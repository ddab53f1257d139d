"""The first layer for tables with categories or missing numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

from ._shapes import Shape
from .scaler import InputScaler


class TableInput(nn.Module):
    """Turn the features of a table into columns of numbers, which encoders read.

    A number becomes one column, scaled. A number that is missing (NaN) becomes 0, the mean; where
    ``has_missing``, a further column tells the missing from the others. A code of a category
    becomes the columns of a learned embedding, ``round(1.6 * n ** 0.56)`` of them for n codes. All
    embeddings start from 0, so a code that no training row has keeps the embedding 0.

    Parameters
    ----------
    scaler : InputScaler
        Mean and scale of the numbers, (n_numbers,).
    n_codes : sequence of int
        Number of codes of each feature; 0 for a number.
    has_missing : sequence of bool
        Which features get a column that tells the missing values.

    Attributes
    ----------
    feature_of_column : Tensor of shape (d_input,)
        The feature that each column belongs to.

    References
    ----------
    The rule for the widths: Howard and Gugger (2020). fastai: A Layered API for Deep Learning.
    Information 11(2).

    Examples
    --------
    >>> import torch
    >>> scaler = InputScaler(torch.tensor([1.0]), torch.tensor([2.0]))
    >>> table_input = TableInput(scaler, n_codes=[0, 3], has_missing=[True, False])
    >>> table_input(torch.tensor([[3.0, 2.0], [float("nan"), 0.0]])).shape
    torch.Size([2, 5])
    >>> table_input.feature_of_column
    tensor([0, 0, 1, 1, 1])
    """

    numbers: Tensor
    indicated: Tensor
    categories: Tensor
    first_code: Tensor
    embedding_columns: Tensor
    feature_of_column: Tensor

    def __init__(
        self, scaler: InputScaler, n_codes: Sequence[int], has_missing: Sequence[bool]
    ) -> None:
        super().__init__()
        self.scaler = scaler
        numbers = [feature for feature, n in enumerate(n_codes) if not n]
        indicated = [position for position, feature in enumerate(numbers) if has_missing[feature]]
        categories = [feature for feature, n in enumerate(n_codes) if n]
        sizes = [n_codes[feature] for feature in categories]
        widths = [embedding_width(n) for n in sizes]
        d_widest = max(widths, default=0)
        kept = [place * d_widest + i for place, width in enumerate(widths) for i in range(width)]
        # one table for all features: one look-up a batch, whatever their number
        self.embeddings = nn.Parameter(torch.zeros(sum(sizes), d_widest))
        owners = (
            numbers
            + [numbers[position] for position in indicated]
            + [f for f, width in zip(categories, widths, strict=True) for _ in range(width)]
        )
        for name, positions in {
            "numbers": numbers,
            "indicated": indicated,
            "categories": categories,
            "first_code": list(accumulate(sizes, initial=0))[:-1],
            "embedding_columns": kept,
            "feature_of_column": owners,
        }.items():
            self.register_buffer(name, torch.tensor(positions, dtype=torch.long))

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, n_features) to (batch, d_input)."""
        numbers = features[:, self.numbers]  # (batch, n_numbers)
        missing = numbers[:, self.indicated].isnan()  # (batch, n_indicated)
        scaled = self.scaler(numbers).nan_to_num(nan=0.0)
        codes = features[:, self.categories].long() + self.first_code  # (batch, n_categorical)
        embedded = self.embeddings[codes].flatten(1)[:, self.embedding_columns]
        return torch.cat([scaled, missing.to(scaled.dtype), embedded], dim=1)  # (batch, d_input)

    def column_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape of what encoders read, (d_input,)."""
        return (len(self.feature_of_column),)

    def sum_to_features(self, values: Tensor) -> Tensor:
        """Add up the values of each feature's columns: (..., d_input) to (..., n_features)."""
        n_features = len(self.numbers) + len(self.categories)
        sums = values.new_zeros(*values.shape[:-1], n_features)
        return sums.index_add(-1, self.feature_of_column, values)

    def inverse(self, columns: Tensor) -> Tensor:
        """Bring columns of numbers back into the units of the input.

        Raises
        ------
        ValueError
            If a feature is a category: no values stand behind an embedding.
        """
        if len(self.categories):
            raise ValueError(
                "Only a table of numbers can be told from its columns; the features "
                f"{self.categories.tolist()} are categories."
            )
        return self.scaler.inverse(columns[:, : len(self.numbers)])


def embedding_width(n_codes: int) -> int:
    """Return the width of the embedding of so many codes."""
    return min(600, round(1.6 * n_codes**0.56))
