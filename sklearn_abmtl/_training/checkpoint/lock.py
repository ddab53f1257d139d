"""A lock on a path, which one holder has at a time and which ends with its process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..._data.warn_caller import warn_caller

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    def take(descriptor: int) -> None:
        """Lock an open file, or raise a PermissionError if another holder has it."""
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined] # Windows' own
else:

    def take(descriptor: int) -> None:
        """Lock an open file, or raise a BlockingIOError if another holder has it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


HELD = (BlockingIOError, PermissionError)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock of a path inside the block, by a hidden file beside it that goes afterwards.

    Gives whether the lock is held; False where another process or thread has it. Where the file
    system has no locks, a warning is issued, and it counts as held. The lock of a process that was
    killed is free, whatever it left behind.
    """
    hidden = path.with_name(f".{path.name}.lock")
    descriptor = open_locked(hidden)
    if descriptor is None:
        yield False
        return
    try:
        yield True
    finally:
        with suppress(OSError):  # Windows removes no open file
            hidden.unlink()
        os.close(descriptor)
        with suppress(OSError):
            if os.name == "nt":
                hidden.unlink()


def open_locked(hidden: Path) -> int | None:
    """Return the descriptor of a locked file; None if another holder has the lock."""
    while True:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(hidden, flags, 0o600)  # who may open it could hold the lock
        try:
            take(descriptor)
        except HELD:
            os.close(descriptor)
            return None
        except OSError as error:
            warn_caller(
                f"The file system of {str(hidden.parent)!r} has no locks ({error}); a second fit "
                "with the same checkpoint would not be noticed."
            )
            return descriptor
        if is_still(descriptor, hidden):
            return descriptor
        os.close(descriptor)  # the holder before removed it meanwhile


def is_still(descriptor: int, path: Path) -> bool:
    """Tell whether a path is the file that is open."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
