"""Run the service of app.py with limits on the connections.

    ABMTL_MODEL=model.onnx python server.py --port 8000

A connection is closed if the headers of a request do not arrive in time or are too long. With too
many connections, the one for which the service has waited longest is closed. A connection with a
complete request is never closed.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

import uvicorn
from starlette.config import Config
from uvicorn.protocols.http.auto import AutoHTTPProtocol

SETTINGS = Config(env_prefix="ABMTL_")
MAX_CONNECTIONS = SETTINGS("MAX_CONNECTIONS", cast=int, default=256)
HEADER_SECONDS = SETTINGS("HEADER_SECONDS", cast=float, default=5.0)
STOP_SECONDS = SETTINGS("STOP_SECONDS", cast=int, default=5)
MAX_HEADER = 2**15  # bytes
MAX_REQUEST = MAX_HEADER + 8 * SETTINGS("MAX_BYTES", cast=int, default=1_000_000)  # tiny chunks
TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


class LimitedProtocol(AutoHTTPProtocol):
    """A connection with a limited time for its headers."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.waits_since = self.loop.time()
        self.n_bytes = 0
        self.patience: asyncio.TimerHandle | None = None
        self.expect_headers()
        if len(self.connections) > MAX_CONNECTIONS:
            waiting = filter(LimitedProtocol.waits_for_client, self.connections)
            min(waiting, key=lambda each: each.waits_since).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.headers_are_complete()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.is_between_requests():
            self.expect_headers()
            n_headers = max(0, MAX_HEADER + 1 - self.n_bytes)
            self.parse(data[:n_headers])  # what is behind costs nothing if they are too long
            data = data[n_headers:]
        if data and self.is_open():
            self.parse(data)

    def parse(self, data: bytes) -> None:
        """Read bytes, and close the connection where there are more than it may send."""
        self.n_bytes += len(data)
        super().data_received(data)
        if not self.is_between_requests():
            self.headers_are_complete()
        elif self.n_bytes > MAX_HEADER and not self.is_sending_body() and self.is_open():
            self.transport.write(TOO_LONG)
            self.transport.close()
        if self.n_bytes > MAX_REQUEST:
            self.transport.abort()

    def on_response_complete(self) -> None:
        self.n_bytes = 0
        self.waits_since = self.loop.time()
        super().on_response_complete()

    def is_open(self) -> bool:
        return not self.transport.is_closing()

    def is_between_requests(self) -> bool:
        """Return whether the last request was answered and the next has no complete headers."""
        return self.cycle is None or self.cycle.response_complete

    def is_sending_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body

    def waits_for_client(self) -> bool:
        """Return whether the service waits for data from the client."""
        return self.is_open() and (self.is_between_requests() or self.is_sending_body())

    def expect_headers(self) -> None:
        """Close the connection after some seconds, unless the headers are complete by then."""
        if self.patience is None:
            self.patience = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def headers_are_complete(self) -> None:
        """Keep the connection open for the rest of the request."""
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    uvicorn.run(
        "app:new_app",
        factory=True,
        app_dir=str(Path(__file__).parent),
        http=LimitedProtocol,
        ws="none",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        **vars(arguments),
    )


if __name__ == "__main__":
    main()
