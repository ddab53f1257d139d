"""Aggregators: the logits of several branches become one per task."""

from __future__ import annotations

import contracts
import pytest
import torch
from contracts import random_tensor, seeded
from part_samples import aggregator_sample
from torch import nn
from torch.testing import assert_close

from sklearn_abmtl.nn import AGGREGATORS

N_TASKS, N_CLASSES = 3, 4

every_aggregator = pytest.mark.parametrize("name", AGGREGATORS)
every_count = pytest.mark.parametrize("n_branches", [1, 2])


class BatchFirst(nn.Module):
    """An aggregator of (batch, n_branches, n_tasks, n_classes)."""

    def __init__(self, aggregator):
        super().__init__()
        self.aggregator = aggregator

    def forward(self, branch_logits):
        return self.aggregator(branch_logits.transpose(0, 1))


def builder(name, n_branches=2):
    spec = aggregator_sample(name)
    return lambda: BatchFirst(spec.build(N_TASKS, n_branches, N_CLASSES))


def with_scores(module):
    scores = module.aggregator.branch_scores
    scores.data = random_tensor(*scores.shape, seed=3)
    return module


def logits(batch=5, n_branches=2):
    return random_tensor(batch, n_branches, N_TASKS, N_CLASSES)


@every_aggregator
@every_count
@pytest.mark.parametrize("batch", contracts.BATCHES)
def test_output_shapes(name, n_branches, batch):
    aggregator = seeded(builder(name, n_branches))
    assert aggregator(logits(batch, n_branches)).shape == (batch, N_TASKS, N_CLASSES)


@every_aggregator
def test_gradients_reach_every_parameter(name):
    aggregator = seeded(builder(name)).train()
    contracts.assert_gradients_reach_parameters(aggregator, aggregator(logits()))


@every_aggregator
def test_samples_are_independent(name):
    contracts.assert_samples_are_independent(with_scores(seeded(builder(name))), (logits(),))


@every_aggregator
def test_permuting_tasks_permutes_output(name):
    aggregator = with_scores(seeded(builder(name)))
    permuted = with_scores(seeded(builder(name)))
    order = [2, 0, 1]
    permuted.aggregator.branch_scores.data = aggregator.aggregator.branch_scores.data[order]
    assert_close(permuted(logits()[:, :, order]), aggregator(logits())[:, order])


@every_aggregator
def test_modules_copy_and_save(name):
    build, inputs = builder(name), (logits(),)
    contracts.assert_dtype_is_kept(build, inputs)
    contracts.assert_equal_seeds_give_equal_parameters(build)
    contracts.assert_state_dict_round_trips(lambda: with_scores(build()), inputs)
    contracts.assert_module_copies(with_scores(seeded(build)), inputs)


@every_aggregator
def test_specs_copy(name):
    contracts.assert_spec_copies(aggregator_sample(name))


@every_aggregator
def test_one_branch_passes_unchanged(name):
    branch_logits = logits(n_branches=1)
    assert_close(with_scores(seeded(builder(name, 1)))(branch_logits), branch_logits[:, 0])


@every_aggregator
def test_branch_weights_start_equal_and_sum_to_1(name):
    module = seeded(builder(name))
    assert (module.aggregator.branch_weights == 0.5).all()
    weights = with_scores(module).aggregator.branch_weights
    assert weights.shape == (N_TASKS, 2)
    assert_close(weights.sum(1), torch.ones(N_TASKS, dtype=torch.float64))


def test_the_weighted_aggregator_mixes_branches_task_by_task():
    module = with_scores(seeded(builder("weighted")))
    weights = module.aggregator.branch_weights
    mixed = module(logits())
    for task in range(N_TASKS):
        first, second = logits()[:, 0, task], logits()[:, 1, task]
        assert_close(mixed[:, task], weights[task, 0] * first + weights[task, 1] * second)
