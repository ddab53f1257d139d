"""The number of CPU threads of a training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

MIN_PRODUCTS = 10_000_000  # per step; a second thread is faster from here on: docs/speed.md


@contextmanager
def enough_threads(network: nn.Module, n_rows: int) -> Iterator[None]:
    """Use one thread in steps on ``n_rows`` rows if these are small, else torch's number.

    Products are estimated as one per parameter and row. The caller's number is restored afterwards.
    """
    n_threads = torch.get_num_threads()
    n_products = n_rows * sum(parameter.numel() for parameter in network.parameters())
    if n_products < MIN_PRODUCTS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
