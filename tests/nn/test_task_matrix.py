"""The task matrix: learned from held-out logits, then known labels speak for other tasks."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from contracts import random_tensor
from torch.nn.functional import one_hot
from torch.testing import assert_close

from sklearn_abmtl.losses import LOSSES
from sklearn_abmtl.nn import (
    conditional_probabilities,
    learn_task_matrix,
    most_probable_codes,
)
from sklearn_abmtl.nn.aggregators import TaskMatrix

NO_LABEL = -1


def softmax(logits, tasks=slice(None)):
    return logits.softmax(dim=-1)


def dependent_rows(n_samples=400, n_tasks=3, n_classes=2, seed=0):
    """Return logits and codes; half of the time a label is that of the first task."""
    logits = random_tensor(n_samples, n_tasks, n_classes, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    codes = torch.distributions.Categorical(logits=logits)
    drawn = torch.multinomial(codes.probs.flatten(0, 1), 1, generator=generator)
    drawn = drawn.reshape(n_samples, n_tasks)
    copies = torch.rand(n_samples, n_tasks, generator=generator) < 0.5
    return logits, torch.where(copies, drawn[:, :1], drawn)


def independent_rows(n_samples=400, scale=1.0, seed=0):
    logits = random_tensor(n_samples, 3, 4, seed=seed)
    generator = torch.Generator().manual_seed(seed + 1)
    drawn = torch.multinomial(logits.softmax(2).flatten(0, 1), 1, generator=generator)
    return logits * scale, drawn.reshape(n_samples, 3)


def learned(logits, codes, weights=None, to_probabilities=softmax):
    matrix = TaskMatrix(*logits.shape[1:])
    weights = torch.ones(codes.shape) if weights is None else weights
    weights = weights * (codes != NO_LABEL)
    learn_task_matrix(matrix, logits, codes, weights, to_probabilities)
    return matrix


def set_at_random(matrix, rank=5):
    n_tasks, n_classes = matrix.bias.shape
    matrix.inverse_temperature = 1 + random_tensor(n_tasks, 1, seed=1).abs()
    matrix.bias = random_tensor(n_tasks, n_classes, seed=2)
    matrix.reading = random_tensor(n_tasks, n_classes, rank, seed=3)
    matrix.writing = random_tensor(n_tasks, rank, n_classes, seed=4)
    return matrix


def mean_loss(probabilities, codes, where):
    own = probabilities.gather(2, codes.unsqueeze(2)).squeeze(2)
    return -own.log()[where].mean().item()


def half_known(codes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.where(torch.rand(codes.shape, generator=generator) < 0.5, codes, NO_LABEL)


def test_nothing_changes_until_it_is_learned():
    matrix = TaskMatrix(3, 4)
    logits, codes = independent_rows(10)
    assert not matrix.is_learned
    assert_close(matrix(logits), logits)
    conditional = conditional_probabilities(matrix, logits, half_known(codes), softmax)
    unknown = half_known(codes) == NO_LABEL
    assert_close(conditional[unknown], softmax(logits)[unknown])
    assert not matrix.task_weights.any()


def test_the_formula():
    matrix = set_at_random(TaskMatrix(3, 4))
    logits, codes = independent_rows(6)
    known = half_known(codes)
    calibrated = matrix(logits)
    conditional = conditional_probabilities(matrix, calibrated, known, softmax)
    probabilities = softmax(calibrated)
    for row, task in product(range(6), range(3)):
        if known[row, task] != NO_LABEL:
            expected = one_hot(known[row, task], 4).double()
        else:
            z = matrix.bias[task] + logits[row, task] * matrix.inverse_temperature[task]
            for other in set(range(3)) - {task}:
                if known[row, other] != NO_LABEL:
                    a = one_hot(known[row, other], 4) - probabilities[row, other]
                    z = z + a @ matrix.reading[other] @ matrix.writing[task]
            expected = z.softmax(0)
        assert_close(conditional[row, task], expected)


def test_task_weights_are_the_norms_of_the_blocks():
    matrix = set_at_random(TaskMatrix(3, 4))
    weights = matrix.task_weights
    block = matrix.reading[2] @ matrix.writing[0]  # of task 0, by task 2
    assert_close(weights[0, 2], block.norm())
    assert not weights.diagonal().any()


def test_labels_of_dependent_tasks_lower_the_loss_of_the_others():
    matrix = learned(*dependent_rows(seed=0))
    logits, codes = dependent_rows(2000, seed=1)
    known = half_known(codes)
    unknown = known == NO_LABEL
    calibrated = matrix(logits)
    conditional = conditional_probabilities(matrix, calibrated, known, softmax)
    before = mean_loss(softmax(logits), codes, unknown)
    assert mean_loss(conditional, codes, unknown) < 0.95 * before
    assert matrix.task_weights[1, 0] > 0.3


def test_independent_tasks_stay_as_they_are():
    matrix = learned(*independent_rows())
    assert matrix.is_learned
    assert not matrix.task_weights.any()
    assert_close(matrix.inverse_temperature, torch.ones(3, 1).double())
    assert not matrix.bias.any()


def test_too_certain_logits_are_divided_by_a_temperature():
    matrix = learned(*independent_rows(scale=4.0))
    assert (matrix.inverse_temperature < 0.5).all()


def test_what_stands_at_missing_labels_does_not_count():
    logits, codes = dependent_rows()
    missing = half_known(codes)
    first = learned(logits, missing)
    weights = (missing != NO_LABEL).double()
    matrix = TaskMatrix(3, 2)
    learn_task_matrix(matrix, logits, missing, 5 * weights, softmax)  # only ratios count
    assert_close(matrix.task_weights, first.task_weights)


def test_permuting_tasks_permutes_the_weights():
    logits, codes = dependent_rows()
    order = torch.tensor([2, 0, 1])
    weights = learned(logits, codes).task_weights
    permuted = learned(logits[:, order], codes[:, order]).task_weights
    # which labels are masked differs, so the weights agree only about
    assert_close(permuted, weights[order][:, order], atol=0.15, rtol=0.3)


def test_equal_rows_give_equal_matrices():
    rows = dependent_rows()
    assert_close(learned(*rows).task_weights, learned(*rows).task_weights, rtol=0, atol=0)


def test_more_classes_than_the_full_rank_are_read_along_their_main_axes():
    n_tasks = 80
    matrix = learned(*dependent_rows(n_tasks=n_tasks))
    assert matrix.reading.shape[2] < 2 * n_tasks
    basis = matrix.reading.flatten(0, 1)
    assert_close(basis.T @ basis, torch.eye(basis.shape[1]).double())
    logits, codes = dependent_rows(1000, n_tasks=n_tasks, seed=1)
    known = half_known(codes)
    unknown = known == NO_LABEL
    conditional = conditional_probabilities(matrix, matrix(logits), known, softmax)
    assert mean_loss(conditional, codes, unknown) < mean_loss(softmax(logits), codes, unknown)


def test_one_against_rest_probabilities_are_learned_on_too():
    def sigmoids(logits, tasks=slice(None)):
        return LOSSES["binary_cross_entropy"].probabilities(logits)

    logits, codes = dependent_rows()
    matrix = learned(logits, codes, to_probabilities=sigmoids)
    conditional = conditional_probabilities(matrix, matrix(logits), half_known(codes), sigmoids)
    assert_close(conditional.sum(2), torch.ones(codes.shape).double())
    assert matrix.task_weights.any()


@pytest.mark.parametrize("share_known", [0.0, 0.4])
def test_most_probable_codes_are_those_of_an_exhaustive_search(share_known):
    matrix = set_at_random(TaskMatrix(3, 2))
    logits, codes = dependent_rows(12)
    is_known = torch.rand(codes.shape, generator=torch.Generator().manual_seed(0)) < share_known
    known = torch.where(is_known, codes, NO_LABEL)
    calibrated = matrix(logits)
    found = most_probable_codes(matrix, calibrated, known, softmax)
    for row in range(12):
        candidates = [
            candidate
            for candidate in product(range(2), repeat=3)
            if all(k in (NO_LABEL, c) for k, c in zip(known[row], candidate, strict=True))
        ]
        scores = [
            joint_probability(matrix, calibrated[row : row + 1], known[row], candidate)
            for candidate in candidates
        ]
        best = candidates[max(range(len(scores)), key=scores.__getitem__)]
        assert tuple(found[row].tolist()) == best


def joint_probability(matrix, calibrated, known, candidate):
    """Return the product along the tasks, each given the known labels and those before it."""
    probability, given = 1.0, known.clone()
    for task, code in enumerate(candidate):
        if known[task] == NO_LABEL:
            conditional = conditional_probabilities(matrix, calibrated, given[None], softmax)
            probability *= conditional[0, task, code].item()
            given[task] = code
    return probability


def test_the_most_probable_codes_of_a_sample_do_not_depend_on_its_batch():
    matrix = set_at_random(TaskMatrix(3, 4))
    logits, codes = independent_rows(5)
    nothing = torch.full_like(codes, NO_LABEL)
    together = most_probable_codes(matrix, matrix(logits), nothing, softmax)
    alone = most_probable_codes(matrix, matrix(logits[2:3]), nothing[2:3], softmax)
    assert_close(together[2:3], alone)


def test_reset_makes_it_the_identity_again():
    matrix = set_at_random(TaskMatrix(3, 4))
    matrix.reset()
    assert not matrix.is_learned
    logits, _ = independent_rows(5)
    assert_close(matrix(logits), logits)
