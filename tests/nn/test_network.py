"""Encoder, decoder, attention, task classifiers and aggregator as one network."""

from __future__ import annotations

import math

import contracts
import pytest
import torch
from contracts import open_gamma, random_tensor, seeded
from part_samples import (
    aggregator_sample,
    attention_sample,
    decoder_sample,
    encoder_sample,
    task_classifier_sample,
)
from torch.testing import assert_close

from sklearn_abmtl.nn import ATTENTIONS, DECODERS, ENCODERS, InputScaler
from sklearn_abmtl.nn.assembly import build_network
from sklearn_abmtl.nn.network import PADDING_LOGIT
from sklearn_abmtl.nn.parts import PartSpecs

N_CLASSES = [2, 5, 3]

every_encoder = pytest.mark.parametrize("encoder", ENCODERS)
every_decoder = pytest.mark.parametrize("decoder", [None, *DECODERS])
every_sharing = pytest.mark.parametrize("sharing", ["hard", "soft"])


def network_builder(encoder="vgg", decoder="bilstm", sharing="hard", attention="task_query"):
    encoder_spec, sample_shape = encoder_sample(encoder)
    specs = PartSpecs(
        encoder_spec,
        decoder_sample(decoder),
        attention_sample(attention),
        task_classifier_sample("mlp"),
        aggregator_sample("weighted"),
    )

    def build():
        scaler = InputScaler(torch.full((1,), 0.1), torch.full((1,), 2.0))
        return build_network(specs, sharing, sample_shape, N_CLASSES, scaler)

    return build, sample_shape


def new_network(*args, **options):
    build, sample_shape = network_builder(*args, **options)
    return seeded(build), random_tensor(5, *sample_shape)


def without_effect(network):
    """Return patterns of the parameters whose gradient is 0 by construction."""
    patterns = [r"to_keys\.bias"]  # the softmax does not see what all keys have in common
    if len(network.trunk.grids) == 1:
        patterns.append("branch_scores")
    elif network.trunk.grids[1][-1] == 1:  # no step to carry a state to
        patterns.append(r"decoder\.lstm\.weight_hh")
    return patterns


@every_encoder
@every_decoder
@every_sharing
def test_output_shapes(encoder, decoder, sharing):
    build, sample_shape = network_builder(encoder, decoder, sharing)
    network = seeded(build)
    n_branches = 1 if decoder is None else 2
    n_trunks = {"hard": 1, "soft": len(N_CLASSES)}[sharing]
    assert len(network.trunk.grids) == n_branches
    for batch in contracts.BATCHES:
        output = network(random_tensor(batch, *sample_shape))
        assert output.task_logits.shape == (batch, 3, 5)
        assert output.member_logits.shape == (1, batch, 3, 5)
        assert output.branch_logits.shape == (1, n_branches, batch, 3, 5)
        assert output.scaled.shape == (batch, *sample_shape)
        assert contracts.shapes(output.attention_weights) == [
            (batch, 3, 2, math.prod(grid)) for grid in network.trunk.grids
        ]
        for attention_weights in output.attention_weights:
            contracts.assert_attention_weights_sum_to_1(attention_weights)
        if decoder is None:
            assert output.reconstructions is None
        else:
            assert output.reconstructions.shape == (batch, n_trunks, *sample_shape)


@every_encoder
@every_decoder
@every_sharing
def test_gradients_reach_every_parameter(encoder, decoder, sharing):
    network, features = new_network(encoder, decoder, sharing)
    output = open_gamma(network.train())(features)
    contracts.assert_gradients_reach_parameters(
        network,
        (output.task_logits, output.reconstructions),
        without_effect(network),
    )


@every_encoder
@every_decoder
@every_sharing
def test_samples_are_independent(encoder, decoder, sharing):
    network, features = new_network(encoder, decoder, sharing)
    open_gamma(network)
    with torch.no_grad():
        together = network(features).task_logits
        alone = torch.cat([network(row.unsqueeze(0)).task_logits for row in features])
    assert_close(alone, together, rtol=1e-9, atol=1e-12)


