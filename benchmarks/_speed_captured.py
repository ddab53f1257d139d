"""Training by hand with the whole step recorded as one CUDA graph."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from _speed_clock import seconds, wall_seconds
from _speed_loops import HandWritten, Rows
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

from sklearn_abmtl import ABMTLClassifier

WARM_UP_STEPS = 3  # they choose algorithms and fill caches, which a recording must not
Step = Callable[[], Any]


def recorded(step: Step) -> Step:
    """Return the replay of a CUDA graph of a step."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP_STEPS):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


RECORDERS: dict[str, Callable[[Step], Step]] = {"cuda": recorded, "cpu": lambda step: step}
PRECISIONS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "float32": nullcontext,
    "bfloat16": lambda: torch.autocast("cuda", torch.bfloat16),
}


class CapturedLoop(HandWritten):
    """The training of a fitted estimator, in which each step replays a CUDA graph.

    On a CPU there are no graphs, and a step is an ordinary call. A graph keeps the numbers of its
    recording. Therefore AdamW's first moment has a constant decay.

    Parameters
    ----------
    classifier : ABMTLClassifier
        Fitted on full batches of rows without missing labels.
    precision : {'float32', 'bfloat16'}
        Precision of the operations that autocast chooses.

    Attributes
    ----------
    epoch_seconds : list of float
        Wall seconds of the epochs of the last training, without the recording.
    """

    def __init__(self, classifier: ABMTLClassifier, precision: str) -> None:
        super().__init__(classifier)
        self.precision = PRECISIONS[precision]

    def train(
        self, network: nn.Module, train: Rows, valid: Rows, task_weights: Tensor
    ) -> list[list[Tensor]]:
        """Train with one cycle of the learning rate."""
        n_batches = len(train.codes) // self.batch_size
        optimizer = torch.optim.AdamW(
            network.train().parameters(),
            lr=torch.tensor(self.lr, device=self.device),  # read at each replay
            weight_decay=self.weight_decay,
            fused=True,
            capturable=True,
        )
        n_steps = 1 + n_batches * self.max_epochs
        schedule = OneCycleLR(optimizer, self.lr, total_steps=n_steps, cycle_momentum=False)
        batch = Rows(*(tensor[: self.batch_size].clone() for tensor in train))
        total = torch.zeros((), device=self.device)

        def step() -> None:
            optimizer.zero_grad()
            with self.precision():
                loss = self.objective(network, batch, task_weights)
            loss.backward()
            optimizer.step()
            total.add_(loss.detach())

        take_step = RECORDERS[torch.device(self.device).type](step)
        history = []

        def run_epoch() -> None:
            total.zero_()
            order = torch.randperm(len(train.codes), device=self.device)
            for rows in order.split(self.batch_size):
                for held, tensor in zip(batch, train, strict=True):
                    torch.index_select(tensor, 0, rows, out=held)
                take_step()
                schedule.step()
            history.append([total / n_batches])
            total.item()  # waits for the device

        self.epoch_seconds = [seconds(run_epoch, wall_seconds) for _ in range(self.max_epochs)]
        return history
