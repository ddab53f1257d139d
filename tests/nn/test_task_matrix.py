"""The task matrix: known labels improve the other tasks of a sample."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from contracts import random_tensor
from held_out_rows import NO_LABEL, dependent_rows, half_known, independent_rows, softmax
from torch.nn.functional import one_hot
from torch.testing import assert_close

from sklearn_abmtl.nn import TaskMatrix, conditional_probabilities, most_probable_codes


def set_at_random(matrix, rank=5):
    n_tasks, n_classes = matrix.bias.shape
    matrix.inverse_temperature = 1 + random_tensor(n_tasks, 1, seed=1).abs()
    matrix.bias = random_tensor(n_tasks, n_classes, seed=2)
    matrix.reading = random_tensor(n_tasks, n_classes, rank, seed=3)
    matrix.writing = random_tensor(n_tasks, rank, n_classes, seed=4)
    return matrix


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


@pytest.mark.parametrize("rank", [1, 5])
def test_task_weights_are_norms(rank):
    matrix = TaskMatrix(4, 3)
    assert not matrix.couples_tasks
    matrix.reading, matrix.writing = random_tensor(4, 3, rank), random_tensor(4, rank, 3, seed=1)
    matrix.writing[2] = 0
    assert matrix.couples_tasks
    weights = matrix.task_weights
    for task, other in product(range(4), repeat=2):
        norm = torch.linalg.matrix_norm(matrix.reading[other] @ matrix.writing[task])
        assert_close(weights[task, other], norm * (task != other))
    assert (weights[2] == 0).all()
    matrix.writing.zero_()
    assert not matrix.couples_tasks


def test_what_is_known_in_all_samples_is_not_searched():
    matrix = set_at_random(TaskMatrix(3, 4))
    logits, codes = independent_rows(5)
    assert_close(most_probable_codes(matrix, matrix(logits), codes, softmax), codes)
    known = torch.where(torch.arange(3) == 1, codes, NO_LABEL)
    some = torch.where(torch.arange(5)[:, None] < 4, known, NO_LABEL)  # a sample has nothing known
    searched = most_probable_codes(matrix, matrix(logits), some, softmax)
    assert_close(most_probable_codes(matrix, matrix(logits), known, softmax)[:4], searched[:4])


def test_reset_makes_it_the_identity_again():
    matrix = set_at_random(TaskMatrix(3, 4))
    matrix.reset()
    assert not matrix.is_learned
    logits, _ = independent_rows(5)
    assert_close(matrix(logits), logits)
