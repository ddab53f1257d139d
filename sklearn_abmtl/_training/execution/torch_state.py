"""Default settings of torch inside a block, whatever the caller has set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

CPU = torch.device("cpu")


class Fork:
    """Whether this process was forked from one that may have started threads of torch."""

    happened = False


def _note_fork() -> None:
    Fork.happened = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


@contextmanager
def own_torch_state() -> Iterator[None]:
    """Use the default settings of torch inside the block.

    The settings are gradients, inference mode, autocast and the default device; they belong to one
    thread. A forked process does not have the threads that its parent started, and would wait for
    them forever. It uses one thread from here on.
    """
    if Fork.happened and torch.get_num_threads() > 1:
        torch.set_num_threads(1)
    with ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        if torch.get_default_device() != CPU:
            stack.enter_context(CPU)
        yield


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """Set the default dtype, which belongs to the whole process, and restore it afterwards."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
