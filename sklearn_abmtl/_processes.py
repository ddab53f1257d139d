"""A fit in processes of its own, which torch's launcher starts on this machine."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sklearn.utils import check_random_state
from torch.distributed.elastic.multiprocessing.api import DefaultLogsSpecs, SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from ._fingerprint import new_checkpoint
from ._process_task import CHILD, Outcome, write_task
from ._training import is_in_group
from ._warn_caller import warn_caller

SECONDS_TO_END = 5  # that a process has before it is killed


def starts_processes(estimator: Any) -> bool:
    """Tell whether fit starts processes, and is not in one of several itself."""
    return estimator.n_procs > 1 and not is_in_group()


def fit_in_processes(estimator: Any, **arguments: Any) -> Any:
    """Fit in ``n_procs`` processes that share each batch, and take over what the first learned.

    Raises
    ------
    ValueError
        As ``fit`` in one process, or if it goes with one process alone.
    RuntimeError
        If a process was killed.
    """
    new_checkpoint(estimator)  # it needs a random_state, and the processes are always passed one
    if getattr(estimator, "_skl_callbacks", None):
        raise ValueError(
            f"n_procs={estimator.n_procs} does not go with set_callbacks, whose callbacks stay in "
            "this process; set n_procs=1."
        )
    parameters = estimator.get_params(deep=False)
    sent = copy.copy(estimator)
    sent.random_state = check_random_state(estimator.random_state)
    with tempfile.TemporaryDirectory(prefix="sklearn_abmtl_") as name:
        write_task(Path(name), sent, arguments)
        fitted = launch(estimator.n_procs, Path(name))
    sent.random_state.set_state(fitted.random_state.get_state())
    vars(estimator).clear()
    vars(estimator).update(vars(fitted) | parameters)
    return estimator


def launch(n_procs: int, folder: Path) -> Any:
    """Let processes do the task of a folder, and return the fitted estimator of the first.

    Raises
    ------
    BaseException
        What the first process that failed raised, or a RuntimeError if one was killed.
    """
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=n_procs,
        run_id=folder.name,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",  # any free port
        local_addr="localhost",
        max_restarts=0,
        shutdown_timeout=SECONDS_TO_END,
        logs_specs=DefaultLogsSpecs(str(folder / "logs")),
    )
    try:
        with signals_as_before():
            elastic_launch(config, sys.executable)("-c", CHILD, str(folder))
    except SignalException as error:
        if error.sigval == signal.SIGINT:
            raise KeyboardInterrupt from None
        raise
    except ChildFailedError as error:
        check_not_killed(error)
    outcomes = sorted(folder.glob("outcome*"), key=lambda path: path.stat().st_mtime_ns)
    return take_outcomes([pickle.loads(path.read_bytes()) for path in outcomes])


def check_not_killed(error: ChildFailedError) -> None:
    """Raise a RuntimeError if a process was ended by a signal, unless the launcher sent it."""
    for rank, failure in error.failures.items():
        if failure.exitcode < 0 and failure.exitcode != -signal.SIGTERM:
            raise RuntimeError(
                f"Process {rank} of those that fit started was ended by "
                f"{failure.signal_name()}. If the system did so, memory ran short: set a lower "
                "n_procs, or pass a memory-mapped X."
            ) from error


def take_outcomes(outcomes: list[Outcome]) -> Any:
    """Return the fitted estimator, or raise the first error; repeat the warnings."""
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error from RuntimeError(f"In a process of fit:\n{outcome.trace}")
        for warning in outcome.warnings:
            warn_caller(warning)
    fitted = [outcome.fitted for outcome in outcomes if outcome.fitted is not None]
    if not fitted:
        raise RuntimeError("The processes that fit started ended without a result.")
    return fitted[0]


@contextmanager
def signals_as_before() -> Iterator[None]:
    """Undo that the launcher takes over signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
    before = {
        name: signal.getsignal(getattr(signal, name)) for name in names if hasattr(signal, name)
    }
    try:
        yield
    finally:
        os.environ.pop("TORCHELASTIC_SIGNALS_TO_HANDLE", None)
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
