"""How samples lie in memory, and attention on the input's cells."""

from __future__ import annotations

import pytest
import torch
from contracts import random_tensor
from torch.testing import assert_close

from sklearn_abmtl.nn import spread_over_cells
from sklearn_abmtl.nn._shapes import channels_and_cells, from_channels_first

GRIDS = [  # grid of tokens, sample shape, cells; some do not divide
    ((1,), (7,), (7,)),
    ((7,), (7,), (7,)),
    ((9,), (9, 2), (9,)),
    ((4, 4), (1, 28, 28), (28, 28)),
    ((2, 3), (3, 7, 10), (7, 10)),
    ((1, 5), (1, 9, 18), (9, 18)),
    ((9,), (4, 2), (4,)),
    ((12, 3), (1, 5, 6), (5, 6)),
]


@pytest.mark.parametrize(
    ("sample_shape", "expected"),
    [((7,), (1, (7,))), ((9, 2), (2, (9,))), ((3, 5, 6), (3, (5, 6)))],
)
def test_channels_and_cells_of_a_sample(sample_shape, expected):
    assert channels_and_cells(sample_shape) == expected


@pytest.mark.parametrize("sample_shape", [(7,), (9, 2), (3, 5, 6)])
def test_channels_come_to_their_axis(sample_shape):
    n_channels, cells = channels_and_cells(sample_shape)
    by_channel = torch.arange(n_channels).reshape(1, -1, *[1] * len(cells))
    samples = from_channels_first(by_channel.expand(5, -1, *cells), sample_shape)
    assert samples.shape == (5, *sample_shape)
    channel_axis = 1 if len(sample_shape) == 3 else -1
    if len(sample_shape) > 1:
        last = samples.select(channel_axis, n_channels - 1)
        assert (last == n_channels - 1).all()


@pytest.mark.parametrize(("grid", "sample_shape", "cells"), GRIDS)
def test_spreading_keeps_sums(grid, sample_shape, cells):
    token_values = random_tensor(5, 3, torch.Size(grid).numel()).exp()
    spread = spread_over_cells(token_values, grid, sample_shape)
    assert spread.shape == (5, 3, *cells)
    assert (spread > 0).all()
    assert_close(spread.flatten(2).sum(2), token_values.sum(2))


@pytest.mark.parametrize(("grid", "sample_shape", "cells"), GRIDS)
def test_attention_on_a_single_token_comes_to_the_cells(grid, sample_shape, cells):
    one_token = torch.eye(torch.Size(grid).numel()).unsqueeze(1)
    spread = spread_over_cells(one_token, grid, sample_shape)
    assert_close(spread.flatten(1).sum(1), torch.ones(len(one_token)))


@pytest.mark.parametrize(("grid", "sample_shape", "cells"), GRIDS)
def test_even_attention_is_even_on_the_cells(grid, sample_shape, cells):
    n_tokens = torch.Size(grid).numel()
    spread = spread_over_cells(torch.full((1, 1, n_tokens), 1 / n_tokens), grid, sample_shape)
    assert_close(spread, torch.full_like(spread, 1 / torch.Size(cells).numel()))


def test_a_token_keeps_its_value_where_grids_divide():
    token_values = random_tensor(1, 1, 6).exp()
    spread = spread_over_cells(token_values, (2, 3), (1, 4, 9))
    blocks = spread.unflatten(3, (3, 3)).unflatten(2, (2, 2))  # (1, 1, 2, 2, 3, 3)
    assert_close(blocks.sum(dim=(3, 5)).flatten(2), token_values)
