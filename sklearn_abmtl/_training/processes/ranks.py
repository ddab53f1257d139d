"""The processes that train one network together, and their shares of a batch."""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from socket import socket
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from ...losses import MultiTaskLoss
from ..execution.random import random_state_from_json, random_state_to_json, seed_generators
from .batch_norm import join_batch_norms
from .shared_group import SharedMemoryGroup

GROUP_VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")  # set by torchrun


class OneProcess:
    """A process that trains alone.

    Attributes
    ----------
    rank : int
        Number of the process, from 0.
    n_ranks : int
        Number of processes.
    """

    rank = 0
    n_ranks = 1

    def share(self, rows: slice) -> slice:
        """Return the rows of a batch that this process computes."""
        return rows

    def total(self, values: Tensor) -> Tensor:
        """Return the sum over processes."""
        return values

    def parallel(self, network: nn.Module) -> nn.Module:
        """Return the network to run; its backward pass averages gradients over the processes."""
        return network

    def release(self) -> None:
        """Drop the result of ``parallel``, at the end of a training."""

    def join_losses(self, loss: MultiTaskLoss) -> None:
        """Let a loss weighting that depends on losses use those of whole batches."""

    def reseed(self, seed: int, device: torch.device) -> None:
        """Let each process draw different dropout and shifts."""

    def of_first(self, random_state: np.random.RandomState) -> np.random.RandomState:
        """Return the random state that the first process passed."""
        return random_state

    def check_batches(self, n_rows: int) -> None:
        """Raise a ValueError if the smallest batch has too few rows."""

    def check_equal(self, texts: Callable[[], Mapping[str, str]]) -> None:
        """Raise a ValueError if a named text differs between processes."""

    def wait(self) -> None:
        """Wait until all processes have called this."""


class Ranks(OneProcess):
    """A process of the default process group of torch."""

    def __init__(self) -> None:
        self.rank = distributed.get_rank()
        self.n_ranks = distributed.get_world_size()
        self._parallel: DistributedDataParallel | None = None

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_parallel": None}

    def share(self, rows: slice) -> slice:
        n_rows = rows.stop - rows.start
        bounds = (n_rows * rank // self.n_ranks for rank in (self.rank, self.rank + 1))
        return slice(*(rows.start + bound for bound in bounds))

    def total(self, values: Tensor) -> Tensor:
        values = values.clone()
        distributed.all_reduce(values)
        return values

    def parallel(self, network: nn.Module) -> nn.Module:
        if self._parallel is None:
            join_batch_norms(network)
            self._parallel = DistributedDataParallel(network, static_graph=True)
            self._parallel.broadcast_buffers = False  # each process computes the same
        return self._parallel

    def release(self) -> None:
        self._parallel = None

    def join_losses(self, loss: MultiTaskLoss) -> None:
        if loss.weighting.needs_one_process:
            raise ValueError(
                "loss_weights that combine gradients, or are random, need one process; found "
                f"{self.n_ranks} that train together. Set other loss_weights or n_procs=1."
            )
        if loss.weighting.moves:
            loss.of_whole_batch = self._of_whole_batch

    def _of_whole_batch(self, objectives: Tensor) -> Tensor:
        """Return the mean over processes, with the gradient of this process's share."""
        own = objectives.detach()
        return self.total(own) / self.n_ranks + (objectives - own)

    def reseed(self, seed: int, device: torch.device) -> None:
        if self.rank:
            seed_generators(seed + 2**32 * self.rank, device)

    def of_first(self, random_state: np.random.RandomState) -> np.random.RandomState:
        of_first, *_ = texts_of_all(random_state_to_json(random_state))
        return random_state_from_json(of_first) if self.rank else random_state

    def check_batches(self, n_rows: int) -> None:
        if n_rows < self.n_ranks:
            raise ValueError(
                f"{self.n_ranks} processes need batches of at least {self.n_ranks} rows; found one "
                f"of {n_rows}. Set another batch_size or a lower n_procs."
            )

    def check_equal(self, texts: Callable[[], Mapping[str, str]]) -> None:
        found = [json.loads(text) for text in texts_of_all(json.dumps(dict(texts())))]
        others = sorted(name for name in found[0] if len({each[name] for each in found}) > 1)
        if others:
            raise ValueError(
                "Processes that train together must pass equal values to fit; found different "
                f"{', '.join(others)} in some of the {self.n_ranks} processes."
            )

    def wait(self) -> None:
        distributed.barrier()


ALONE = OneProcess()


def texts_of_all(text: str) -> list[str]:
    """Return the text of each process.

    torch's functions for objects are not used: they unpickle the received bytes, which can run code
    of the sender.
    """
    has_cpu = "cpu:" in distributed.get_backend_config()
    device = "cpu" if has_cpu else f"cuda:{torch.cuda.current_device()}"
    data = np.frombuffer(text.encode(), np.uint8)
    own_length = torch.tensor([len(data)], device=device)
    lengths = [torch.empty_like(own_length) for _ in range(distributed.get_world_size())]
    distributed.all_gather(lengths, own_length)
    own = torch.zeros(int(max(lengths)), dtype=torch.uint8, device=device)
    own[: len(data)] = torch.from_numpy(data.copy())
    found = [torch.empty_like(own) for _ in lengths]
    distributed.all_gather(found, own)
    pairs = zip(found, lengths, strict=True)
    return [each[: int(length)].cpu().numpy().tobytes().decode() for each, length in pairs]


def is_in_group() -> bool:
    """Return whether this process is in a group, by torchrun, by fit or by itself."""
    if not distributed.is_available():
        return False
    if distributed.is_initialized():
        return distributed.get_world_size() > 1
    return all(map(os.environ.get, GROUP_VARIABLES)) and int(os.environ["WORLD_SIZE"]) > 1


def current_ranks() -> OneProcess:
    """Return the group of this process, after joining it if needed."""
    if not is_in_group():
        return ALONE
    if not distributed.is_initialized():
        distributed.init_process_group()  # gloo for the CPU, nccl for CUDA
        atexit.register(distributed.destroy_process_group)
    return Ranks()


def join_on_this_machine(folder: Path, links: list[socket], device: torch.device) -> None:
    """Join the processes that fit started, by files in a folder that only this user can read.

    On CPUs no port is opened. The sockets of NCCL listen on the loopback interface, and accept only
    messages with a number that is written in the folder.
    """
    rank, n_ranks = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    arguments: dict[str, Any] = {
        "store": distributed.FileStore(str(folder / "store"), n_ranks),
        "rank": rank,
        "world_size": n_ranks,
    }
    if device.type == "cuda":
        os.environ.setdefault("NCCL_SOCKET_IFNAME", "lo")
        torch.cuda.set_device(device)
        distributed.init_process_group("nccl", device_id=device, **arguments)
    else:
        group = SharedMemoryGroup(folder / "memory", links, rank, n_ranks)
        distributed.Backend.register_backend("shared", lambda *_: group, devices=["cpu"])
        distributed.init_process_group("shared", **arguments)
    atexit.register(distributed.destroy_process_group)
