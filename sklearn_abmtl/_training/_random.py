"""Random numbers of torch that leave the caller's as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import torch

ONE_AT_A_TIME = RLock()  # the generators are those of the process, not of a thread
if hasattr(os, "register_at_fork"):  # else a child could wait for a thread that it has not
    os.register_at_fork(
        before=ONE_AT_A_TIME.acquire,
        after_in_parent=ONE_AT_A_TIME.release,
        after_in_child=ONE_AT_A_TIME.release,
    )


@contextmanager
def reproducible_torch(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators inside the block and restore them after it.

    A thread waits here while another one is in such a block. On a GPU, convolutions take their
    reproducible algorithms inside the block.
    """
    devices = [device] if device.type == "cuda" else []
    with (
        ONE_AT_A_TIME,
        torch.random.fork_rng(devices=devices),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
    ):
        seed_generators(seed, device)
        yield


def seed_generators(seed: int, device: torch.device) -> None:
    """Seed torch's global generators of the CPU and of the device."""
    torch.random.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
