"""The memory of a process, as Linux counts it."""

from __future__ import annotations

from pathlib import Path


def memory_megabytes(name: str) -> float:
    """Return a memory size of this process in megabytes, without other processes.

    Parameters
    ----------
    name : {'VmRSS', 'VmHWM', 'RssAnon'}
        Resident memory now, its peak, and resident memory without mapped files. The peak of the
        module ``resource`` is not used, because it starts at the peak of the parent.
    """
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024
