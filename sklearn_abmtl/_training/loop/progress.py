"""The output of a training with ``verbose``."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from typing import Any

from skorch import NeuralNet
from skorch.callbacks import Callback
from tqdm.auto import tqdm  # a requirement of skorch

N_LINES = 10  # per training, if the output is not a screen
COLOR_CODE = re.compile("\x1b\\[[0-9]*m")  # with which skorch marks the best values


class ProgressBar(Callback):
    """One bar for the whole training, with the newest mean loss and the worst task."""

    def on_train_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        self.bar_ = tqdm(total=net.max_epochs, initial=net.resumed.n_epochs, unit="epoch")

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        self.bar_.set_postfix_str(losses_of(net), refresh=False)
        self.bar_.update()

    def on_train_end(self, net: NeuralNet, **kwargs: Any) -> None:
        self.bar_.close()
        del self.bar_  # holds a stream, which cannot be pickled


class ProgressLines(Callback):
    """One line per tenth of the training, for files."""

    def on_train_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        self.start_ = len(net.history) - net.resumed.n_epochs
        self.seconds_ = 0.0

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        done = len(net.history) - self.start_
        self.seconds_ += net.history[-1, "dur"]
        if done % math.ceil(net.max_epochs / N_LINES) and done < net.max_epochs:
            return
        n_timed = done - net.resumed.n_epochs
        left = tqdm.format_interval(self.seconds_ / n_timed * (net.max_epochs - done))
        text = f"epoch {done} of {net.max_epochs}, {left} left, {losses_of(net)}"
        print(text, file=sys.stderr, flush=True)


def losses_of(net: NeuralNet) -> str:
    """Return the newest mean loss and the worst task, of validation rows if there are any."""
    row = net.history[-1]
    name = "valid_loss" if "valid_loss" in row else "train_loss"
    losses = {task: row[f"{name}_{task}"] for task in net.task_names}
    known = {task: loss for task, loss in losses.items() if not math.isnan(loss)}
    text = f"{name}={row[name]:.4f}"
    if len(known) < 2:
        return text
    worst = max(known, key=known.__getitem__)
    return f"{text}, worst: {worst}={known[worst]:.4f}"


def progress() -> Callback:
    """Return a bar for terminals and notebooks, and lines for files."""
    return ProgressBar() if _is_screen(sys.stderr) else ProgressLines()


def line_printer() -> Callable[[str], None]:
    """Return a function that prints lines, with colours in terminals and notebooks only."""
    return print if _is_screen(sys.stdout) else print_plainly


def print_plainly(line: str) -> None:
    """Print a line without colour codes."""
    print(COLOR_CODE.sub("", line), flush=True)


def _is_screen(stream: Any) -> bool:
    """Return whether a stream is a terminal or a notebook, and not a file."""
    return stream.isatty() or "ipykernel" in sys.modules
