"""Decoders: tokens and the shared vector to states and a reconstruction."""

from __future__ import annotations

import math

import contracts
import pytest
from contracts import random_tensor, seeded
from part_samples import ENCODED, IMAGE, decoder_sample

from sklearn_abmtl.nn import DECODERS, BiLSTMDecoder

D_TOKENS, D_SHARED = 6, 8

every_decoder = pytest.mark.parametrize("name", DECODERS)
every_input = pytest.mark.parametrize(("sample_shape", "grid"), ENCODED)


def build_and_inputs(name, sample_shape, grid, batch=5):
    spec = decoder_sample(name)
    tokens = random_tensor(batch, math.prod(grid), D_TOKENS)
    shared = random_tensor(batch, D_SHARED, seed=1)
    return (
        lambda: spec.build(sample_shape, grid=grid, d_tokens=D_TOKENS, d_shared=D_SHARED),
        (tokens, shared),
    )


@every_decoder
@every_input
@pytest.mark.parametrize("batch", contracts.BATCHES)
def test_output_shapes(name, sample_shape, grid, batch):
    build, inputs = build_and_inputs(name, sample_shape, grid, batch)
    decoder = seeded(build)
    assert len(decoder.grid) == len(grid)
    n_states = math.prod(decoder.grid)
    assert contracts.shapes(decoder(*inputs)) == [
        (batch, n_states, decoder.d_states),
        (batch, *sample_shape),
    ]


@every_decoder
@every_input
def test_gradients_reach_every_parameter(name, sample_shape, grid):
    build, inputs = build_and_inputs(name, sample_shape, grid)
    decoder = seeded(build).train()
    # an LSTM over one column has no step to carry a state to
    without_effect = [r"lstm\.weight_hh"] if grid[-1] == 1 else []
    contracts.assert_gradients_reach_parameters(decoder, decoder(*inputs), without_effect)


@every_decoder
@every_input
def test_samples_are_independent(name, sample_shape, grid):
    build, inputs = build_and_inputs(name, sample_shape, grid)
    contracts.assert_samples_are_independent(seeded(build), inputs)


@every_decoder
def test_modules_copy_and_save(name):
    build, inputs = build_and_inputs(name, IMAGE, (3, 3))
    contracts.assert_dtype_is_kept(build, inputs)
    contracts.assert_equal_seeds_give_equal_parameters(build)
    contracts.assert_state_dict_round_trips(build, inputs)
    contracts.assert_module_copies(seeded(build), inputs)


@every_decoder
def test_specs_copy(name):
    contracts.assert_spec_copies(decoder_sample(name))


@every_decoder
@every_input
def test_every_cell_of_the_input_is_reconstructed_from_the_shared_vector(name, sample_shape, grid):
    build, (tokens, shared) = build_and_inputs(name, sample_shape, grid)
    decoder = seeded(build)
    moved = decoder(tokens, shared + 1)[1] != decoder(tokens, shared)[1]
    assert moved.all()


def test_a_bilstm_state_reconstructs_its_own_strip():
    decoder = BiLSTMDecoder(width=4).build((1, 8, 12), grid=(2, 3), d_tokens=6, d_shared=8)
    states = random_tensor(1, 3, 8).float()
    changed = states.clone()
    changed[:, 1] += 1
    moved = decoder._reconstruct(changed) != decoder._reconstruct(states)
    assert moved.flatten(0, 2).any(dim=0).nonzero().flatten().tolist() == [4, 5, 6, 7]
