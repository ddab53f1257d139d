"""Sums over the processes of one machine in shared memory, without an open port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from socket import socket
from typing import Any

import torch
from torch import Tensor, distributed
from torch.distributed import ReduceOp
from torch.futures import Future

BaseGroup: Any = distributed.ProcessGroup  # torch's types have no groups written in Python
c10d: Any = torch._C._distributed_c10d
PIECE = 2**20  # bytes of a tensor that a process copies into the shared memory at once
REDUCTIONS: list[tuple[Any, Callable[..., Tensor]]] = [
    (ReduceOp.SUM, torch.sum),
    (ReduceOp.PRODUCT, torch.prod),
    (ReduceOp.MIN, torch.amin),
    (ReduceOp.MAX, torch.amax),
]


def write_shared_memory(path: Path, n_ranks: int) -> None:
    """Write the file that all processes map; it is not sparse, so that a full disk shows here."""
    with open(path, "xb") as file:
        for _ in range(2 * n_ranks):
            file.write(bytes(PIECE))


class SharedMemoryGroup(BaseGroup):
    """A process group of torch for the CPUs of one machine.

    Tensors pass piece by piece through a file that all processes map. Each process copies a piece
    into its own slot, reduces its share of all slots and reads the shares of the others. A process
    sends one byte through a socket when it reaches a step. The file has two sets of slots, which
    are used in turn: a process may write the next piece while others still read.

    Parameters
    ----------
    path : Path
        The file of ``write_shared_memory``, in a folder that only this user can read.
    links : list of socket
        For the first process, the connections to all others in their order; for each other process,
        the connection to the first.
    rank : int
        Number of this process, from 0.
    n_ranks : int
        Number of processes.
    """

    def __init__(self, path: Path, links: list[socket], rank: int, n_ranks: int) -> None:
        super().__init__(rank, n_ranks)
        self._rank = rank
        self._n_ranks = n_ranks
        self._links = links
        size = 2 * n_ranks * PIECE
        memory = torch.from_file(str(path), shared=True, size=size, dtype=torch.uint8)
        self._slots = memory.view(2, n_ranks, PIECE)
        self._turn = 0

    def getBackendName(self) -> str:
        """Return the name for torch's messages."""
        return "shared memory"

    def allreduce(self, tensors: list[Tensor], opts: Any = None) -> Any:
        """Reduce tensors over all processes, in place."""
        reduce = reduction_of(opts)
        for piece, slots in self._pieces(tensors):
            slots[self._rank] = piece
            self._meet()
            share = slice(*(len(piece) * r // self._n_ranks for r in (self._rank, self._rank + 1)))
            slots[0, share] = reduce(slots[:, share], dim=0)
            self._meet()
            piece.copy_(slots[0])
        return finished(tensors)

    def broadcast(self, tensors: list[Tensor], opts: Any) -> Any:
        """Copy the tensors of one process to all others."""
        for piece, slots in self._pieces(tensors):
            if self._rank == opts.rootRank:
                slots[0] = piece
            self._meet()
            piece.copy_(slots[0])
        return finished(tensors)

    def allgather(self, outputs: list[list[Tensor]], inputs: list[Tensor], opts: Any = None) -> Any:
        """Copy the tensors of every process to all, in the order of the processes."""
        for tensor, of_ranks in zip(inputs, outputs, strict=True):
            for found, own in zip(of_ranks, self._of_each(tensor), strict=True):
                found.copy_(own)
        return finished(outputs)

    def barrier(self, opts: Any = None) -> Any:
        """Wait until all processes have called this."""
        self._meet()
        return finished([])

    def _of_each(self, tensor: Tensor) -> list[Tensor]:
        found = [
            torch.empty_like(tensor, memory_format=torch.contiguous_format) for _ in self._slots[0]
        ]
        parts = [own.view(-1) for own in found]
        start = 0
        for piece, slots in self._pieces([tensor]):
            slots[self._rank] = piece
            self._meet()
            for part, slot in zip(parts, slots, strict=True):
                part[start : start + len(piece)] = slot
            start += len(piece)
        return found

    def _pieces(self, tensors: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield each piece of the tensors, to change in place, with slots (n_ranks, n) for it."""
        for tensor in tensors:
            values = tensor.detach().reshape(-1)
            for piece in values.split(PIECE // values.element_size()):
                slots = self._slots[self._turn].view(values.dtype)[:, : len(piece)]
                self._turn = 1 - self._turn
                yield piece, slots
            if values.data_ptr() != tensor.data_ptr():  # a copy of a tensor that is not contiguous
                tensor.detach().copy_(values.view(tensor.shape))

    def _meet(self) -> None:
        """Return once all processes have called this equally often."""
        if self._rank:
            self._links[0].sendall(b".")
        if not all([link.recv(1) for link in self._links]):
            raise RuntimeError("Another process of the same fit has ended.")
        if not self._rank:
            for link in self._links:
                link.sendall(b".")


def reduction_of(opts: Any) -> Callable[..., Tensor]:
    """Return the function of the requested reduction; the default is the sum."""
    if opts is None:
        return torch.sum
    for operation, reduce in REDUCTIONS:
        if opts.reduceOp == operation:
            return reduce
    raise ValueError(
        "fit(n_procs=...) on the CPU takes the reductions SUM, PRODUCT, MIN and MAX; found "
        f"{opts.reduceOp}."
    )


def finished(value: Any) -> Any:
    """Return a finished result in the form that torch waits for."""
    future: Future[Any] = Future()
    future.set_result(value)
    return c10d._create_work_from_future(future)
