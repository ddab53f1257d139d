"""Each loss weighting against numbers computed by hand from the formula of its paper."""

from __future__ import annotations

import math

import pytest
import torch
from torch.testing import assert_close
from weighting_samples import TASKS, new_weighting

from sklearn_abmtl.losses import DWA, FAMO, FixedWeights


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_fixed_weights_are_divided_by_their_sum():
    weighting = FixedWeights(weights=[1, 2, 5]).build(TASKS).double()
    assert_close(weighting(numbers(8.0, 4.0, 1.6)), numbers(3.0).squeeze())


def test_uncertainty_is_the_loss_by_the_variance_and_half_its_logarithm():
    weighting = new_weighting("uncertainty")
    weighting.log_variances.data = numbers(0.0, math.log(2), math.log(4))
    total = weighting(numbers(1.0, 2.0, 3.0))
    assert_close(total, numbers((1 + 1 + 0.75 + math.log(2) / 2 + math.log(4) / 2) / 3).squeeze())
    total.backward()  # the derivative of exp(-s) L + s / 2, by 3 tasks
    assert_close(weighting.log_variances.grad, numbers(-0.5, -0.5, -0.25) / 3)
    assert_close(weighting.loss_weights, numbers(1.0, 0.5, 0.25) / 3)


def test_a_learned_variance_is_twice_the_loss():
    weighting = new_weighting("uncertainty")
    optimizer = torch.optim.SGD(weighting.parameters(), lr=1.0)
    for _ in range(200):
        optimizer.zero_grad()
        weighting(numbers(1.0, 0.5, 0.1)).backward()
        optimizer.step()
    assert_close(weighting.log_variances.detach().exp(), numbers(2.0, 1.0, 0.2))


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_dwa_is_a_softmax_of_the_ratios_of_two_epochs(temperature):
    weighting = DWA(temperature=temperature).build(TASKS).double()
    for losses in ([9.0, 9.0, 9.0], [1.0, 2.0, 4.0], [0.5, 2.0, 1.0]):
        weighting.after_epoch(numbers(*losses))
    e = [math.exp(ratio / temperature) for ratio in (0.5, 1.0, 0.25)]
    assert_close(weighting.weigh(numbers(1, 1, 1)), numbers(*e) / sum(e))


def test_dwa_is_equal_for_two_epochs_and_where_an_epoch_had_no_label():
    weighting = new_weighting("dwa")
    for losses in ([1.0, 1.0, 1.0], [0.5, math.nan, 1.0]):
        assert_close(weighting.weigh(numbers(1, 1, 1)), numbers(1, 1, 1) / 3)
        weighting.after_epoch(numbers(*losses))
    weights = weighting.weigh(numbers(1, 1, 1))
    assert weights[0] < weights[1]
    assert weights[1] == weights[2]


def test_famo_weighs_by_shares_over_losses():
    weighting = new_weighting("famo")
    weighting.scores.data = numbers(0.0, math.log(2), math.log(5))
    # shares 1/8, 2/8, 5/8 over losses 1, 2, 5 are equal
    assert_close(weighting.weigh(numbers(1.0, 2.0, 5.0)), numbers(1, 1, 1) / 3)


def test_famo_turns_to_the_task_that_falls_least():
    weighting = FAMO(lr=0.1, weight_decay=0.0).build(TASKS).double()
    weighting(numbers(1.0, 1.0, 1.0))
    weighting.after_step(lambda: numbers(0.9, 0.5, 0.7))
    # falls of .105, .693 and .357, mean .385; the first step of Adam has the length lr
    assert_close(weighting.scores.detach(), numbers(0.1, -0.1, 0.1), rtol=1e-5, atol=0)
    assert weighting.scores.grad is None


def test_the_geometric_mean_has_its_value_and_gradient():
    losses = numbers(0.5, 4.0, 4.0).requires_grad_()
    total = new_weighting("geometric")(losses)
    total.backward()
    assert_close(total, numbers(2.0).squeeze())
    assert_close(losses.grad, numbers(2 / 0.5, 2 / 4, 2 / 4) / 3)


def test_random_weights_are_a_softmax_of_normal_numbers():
    weighting = new_weighting("random")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        expected = torch.randn(3, dtype=torch.float64).exp()
        torch.manual_seed(3)
        drawn = [weighting.weigh(numbers(1, 1, 1)) for _ in range(2)]
    assert_close(drawn[0], expected / expected.sum())
    assert not torch.equal(*drawn)
