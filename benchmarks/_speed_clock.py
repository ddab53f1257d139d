"""How the benchmarks of speed measure: a comparison, its clocks, and two things in turns."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

from skorch.callbacks import Callback

Call = Callable[[], Any]
Clock = Callable[[], float]


class Row(NamedTuple):
    """One comparison, the largest ratio that it may have, and modules that it needs."""

    what: str
    against: str
    at_most: float
    measure: Callable[[argparse.Namespace], dict[str, Any]]
    needs: tuple[str, ...] = ()


class EpochClock(Callback):
    """Takes the CPU seconds of each epoch."""

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        self.seconds_: list[float] = []

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        self.begin_ = time.process_time()

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        self.seconds_.append(time.process_time() - self.begin_)


def children_seconds() -> float:
    """Return the CPU seconds of all processes that were started and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def wall_seconds() -> float:
    """Return wall seconds."""
    return time.perf_counter()


def run_python(*arguments: str) -> str:
    """Run this Python in a separate process and return its output."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def take_turns(
    ours: Call, other: Call, repeats: int, *, clock: Clock = time.process_time, n_calls: int = 1
) -> dict[str, Any]:
    """Compare the seconds of a call, as :func:`compare` does."""
    return compare(
        lambda: seconds(ours, clock, n_calls), lambda: seconds(other, clock, n_calls), repeats
    )


def compare(ours: Clock, other: Clock, repeats: int, unit: str = "s") -> dict[str, Any]:
    """Call two functions in turns; return the medians of their measurements and of the ratios.

    The first turn fills caches and is not counted.
    """
    turns = [(ours(), other()) for _ in range(repeats + 1)][1:]
    ratios = [own / others for own, others in turns]
    of_ours, of_other = (median(times) for times in zip(*turns, strict=True))
    return {
        "ours": float(f"{of_ours:.4g}"),
        "other": float(f"{of_other:.4g}"),
        "unit": unit,
        "ratio": round(median(ratios), 4),
        "ratios": [round(ratio, 3) for ratio in sorted(ratios)],
    }


def seconds(call: Call, clock: Clock = time.process_time, n_calls: int = 1) -> float:
    """Return the seconds of one of several calls."""
    begin = clock()
    for _ in range(n_calls):
        call()
    return (clock() - begin) / n_calls
