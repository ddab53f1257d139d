"""The memory of a process, as Linux counts it."""

from __future__ import annotations

from pathlib import Path


def memory_megabytes(name: str) -> float:
    """Return what the system tells of this process alone.

    Parameters
    ----------
    name : {'VmRSS', 'VmHWM', 'RssAnon'}
        Resident now, at its peak, and without what files stand behind. The peak that
        ``resource`` tells would begin with that of the parent.
    """
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024
