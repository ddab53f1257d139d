"""The service of examples/serving, asked over a socket."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import joblib
import numpy as np
import pytest
from samples import frame, quick, table
from serving_samples import MAX_BYTES, MAX_ROWS, serve

from sklearn_abmtl import export_onnx, save_model

httpx = pytest.importorskip("httpx")
for library in ("onnxruntime", "onnxscript", "pydantic", "starlette", "uvicorn"):
    pytest.importorskip(library)

X, CODES = table(64)
ROW = X[0].tolist()
WRITERS = {"model.onnx": export_onnx, "model.joblib": joblib.dump, "model": save_model}


@pytest.fixture(scope="module")
def classifier():
    return quick(lr=0.05).fit(X, frame(CODES))


@pytest.fixture(scope="module")
def clients(classifier, tmp_path_factory):
    """Return a client of the service of each kind of file."""
    folder = tmp_path_factory.mktemp("served")
    with ExitStack() as running:
        for name, write in WRITERS.items():
            write(classifier, folder / name)
        yield {name: running.enter_context(serve(folder / name)).client for name in WRITERS}


@pytest.fixture(scope="module")
def client(clients):
    return clients["model.onnx"]


def assert_right(answer, classifier, rows):
    """Classes, probabilities and labels are those of the classifier, task by task."""
    assert list(answer) == classifier.task_names_
    probabilities, labels = classifier.predict_proba(rows), classifier.predict(rows)
    for position, found in enumerate(answer.values()):
        assert found["classes"] == classifier.classes_[position].tolist()
        assert found["labels"] == labels[:, position].tolist()
        np.testing.assert_allclose(found["probabilities"], probabilities[position], atol=1e-5)


@pytest.mark.parametrize("name", WRITERS)
def test_answers_are_those_of_the_classifier(name, clients, classifier):
    for rows in (X[:1], X):
        answer = clients[name].post("/predict", json={"rows": rows.tolist()})
        assert answer.status_code == 200
        assert_right(answer.json(), classifier, rows)


def rows_with(cell: str) -> str:
    """Return a request of one row that begins with a cell."""
    return json.dumps({"rows": [["CELL", *ROW[1:]]]}).replace('"CELL"', cell)


def rows_of(rows: Any) -> str:
    return json.dumps({"rows": rows})


MALFORMED = {  # body, and what the error says
    "nothing": ("", "Invalid JSON"),
    "no JSON": ("rows=1,2,3", "Invalid JSON"),
    "half of it": (rows_of([ROW])[:-9], "Invalid JSON"),
    "no text": (b"\xff\xfe\x00", "Invalid JSON"),
    "too deep": ('{"rows":' + "[" * 5000 + "]" * 5000 + "}", "recursion limit"),
    "a list": ("[[1, 2]]", "object"),
    "a number": ("7", "object"),
    "no rows": ("{}", "rows: Field required"),
    "another field": (json.dumps({"rows": [ROW], "given": 1}), "given: Extra inputs"),
    "null": (rows_of(None), "rows: Input should be a valid"),
    "empty": (rows_of([]), "rows: .* at least 1"),
    "one axis": (rows_of(ROW), r"rows\.0: Input should be a valid"),
    "three axes": (rows_of([[[v] for v in ROW]]), r"rows\.0\.0: Input should be a valid number"),
    "objects": (rows_of([{"a": 1}]), r"rows\.0: Input should be a valid"),
    "too few features": (rows_of([ROW, ROW[1:]]), r"rows\.1: .* at least 5 .* not 4"),
    "too many features": (rows_of([[*ROW, 0]]), r"rows\.0: .* at most 5"),
    "too many rows": (rows_of([[0] * 5] * (MAX_ROWS + 1)), f"rows: .* at most {MAX_ROWS}"),
    "text": (rows_with('"1.5"'), r"rows\.0\.0: Input should be a valid number"),
    "a missing number": (rows_with("null"), r"rows\.0\.0: Input should be a valid number"),
    "a truth value": (rows_with("true"), r"rows\.0\.0: Input should be a valid number"),
    "NaN": (rows_with("NaN"), r"rows\.0\.0: Input should be a finite number"),
    "infinity": (rows_with("-Infinity"), r"rows\.0\.0: Input should be a finite number"),
    "beyond float64": (rows_with("1e999"), r"rows\.0\.0: Input should be a finite number"),
    "beyond float32": (rows_with("1e300"), r"rows\.0\.0: Input should be less than"),
    "many digits": (rows_with("9" * 5000), "rows|Invalid JSON"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_rows_are_refused(name, client, classifier):
    body, message = MALFORMED[name]
    answer = client.post("/predict", content=body)
    assert answer.status_code == 422
    assert re.search(message, answer.json()["error"])
    assert_right(client.post("/predict", json={"rows": [ROW]}).json(), classifier, X[:1])


def send_in_pieces():
    """Send more than is allowed without a content length."""
    for _ in range(MAX_BYTES // 1000 + 1):
        yield b" " * 1000


@pytest.mark.parametrize(
    ("status", "method", "url", "body"),
    [
        (413, "POST", "/predict", b" " * (MAX_BYTES + 1)),
        (413, "POST", "/predict", send_in_pieces()),
        (405, "GET", "/predict", None),
        (405, "POST", "/health", rows_of([ROW])),
        (404, "POST", "/", rows_of([ROW])),
    ],
)
def test_other_requests_are_refused(status, method, url, body, client):
    assert client.request(method, url, content=body).status_code == status
    assert client.get("/health").json()["status"] == "ok"


def test_waiting_clients_get_their_own_answers_by_fewer_calls(client, classifier):
    before = client.get("/health").json()
    requests = [X[start : start + 1 + start % 3] for start in range(40)]
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(
            lambda rows: client.post("/predict", json={"rows": rows.tolist()}).json(), requests
        )
        for rows, answer in zip(requests, answers, strict=True):
            assert_right(answer, classifier, rows)
    after = client.get("/health").json()
    assert after["requests"] - before["requests"] == len(requests)
    assert after["batches"] - before["batches"] < len(requests)