@every_sharing
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_modules_copy_and_save(sharing, attention):
    build, sample_shape = network_builder(sharing=sharing, attention=attention)
    inputs = (random_tensor(5, *sample_shape),)
    contracts.assert_dtype_is_kept(lambda: open_gamma(build()), inputs)
    contracts.assert_equal_seeds_give_equal_parameters(build)
    contracts.assert_state_dict_round_trips(build, inputs)
    contracts.assert_module_copies(open_gamma(seeded(build)), inputs)


@every_encoder
@pytest.mark.parametrize("decoder", [None, "mlp"])
@every_sharing
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_every_attention_reads_every_memory(encoder, decoder, sharing, attention):
    network, features = new_network(encoder, decoder, sharing, attention)
    output = open_gamma(network.train())(features)
    n_tokens = [math.prod(grid) for grid in network.trunk.grids]
    found = [tuple(weights.shape) for weights in output.attention_weights]
    assert found == [(5, 3, shape[2], n) for shape, n in zip(found, n_tokens, strict=True)]
    assert output.task_logits.shape == (5, 3, 5)
    contracts.assert_gradients_reach_parameters(
        network, (output.task_logits, output.reconstructions), without_effect(network)
    )


def test_padded_classes_are_masked_and_no_others():
    network, features = new_network()
    output = network(features)
    is_padding = torch.tensor([[False] * k + [True] * (5 - k) for k in N_CLASSES])
    for logits in (output.task_logits, output.branch_logits):
        assert ((logits == PADDING_LOGIT) == is_padding).all()


def test_task_logits_are_the_aggregated_branches():
    network, features = new_network()
    network.aggregator.branch_scores.data = random_tensor(3, 2)
    output = network(features)
    mixed = network.aggregator(output.branch_logits[0])
    known = network.class_mask.expand(5, -1, -1)
    assert_close(output.task_logits[known], mixed[known])


@every_encoder
@every_decoder
def test_closed_attention_is_plain_hard_sharing(encoder, decoder):
    network, features = new_network(encoder, decoder)
    before = network(features)
    for name, parameter in network.trunk.attentions.named_parameters():
        if not name.endswith("gamma"):
            parameter.data = random_tensor(*parameter.shape, seed=5)
    after = network(features)
    assert torch.equal(after.task_logits, before.task_logits)
    assert torch.equal(after.branch_logits, before.branch_logits)
    open_gamma(network)
    assert not torch.equal(network(features).task_logits, before.task_logits)


@every_decoder
def test_closed_attention_equals_no_attention(decoder):
    closed, features = new_network(decoder=decoder)
    plain, _ = new_network(decoder=decoder, attention="none")
    own = plain.state_dict()
    # the first layer of a task classifier reads [shared ; context]
    state = {
        name: value[:, : own[name].shape[1]] if name.endswith("hidden.weight") else value
        for name, value in closed.state_dict().items()
        if name in own
    }
    plain.load_state_dict(state)
    assert_close(plain(features).task_logits, closed(features).task_logits)


@every_decoder
def test_soft_sharing_keeps_trunks_apart(decoder):
    network, features = new_network(decoder=decoder, sharing="soft")
    output = open_gamma(network)(features)
    output.branch_logits[:, :, :, 0, : N_CLASSES[0]].sum().backward()
    reached = [
        any(p.grad is not None and bool(p.grad.any()) for p in trunk.parameters())
        for trunk in network.trunk.trunks
    ]
    assert reached == [True, False, False]


def test_soft_sharing_starts_each_trunk_on_its_own():
    network, _ = new_network(sharing="soft")
    first, second, _ = network.trunk.trunks
    assert not torch.equal(first.encoder.stages[0][0].weight, second.encoder.stages[0][0].weight)


def test_scaling_is_part_of_the_network():
    network, features = new_network("mlp", "mlp")
    assert_close(network(features).scaled, (features - 0.1) / 2, rtol=1e-6, atol=1e-6)
    whole_numbers = features.abs().mul(10).to(torch.uint8)
    from_bytes, from_floats = network(whole_numbers), network(whole_numbers.double())
    assert torch.equal(from_bytes.task_logits, from_floats.task_logits)
