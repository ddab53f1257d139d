"""Attention: from tokens to one context per task."""

from __future__ import annotations

import contracts
import pytest
import torch
from contracts import open_gamma, random_tensor, seeded
from part_samples import attention_sample
from torch.testing import assert_close

from sklearn_abmtl.nn import ATTENTIONS, TaskAttention

N_TASKS, GRID, D_MEMORY = 3, (2, 2), 6
N_TOKENS = 4

every_attention = pytest.mark.parametrize("name", ATTENTIONS)


def builder(name, n_tasks=N_TASKS):
    spec = attention_sample(name)
    return lambda: spec.build(n_tasks=n_tasks, grid=GRID, d_memory=D_MEMORY)


def memory(batch=5):
    return random_tensor(batch, N_TOKENS, D_MEMORY)


@every_attention
@pytest.mark.parametrize("batch", contracts.BATCHES)
@pytest.mark.parametrize("n_tasks", [1, 3])
def test_output_shapes(name, batch, n_tasks):
    attention = seeded(builder(name, n_tasks))
    contexts, attention_weights = attention(memory(batch))
    assert contexts.shape == (batch, n_tasks, attention.d_context)
    n_heads = attention_weights.shape[2]
    assert attention_weights.shape == (batch, n_tasks, n_heads, N_TOKENS)


@every_attention
def test_attention_weights_sum_to_1(name):
    _, attention_weights = open_gamma(seeded(builder(name)))(memory())
    contracts.assert_attention_weights_sum_to_1(attention_weights)


@every_attention
def test_gradients_reach_every_parameter(name):
    attention = open_gamma(seeded(builder(name)).train())
    contexts, _ = attention(memory())
    # the softmax does not see what all keys have in common
    contracts.assert_gradients_reach_parameters(attention, contexts, [r"to_keys\.bias"])


@every_attention
def test_samples_are_independent(name):
    contracts.assert_samples_are_independent(open_gamma(seeded(builder(name))), (memory(),))


@every_attention
def test_permuting_tasks_permutes_output(name):
    contracts.assert_permuting_tasks_permutes_output(
        open_gamma(seeded(builder(name))), (memory(),), [2, 0, 1], inputs_have_tasks=False
    )


@every_attention
def test_modules_copy_and_save(name):
    build = builder(name)
    contracts.assert_dtype_is_kept(lambda: open_gamma(build()), (memory(),))
    contracts.assert_equal_seeds_give_equal_parameters(build)
    contracts.assert_state_dict_round_trips(build, (memory(),))
    contracts.assert_module_copies(open_gamma(seeded(build)), (memory(),))


@every_attention
def test_specs_copy(name):
    contracts.assert_spec_copies(attention_sample(name))


def test_task_attention_starts_closed():
    contexts, _ = seeded(builder("task_query"))(memory())
    assert not contexts.any()


def test_gamma_opens_each_task_for_itself():
    attention = seeded(builder("task_query"))
    attention.gamma.data[1] = 1
    contexts, _ = attention(memory())
    assert [bool(contexts[:, task].any()) for task in range(N_TASKS)] == [False, True, False]


def test_task_attention_is_multi_head_attention():
    attention = open_gamma(seeded(builder("task_query")))
    contexts, attention_weights = attention(memory())
    normed = attention.norm(memory())
    keys = attention.to_keys(normed) + attention.positions
    heads = [slice(0, 4), slice(4, 8)]
    for task in range(N_TASKS):
        read = []
        for head, columns in enumerate(heads):
            query = attention.queries[task, head].expand(5, 1, 4)
            values = attention.to_values(normed)[..., columns]
            read.append(
                torch.nn.functional.scaled_dot_product_attention(query, keys[..., columns], values)
            )
            scores = (keys[..., columns] @ attention.queries[task, head]) / 2
            assert_close(attention_weights[:, task, head], scores.softmax(dim=1))
        expected = attention.gamma[task] * attention.mix_heads(torch.cat(read, dim=2).squeeze(1))
        assert_close(contexts[:, task], expected)


