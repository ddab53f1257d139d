"""Early ends of a training: an interrupt by the user, or a request of a callback."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# libraries that fit more than once, or use the result where no user reads a warning
REPEATING = frozenset(
    [
        "concurrent",
        "dask",
        "dask_ml",
        "distributed",
        "hyperopt",
        "imblearn",
        "joblib",
        "multiprocessing",
        "optuna",
        "ray",
        "sklearn",
        "skopt",
        "skorch",
    ]
)
FITTING_ONCE = (
    "imblearn.pipeline",
    "sklearn.base",
    "sklearn.callback",
    "sklearn.pipeline",
    "sklearn.utils",
)


class StopTraining(Exception):
    """A callback requests the end of the training, which counts as finished."""


class InterruptLog:
    """Log of whether a signal from the user raised KeyboardInterrupt.

    Callbacks of skorch also raise KeyboardInterrupt to end a training. The type of the error
    therefore does not show its source.

    Attributes
    ----------
    came : bool
    """

    def __init__(self) -> None:
        self.came = False


@contextmanager
def logged_interrupts() -> Iterator[InterruptLog]:
    """Log interrupts inside the block; the caller's handler still decides on their effect.

    Only the main thread gets signals.
    """
    log = InterruptLog()
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield log
        return

    def handle(number: int, frame: FrameType | None) -> None:
        try:
            before(number, frame)
        except KeyboardInterrupt:
            log.came = True
            raise

    signal.signal(signal.SIGINT, handle)
    try:
        yield log
    finally:
        if signal.getsignal(signal.SIGINT) is handle:  # else a callback has set another handler
            signal.signal(signal.SIGINT, before)


def is_fitted_repeatedly() -> bool:
    """Return whether the caller is a search, a meta-estimator or a worker."""
    if threading.current_thread() is not threading.main_thread():
        return True
    if multiprocessing.parent_process() is not None:
        return True
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] in REPEATING and not module.startswith(FITTING_ONCE):
            return True
        frame = frame.f_back
    return False
