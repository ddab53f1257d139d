"""The work of a process that fit starts."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from socket import socket

import torch
from threadpoolctl import threadpool_limits

from ..._files.tensors import write_whole
from ..execution.device import device_of_rank
from .job import Outcome, read_job, to_pickle
from .ranks import join_on_this_machine


def work(name: str, *links: str) -> None:
    """Do the job of a folder, connected to the other processes by sockets of these numbers."""
    folder = Path(name)
    job, n_threads, parent = read_job(folder)
    threading.Thread(target=end_with, args=(parent, folder), daemon=True).start()
    torch.set_num_threads(min(n_threads, torch.get_num_threads()))
    fitted, error, trace = None, None, ""
    with threadpool_limits(n_threads), warnings.catch_warnings(record=True) as caught:
        try:
            sockets = [socket(fileno=int(number)) for number in links]
            join_on_this_machine(folder, sockets, device_of_rank(job.device))
            fitted = job.fit(**job.arguments)
        except BaseException as raised:  # the caller raises it
            error, trace = raised, traceback.format_exc()
    rank = int(os.environ["RANK"])
    if rank == 0 or error is not None:
        told = [each.message for each in caught if issubclass(each.category, UserWarning)]
        outcome = Outcome(fitted, error, trace, told)
        write_whole(folder / f"outcome{rank}", to_pickle(outcome))
    sys.exit(error is not None)


def end_with(parent: int, folder: Path) -> None:
    """End this process, and remove the folder, if the process that started it was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
