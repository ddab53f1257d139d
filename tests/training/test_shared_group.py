"""Processes of one machine reduce and exchange tensors in memory that they share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from socket import socketpair
from types import SimpleNamespace

import pytest
import torch
from torch.distributed import ReduceOp

from sklearn_abmtl._training.processes import shared_group as _shared_group
from sklearn_abmtl._training.processes.shared_group import SharedMemoryGroup, write_shared_memory


@pytest.fixture
def run_ranks(tmp_path, monkeypatch):
    """Return a function that runs another one for every rank, in threads."""
    monkeypatch.setattr(_shared_group, "PIECE", 64)

    def run(n_ranks, of_rank):
        write_shared_memory(tmp_path / "memory", n_ranks)
        pairs = [socketpair() for _ in range(n_ranks - 1)]
        links = [[first for first, _ in pairs], *([other] for _, other in pairs)]

        def run_rank(rank):
            group = SharedMemoryGroup(tmp_path / "memory", links[rank], rank, n_ranks)
            try:
                return of_rank(rank, group)
            finally:
                for link in links[rank]:
                    link.close()

        with ThreadPoolExecutor(n_ranks) as threads:
            return list(threads.map(run_rank, range(n_ranks)))

    return run


def tensor_of(rank, length, dtype):
    return (torch.arange(length) % 7 + 3 * rank + 1).to(dtype)


@pytest.mark.parametrize("n_ranks", [2, 3, 5])
@pytest.mark.parametrize("length", [0, 1, 8, 100])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.int64])
def test_tensors_are_summed(n_ranks, length, dtype, run_ranks):
    def of_rank(rank, group):
        found = [tensor_of(rank, length, dtype), tensor_of(rank, 3, dtype)]
        for _ in range(2):  # so that slots are used again
            group.allreduce(found).wait()
        return found

    for found in run_ranks(n_ranks, of_rank):
        for tensor in found:
            own = (tensor_of(rank, len(tensor), dtype) for rank in range(n_ranks))
            assert torch.equal(tensor, (sum(own) * n_ranks).to(dtype))


@pytest.mark.parametrize(
    ("operation", "expected"),
    [(ReduceOp.SUM, 12), (ReduceOp.PRODUCT, 28), (ReduceOp.MIN, 1), (ReduceOp.MAX, 7)],
)
def test_other_reductions(operation, expected, run_ranks):
    def of_rank(rank, group):
        tensor = tensor_of(rank, 1, torch.float32)
        group.allreduce([tensor], SimpleNamespace(reduceOp=operation))
        return tensor.item()

    assert run_ranks(3, of_rank) == [expected] * 3


def test_a_reduction_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="takes the reductions SUM, PRODUCT, MIN and MAX; found"):
        _shared_group.reduction_of(SimpleNamespace(reduceOp=ReduceOp.BXOR))


def test_tensors_keep_their_layout(run_ranks):
    def of_rank(rank, group):
        image = torch.arange(120.0).view(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
        column = torch.arange(40.0).view(20, 2)[:, rank]
        group.allreduce([image, column])
        return image, column

    for image, column in run_ranks(2, of_rank):
        assert torch.equal(image, 2 * torch.arange(120.0).view(2, 3, 4, 5))
        assert image.is_contiguous(memory_format=torch.channels_last)
        assert torch.equal(column, torch.arange(1.0, 80, 4))


def test_every_process_gets_what_one_or_all_of_them_have(run_ranks):
    def of_rank(rank, group):
        of_last = tensor_of(rank, 50, torch.float32).view(5, 10)
        group.broadcast([of_last], SimpleNamespace(rootRank=2))
        of_all = [torch.empty(50) for _ in range(3)]
        group.allgather([of_all], [tensor_of(rank, 50, torch.float32)])
        group.barrier()
        return of_last, of_all

    for of_last, of_all in run_ranks(3, of_rank):
        assert torch.equal(of_last.view(-1), tensor_of(2, 50, torch.float32))
        for rank, tensor in enumerate(of_all):
            assert torch.equal(tensor, tensor_of(rank, 50, torch.float32))


def test_a_process_that_has_ended_is_not_waited_for(run_ranks):
    def of_rank(rank, group):
        if rank == 0:
            group.barrier()

    with pytest.raises(RuntimeError, match="Another process of the same fit has ended"):
        run_ranks(2, of_rank)
