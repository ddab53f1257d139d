"""The service of examples/serving under load, compared with a loop over onnxruntime.

    pip install 'sklearn-abmtl[onnx,serve]'
    apt install wrk
    python benchmarks/serving.py --seconds 10 --out benchmarks/results/serving.json

Every request has one row. wrk keeps 1, 8 or 32 connections busy, and counts answers other than 200
as errors. /health shows the cost of the web server and wrk without a model. The loops run in one
process and call the model repeatedly with one row or with 32. wrk, the service and other programs
share the cores of the machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import onnxruntime
from _report import new_parser, write_report

from sklearn_abmtl import ABMTLClassifier, export_onnx, save_model
from sklearn_abmtl.datasets import make_multitask_classification

HERE = Path(__file__).parent
CONNECTIONS = (1, 8, 32)
WAITS_MS = (0, 2)
BATCH = 32
LIBRARIES = ("httptools", "onnxruntime", "starlette", "uvicorn", "uvloop")


def fit_model() -> tuple[np.ndarray, ABMTLClassifier]:
    """Return rows of 20 features, and a default classifier of four tasks."""
    X, y = make_multitask_classification(
        2000, n_features=20, n_classes=(2, 3, 5, 10), random_state=0
    )
    return X, ABMTLClassifier(max_epochs=2, random_state=0).fit(X, y)


@contextmanager
def serve(model: Path, max_wait_ms: float) -> Iterator[str]:
    """Serve a model from a process of one thread, and give its address."""
    settings = {"ABMTL_MODEL": str(model), "ABMTL_MAX_WAIT_MS": str(max_wait_ms)}
    folder = HERE.parent / "examples" / "serving"
    arguments = ["--factory", "--app-dir", folder, "--port", "0", "--no-access-log", "app:new_app"]
    with subprocess.Popen(
        [sys.executable, "-m", "uvicorn", *arguments],
        env=os.environ | settings | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            log = iter(process.stderr.readline, "")
            addresses = (re.search(r"running on (http://\S+)", line) for line in log)
            yield next(filter(None, addresses))[1]
        finally:
            process.terminate()


def load(url: str, body: dict[str, str], n_connections: int, seconds: int) -> dict[str, Any]:
    """Return the counts of wrk for requests with or without a body."""
    script = ["-s", HERE / "_serving.lua", "-t", "1", "-c", str(n_connections)]
    answer = subprocess.run(
        ["wrk", *script, "-d", f"{seconds}s", url],
        env=os.environ | body,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(re.search(r"^JSON (.*)$", answer.stdout, re.MULTILINE)[1])
    return {"a_second": found["requests"] / found.pop("seconds"), **found}


def load_model(address: str, row: np.ndarray, n_connections: int, seconds: int) -> dict[str, Any]:
    """Return the counts of wrk for requests with one row, and the mean rows per model call."""
    body = {"SERVING_BODY": json.dumps({"rows": [row.tolist()]})}
    before = ask_health(address)
    found = load(f"{address}/predict", body, n_connections, seconds)
    after = ask_health(address)
    n_requests, n_batches = (after[key] - before[key] for key in ("requests", "batches"))
    return {**found, "requests_a_batch": n_requests / n_batches}


def ask_health(address: str) -> dict[str, Any]:
    with urlopen(f"{address}/health") as answer:
        return json.load(answer)


def loop(path: Path, rows: np.ndarray, seconds: int) -> dict[str, Any]:
    """Return how fast onnxruntime alone predicts the same rows repeatedly."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    inputs = {session.get_inputs()[0].name: rows.astype(np.float32)}
    times = [time.perf_counter()]
    while times[-1] < times[0] + seconds:
        session.run(None, inputs)
        times.append(time.perf_counter())
    median, p99 = np.percentile(np.diff(times), [50, 99]) * 1e3
    rate = len(rows) * (len(times) - 1) / (times[-1] - times[0])
    return {"a_second": rate, "median_ms": median, "p99_ms": p99}


def measure(folder: Path, seconds: int) -> Iterator[dict[str, Any]]:
    X, classifier = fit_model()
    export_onnx(classifier, folder / "model.onnx")
    save_model(classifier, folder / "model.safetensors")
    for n_rows in (1, BATCH):
        what = f"loop over onnxruntime, {n_rows} row{'s' * (n_rows > 1)} per call"
        yield {"what": what, **loop(folder / "model.onnx", X[:n_rows], seconds)}
    with serve(folder / "model.onnx", 0) as address:
        for n in CONNECTIONS:
            found = load(f"{address}/health", {}, n, seconds)
            yield {"what": "service without a model, /health", "connections": n, **found}
    for name in ("model.onnx", "model.safetensors"):
        for max_wait_ms in WAITS_MS:
            with serve(folder / name, max_wait_ms) as address:
                load_model(address, X[0], 1, 1)  # a warm process
                for n in CONNECTIONS:
                    what = {"what": f"service of {name}", "max_wait_ms": max_wait_ms}
                    found = load_model(address, X[0], n, seconds)
                    yield {**what, "connections": n, **found}


COLUMNS = {
    "what": "",
    "connections": "",
    "max_wait_ms": "",
    "a_second": ".0f",
    "median_ms": ".2f",
    "p99_ms": ".2f",
    "requests_a_batch": ".1f",
    "errors": "",
}


def print_row(row: dict[str, Any]) -> None:
    cells = [format(row[key], form) if key in row else "" for key, form in COLUMNS.items()]
    print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of each row of the table")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("needs the load tool wrk, as in: apt install wrk")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for row in measure(Path(name), arguments.seconds):
            rows.append(row)
            print_row(row)
    if arguments.out:
        libraries = {name: version(name) for name in LIBRARIES}
        write_report(arguments.out, rows, seconds=arguments.seconds, service=libraries)


if __name__ == "__main__":
    main()
