"""The number of CPU threads that a training takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

MIN_PRODUCTS = 10_000_000  # of a step, from which on a second thread paid: docs/speed.md


@contextmanager
def enough_threads(network: nn.Module, n_rows: int) -> Iterator[None]:
    """Let steps on so many rows take one thread if they are small, else those that torch has.

    Products are counted as if each parameter was used once a row. The caller's number is set again
    afterwards.
    """
    n_threads = torch.get_num_threads()
    n_products = n_rows * sum(parameter.numel() for parameter in network.parameters())
    if n_products < MIN_PRODUCTS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
