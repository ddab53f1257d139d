"""The input scaler."""

from __future__ import annotations

import pytest
import torch
from contracts import random_tensor
from torch.testing import assert_close

from sklearn_abmtl.nn import InputScaler


@pytest.mark.parametrize(
    ("statistics_shape", "sample_shape"), [((4,), (4,)), ((2,), (6, 2)), ((3, 1, 1), (3, 5, 6))]
)
def test_scaling_and_its_inverse(statistics_shape, sample_shape):
    mean = random_tensor(*statistics_shape, seed=1)
    scale = random_tensor(*statistics_shape, seed=2).exp()
    scaler = InputScaler(mean, scale)
    features = random_tensor(5, *sample_shape)
    scaled = scaler(features)
    assert scaled.shape == features.shape
    assert_close(scaled, (features - mean) / scale)
    assert_close(scaler.inverse(scaled), features)


def test_constant_features_become_0_and_come_back():
    scaler = InputScaler(torch.tensor([3.0, 1.0]), torch.tensor([0.0, 2.0]))
    features = torch.tensor([[3.0, 5.0], [3.0, -1.0]])
    assert_close(scaler(features), torch.tensor([[0.0, 2.0], [0.0, -1.0]]))
    assert_close(scaler.inverse(scaler(features)), features)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_uint8_is_read_as_numbers(dtype):
    scaler = InputScaler(torch.tensor([100.0]), torch.tensor([50.0])).to(dtype)
    features = torch.tensor([[0], [100], [255]], dtype=torch.uint8)
    scaled = scaler(features)
    assert scaled.dtype == dtype
    assert_close(scaled, torch.tensor([[-2.0], [0.0], [3.1]], dtype=dtype))


def test_statistics_are_saved_and_not_trained():
    scaler = InputScaler(torch.tensor([3.0]), torch.tensor([2.0]))
    assert list(scaler.parameters()) == []
    other = InputScaler(torch.zeros(1), torch.ones(1))
    other.load_state_dict(scaler.state_dict())
    assert_close(other(torch.tensor([[7.0]])), torch.tensor([[2.0]]))


@pytest.mark.parametrize("sample_shape", [(4,), (6, 2), (3, 5, 6)])
def test_encoders_read_the_cells_of_the_input(sample_shape):
    scaler = InputScaler(torch.zeros(1), torch.ones(1))
    assert scaler.column_shape(sample_shape) == sample_shape
    values = random_tensor(2, 3, *sample_shape)
    assert_close(scaler.sum_to_features(values), values)
    assert_close(scaler.share_among_features(values), values)
