"""Encoders: the input to tokens and a shared vector."""

from __future__ import annotations

import math

import contracts
import pytest
import torch
from contracts import random_tensor, seeded
from part_samples import encoder_sample
from torch import nn

from sklearn_abmtl.nn import ENCODERS, FeatureTokenEncoder, MLPEncoder, RecurrentEncoder, VGGEncoder

every_encoder = pytest.mark.parametrize("name", ENCODERS)


def build_and_inputs(name, batch=5):
    spec, sample_shape = encoder_sample(name)
    return lambda: spec.build(sample_shape), (random_tensor(batch, *sample_shape),)


@every_encoder
@pytest.mark.parametrize("batch", contracts.BATCHES)
def test_output_shapes(name, batch):
    build, inputs = build_and_inputs(name, batch)
    encoder = seeded(build)
    n_tokens = math.prod(encoder.grid)
    assert contracts.shapes(encoder(*inputs)) == [
        (batch, n_tokens, encoder.d_tokens),
        (batch, encoder.d_shared),
    ]


@every_encoder
def test_a_token_grid_has_an_axis_for_each_of_the_cells(name):
    spec, sample_shape = encoder_sample(name)
    cell_axes = {1: 1, 2: 1, 3: 2}[len(sample_shape)]
    assert len(spec.build(sample_shape).grid) == cell_axes


@every_encoder
def test_gradients_reach_every_parameter(name):
    build, inputs = build_and_inputs(name)
    encoder = seeded(build).train()
    contracts.assert_gradients_reach_parameters(encoder, encoder(*inputs))


@every_encoder
def test_samples_are_independent(name):
    build, inputs = build_and_inputs(name)
    contracts.assert_samples_are_independent(seeded(build), inputs)


@every_encoder
def test_modules_copy_and_save(name):
    build, inputs = build_and_inputs(name)
    contracts.assert_dtype_is_kept(build, inputs)
    contracts.assert_equal_seeds_give_equal_parameters(build)
    contracts.assert_state_dict_round_trips(build, inputs)
    contracts.assert_module_copies(seeded(build), inputs)


@every_encoder
def test_specs_copy(name):
    contracts.assert_spec_copies(encoder_sample(name)[0])


@every_encoder
def test_dropout_acts_in_training_mode_only(name):
    spec, sample_shape = encoder_sample(name)
    spec.set_params(dropout=0.5)
    encoder = seeded(lambda: spec.build(sample_shape))
    features = random_tensor(5, *sample_shape)
    assert torch.equal(encoder(features)[1], encoder(features)[1])
    encoder.train()
    assert not torch.equal(encoder(features)[1], encoder(features)[1])


@pytest.mark.parametrize(
    ("spec", "sample_shape", "expected"),
    [
        (MLPEncoder(), (3, 4), "n_features,"),
        (FeatureTokenEncoder(), (1, 3, 4), "n_features,"),
        (RecurrentEncoder(), (7,), "n_steps, n_channels"),
        (VGGEncoder(), (28, 28), "n_channels, height, width"),
    ],
)
def test_other_sample_shapes_are_refused(spec, sample_shape, expected):
    name = type(spec).__name__
    with pytest.raises(ValueError, match=rf"{name} takes samples of shape \({expected}\)"):
        spec.build(sample_shape)


def test_a_feature_moves_its_own_token_alone():
    encoder = seeded(lambda: FeatureTokenEncoder(d_model=4).build((7,)))
    features = random_tensor(1, 7)
    changed = features.clone()
    changed[0, 2] += 1
    moved = (encoder(changed)[0] != encoder(features)[0]).any(dim=2)
    assert moved.nonzero()[:, 1].tolist() == [2]


@pytest.mark.parametrize("n_steps", [1, 5, 16, 40])
def test_recurrent_encoders_see_at_most_16_segments(n_steps):
    encoder = RecurrentEncoder(width=2, n_layers=2, d_shared=3).build((n_steps, 2))
    assert encoder.grid == (n_steps,)
    linear = next(layer for layer in encoder.to_shared if isinstance(layer, nn.Linear))
    assert linear.in_features == min(n_steps, 16) * 4


def layers_of(encoder, kind):
    return [layer for layer in encoder.stages.modules() if isinstance(layer, kind)]


def test_vgg19_has_its_16_convolutions():
    spec = VGGEncoder(width=64, n_stages=5, n_layers=(2, 2, 4, 4, 4))
    with torch.device("meta"):
        encoder = spec.build((3, 224, 224))
    convolutions = layers_of(encoder, nn.Conv2d)
    widths = [64] * 2 + [128] * 2 + [256] * 4 + [512] * 8
    assert [layer.out_channels for layer in convolutions] == widths
    assert [layer.in_channels for layer in convolutions] == [3, *widths[:-1]]
    assert {layer.kernel_size for layer in convolutions} == {(3, 3)}
    assert [layer.num_features for layer in layers_of(encoder, nn.BatchNorm2d)] == widths
    assert len(layers_of(encoder, nn.MaxPool2d)) == 5
    assert encoder.grid == (7, 7)
    assert encoder.d_tokens == 512


@pytest.mark.parametrize(
    ("side", "n_stages", "grid_side"),
    [
        (2, 1, 1),
        (3, 1, 2),
        (4, 1, 2),
        (8, 1, 4),
        (15, 1, 8),
        (16, 2, 4),
        (28, 2, 7),
        (32, 3, 4),
        (64, 4, 4),
        (128, 5, 4),
        (512, 5, 16),
    ],
)
def test_auto_stages_leave_the_shorter_side_at_4_or_more(side, n_stages, grid_side):
    with torch.device("meta"):
        encoder = VGGEncoder(width=2).build((1, side, 2 * side))
    assert len(encoder.stages) == n_stages
    assert encoder.grid[0] == grid_side


@pytest.mark.parametrize("sides", [(4, 4), (5, 9), (7, 16)])
def test_odd_sides_are_rounded_up(sides):
    encoder = VGGEncoder(width=2, n_stages=2, n_layers=[1, 2]).build((1, *sides))
    assert encoder.grid == tuple(math.ceil(side / 4) for side in sides)
    assert encoder(torch.zeros(2, 1, *sides))[0].shape == (2, math.prod(encoder.grid), 4)


def test_too_small_images_are_refused():
    text = "n_stages=3 needs images of at least 8 pixels per side; the shorter side has 7"
    with pytest.raises(ValueError, match=text):
        VGGEncoder(n_stages=3).build((1, 28, 7))


@pytest.mark.parametrize("n_layers", [0, (2,), (2, 0), (1, 1, 1), (1.0, 2)])
def test_wrong_layer_counts_are_refused(n_layers):
    text = r"VGGEncoder: n_layers must be .* one per stage \(2 stages\); found"
    with pytest.raises(ValueError, match=text):
        VGGEncoder(n_stages=2, n_layers=n_layers).build((1, 8, 8))
