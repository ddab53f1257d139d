"""Gradient methods: torchjd's result for the shared gradients, the plain mean for the rest."""

from __future__ import annotations

import pytest
import torch
import torchjd.aggregation
from contracts import random_tensor
from torch import nn
from torch.testing import assert_close
from weighting_samples import (
    GRADIENT_METHODS,
    TASKS,
    directions,
    encoded_values,
    new_weighting,
    objectives_of,
)

from sklearn_abmtl.losses import TorchJD
from sklearn_abmtl.nn import (
    BiLSTMDecoder,
    InputScaler,
    MLPDecoder,
    MLPEncoder,
    RecurrentEncoder,
    TaskAttention,
    TaskClassifier,
    VGGEncoder,
    WeightedAggregator,
)
from sklearn_abmtl.nn.assembly import build_network
from sklearn_abmtl.nn.parts import PartSpecs

AGGREGATORS = {"upgrad": "UPGrad", "pcgrad": "PCGrad", "mgda": "MGDA"}
every_method = pytest.mark.parametrize("name", sorted(GRADIENT_METHODS))


def seeded(function):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # PCGrad draws an order
        return function()


@every_method
def test_a_linear_network_learns_from_the_gradient_that_torchjd_combines(name):
    features = random_tensor(6, 4)
    encoder, heads = nn.Linear(4, 5).double(), nn.Linear(5, 3).double()
    targets = random_tensor(6, 3, seed=1)
    shared = encoder(features)
    losses = (heads(shared) - targets).square().mean(0)
    seeded(lambda: new_weighting(name)(losses, (shared,)).backward())

    # by hand: the gradient of loss t is 2/6 (prediction - target) times the weights of head t
    errors = (heads(shared) - targets).detach() / 3  # (batch, n_tasks)
    gradients = torch.stack([errors[:, t : t + 1] * heads.weight[t].detach() for t in range(3)])
    aggregator = getattr(torchjd.aggregation, AGGREGATORS[name])()
    combined = seeded(lambda: aggregator(gradients.flatten(1))).view(6, 5)
    assert_close(encoder.weight.grad, combined.T @ features)
    assert_close(encoder.bias.grad, combined.sum(0))
    assert_close(heads.weight.grad, errors.T @ shared.detach() / 3)  # plain: by 3 tasks
    assert_close(heads.bias.grad, errors.sum(0) / 3)


@every_method
def test_the_value_is_the_mean_of_the_losses(name):
    encoded, losses = encoded_values(), random_tensor(3).exp()
    total = new_weighting(name)(objectives_of(losses, encoded, directions()), encoded)
    assert_close(total, losses.mean())


@every_method
@pytest.mark.parametrize("scale", [1e-9, 1e6])
def test_the_scale_of_the_losses_scales_the_gradient(name, scale):
    def gradient(factor):
        encoded = encoded_values()
        losses = factor * torch.tensor([1.0, 0.4, 0.2]).double()
        objectives = objectives_of(losses, encoded, directions())
        seeded(lambda: new_weighting(name)(objectives, encoded).backward())
        return torch.cat([tensor.grad.flatten() for tensor in encoded])

    assert_close(gradient(scale) / scale, gradient(1.0))


@every_method
def test_a_task_without_a_label_has_no_gradient_to_combine(name):
    def gradient(losses):
        encoded = encoded_values()
        losses = torch.tensor(losses).double()
        objectives = objectives_of(losses, encoded, directions(len(losses)))
        weighting = new_weighting(name, n_tasks=len(losses))
        seeded(lambda: weighting(objectives, encoded).backward())
        return torch.cat([tensor.grad.flatten() for tensor in encoded])

    assert_close(gradient([1.0, 0.4, 0.0]), gradient([1.0, 0.4]))


NETWORKS = {
    "table": (MLPEncoder(width=8, n_layers=1), None, (4,)),
    "table, MLP decoder": (MLPEncoder(width=8, n_layers=1), MLPDecoder(width=8), (4,)),
    "sequence, LSTMs": (RecurrentEncoder(width=4), BiLSTMDecoder(width=4), (8, 2)),
    "image, LSTM decoder": (VGGEncoder(width=4), BiLSTMDecoder(width=4), (1, 8, 8)),
}


def weigh_gradients(*weights):
    """Return a loss weighting with the gradients' weights in place of a method."""
    aggregator = torchjd.aggregation.Constant(torch.tensor(weights, dtype=torch.float64))
    return TorchJD(aggregator=aggregator).build(TASKS).double()


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("gradient_weights", [(1.0, 0.0, 0.0), (0.2, 1.5, -0.3)])
def test_the_encoder_learns_from_the_combined_gradient_and_the_rest_from_the_mean(
    kind, gradient_weights
):
    encoder, decoder, sample_shape = NETWORKS[kind]
    specs = PartSpecs(
        encoder, decoder, TaskAttention(d_model=8), TaskClassifier(), WeightedAggregator()
    )
    scaler = InputScaler(torch.zeros(1), torch.ones(1))
    network = build_network(specs, "hard", sample_shape, [2, 3, 2], scaler).double().eval()
    for parameter in network.parameters():
        parameter.data = parameter + 0.1 * random_tensor(*parameter.shape)
    features = random_tensor(5, *sample_shape)
    weights = torch.tensor(gradient_weights, dtype=torch.float64)

    found = gradients(network, features, weigh_gradients(*gradient_weights))
    of_the_mean = gradients(network, features, lambda losses, _: losses.mean())
    combined = gradients(network, features, lambda losses, _: losses @ weights)
    for name, gradient in found.items():
        expected = combined if name.startswith("trunk.encoder.") else of_the_mean
        assert_close(gradient, expected[name])


def gradients(network, features, combine):
    network.zero_grad()
    output = network(features)
    logits = output.task_logits.masked_fill(~network.class_mask, 0)
    combine(logits.square().mean((0, 2)), output.encoded).backward()
    return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}


def test_an_aggregator_of_torchjd_is_copied():
    aggregator = torchjd.aggregation.UPGrad()
    weighting = TorchJD(aggregator=aggregator).build(TASKS)
    assert weighting.aggregator is not aggregator
    assert repr(weighting.aggregator) == repr(aggregator)
