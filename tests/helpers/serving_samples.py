"""The service of examples/serving in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

SERVING = Path(__file__).parents[2] / "examples" / "serving"
MAX_ROWS, MAX_BYTES = 70, 20_000


class Served(NamedTuple):
    """A service, its port, and a client of it."""

    process: subprocess.Popen[str]
    port: int
    client: Any


@contextmanager
def serve(path: Path, code: str = "", **settings: Any) -> Iterator[Served]:
    """Serve a model from a process of its own, on a port that the system chooses.

    ``code`` is run in place of the service's own script, with the service's folder as argument.
    """
    import httpx  # noqa: PLC0415 (tests skip without it)

    limits = {"MAX_BATCH": 16, "MAX_WAIT_MS": 50, "MAX_ROWS": MAX_ROWS, "MAX_BYTES": MAX_BYTES}
    chosen = {"MODEL": path} | limits | settings
    script = ["-c", code, SERVING] if code else [SERVING / "server.py", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, *script],
        env=os.environ | {f"ABMTL_{name}": str(value) for name, value in chosen.items()},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            log = iter(process.stderr.readline, "")
            addresses = (re.search(r"running on (http://\S+:(\d+))", line) for line in log)
            found = next(filter(None, addresses))
            threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe waits
            fresh = httpx.Limits(max_keepalive_connections=0)  # kept ones may be closed
            with httpx.Client(base_url=found[1], timeout=60, limits=fresh) as client:
                yield Served(process, int(found[2]), client)
        finally:
            process.terminate()
