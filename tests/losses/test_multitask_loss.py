"""The loss of all tasks: missing labels, mixed losses, weights, branches, reconstruction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from contracts import random_tensor
from label_samples import (
    CLASS_MASK,
    N_CLASSES,
    label_weights,
    multi_task_loss,
    padded,
    random_codes,
    random_logits,
)
from torch.testing import assert_close

from sklearn_abmtl._data.label_encoder import TaskLabelEncoder
from sklearn_abmtl._data.label_weights import MIN_LABEL_RATE, class_shares
from sklearn_abmtl._data.rows import LabelledRows
from sklearn_abmtl._data.task_columns import read_task_columns
from sklearn_abmtl._training.data import label_weighting as _label_weighting
from sklearn_abmtl.losses import LOSSES
from sklearn_abmtl.losses.assembly import build_loss

CROSS, BINARY = LOSSES["cross_entropy"], LOSSES["binary_cross_entropy"]
MIXED = [CROSS, BINARY, CROSS]
TASK_NAMES = ["a", "b", "c"]
ENCODER = TaskLabelEncoder().fit_classes(
    [np.arange(k) for k in N_CLASSES],
    read_task_columns(pd.DataFrame(np.zeros((1, 3), dtype=int), columns=TASK_NAMES)),
)

every_loss = pytest.mark.parametrize("name", LOSSES)
every_smoothing = pytest.mark.parametrize("label_smoothing", [0.0, 0.1])


def rows_of(codes, sample_weight=None):
    weights = np.ones(codes.shape) if sample_weight is None else sample_weight
    return LabelledRows(np.zeros((len(codes), 1)), codes.numpy(), weights)


def label_weighting(loss, rows, class_weight=None):
    shares = class_shares(rows.codes, rows.sample_weight, max(N_CLASSES))
    return _label_weighting.label_weighting(class_weight, ENCODER, loss, shares)


@every_smoothing
def test_a_task_loss_is_the_weighted_mean_over_rows(label_smoothing):
    loss = multi_task_loss(CROSS, label_smoothing=label_smoothing)
    logits, codes = random_logits(12), random_codes(12, missing=0.3)
    weights = label_weights(codes)
    terms = loss(logits[None], logits[None, None], codes, weights)
    per_label = CROSS.losses(logits, codes, CLASS_MASK, label_smoothing)
    assert_close(terms.task_losses, (weights * per_label).sum(0) / 12)
    assert_close(terms.total, terms.task_losses.mean())
    assert not terms.task_losses.requires_grad


@every_loss
@every_smoothing
def test_missing_labels_count_for_nothing(name, label_smoothing):
    loss = multi_task_loss(LOSSES[name], label_smoothing=label_smoothing)
    codes = random_codes(12, missing=0.4)
    missing = codes < 0
    weights = label_weights(codes)
    logits = random_logits(12)
    changed = torch.where(missing.unsqueeze(2), random_logits(12, seed=9) * 100, logits)
    changed = padded(changed).requires_grad_()
    branches = random_logits(2, 12, seed=5).requires_grad_()
    terms = loss(changed[None], branches[None], codes, weights)
    expected = loss(logits[None], branches[None], codes, weights)
    assert torch.equal(terms.total, expected.total)
    assert torch.equal(terms.task_losses, expected.task_losses)
    terms.total.backward()
    assert not changed.grad[missing].any()
    assert changed.grad[~missing].any(dim=1).all()
    assert not branches.grad[:, missing].any()


@pytest.mark.parametrize("task_losses", [CROSS, BINARY, MIXED])
def test_a_batch_without_a_label_of_a_task_is_fine(task_losses):
    loss = multi_task_loss(task_losses)
    codes = random_codes(6)
    codes[:, 1] = -1
    logits = random_logits(6).requires_grad_()
    terms = loss(logits[None], logits[None, None], codes, label_weights(codes))
    assert terms.task_losses[1] == 0
    assert (terms.task_losses[[0, 2]] > 0).all()
    terms.total.backward()
    assert logits.grad.isfinite().all()
    assert not logits.grad[:, 1].any()


@every_smoothing
def test_mixed_losses_equal_the_single_ones_task_by_task(label_smoothing):
    logits, codes = random_logits(12), random_codes(12, missing=0.3)
    inputs = (logits[None], logits[None, None], codes, label_weights(codes))
    class_weights = random_tensor(3, 5).exp() * CLASS_MASK
    mixed = multi_task_loss(MIXED, label_smoothing=label_smoothing)
    for task, kind in enumerate(MIXED):
        single = multi_task_loss(kind, label_smoothing=label_smoothing)
        assert_close(mixed(*inputs).task_losses[task], single(*inputs).task_losses[task])
        assert_close(mixed.probabilities(logits)[:, task], single.probabilities(logits)[:, task])
        constant_losses = mixed.constant_losses(class_weights)
        assert_close(constant_losses[task], single.constant_losses(class_weights)[task])


@pytest.mark.parametrize("task_losses", [CROSS, BINARY, MIXED])
def test_probabilities_sum_to_1_and_padding_gets_none(task_losses):
    probabilities = multi_task_loss(task_losses).probabilities(random_logits(12))
    assert_close(probabilities.sum(2), torch.ones(12, 3, dtype=torch.float64))
    assert not probabilities[:, ~CLASS_MASK].any()


def test_only_ratios_of_loss_weights_count():
    logits, codes = random_logits(12), random_codes(12)
    inputs = (logits[None], random_logits(1, 2, 12), codes, label_weights(codes))
    small = multi_task_loss(CROSS, loss_weights=[1.0, 2.0, 5.0])(*inputs)
    large = multi_task_loss(CROSS, loss_weights=[10.0, 20.0, 50.0])(*inputs)
    assert_close(small.total, large.total)
    single = multi_task_loss(CROSS, loss_weights=[1.0, 2.0, 5.0], branch_loss_weight=0)(*inputs)
    expected = single.task_losses @ torch.tensor([0.125, 0.25, 0.625], dtype=torch.float64)
    assert_close(single.total, expected)


@pytest.mark.parametrize("branch_loss_weight", [0.0, 0.5, 2.0])
def test_branches_add_their_own_losses(branch_loss_weight):
    loss = multi_task_loss(MIXED, branch_loss_weight=branch_loss_weight)
    codes = random_codes(12, missing=0.3)
    weights = label_weights(codes)
    logits, branches = random_logits(12), random_logits(2, 12, seed=4)
    parts = [loss(x[None], x[None, None], codes, weights).total for x in (logits, *branches)]
    terms = loss(logits[None], branches[None], codes, weights)
    assert_close(terms.total, parts[0] + branch_loss_weight * (parts[1] + parts[2]))
    assert_close(
        terms.task_losses, loss(logits[None], logits[None, None], codes, weights).task_losses
    )


def test_the_loss_of_members_is_the_mean_of_their_losses():
    loss = multi_task_loss(MIXED)
    codes = random_codes(12)
    weights = label_weights(codes)
    members, branches = random_logits(3, 12), random_logits(3, 2, 12, seed=4)
    together = loss(members, branches, codes, weights)
    alone = [
        loss(member[None], own[None], codes, weights)
        for member, own in zip(members, branches, strict=True)
    ]
    assert_close(together.total, sum(terms.total for terms in alone) / 3)
    assert_close(together.task_losses, sum(terms.task_losses for terms in alone) / 3)


def test_in_evaluation_the_loss_is_that_of_the_averaged_logits():
    loss = multi_task_loss(MIXED)
    codes = random_codes(12)
    weights = label_weights(codes)
    members, branches = random_logits(3, 12), random_logits(3, 2, 12, seed=4)
    averaged = loss(members.mean(0)[None], branches.mean(0)[None], codes, weights)
    assert_close(loss.eval()(members, branches, codes, weights).total, averaged.total)


def test_a_single_branch_has_no_loss_of_its_own():
    logits, codes = random_logits(12), random_codes(12)
    without = multi_task_loss(CROSS, branch_loss_weight=0.0)
    with_branch = multi_task_loss(CROSS, branch_loss_weight=2.0)
    inputs = (logits[None], logits[None, None], codes, label_weights(codes))
    assert_close(with_branch(*inputs).total, without(*inputs).total)


@pytest.mark.parametrize("sample_shape", [(4,), (6, 2), (1, 5, 4)])
def test_the_reconstruction_loss_is_a_weighted_mean_squared_error(sample_shape):
    loss = multi_task_loss(CROSS, reconstruction_weight=0.3)
    scaled = random_tensor(6, *sample_shape)
    reconstructions = random_tensor(6, 2, *sample_shape, seed=1)
    even = loss.reconstruction_loss(scaled, reconstructions, torch.ones(6))
    errors = torch.stack([reconstructions[:, trunk] - scaled for trunk in range(2)]).square()
    assert_close(even, 0.3 * errors.mean())
    assert loss.reconstruction_loss(scaled, scaled.unsqueeze(1), torch.ones(6)) == 0
    row_weights = torch.tensor([2.0, 2, 2, 0, 0, 0], dtype=torch.float64)
    weighted = loss.reconstruction_loss(scaled, reconstructions, row_weights)
    first = loss.reconstruction_loss(scaled[:3], reconstructions[:3], torch.ones(3))
    assert_close(weighted, first)


@pytest.mark.parametrize("losses", [*LOSSES, ["cross_entropy", "binary_cross_entropy", "auto"]])
@pytest.mark.parametrize("class_weight", [None, "balanced", [{1: 3.0}, None, "balanced"]])
@pytest.mark.parametrize(("is_weighted", "label_smoothing"), [(False, 0.2), (True, 0.0)])
def test_a_constant_classifier_costs_1_in_every_task(
    losses, class_weight, is_weighted, label_smoothing
):
    codes = random_codes(200, missing=0.3)
    weights = random_tensor(200, 3, seed=3).exp().numpy() if is_weighted else np.ones((200, 3))
    loss = new_loss(losses, label_smoothing)
    weighting = label_weighting(loss, rows_of(codes, weights), class_weight)
    weights = torch.from_numpy(weighting.label_weights(codes.numpy(), weights, MIN_LABEL_RATE))
    logits = best_constant(loss, codes, weights)
    terms = loss(logits[None], logits[None, None], codes, weights)
    assert_close(terms.task_losses, torch.ones(3, dtype=torch.float64))
    assert_close(terms.total, torch.tensor(1.0, dtype=torch.float64))


def new_loss(losses, label_smoothing=0.0):
    return build_loss(
        losses,
        None,
        TASK_NAMES,
        CLASS_MASK,
        label_smoothing=label_smoothing,
        branch_loss_weight=0.5,
        reconstruction_weight=0.0,
    ).double()


def best_constant(loss, codes, weights):
    """Return the logits of the weighted class shares, which no constant betters."""
    totals = torch.stack([(weights * (codes == code)).sum(0) for code in range(5)], dim=1)
    shares = totals / totals.sum(1, keepdim=True)
    evenly = (CLASS_MASK / CLASS_MASK.sum(1, keepdim=True)).double()
    shares = torch.lerp(shares, evenly, loss.label_smoothing)
    is_binary = loss.has_kind[loss.kinds.index(BINARY)] if BINARY in loss.kinds else torch.tensor(0)
    logits = torch.where(is_binary.bool().reshape(-1, 1), shares.logit(), shares.log())
    return padded(logits).expand(len(codes), -1, -1)


@every_loss
def test_a_task_of_one_class_is_left_at_its_scale(name):
    codes = random_codes(20)
    codes[:, 1] = 2
    weighting = label_weighting(new_loss(name), rows_of(codes))
    assert weighting.constant_losses[1] == 1
    assert np.isfinite(weighting.label_weights(codes.numpy(), np.ones((20, 3)))).all()


@pytest.mark.gpu
@pytest.mark.parametrize("losses", [*LOSSES, ["auto", "binary_cross_entropy", "auto"]])
def test_label_weighting_does_not_depend_on_the_device(losses):
    rows = rows_of(random_codes(20))
    on_cpu = label_weighting(new_loss(losses), rows)
    on_gpu = label_weighting(new_loss(losses).to("cuda"), rows)
    np.testing.assert_allclose(on_gpu.constant_losses, on_cpu.constant_losses)


def test_two_classes_have_one_loss_under_both_names():
    loss = new_loss("binary_cross_entropy")
    is_binary = loss.has_kind[loss.kinds.index(BINARY)]
    assert is_binary.tolist() == [False, True, True]
