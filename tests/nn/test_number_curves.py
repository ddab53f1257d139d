"""Curves of numbers, linear within bins."""

from __future__ import annotations

import torch
from contracts import assert_gradients_reach_parameters, random_tensor, seeded
from torch.testing import assert_close

from sklearn_abmtl.nn.input_layers.number_curves import NumberCurves

EDGES = torch.tensor([[-1.0, 0.0, 0.5, 2.0], [0.0, 1.0, 1.0, 3.0]])


def curves() -> NumberCurves:
    return seeded(lambda: NumberCurves(EDGES))


def bent() -> NumberCurves:
    module = curves()
    module.bends.data = random_tensor(*module.bends.shape)
    return module


def test_curves_start_as_straight_lines():
    numbers = random_tensor(6, 2)
    expected = numbers.unsqueeze(2) * curves().lines
    assert_close(curves()(numbers), expected.flatten(1))


def test_curves_are_linear_within_a_bin_and_bend_at_its_edges():
    def slope(start):
        points = torch.tensor([[start, 0.0], [start + 0.1, 0.0]], dtype=torch.float64)
        values = bent()(points)[:, :4]
        return (values[1] - values[0]) / 0.1

    assert_close(slope(-0.9), slope(-0.2))
    assert_close(slope(0.6), slope(1.8))
    assert not torch.allclose(slope(-0.2), slope(0.1))


def test_curves_are_straight_beyond_the_outer_edges():
    points = torch.tensor([[2.0, 0.0], [5.0, 0.0]], dtype=torch.float64)
    values = bent()(points)[:, :4]
    assert_close(values[1] - values[0], 3 * bent().lines[0])


def test_a_bin_without_width_counts_for_nothing():
    module, without = bent(), bent()
    without.bends.data[1, 1] = 0
    numbers = random_tensor(6, 2)
    assert_close(module(numbers), without(numbers), rtol=0, atol=0)


def test_a_single_bin_has_no_curves():
    module = NumberCurves(EDGES[:, [0, -1]])
    assert module(torch.zeros(3, 2)).shape == (3, 0)


def test_gradients_reach_lines_and_bends():
    module = NumberCurves(EDGES[:1]).double()
    assert_gradients_reach_parameters(module, module(random_tensor(9, 1)))