def test_one_token_needs_no_queries():
    spec, one_token = TaskAttention(d_model=8, n_heads=2), random_tensor(5, 1, D_MEMORY)
    alone = open_gamma(seeded(lambda: spec.build(N_TASKS, (1,), D_MEMORY)))
    with_queries = open_gamma(seeded(builder("task_query")))
    with_queries.positions.data = with_queries.positions.data[:1]
    with_queries.load_state_dict(alone.state_dict(), strict=False)
    contexts, attention_weights = alone(one_token)
    assert attention_weights.unique().tolist() == [1.0]
    assert_close(contexts, with_queries(one_token)[0])
    contracts.assert_gradients_reach_parameters(alone, contexts, [])


def test_mtan_masks_the_memory():
    attention = seeded(builder("mtan"))
    contexts, attention_weights = attention(memory())
    hidden, _, to_mask, _ = attention.to_masks
    read_out = attention.to_contexts
    normed = attention.norm(memory())
    for task in range(N_TASKS):
        inner = (normed @ hidden.weight[task] + hidden.bias[task]).relu()
        mask = (inner @ to_mask.weight[task] + to_mask.bias[task]).sigmoid()
        read = (mask * normed).mean(1)
        assert_close(contexts[:, task], read @ read_out.weight[task] + read_out.bias[task])
        assert_close(attention_weights[:, task, 0], mask.sum(2) / mask.sum((1, 2)).unsqueeze(1))


def test_mmoe_gates_mix_the_experts():
    attention = seeded(builder("mmoe"))
    contexts, _ = attention(memory())
    mean = attention.norm(memory()).mean(1)
    layers = zip(attention.experts.weight, attention.experts.bias, strict=True)
    experts = torch.stack([(mean @ weight + bias).relu() for weight, bias in layers], dim=1)
    for task in range(N_TASKS):
        gates = mean @ attention.gates.weight[task] + attention.gates.bias[task]
        expected = (gates.softmax(1).unsqueeze(2) * experts).sum(1)
        assert_close(contexts[:, task], expected)


@pytest.mark.parametrize(("n_tasks", "own"), [(1, 1.0), (2, 0.9), (4, 0.85)])
def test_cross_stitch_units_start_near_the_identity(n_tasks, own):
    for _, _, unit in seeded(builder("cross_stitch", n_tasks)).layers:
        shares = unit.start + unit.learned
        assert_close(shares.diagonal(), torch.full_like(shares[0], own))
        assert_close(shares.sum(1), torch.ones_like(shares[0]))


def test_cross_stitch_mixes_the_streams_after_each_layer():
    attention = seeded(builder("cross_stitch"))
    streams = [attention.norm(memory())] * N_TASKS
    for seed, (layer, _, unit) in enumerate(attention.layers):
        unit.learned.data = random_tensor(N_TASKS, N_TASKS, seed=seed)
        shares = unit.start + unit.learned
        own = [
            (stream @ weight + bias).relu()
            for stream, weight, bias in zip(streams, layer.weight, layer.bias, strict=True)
        ]
        streams = [sum(shares[t, u] * own[u] for u in range(N_TASKS)) for t in range(N_TASKS)]
    contexts, _ = attention(memory())
    for task, stream in enumerate(streams):
        assert_close(contexts[:, task], stream.mean(1))


def test_streams_with_units_at_the_identity_are_apart():
    attention = seeded(builder("cross_stitch"))
    for _, _, unit in attention.layers:
        unit.learned.data = torch.eye(N_TASKS) - unit.start
    before, _ = attention(memory())
    attention.layers[0][0].weight.data[1] += 1
    moved = attention(memory())[0] != before
    assert [bool(moved[:, task].any()) for task in range(N_TASKS)] == [False, True, False]


@pytest.mark.parametrize("name", ["none", "mmoe", "cross_stitch"])
def test_attentions_that_do_not_choose_read_every_token_alike(name):
    _, attention_weights = seeded(builder(name))(memory())
    assert attention_weights.shape[2] == 1
    assert (attention_weights == 1 / N_TOKENS).all()


def test_without_attention_there_is_no_context():
    contexts, _ = seeded(builder("none"))(memory())
    assert contexts.shape[2] == 0


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="n_heads must divide d_model; found n_heads=3, d_model=8"):
        TaskAttention(d_model=8, n_heads=3).build(n_tasks=2, grid=(4,), d_memory=6)
