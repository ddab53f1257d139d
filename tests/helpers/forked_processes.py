"""Processes of a fit, forked from one that has imported the package, which takes seconds each."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")
CONTEXT.set_forkserver_preload(["sklearn_abmtl._training.processes.work"])


class Forked:
    """A process with those methods of ``subprocess.Popen`` that ``launch`` calls.

    Parameters
    ----------
    process : multiprocessing.Process
        Started.
    """

    def __init__(self, process: Any) -> None:
        self.process, self.pid = process, process.pid

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self.process.join(timeout)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return self.process.exitcode


def start_forked(rank: int, n_procs: int, folder: Path, links: list[socket]) -> Forked:
    """Start the process of a rank as ``launch.start`` does, without its imports."""
    of_rank = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": n_procs, "LOCAL_WORLD_SIZE": n_procs}
    environment = os.environ | {name: str(value) for name, value in of_rank.items()}
    process = CONTEXT.Process(target=work_forked, args=(folder, environment, os.getpid(), links))
    process.start()
    while process.exitcode is None and os.getpgid(process.pid) != process.pid:
        time.sleep(0.01)  # until it has a session of its own, by which it is ended
    return Forked(process)


def work_forked(folder: Path, environment: Any, parent: int, links: list[socket]) -> None:
    """Do the work of a rank in its environment, as a child of the process that fits."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = pickle.loads((folder / "path").read_bytes())
    os.getppid = partial(int, parent)
    if environment["RANK"] != "0":
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    from sklearn_abmtl._training.processes.work import work  # noqa: PLC0415 (where sys.path says)

    work(str(folder), *(str(link.detach()) for link in links))
