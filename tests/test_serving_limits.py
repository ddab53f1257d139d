"""What a stranger sends to the service of examples/serving costs the others little."""

from __future__ import annotations

import json
import signal
import socket
import time
from contextlib import ExitStack, suppress

import pytest
from samples import frame, quick, table
from serving_samples import MAX_BYTES, serve

from sklearn_abmtl import save_model

pytest.importorskip("httpx")
for library in ("pydantic", "starlette", "uvicorn"):
    pytest.importorskip(library)

X, CODES = table(64)
REQUEST = {"rows": [X[0].tolist()]}
MAX_CONNECTIONS = 20
LIMITS = {"MAX_CONNECTIONS": MAX_CONNECTIONS, "HEADER_SECONDS": 2, "BODY_SECONDS": 2}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "model"
    save_model(quick().fit(X, frame(CODES)), path)
    return path


@pytest.fixture(scope="module")
def served(model):
    with serve(model, **LIMITS) as running:
        yield running


@pytest.fixture
def connect(served):
    """Return a function that opens a connection and sends something."""
    with ExitStack() as opened:

        def open_one(data=b""):
            connection = opened.enter_context(
                socket.create_connection(("127.0.0.1", served.port), 20)
            )
            connection.sendall(data)
            return connection

        yield open_one


def assert_answers(served):
    answer = served.client.post("/predict", json=REQUEST)
    assert answer.status_code == 200, answer.text
    assert served.client.get("/health").json()["status"] == "ok"


def read_all(connection):
    found = b""
    with suppress(ConnectionError):
        while data := connection.recv(2**16):
            found += data
    return found


def send_again_and_again(connection, data):
    for _ in range(200):
        connection.sendall(data)


HALF = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 9000\r\n\r\n{"


@pytest.mark.parametrize("sent", [b"", b"GET /hea", HALF], ids=["idle", "headers", "body"])
def test_connections_that_wait_keep_nobody_out_and_end(sent, served, connect):
    waiting = [connect(sent) for _ in range(3 * MAX_CONNECTIONS)]
    assert_answers(served)
    answers = [read_all(connection) for connection in waiting]  # until the service closes them
    assert all(b" 408 " in answer or not answer for answer in answers)
    assert_answers(served)


def test_headers_that_come_drop_by_drop_end(served, connect):
    connection = connect(b"GET /health HTTP/1.1\r\n")
    begin = time.monotonic()
    with suppress(ConnectionError):
        while time.monotonic() < begin + 20:
            connection.sendall(b"a: b\r\n")
            time.sleep(0.05)
    assert time.monotonic() < begin + 20
    assert_answers(served)


@pytest.mark.parametrize("line", [b"a" * 2**20, b"a: b\r\n" * 2**17], ids=["one", "many"])
def test_long_headers_are_refused(line, served, connect):
    connection = connect(b"GET /health HTTP/1.1\r\n")
    with pytest.raises(ConnectionError):
        send_again_and_again(connection, line)
    assert_answers(served)


def test_bodies_beyond_the_limit_are_read_no_further(served, connect):
    chunked = b"POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    connection = connect(chunked)
    with pytest.raises(ConnectionError):
        send_again_and_again(connection, b"%x\r\n%b\r\n" % (MAX_BYTES, bytes(MAX_BYTES)))
    assert_answers(served)


def test_of_many_keys_few_are_described(served):
    body = json.dumps(dict.fromkeys(map(str, range(1000))) | REQUEST).encode()
    assert len(body) < MAX_BYTES
    answer = served.client.post("/predict", content=body)
    assert answer.status_code == 422
    assert "quotation marks" in answer.json()["error"]
    assert len(answer.content) < 200


def test_connections_are_used_again(served):
    for _ in range(3):
        assert_answers(served)
        assert served.client.post("/predict", content=b"{").status_code == 422


def test_the_service_stops_though_requests_are_not_complete(model):
    with serve(model, BODY_SECONDS=3600, HEADER_SECONDS=3600, STOP_SECONDS=1) as served:
        place = ("127.0.0.1", served.port)
        with ExitStack() as opened:
            for data in (b"", b"GET /", HALF):
                opened.enter_context(socket.create_connection(place)).sendall(data)
            assert_answers(served)
            served.process.terminate()
            assert served.process.wait(timeout=10) in (0, -signal.SIGTERM)


FAULTY = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import models

def read_model(path):
    def predict(rows):
        if rows[0, 0] == 1:
            return {"a": np.full((len(rows), 2), np.nan)}
        if rows[0, 0] == 2:
            raise StopIteration("broken")
        if rows[0, 0] == 3:
            return None
        if rows[0, 0] == 4:
            raise BaseException("the end")
        return {"a": np.full((len(rows), 2), 0.5)}
    return models.Model(predict, {"a": ["x", "y"]}, (1,))

models.read_model = read_model
import server
sys.argv[1:] = ["--port", "0"]
server.main()
"""


def test_a_model_that_fails_ends_no_service_and_health_tells_the_end(tmp_path):
    with serve(tmp_path, code=FAULTY, STOP_SECONDS=1) as served:

        def ask(number):
            return served.client.post("/predict", json={"rows": [[number]]})

        for _ in range(2):
            assert ask(0).json()["a"]["labels"] == ["x"]
            assert ask(1).status_code == 422
            assert "rows.0: the model has no finite probabilities of 'a'" in ask(1).json()["error"]
            assert [ask(number).status_code for number in (2, 3)] == [500, 500]
        assert served.client.get("/health").json()["status"] == "ok"
        with suppress(Exception):
            assert ask(4).status_code >= 500
        served.process.wait(timeout=10)  # for what watches it to start it again
