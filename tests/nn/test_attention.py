"""Attention: a memory to one context a task."""

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


def test_without_attention_every_token_counts_the_same():
    contexts, attention_weights = seeded(builder("none"))(memory())
    assert contexts.shape[2] == 0
    assert (attention_weights == 1 / N_TOKENS).all()


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="n_heads must divide d_model; found n_heads=3, d_model=8"):
        TaskAttention(d_model=8, n_heads=3).build(n_tasks=2, grid=(4,), d_memory=6)
