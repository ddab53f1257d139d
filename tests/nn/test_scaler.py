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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_values_far_from_the_mean_are_finite_and_others_stay_to_the_last_bit(dtype):
    scaler = InputScaler(torch.tensor([1e-3, -3.0, 2e38]), torch.tensor([1e-40, 0.5, 1e38]))
    scaler = scaler.to(dtype)
    largest = torch.finfo(dtype).max
    features = torch.tensor([[largest, largest, -largest], [-largest, -3.0, 2e38]], dtype=dtype)
    scaled = scaler(features)
    assert scaled.isfinite().all()
    assert scaled[:, 0].tolist() == [1e4, -1e4]
    assert_close(scaled[1, 1:], torch.zeros(2, dtype=dtype))
    assert scaler.inverse(torch.full((1, 3), 1e4, dtype=dtype)).isfinite().all()
    near = random_tensor(100, 3).to(dtype).clamp(-1, 1) * scaler.scale + scaler.mean
    assert torch.equal(scaler(near), (near - scaler.mean) / scaler.scale)


def test_a_scale_that_float32_rounds_to_0_counts_as_1():
    scaler = InputScaler(
        torch.zeros(2, dtype=torch.float64), torch.full((2,), 1e-60, dtype=torch.float64)
    )
    features = torch.tensor([[0.0, 3.0]])
    assert scaler(features.double()).tolist() == [[0.0, 1e4]]
    assert scaler.float()(features).tolist() == [[0.0, 3.0]]


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
