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
    """Return whether fit starts processes: never inside a process that was started by a fit."""
    return estimator.n_procs > 1 and not is_in_group()


def fit_in_processes(estimator: Any, **arguments: Any) -> dict[str, Any]:
    """Fit in ``n_procs`` processes that share each batch.

    Returns the attributes of the estimator as the first process fitted it.

    Raises
    ------
    ValueError
        As ``fit`` in one process, or if an option is not supported with several processes.
    RuntimeError
        If a process was killed.
    """
    n_procs = int(estimator.n_procs)
    check_processes(n_procs, estimator.n_workers)
    # checked here: a checkpoint needs a random_state, and the processes always get one
    new_checkpoint(estimator.checkpoint, estimator.random_state, is_clone=False)
    if getattr(estimator, "_skl_callbacks", None):
        raise ValueError(
            f"n_procs={n_procs} is not supported with set_callbacks, because these callbacks "
            "cannot be called in other processes; set n_procs=1."
        )
    if sys.platform == "win32":
        raise ValueError(
            f"n_procs={n_procs} is not supported on Windows, where processes do not inherit "
            "sockets; set n_procs=1, or start the processes with torchrun."
        )
    parameters = estimator.get_params(deep=False)
    sent = copy.copy(estimator)
    sent.random_state = check_random_state(estimator.random_state)
    with tempfile.TemporaryDirectory(prefix="sklearn_abmtl_") as name:  # only for this user
        write_job(Path(name), Job(sent.fit, arguments, sent.device), n_procs)
        fitted = launch(n_procs, Path(name))
    sent.random_state.set_state(fitted.random_state.get_state())
    return vars(fitted) | parameters
