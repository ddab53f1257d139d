"""A lock on a path. It has one holder at a time, and ends with the holder's process."""

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
    """Hold the lock of a path inside the block.

    Yields whether the lock is held. It is not held if another process or thread has it. If the file
    system has no locks, a warning is issued and True is yielded. The lock is a hidden file beside
    the path, which is removed afterwards. If a process is killed, its file may remain, but the lock
    is free.
    """
    hidden = path.with_name(f".{path.name}.lock")
    descriptor = open_locked(hidden)
    if descriptor is None:
        yield False
        return
    try:
        yield True
    finally:
        with suppress(OSError):  # Windows cannot remove an open file
            hidden.unlink()
        os.close(descriptor)
        with suppress(OSError):
            if os.name == "nt":
                hidden.unlink()


def open_locked(hidden: Path) -> int | None:
    """Return the descriptor of a locked file; None if another holder has the lock."""
    while True:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(hidden, flags, 0o600)  # anyone who can open it could lock it
        try:
            take(descriptor)
        except HELD:
            os.close(descriptor)
            return None
        except OSError as error:
            warn_caller(
                f"The file system of {str(hidden.parent)!r} has no locks ({error}). A second fit "
                "with the same checkpoint cannot be detected."
            )
            return descriptor
        if is_still(descriptor, hidden):
            return descriptor
        os.close(descriptor)  # the previous holder has removed the file


def is_still(descriptor: int, path: Path) -> bool:
    """Return whether the open file is still at the path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
