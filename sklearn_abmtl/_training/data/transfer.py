"""Moves batches to the device."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

import torch
from torch import Tensor


def in_turn_on(device: torch.device, batches: Iterator[Tensor]) -> Iterator[Tensor]:
    """Yield batches on the device. A CUDA device receives the next batch during a computation.

    Parameters
    ----------
    device : device
    batches : iterator of Tensor
        On the CPU.
    """
    if device.type != "cuda":
        yield from (batch.to(device) for batch in batches)
        return
    stream = torch.cuda.Stream(device)

    def send(batch: Tensor) -> tuple[Tensor, torch.cuda.Event]:
        with torch.cuda.stream(stream):
            # a copy is asynchronous only from pinned memory
            return batch.pin_memory().to(device, non_blocking=True), stream.record_event()

    sent: Iterator[Any] = chain(map(send, batches), [None])
    for (batch, arrived), _ in pairwise(sent):
        reader = torch.cuda.current_stream(device)
        reader.wait_event(arrived)
        batch.record_stream(reader)  # its memory is not reused before this stream has read it
        yield batch
