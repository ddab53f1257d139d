"""The first layer for tables: numbers, curves, indicators, embeddings."""

from __future__ import annotations

import pytest
import torch
from contracts import (
    assert_gradients_reach_parameters,
    assert_module_copies,
    assert_samples_are_independent,
    assert_state_dict_round_trips,
    random_tensor,
    seeded,
)
from torch.testing import assert_close

from sklearn_abmtl.nn import InputScaler, TableInput

NAN = float("nan")
FEATURES = torch.tensor(
    [[1.0, 0.0, NAN, 2.0], [2.0, 3.0, 5.0, 0.0], [NAN, 1.0, -1.0, 1.0], [0.0, 2.0, 0.0, 2.0]],
    dtype=torch.float64,
)
ONE_BIN = torch.tensor([[0.0, 2.0], [-1.0, 5.0]])
TWO_BINS = torch.tensor([[0.0, 1.0, 2.0], [-1.0, 0.0, 5.0]])


def table_input(edges=ONE_BIN) -> TableInput:
    scaler = InputScaler(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 4.0]))
    return TableInput(scaler, edges, [0, 4, 0, 3], has_missing=[False, False, True, False])


def trained(edges=ONE_BIN) -> TableInput:
    module = seeded(lambda: table_input(edges))
    for seed, parameter in enumerate(module.parameters()):
        parameter.data = random_tensor(*parameter.shape, seed=seed)
    return module


@pytest.mark.parametrize("edges", [ONE_BIN, TWO_BINS])
def test_numbers_are_scaled_and_missing_ones_are_the_mean(edges):
    columns = trained(edges)(FEATURES)
    assert columns.shape == (4, *trained(edges).column_shape((4,)))
    assert columns[:, 0].tolist() == [0, 0.5, 0, -0.5]
    assert columns[:, 1].tolist() == [0, 0.5, -1, -0.75]


def test_missing_values_are_indicated_where_training_had_some():
    module = trained()
    assert module.feature_of_column[2] == 2
    assert module(FEATURES)[:, 2].tolist() == [1, 0, 0, 0]


def test_several_bins_add_curves_of_every_number():
    owners = trained(TWO_BINS).feature_of_column
    assert len(owners) == len(trained(ONE_BIN).feature_of_column) + 8
    assert owners[2:10].tolist() == [0] * 4 + [2] * 4


def test_equal_codes_have_equal_embeddings():
    module = trained()
    columns = module(FEATURES)[:, module.feature_of_column == 3]
    assert torch.equal(columns[0], columns[3])
    assert not torch.equal(columns[0], columns[1])


def test_every_column_belongs_to_a_feature():
    module = trained(TWO_BINS)
    owners = module.feature_of_column
    sums = module.sum_to_features(torch.ones(5, 2, len(owners)))
    assert sums.shape == (5, 2, 4)
    assert_close(sums[0, 0], owners.bincount().float())


def test_features_share_weights_however_many_columns_they_have():
    module = trained(TWO_BINS)
    owners = module.feature_of_column
    equal = torch.full((5, 2, len(owners)), 1 / len(owners))
    assert_close(module.share_among_features(equal), torch.full((5, 2, 4), 0.25))
    weights = random_tensor(5, 2, len(owners)).softmax(2)
    shares = module.share_among_features(weights)
    assert_close(shares.sum(2), torch.ones(5, 2).to(shares))
    means = [weights[..., owners == feature].mean(2) for feature in range(4)]
    assert_close(shares[..., 0] / shares[..., 3], means[0] / means[3])


@pytest.mark.parametrize("edges", [ONE_BIN, TWO_BINS])
def test_a_table_of_numbers_comes_back(edges):
    scaler = InputScaler(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 4.0]))
    module = TableInput(scaler, edges, n_codes=[0, 0], has_missing=[False, True])
    features = random_tensor(5, 2).float()
    assert_close(module.inverse(module(features)), features)


def test_categories_do_not_come_back():
    with pytest.raises(ValueError, match=r"features \[1, 3\] are categories"):
        trained().inverse(trained()(FEATURES))


def test_contracts():
    module = trained(TWO_BINS)
    assert_samples_are_independent(module, (FEATURES,))
    assert_state_dict_round_trips(lambda: table_input(TWO_BINS), (FEATURES,))
    assert_module_copies(module, (FEATURES,))


def test_gradients_reach_curves_and_embeddings():
    module = trained(TWO_BINS)
    assert_gradients_reach_parameters(module, module(FEATURES))


@pytest.mark.parametrize("n_codes", [[0, 0, 0], [5, 2, 3]])
def test_one_kind_of_feature_alone(n_codes):
    n_numbers = n_codes.count(0)
    scaler = InputScaler(torch.zeros(n_numbers), torch.ones(n_numbers))
    edges = torch.arange(3.0).expand(n_numbers, 3)
    module = TableInput(scaler, edges, n_codes, has_missing=[False] * 3)
    columns = module(torch.tensor([[1.0, 0.0, 2.0]]))
    assert columns.shape == (1, len(module.feature_of_column))
