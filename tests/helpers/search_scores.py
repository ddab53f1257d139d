"""Scores of a search that record their process, and a worker that is killed by them."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

LOG = "SEARCH_LOG"  # file that gets a line a score
DIES_AT = "SEARCH_DIES_AT"  # number of a process's score at which it is killed
DEADLY = "is deadly"  # name of the file beside LOG without which no process is


def logged_score(classifier: Any, X: Any, y: Any) -> float:
    """Return a score; kill the process, as ``kill -9`` does, if its time has come."""
    path = Path(os.environ[LOG])
    with path.open("a") as file:
        print(os.getpid(), file=file)
    n_own = path.read_text().split().count(str(os.getpid()))
    if path.with_name(DEADLY).exists() and n_own == int(os.environ.get(DIES_AT, "0")):
        os.kill(os.getpid(), signal.SIGKILL)
    return classifier.score(X, y)
