"""Processes that share batches: each computes a part, and together they have the whole."""

from __future__ import annotations

import pytest
import torch
from small_nets import small_net, task_data

from sklearn_abmtl._training.data.batches import Batches
from sklearn_abmtl._training.processes.ranks import OneProcess, Ranks


def rank_of(rank: int, n_ranks: int) -> Ranks:
    """Return one of several processes, of which no other is there."""
    ranks = Ranks.__new__(Ranks)
    ranks.rank, ranks.n_ranks = rank, n_ranks
    return ranks


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", [None, 0])
def test_shares_are_the_batch_in_its_order(n_ranks, seed):
    def batches(ranks):
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        return list(Batches(task_data(23), 8, generator, ranks))

    shares = [batches(rank_of(rank, n_ranks)) for rank in range(n_ranks)]
    for batch, *parts in zip(batches(OneProcess()), *shares, strict=True):
        for name in ("features", "codes"):
            joined = torch.cat([getattr(part, name) for part in parts])
            assert torch.equal(joined, getattr(batch, name))
        mean = sum(part.label_weights.mean(0) for part in parts) / n_ranks
        torch.testing.assert_close(mean, batch.label_weights.mean(0))


def test_shares_without_rows_are_left_out():
    lengths = [len(list(Batches(task_data(1), 8, None, rank_of(rank, 3)))) for rank in range(3)]
    assert sorted(lengths) == [0, 0, 1]


def test_losses_of_shares_add_up():
    net, data = small_net(), task_data(7)
    net.module_.eval()
    whole = net.validation_step(data)
    parts = [next(iter(Batches(data, 7, None, rank_of(rank, 2)))) for rank in range(2)]
    steps = [net.validation_step(part) for part in parts]
    torch.testing.assert_close(sum(step["sums"] * 1 for step in steps)[1], whole["sums"][1])
    torch.testing.assert_close(sum(step["loss"] for step in steps) / 2, whole["loss"])


def test_batches_with_fewer_rows_than_processes_are_refused():
    rank_of(0, 3).check_batches(3)
    with pytest.raises(ValueError, match=r"3 processes need batches of at least 3 .* one of 2"):
        rank_of(0, 3).check_batches(2)
