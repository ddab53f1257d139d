"""The effect of hostile requests to the service of examples/serving on other clients.

    pip install 'sklearn-abmtl[onnx,serve]'
    python benchmarks/serving_attacks.py --out benchmarks/results/serving_attacks.json

A client requests one row after the other while strangers keep the service busy. The table has the
median and the 99th percentile of its response times, and the seconds that the service needs to stop
after SIGTERM. Strangers, client and service share the cores of the machine.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from _report import new_parser, write_report
from serving import fit_model

from sklearn_abmtl import export_onnx

SERVER = Path(__file__).parents[1] / "examples" / "serving" / "server.py"
KEYS = json.dumps(dict.fromkeys(map(str, range(70_000)))).encode()
POST = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n"
Send = Callable[[socket.socket], None]


def idle(connection: socket.socket) -> None:
    """Send nothing."""
    connection.recv(1)


def slow_body(connection: socket.socket) -> None:
    """Send a body byte by byte."""
    connection.sendall(POST % 10_000)
    while True:
        connection.sendall(b" ")
        time.sleep(0.5)


def long_headers(connection: socket.socket) -> None:
    """Send 50 MB of headers."""
    connection.sendall(b"GET /health HTTP/1.1\r\n")
    for _ in range(50):
        connection.sendall(b"a: b\r\n" * 175_000)
    time.sleep(0.5)


def many_keys(connection: socket.socket) -> None:
    """Send 70,000 keys that the service does not know."""
    connection.sendall(POST % len(KEYS) + KEYS)
    connection.recv(2**16)
    time.sleep(0.5)


ATTACKS: dict[str, tuple[Send, int]] = {  # with the number of strangers at the same time
    "nothing": (idle, 0),
    "200 idle connections": (idle, 200),
    "200 bodies sent byte by byte": (slow_body, 200),
    "50 MB of headers, by 4": (long_headers, 4),
    "70,000 keys, by 4": (many_keys, 4),
}


def attack(port: int, send: Send, ended: threading.Event) -> None:
    """Connect and send, again and again."""
    while not ended.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 30) as connection:
            send(connection)
        time.sleep(0.05)


def ask(port: int, body: str, seconds: float) -> list[float]:
    """Return how long each of many answers took."""
    times = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.perf_counter()
        connection.request("POST", "/predict", body)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"The client was answered with {answer.status}.")
        times.append(time.perf_counter() - begin)
    return times


def measure(model: Path, row: list[float], name: str, seconds: float) -> dict[str, Any]:
    """Return the times of a client while strangers do one thing."""
    send, n_strangers = ATTACKS[name]
    with subprocess.Popen(
        [sys.executable, SERVER, "--port", "0"],
        env=os.environ | {"ABMTL_MODEL": str(model)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        log = iter(process.stderr.readline, "")
        found = (re.search(r"running on http://\S+:(\d+)", line) for line in log)
        port = int(next(filter(None, found))[1])
        threading.Thread(target=process.stderr.read, daemon=True).start()
        body = json.dumps({"rows": [row]})
        ask(port, body, 1)
        ended = threading.Event()
        for _ in range(n_strangers):
            threading.Thread(target=attack, args=(port, send, ended), daemon=True).start()
        time.sleep(1)
        times = np.array(ask(port, body, seconds)) * 1e3
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait()
        stopped = time.monotonic() - begin
        ended.set()
    median, p99 = np.percentile(times, [50, 99])
    return {
        "strangers": name,
        "answers": len(times),
        "median_ms": round(float(median), 2),
        "p99_ms": round(float(p99), 2),
        "stops_in_s": round(stopped, 2),
    }


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each row of the table")
    arguments = parser.parse_args()
    X, classifier = fit_model()
    rows: list[dict[str, Any]] = []
    print("| strangers send | answers | median, ms | p99, ms | times undisturbed | stops in, s |")
    print("|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        export_onnx(classifier, model)
        for name in ATTACKS:
            row = measure(model, X[0].tolist(), name, arguments.seconds)
            rows.append(
                row | {"times_undisturbed": round(row["p99_ms"] / [*rows, row][0]["p99_ms"], 2)}
            )
            cells = [rows[-1][key] for key in ("strangers", "answers", "median_ms", "p99_ms")]
            cells += [rows[-1]["times_undisturbed"], rows[-1]["stops_in_s"]]
            print(f"| {' | '.join(map(str, cells))} |", flush=True)
    if arguments.out:
        write_report(arguments.out, rows, seconds=arguments.seconds)


if __name__ == "__main__":
    main()
