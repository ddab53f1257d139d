"""The task matrix is learned from held-out logits, and only as far as it lowers the loss."""

from __future__ import annotations

import torch
from held_out_rows import (
    NO_LABEL,
    dependent_rows,
    half_known,
    independent_rows,
    mean_loss,
    softmax,
)
from torch.testing import assert_close

from sklearn_abmtl._training.afterwards.pseudo_likelihood import learn_task_matrix
from sklearn_abmtl.losses import LOSSES
from sklearn_abmtl.nn import TaskMatrix, conditional_probabilities


def learned(logits, codes, weights=None, to_probabilities=softmax):
    matrix = TaskMatrix(*logits.shape[1:])
    weights = torch.ones(codes.shape) if weights is None else weights
    weights = weights * (codes != NO_LABEL)
    learn_task_matrix(matrix, logits, codes, weights, to_probabilities)
    return matrix


def test_nothing_changes_until_it_is_learned():
    matrix = TaskMatrix(3, 4)
    logits, codes = independent_rows(10)
    assert not matrix.is_learned
    assert_close(matrix(logits), logits)
    conditional = conditional_probabilities(matrix, logits, half_known(codes), softmax)
    unknown = half_known(codes) == NO_LABEL
    assert_close(conditional[unknown], softmax(logits)[unknown])
    assert not matrix.task_weights.any()


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


def with_rarer_labels(codes, n_labels):
    """Return codes that leave all labels of class 0 and so many others of each task."""
    rarer = codes > 0
    return codes.masked_fill(rarer & (rarer.cumsum(0) > n_labels), NO_LABEL)


def test_a_temperature_needs_30_labels_beside_those_of_the_most_frequent_class():
    logits, codes = independent_rows(scale=4.0)
    codes[:200] = 0
    few, enough = (learned(logits, with_rarer_labels(codes, number)) for number in (29, 30))
    assert_close(few.inverse_temperature, torch.ones(3, 1).double())
    assert not few.bias.any()
    assert (enough.inverse_temperature < 0.5).all()


def test_labels_without_weight_are_not_counted():
    logits, codes = independent_rows(scale=4.0)
    codes[:200] = 0
    weights = (with_rarer_labels(codes, 29) != NO_LABEL).double()
    matrix = learned(logits, codes, weights)
    assert_close(matrix.inverse_temperature, torch.ones(3, 1).double())


def test_labels_of_one_class_make_no_prediction_more_certain():
    logits, codes = dependent_rows(60)
    certain = 0.5 + logits.abs() * torch.tensor([1.0, -1.0])
    matrix = learned(certain, torch.zeros_like(codes))
    assert_close(matrix(certain), certain.double())


def test_few_labels_are_enough_to_couple_tasks():
    matrix = learned(*dependent_rows(50))
    assert_close(matrix.inverse_temperature, torch.ones(3, 1).double())
    assert matrix.task_weights.any()


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
