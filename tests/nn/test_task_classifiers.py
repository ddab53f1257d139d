"""Task classifiers: task representations to task logits."""

from __future__ import annotations

import contracts
import pytest
import torch
from contracts import random_tensor, seeded
from part_samples import task_classifier_sample
from torch.testing import assert_close

from sklearn_abmtl.nn import TASK_CLASSIFIERS

D_REPRESENTATION, N_CLASSES = 6, [4, 2, 5]

every_task_classifier = pytest.mark.parametrize("name", TASK_CLASSIFIERS)


def builder(name, n_classes=N_CLASSES):
    spec = task_classifier_sample(name)
    return lambda: spec.build(d_representation=D_REPRESENTATION, n_classes=n_classes)


def representations(batch=5, n_tasks=3):
    return random_tensor(batch, n_tasks, D_REPRESENTATION)


@every_task_classifier
@pytest.mark.parametrize("batch", contracts.BATCHES)
@pytest.mark.parametrize("n_classes", [[3], [4, 2, 5]])
def test_output_shapes(name, batch, n_classes):
    task_classifiers = seeded(builder(name, n_classes))
    logits = task_classifiers(representations(batch, len(n_classes)))
    assert logits.shape == (batch, len(n_classes), max(n_classes))


@every_task_classifier
def test_gradients_reach_every_parameter(name):
    task_classifiers = seeded(builder(name)).train()
    contracts.assert_gradients_reach_parameters(
        task_classifiers, task_classifiers(representations())
    )


@every_task_classifier
def test_samples_are_independent(name):
    contracts.assert_samples_are_independent(seeded(builder(name)), (representations(),))


@every_task_classifier
def test_permuting_tasks_permutes_output(name):
    contracts.assert_permuting_tasks_permutes_output(
        seeded(builder(name)), (representations(),), [2, 0, 1], inputs_have_tasks=True
    )


@every_task_classifier
def test_tasks_share_nothing(name):
    task_classifiers = seeded(builder(name))
    inputs = representations().requires_grad_()
    task_classifiers(inputs)[:, 1].sum().backward()
    assert inputs.grad[:, 1].any()
    for gradient in (inputs.grad, *(parameter.grad for parameter in task_classifiers.parameters())):
        task_axis = 1 if gradient is inputs.grad else 0
        others = gradient.index_select(task_axis, torch.tensor([0, 2]))
        assert not others.any()


@every_task_classifier
def test_modules_copy_and_save(name):
    build, inputs = builder(name), (representations(),)
    contracts.assert_dtype_is_kept(build, inputs)
    contracts.assert_equal_seeds_give_equal_parameters(build)
    contracts.assert_state_dict_round_trips(build, inputs)
    contracts.assert_module_copies(seeded(build), inputs)


@every_task_classifier
def test_specs_copy(name):
    contracts.assert_spec_copies(task_classifier_sample(name))


def test_a_task_is_a_network_of_one_hidden_layer():
    task_classifiers = seeded(builder("mlp"))
    inputs = representations()
    hidden, logits = task_classifiers.hidden, task_classifiers.logits
    for task in range(3):
        states = torch.nn.functional.gelu(inputs[:, task] @ hidden.weight[task] + hidden.bias[task])
        expected = states @ logits.weight[task] + logits.bias[task]
        assert_close(task_classifiers(inputs)[:, task], expected)
