"""Starts the processes of a fit on this machine, and collects their results."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import socket, socketpair
from typing import Any

from ..._data.warn_caller import warn_caller
from .job import Outcome
from .ranks import GROUP_VARIABLES
from .shared_group import write_shared_memory

SECONDS_TO_END = 5  # time that a process has to end before it is killed
CHILD = """
import pickle, sys
with open(sys.argv[1] + "/path", "rb") as file:
    sys.path[:] = pickle.load(file)
from sklearn_abmtl._training.processes.work import work
work(*sys.argv[1:])
"""
Process = subprocess.Popen[bytes]


def launch(n_procs: int, folder: Path) -> Any:
    """Start processes for the job of a folder, and return the fitted estimator of the first.

    Raises
    ------
    BaseException
        The error of the process that failed first, or a RuntimeError if one was killed.
    """
    write_shared_memory(folder / "memory", n_procs)
    processes: list[Process] = []
    try:
        with connected(n_procs) as links:
            for rank in range(n_procs):
                processes.append(start(rank, n_procs, folder, links[rank]))
        check_not_killed(wait_for(processes))
    finally:
        end(processes)
    outcomes = sorted(folder.glob("outcome*"), key=lambda path: path.stat().st_mtime_ns)
    return take_outcomes([pickle.loads(path.read_bytes()) for path in outcomes])


@contextmanager
def connected(n_procs: int) -> Iterator[list[list[socket]]]:
    """Yield the sockets of each process, which connect the first process to each other one."""
    with ExitStack() as opened:
        pairs = [socketpair() for _ in range(n_procs - 1)]
        for end_of_pair in (each for pair in pairs for each in pair):
            opened.enter_context(end_of_pair)
        yield [[first for first, _ in pairs], *([other] for _, other in pairs)]


def start(rank: int, n_procs: int, folder: Path, links: list[socket]) -> Process:
    """Start the process of a rank, in a new session, which Ctrl-C does not reach."""
    numbers = [link.fileno() for link in links]
    environment = {k: v for k, v in os.environ.items() if k not in GROUP_VARIABLES}
    of_rank = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": n_procs, "LOCAL_WORLD_SIZE": n_procs}
    # -P: nothing is imported from the current folder, which others may be able to write
    command = [sys.executable, "-P", "-c", CHILD, str(folder), *map(str, numbers)]
    return subprocess.Popen(
        command,
        env=environment | {name: str(value) for name, value in of_rank.items()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if rank else None,  # only the first prints
        pass_fds=numbers,
        start_new_session=True,
    )


def wait_for(processes: list[Process]) -> list[int | None]:
    """Wait until all have ended or one has failed, and return their exit codes so far."""
    while True:
        codes = [process.poll() for process in processes]
        if None not in codes or any(codes):
            return codes
        time.sleep(0.02)


def end(processes: list[Process]) -> None:
    """End the processes that still run, with all processes that they started."""
    deadline = time.monotonic() + SECONDS_TO_END
    try:
        for process in processes:
            send(process, signal.SIGTERM)
        for process in processes:
            process.wait(max(0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        pass
    finally:  # also after another Ctrl-C
        for process in processes:
            send(process, signal.SIGKILL)
        for process in processes:
            process.wait()


def send(process: Process, number: signal.Signals) -> None:
    """Send a signal to a process and to those that it started, unless it has ended."""
    if process.poll() is None:
        os.killpg(process.pid, number)


def check_not_killed(codes: list[int | None]) -> None:
    """Raise a RuntimeError if a process was ended by a signal."""
    for rank, code in enumerate(codes):
        if code is not None and code < 0:
            raise RuntimeError(
                f"Process {rank} of those that fit started was ended by "
                f"{signal.Signals(-code).name}. If the system did so, memory ran short: set a "
                "lower n_procs, or pass a memory-mapped X."
            )


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
