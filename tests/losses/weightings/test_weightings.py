"""Properties of all loss weightings."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch.testing import assert_close
from weighting_samples import (
    LOSSES_OF_STEPS,
    directions,
    encoded_values,
    new_weighting,
    objectives_of,
    take_steps,
    weights_at,
)

from sklearn_abmtl.losses import LOSS_WEIGHTINGS

UNEQUAL = [0.9, 0.2, 0.5]
EQUAL = torch.full((3,), 1 / 3, dtype=torch.float64)
of_names = pytest.mark.parametrize
every_weighting = of_names("name", LOSS_WEIGHTINGS)
every_weighting_but_random = of_names("name", [n for n in LOSS_WEIGHTINGS if n != "random"])
sums_to_1 = of_names("name", [n for n in LOSS_WEIGHTINGS if n not in ("uncertainty", "geometric")])


@every_weighting_but_random
def test_equal_losses_have_equal_weights(name):
    weighting = new_weighting(name)
    encoded = encoded_values()
    same = directions()[:1].expand(3, -1)
    total = weighting(objectives_of(torch.ones(3).double(), encoded, same), encoded)
    assert_close(weighting.loss_weights, EQUAL)
    assert_close(total, torch.tensor(1.0).double())


@every_weighting
def test_weights_are_positive(name):
    weighting = take_steps(new_weighting(name))
    assert weighting.loss_weights.shape == (3,)
    assert (weighting.loss_weights > 0).all()
    assert not weighting.loss_weights.requires_grad


@sums_to_1
def test_weights_sum_to_1(name):
    weighting = take_steps(new_weighting(name))
    assert_close(weights_at(weighting, UNEQUAL).sum(), torch.tensor(1.0).double())


@every_weighting_but_random
def test_permuting_tasks_permutes_weights(name):
    order = [2, 0, 1]
    with torch.random.fork_rng(devices=[]):
        expected = weights_at(take_steps(new_weighting(name)), UNEQUAL)
        permuted = take_steps(new_weighting(name), order)
        assert_close(weights_at(permuted, [UNEQUAL[i] for i in order]), expected[order])


@every_weighting
def test_weights_change_where_it_says_so(name):
    weights = seeded_weights(take_steps(new_weighting(name)))
    assert new_weighting(name).moves == (not torch.allclose(weights, EQUAL))


@every_weighting_but_random
def test_a_task_without_a_label_leaves_the_others_as_they_are(name):
    with_it = weights_at(new_weighting(name), [0.9, 0.2, 0.0])
    without = weights_at(new_weighting(name, n_tasks=2), [0.9, 0.2])
    assert_close(with_it[:2] / with_it[:2].sum(), without / without.sum())


@every_weighting
def test_a_batch_without_labels_teaches_nothing(name):
    weighting, encoded = new_weighting(name), encoded_values()
    weighting(objectives_of(torch.zeros(3).double(), encoded, directions()), encoded).backward()
    assert not any(tensor.grad.any() for tensor in encoded)
    parameters = (p for p in weighting.parameters() if p.grad is not None)
    assert not any(parameter.grad.any() for parameter in parameters)
    weighting.after_step(lambda: torch.zeros(3).double())
    weighting.after_epoch(torch.full((3,), torch.nan).double())
    assert weights_at(weighting, UNEQUAL).isfinite().all()


@every_weighting
def test_evaluation_has_fixed_weights_and_moves_nothing(name):
    weighting = take_steps(new_weighting(name)).eval()
    state, weights = copy.deepcopy(weighting.state_dict()), weighting.loss_weights
    losses = torch.tensor(UNEQUAL).double()
    assert_close(weighting(losses), losses.mean())
    assert torch.equal(weighting.loss_weights, weights)
    assert all(torch.equal(state[key], value) for key, value in weighting.state_dict().items())


@every_weighting
def test_a_state_dict_holds_all_that_was_learned(name):
    trained, other = take_steps(new_weighting(name)), new_weighting(name)
    other.load_state_dict(trained.state_dict())
    assert torch.equal(seeded_weights(other), seeded_weights(trained))


@every_weighting
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_learn_alike_and_apart(name, copied):
    original = take_steps(new_weighting(name))
    before = seeded_weights(original)
    copy_of_it = copied(original)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        take_steps(copy_of_it)
    assert torch.equal(seeded_weights(original), before)
    assert_close(seeded_weights(take_steps(original)), seeded_weights(copy_of_it))


def seeded_weights(weighting):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return weights_at(weighting, UNEQUAL)


@every_weighting
def test_dtype_is_kept(name):
    weighting = new_weighting(name).float()
    encoded = tuple(tensor.detach().float().requires_grad_() for tensor in encoded_values())
    losses = torch.tensor(LOSSES_OF_STEPS[1])
    total = weighting(objectives_of(losses, encoded, directions().float()), encoded)
    assert total.dtype == weighting.loss_weights.dtype == torch.float32
