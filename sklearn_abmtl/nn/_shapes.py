"""Channels and cells of a sample, for each kind of input.

======== ========================= ========= ==================
input    shape of one sample       channels  cells
======== ========================= ========= ==================
table    (n_features,)             1         (n_features,)
sequence (n_steps, n_channels)     last      (n_steps,)
image    (n_channels, height, width) first   (height, width)
======== ========================= ========= ==================
"""

from __future__ import annotations

from torch import Tensor, nn

Shape = tuple[int, ...]


def channels_and_cells(sample_shape: Shape) -> tuple[int, Shape]:
    """Return the number of channels of a sample and the shape of its cells."""
    if len(sample_shape) == 1:
        return 1, sample_shape
    if len(sample_shape) == 2:
        return sample_shape[1], sample_shape[:1]
    return sample_shape[0], sample_shape[1:]


def from_channels_first(cells: Tensor, sample_shape: Shape) -> Tensor:
    """Bring (batch, n_channels, *cells) into the shape of the samples, (batch, *sample_shape)."""
    if len(sample_shape) == 2:
        return cells.transpose(1, 2)
    return cells.reshape(cells.shape[0], *sample_shape)


def spread_over_cells(token_values: Tensor, grid: Shape, sample_shape: Shape) -> Tensor:
    """Give each cell of the input the value of the token at its place, scaled to keep the sum.

    Maps (batch, n_tasks, n_tokens) to (batch, n_tasks, *cells). If the grid does not divide the
    cells evenly, some tokens cover one cell more than others. If there are more tokens than cells,
    each cell gets the mean of its tokens.
    """
    _, cells = channels_and_cells(sample_shape)
    has_more = any(side > own for side, own in zip(grid, cells, strict=True))
    mode = "area" if has_more else "nearest"  # "nearest" would skip tokens
    spread = nn.functional.interpolate(token_values.unflatten(2, grid), size=cells, mode=mode)
    scale = token_values.sum(2) / spread.flatten(2).sum(2)  # (batch, n_tasks)
    return spread * scale.reshape(*scale.shape, *[1] * len(cells))
