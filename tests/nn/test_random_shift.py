"""Random shifts of images."""

from __future__ import annotations

import pytest
import torch
from contracts import random_tensor
from torch.testing import assert_close

from sklearn_abmtl.nn import InputScaler, RandomShift

MEAN, SCALE = torch.tensor([0.2, -0.1]).reshape(2, 1, 1), torch.tensor([2.0, 3.0]).reshape(2, 1, 1)


def shifted_by(images, down, right):
    """Return the images moved, their edges repeated."""
    rows = (torch.arange(images.shape[2]) - down).clamp(0, images.shape[2] - 1)
    columns = (torch.arange(images.shape[3]) - right).clamp(0, images.shape[3] - 1)
    return images[:, :, rows][:, :, :, columns]


def layer(max_shift):
    return RandomShift(MEAN, SCALE, max_shift).double()


def test_images_are_only_scaled_in_evaluation():
    images = random_tensor(4, 2, 5, 7)
    assert_close(layer(2).eval()(images), InputScaler(MEAN, SCALE).double()(images))


@pytest.mark.parametrize("max_shift", [1, 2])
def test_each_image_is_moved_by_at_most_so_many_pixels(max_shift):
    images = random_tensor(1, 2, 5, 7).expand(200, -1, -1, -1)
    moved = layer(max_shift).train()(images)
    scaled = layer(max_shift).eval()(images[:1])
    moves = range(-max_shift, max_shift + 1)
    candidates = {
        (down, right): shifted_by(scaled, down, right)[0] for down in moves for right in moves
    }
    found = [
        next(move for move, candidate in candidates.items() if torch.equal(image, candidate))
        for image in moved
    ]
    assert set(found) == set(candidates)


def test_equal_seeds_give_equal_moves():
    images = random_tensor(20, 2, 5, 7)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        first = layer(1).train()(images)
        torch.manual_seed(0)
        assert_close(layer(1).train()(images), first)
