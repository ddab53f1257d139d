"""Forward passes over rows in memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small_nets import N_FEATURES, small_network, task_data

from sklearn_abmtl._training import inference as _inference
from sklearn_abmtl._training.inference import as_tensor, forward_in_batches


def logits(output):
    return output.task_logits


@pytest.mark.parametrize("n_samples", [1, 3, 7, 9])
def test_batches_give_what_one_pass_gives(n_samples, monkeypatch):
    network = small_network().eval()
    features = task_data(n_samples).features
    with torch.no_grad():
        expected = network(features).task_logits.numpy()
    sizes = []
    network.register_forward_hook(lambda module, inputs, output: sizes.append(len(inputs[0])))
    monkeypatch.setattr(_inference, "MAX_BATCH", 3)
    found = forward_in_batches(network, features.numpy(), logits)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert sum(sizes) == n_samples
    assert max(sizes) <= 3


def test_large_samples_come_in_smaller_batches(monkeypatch):
    network = small_network().eval()
    sizes = []
    network.register_forward_hook(lambda module, inputs, output: sizes.append(len(inputs[0])))
    features = task_data(5).features.numpy()
    monkeypatch.setattr(_inference, "BATCH_VALUES", 2 * N_FEATURES)
    forward_in_batches(network, features, logits)
    assert sizes == [2, 2, 1]
    sizes.clear()
    monkeypatch.setattr(_inference, "BATCH_VALUES", 1)
    forward_in_batches(network, features, logits)
    assert sizes == [1] * 5


def test_no_gradient_is_kept():
    network = small_network().eval()
    seen = []
    forward_in_batches(
        network, task_data(5).features.numpy(), lambda output: seen.append(output) or output.scaled
    )
    assert not seen[0].task_logits.requires_grad


@pytest.mark.parametrize(
    "make",
    [
        lambda array: array,
        lambda array: array[::-1],
        lambda array: array[:, ::-1],
        lambda array: array[::2],
        np.asfortranarray,
        lambda array: array.astype(np.uint8),
    ],
)
def test_arrays_of_any_layout_become_tensors(make):
    array = make(np.arange(24.0).reshape(6, 4))
    tensor = as_tensor(array)
    np.testing.assert_array_equal(tensor.numpy(), array)
    assert tensor.numpy().dtype == array.dtype


def test_memory_is_shared_where_torch_can():
    array = np.arange(4.0)
    as_tensor(array)[0] = 7
    assert array[0] == 7


def test_read_only_arrays_are_copied():
    array = np.arange(4.0)
    array.flags.writeable = False
    as_tensor(array)[0] = 7
    assert array[0] == 0
