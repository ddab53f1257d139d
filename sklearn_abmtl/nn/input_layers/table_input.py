"""The first layer for tables: numbers, missing numbers and categories."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .._shapes import Shape
from .category_embeddings import CategoryEmbeddings, places
from .number_curves import NumberCurves
from .scaler import InputScaler


class TableInput(nn.Module):
    """Turn the features of a table into the columns that encoders read.

    A number becomes a scaled column and, with more than one bin, its :class:`NumberCurves`. A
    missing number (NaN) becomes 0, the mean. If ``has_missing`` is set for the feature, a further
    column is 1 for missing numbers and 0 for others. A category code becomes the columns of its
    :class:`CategoryEmbeddings`.

    Parameters
    ----------
    scaler : InputScaler
        Mean and scale of the numbers, (n_numbers,).
    edges : Tensor of shape (n_numbers, n_bins + 1)
        Edges of the numbers' bins in the units of the input.
    n_codes : sequence of int
        Number of codes of each feature; 0 for a number.
    has_missing : sequence of bool
        Which features get a column that marks missing numbers.

    Attributes
    ----------
    feature_of_column : Tensor of shape (d_input,)
        The feature that each column belongs to.

    Examples
    --------
    >>> import torch
    >>> scaler = InputScaler(torch.tensor([1.0]), torch.tensor([2.0]))
    >>> edges = torch.tensor([[0.0, 3.0]])
    >>> table_input = TableInput(scaler, edges, n_codes=[0, 3], has_missing=[True, False])
    >>> table_input(torch.tensor([[3.0, 2.0], [float("nan"), 0.0]])).shape
    torch.Size([2, 5])
    >>> table_input.feature_of_column
    tensor([0, 0, 1, 1, 1])
    """

    numbers: Tensor
    categories: Tensor
    indicated: Tensor
    feature_of_column: Tensor

    def __init__(
        self,
        scaler: InputScaler,
        edges: Tensor,
        n_codes: Sequence[int],
        has_missing: Sequence[bool],
    ) -> None:
        super().__init__()
        numbers = [feature for feature, n in enumerate(n_codes) if not n]
        categories = [feature for feature, n in enumerate(n_codes) if n]
        indicated = [feature for feature in numbers if has_missing[feature]]
        self.scaler = scaler
        self.curves = NumberCurves(scaler(edges.T).T)
        self.embeddings = CategoryEmbeddings([n_codes[feature] for feature in categories])
        self.register_buffer("numbers", places(numbers))
        self.register_buffer("categories", places(categories))
        self.register_buffer("indicated", places(indicated))
        owners = [
            *numbers,
            *(feature for feature in numbers for _ in range(self.curves.n_curves)),
            *indicated,
            *(
                feature
                for feature, width in zip(categories, self.embeddings.widths, strict=True)
                for _ in range(width)
            ),
        ]
        self.register_buffer("feature_of_column", places(owners))

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, n_features) to (batch, d_input)."""
        mean = self.scaler.mean
        numbers = features[:, self.numbers].to(mean.dtype)
        scaled = self.scaler(numbers.where(~numbers.isnan(), mean))  # (batch, n_numbers)
        columns = [
            scaled,
            self.curves(scaled),
            features[:, self.indicated].isnan().to(scaled.dtype),
            self.embeddings(features[:, self.categories].long()),
        ]
        return torch.cat(columns, dim=1)  # (batch, d_input)

    def column_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape of the input of encoders, (d_input,)."""
        return (len(self.feature_of_column),)

    def sum_to_features(self, values: Tensor) -> Tensor:
        """Add up the values of each feature's columns: (..., d_input) to (..., n_features)."""
        n_features = len(self.numbers) + len(self.categories)
        sums = values.new_zeros(*values.shape[:-1], n_features)
        return sums.index_add(-1, self.feature_of_column, values)

    def share_among_features(self, weights: Tensor) -> Tensor:
        """Turn weights of columns (..., d_input) into those of features (..., n_features).

        A feature gets the mean weight of its columns, divided by the sum over all features. Equal
        weights of columns become equal weights of features, however many columns each feature has.
        """
        n_columns = self.sum_to_features(weights.new_ones(weights.shape[-1]))
        means = self.sum_to_features(weights) / n_columns  # (..., n_features)
        return means / means.sum(dim=-1, keepdim=True)

    def inverse(self, columns: Tensor) -> Tensor:
        """Return the columns of numbers in the units of the input.

        Raises
        ------
        ValueError
            If a feature is a category: an embedding cannot be turned back into a category.
        """
        if len(self.categories):
            raise ValueError(
                "Only a table of numbers can be restored from its columns; the features "
                f"{self.categories.tolist()} are categories."
            )
        return self.scaler.inverse(columns[:, : len(self.numbers)])
