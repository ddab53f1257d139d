"""Members: networks of one kind, side by side, whose logits are averaged."""

from __future__ import annotations

import copy

import contracts
import pytest
import torch
from contracts import random_tensor, seeded
from test_network import network_builder
from torch.testing import assert_close

from sklearn_abmtl.nn import MemberNetworks

N_MEMBERS = 3

every_kind = pytest.mark.parametrize(
    ("encoder", "decoder", "sharing"),
    [("mlp", None, "hard"), ("mlp", "mlp", "soft"), ("vgg", "bilstm", "hard")],
)


def members_builder(encoder, decoder, sharing):
    build, sample_shape = network_builder(encoder, decoder, sharing)

    def build_members():
        networks = [build() for _ in range(N_MEMBERS)]
        for network in networks[1:]:
            network.input_layer = networks[0].input_layer
        return MemberNetworks(networks)

    return build_members, sample_shape


@every_kind
def test_logits_are_the_mean_over_members(encoder, decoder, sharing):
    build, sample_shape = members_builder(encoder, decoder, sharing)
    members = seeded(build)
    features = random_tensor(5, *sample_shape)
    output = members(features)
    alone = [network(features) for network in members.networks]
    assert_close(output.task_logits, torch.stack([o.task_logits for o in alone]).mean(0))
    assert_close(output.member_logits, torch.cat([o.member_logits for o in alone]))
    assert_close(output.branch_logits, torch.cat([o.branch_logits for o in alone]))
    assert not torch.allclose(alone[0].task_logits, alone[1].task_logits)


@every_kind
def test_the_other_outputs_have_the_declared_shapes(encoder, decoder, sharing):
    build, sample_shape = members_builder(encoder, decoder, sharing)
    members = seeded(build)
    output = members(random_tensor(5, *sample_shape))
    widths = [representations.shape[2] for representations in output.task_representations]
    assert widths == members.d_representations
    for weights in output.attention_weights:
        contracts.assert_attention_weights_sum_to_1(weights)
    if decoder is not None:
        n_trunks = N_MEMBERS * (3 if sharing == "soft" else 1)
        assert output.reconstructions.shape == (5, n_trunks, *sample_shape)


def test_a_sample_does_not_depend_on_its_batch():
    build, sample_shape = members_builder("mlp", None, "hard")
    members = seeded(build)
    features = random_tensor(5, *sample_shape)
    assert_close(members(features[:1]).task_logits, members(features).task_logits[:1])


def test_a_member_that_is_copied_gives_the_same():
    build, sample_shape = members_builder("mlp", "mlp", "hard")
    members = seeded(build)
    features = random_tensor(5, *sample_shape)
    copied = copy.deepcopy(members)
    assert_close(copied(features).task_logits, members(features).task_logits)
    assert copied.input_layer is copied.networks[0].input_layer is copied.networks[2].input_layer
