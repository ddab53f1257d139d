"""A fit in several processes of this machine."""

from __future__ import annotations

import copy
import sys
import tempfile
from pathlib import Path
from typing import Any

from sklearn.utils import check_random_state

from .._training.checkpoint.file import new_checkpoint
from .._training.memory import check_processes
from .._training.processes.job import Job, write_job
from .._training.processes.launch import launch
from .._training.processes.ranks import is_in_group


def starts_processes(estimator: Any) -> bool:
    """Tell whether fit starts processes, and is not in one of several itself."""
    return estimator.n_procs > 1 and not is_in_group()


def fit_in_processes(estimator: Any, **arguments: Any) -> dict[str, Any]:
    """Fit in ``n_procs`` processes that share each batch, and return the attributes of the first.

    Raises
    ------
    ValueError
        As ``fit`` in one process, or if it goes with one process alone.
    RuntimeError
        If a process was killed.
    """
    n_procs = int(estimator.n_procs)
    check_processes(n_procs, estimator.n_workers)
    # it needs a random_state, and the processes are always passed one
    new_checkpoint(estimator.checkpoint, estimator.random_state, is_clone=False)
    if getattr(estimator, "_skl_callbacks", None):
        raise ValueError(
            f"n_procs={n_procs} does not go with set_callbacks, whose callbacks stay in "
            "this process; set n_procs=1."
        )
    if sys.platform == "win32":
        raise ValueError(
            f"n_procs={n_procs} needs processes that inherit sockets, which Windows does "
            "not have; set n_procs=1, or start the processes by torchrun."
        )
    parameters = estimator.get_params(deep=False)
    sent = copy.copy(estimator)
    sent.random_state = check_random_state(estimator.random_state)
    with tempfile.TemporaryDirectory(prefix="sklearn_abmtl_") as name:  # of this user alone
        write_job(Path(name), Job(sent.fit, arguments, sent.device), n_procs)
        fitted = launch(n_procs, Path(name))
    sent.random_state.set_state(fitted.random_state.get_state())
    return vars(fitted) | parameters
