"""Losses of a task: values, probabilities and the best constant."""

from __future__ import annotations

import pytest
import torch
from contracts import random_tensor
from label_samples import CLASS_MASK, N_CLASSES, padded, random_codes, random_logits
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot
from torch.testing import assert_close

from sklearn_abmtl.losses import LOSSES

every_loss = pytest.mark.parametrize("name", LOSSES)
every_smoothing = pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.9])


def best_constant_logits(name, class_weights):
    shares = class_weights / class_weights.sum(1, keepdim=True)
    logits = {"cross_entropy": torch.log, "binary_cross_entropy": torch.logit}[name](shares)
    return padded(logits.clamp(-50, 50))


@every_smoothing
def test_cross_entropy_is_that_of_torch_over_the_real_classes(label_smoothing):
    logits, codes = random_logits(20), random_codes(20)
    found = LOSSES["cross_entropy"].losses(logits, codes, CLASS_MASK, label_smoothing)
    assert found.shape == (20, 3)
    for task, n_classes in enumerate(N_CLASSES):
        expected = cross_entropy(
            logits[:, task, :n_classes],
            codes[:, task],
            reduction="none",
            label_smoothing=label_smoothing,
        )
        assert_close(found[:, task], expected)


@every_smoothing
def test_binary_cross_entropy_is_that_of_torch_summed_over_the_real_classes(label_smoothing):
    logits, codes = random_logits(20), random_codes(20)
    found = LOSSES["binary_cross_entropy"].losses(logits, codes, CLASS_MASK, label_smoothing)
    assert found.shape == (20, 3)
    for task, n_classes in enumerate(N_CLASSES):
        targets = one_hot(codes[:, task], n_classes).double()
        targets = (1 - label_smoothing) * targets + label_smoothing / n_classes
        expected = binary_cross_entropy_with_logits(
            logits[:, task, :n_classes], targets, reduction="none"
        )
        assert_close(found[:, task], expected.sum(1))


@every_loss
@every_smoothing
def test_leading_axes_are_independent(name, label_smoothing):
    logits, codes = random_logits(2, 6), random_codes(6).expand(2, -1, -1)
    found = LOSSES[name].losses(logits, codes, CLASS_MASK, label_smoothing)
    for branch in range(2):
        alone = LOSSES[name].losses(logits[branch], codes[branch], CLASS_MASK, label_smoothing)
        assert_close(found[branch], alone)


@every_loss
@every_smoothing
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_missing_labels_and_padding_give_finite_values_and_gradients(name, label_smoothing, dtype):
    logits = random_logits(6).to(dtype).requires_grad_()
    codes = torch.full((6, 3), -1)
    losses = LOSSES[name].losses(logits, codes, CLASS_MASK, label_smoothing)
    losses.sum().backward()
    assert losses.dtype == dtype
    assert losses.isfinite().all()
    assert logits.grad.isfinite().all()
    assert not logits.grad[:, ~CLASS_MASK].any()


@every_loss
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_probabilities_sum_to_1_and_padding_gets_none(name, dtype):
    probabilities = LOSSES[name].probabilities(random_logits(20).to(dtype))
    assert (probabilities >= 0).all()
    assert_close(probabilities.sum(-1), torch.ones(20, 3, dtype=dtype))
    assert not probabilities[:, ~CLASS_MASK].any()


@every_loss
def test_the_highest_logit_is_the_likeliest_class(name):
    logits = random_logits(20)
    assert torch.equal(LOSSES[name].probabilities(logits).argmax(-1), logits.argmax(-1))


def test_probabilities_of_binary_cross_entropy_are_normalised_sigmoids():
    logits = random_logits(20)
    sigmoids = logits.sigmoid()
    found = LOSSES["binary_cross_entropy"].probabilities(logits)
    assert_close(found, sigmoids / sigmoids.sum(-1, keepdim=True))


@every_loss
def test_probabilities_hold_where_every_logit_is_low(name):
    logits = padded(torch.full((1, 3, 5), -200.0, dtype=torch.float64))
    expected = CLASS_MASK / CLASS_MASK.sum(1, keepdim=True).double()
    assert_close(LOSSES[name].probabilities(logits)[0], expected)


@pytest.mark.parametrize("has_empty_class", [False, True])
@every_loss
def test_constant_losses_are_those_of_the_best_constant(name, has_empty_class):
    loss = LOSSES[name]
    class_weights = random_tensor(3, 5).exp() * CLASS_MASK
    if has_empty_class:
        class_weights[:, 1] = 0
    logits = best_constant_logits(name, class_weights)

    def total_loss(constant):
        per_class = torch.stack(
            [
                loss.losses(constant, torch.full((3,), code), CLASS_MASK, 0.0)
                for code in range(CLASS_MASK.shape[1])
            ],
            dim=1,
        )  # (n_tasks, max_classes)
        return (class_weights * per_class).sum(1)

    found = loss.constant_losses(class_weights, CLASS_MASK)
    assert_close(found, total_loss(logits))
    for seed in range(3):
        other = padded(logits + 0.1 * random_tensor(3, 5, seed=seed))
        assert (total_loss(other) > found - 1e-9).all()


def test_the_best_constant_of_cross_entropy_costs_the_entropy():
    shares = random_tensor(3, 5).exp() * CLASS_MASK
    shares /= shares.sum(1, keepdim=True)
    expected = torch.stack(
        [
            torch.distributions.Categorical(shares[task, :n_classes]).entropy()
            for task, n_classes in enumerate(N_CLASSES)
        ]
    )
    assert_close(LOSSES["cross_entropy"].constant_losses(shares, CLASS_MASK), expected)


@every_loss
def test_one_class_costs_nothing(name):
    class_weights = torch.zeros(3, 5, dtype=torch.float64)
    class_weights[:, 1] = 4
    found = LOSSES[name].constant_losses(class_weights, CLASS_MASK)
    assert_close(found, torch.zeros(3, dtype=torch.float64))
