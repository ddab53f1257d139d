"""A web service that returns the labels and probabilities of each task for rows.

One call of the model answers all requests that wait. The settings are environment variables.
README.md describes them.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from models import read_model
from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError, create_model
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.config import Config
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Probabilities = dict[str, np.ndarray]  # one array per task, (n_rows, n_classes)
MAX_QUOTES = 64  # in a request; a correct request has two
STUCK_SECONDS = 60.0  # a service with a longer batch is not healthy
log = logging.getLogger("uvicorn.error")
LARGEST = float(np.finfo(np.float32).max)  # networks compute in float32


class Waiting(NamedTuple):
    """Rows of one request, and the future that receives its answer."""

    rows: np.ndarray
    answer: asyncio.Future[Probabilities]


class ModelError(Exception):
    """There is no answer. The log has the reason."""


class ServiceStops(Exception):
    """Requests are no longer answered."""


class Refused(Exception):
    """The answer to a request has another status than 200."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


class Batcher:
    """Answers all requests that wait with one call of the model.

    Parameters
    ----------
    predict : callable
        Returns the probabilities of each task for rows.
    max_batch : int
        A batch ends with the request that brings it to this many rows.
    max_wait : float
        Seconds that the first request of a batch waits for others. With 0, a batch has the requests
        that arrived while the previous batch was computed.
    """

    def __init__(
        self, predict: Callable[[np.ndarray], Probabilities], max_batch: int, max_wait: float
    ) -> None:
        self.call_model = predict
        self.max_batch = max_batch
        self.max_wait = max_wait
        self.queue: asyncio.Queue[Waiting] = asyncio.Queue()
        self.n_requests = 0
        self.n_batches = 0
        self.busy_since: float | None = None

    async def predict(self, rows: np.ndarray) -> Probabilities:
        """Return the probabilities of rows of one request."""
        waiting = Waiting(rows, asyncio.get_running_loop().create_future())
        self.queue.put_nowait(waiting)
        return await asyncio.shield(waiting.answer)  # a client may leave before the answer is set

    async def run(self) -> None:
        """Answer one batch after another, until cancelled."""
        while True:
            batch = await self._collect()
            self.busy_since = time.monotonic()
            self.n_batches += 1
            self.n_requests += len(batch)
            try:
                rows = np.concatenate([waiting.rows for waiting in batch])
                share_out(await asyncio.to_thread(self._compute, rows), batch)
            except Exception as error:  # each request gets it, and the service continues
                log.exception("The model failed")
                fail(batch, error)
            finally:
                fail(batch, ServiceStops())  # requests without an answer
                self.busy_since = None

    def _compute(self, rows: np.ndarray) -> Probabilities:
        try:
            return self.call_model(rows)
        except StopIteration as error:  # a future cannot hold it
            raise RuntimeError("the model raised StopIteration") from error

    def fail_all(self) -> None:
        """Fail all requests that wait."""
        while not self.queue.empty():
            fail([self.queue.get_nowait()], ServiceStops())

    async def _collect(self) -> list[Waiting]:
        batch = [await self.queue.get()]
        n_rows = len(batch[0].rows)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.max_wait):
                while n_rows < self.max_batch:
                    batch.append(await self.queue.get())
                    n_rows += len(batch[-1].rows)
        return batch


def share_out(found: Probabilities, batch: list[Waiting]) -> None:
    """Give each request the probabilities of its own rows."""
    ends = np.cumsum([len(waiting.rows) for waiting in batch])[:-1]
    by_task = {task: np.split(probabilities, ends) for task, probabilities in found.items()}
    for position, waiting in enumerate(batch):
        waiting.answer.set_result({task: own[position] for task, own in by_task.items()})


def fail(batch: list[Waiting], error: BaseException) -> None:
    """Fail each request that has no answer yet."""
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(ModelError(type(error).__name__))


def form_of_requests(sample_shape: tuple[int, ...], max_rows: int) -> type[BaseModel]:
    """Return the form ``{"rows": [...]}`` of 1 to ``max_rows`` samples of finite numbers."""
    cell: Any = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
    for size in reversed(sample_shape):
        cell = Annotated[list[cell], Field(min_length=size, max_length=size), FailFast()]
    rows = Annotated[list[cell], Field(min_length=1, max_length=max_rows), FailFast()]
    strict = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    return create_model("Rows", __config__=strict, rows=rows)


class Service:
    """The service's answers.

    Parameters
    ----------
    settings : starlette.config.Config
    """

    def __init__(self, settings: Config) -> None:
        self.model = read_model(settings("MODEL", cast=Path))
        max_batch = settings("MAX_BATCH", cast=int, default=64)
        max_wait = settings("MAX_WAIT_MS", cast=float, default=0.0) / 1000
        self.batcher = Batcher(self.model.predict, max_batch, max_wait)
        self.body_seconds = settings("BODY_SECONDS", cast=float, default=10.0)
        max_rows = settings("MAX_ROWS", cast=int, default=1000)
        self.form = form_of_requests(self.model.sample_shape, max_rows)

    @asynccontextmanager
    async def run(self, app: Starlette) -> AsyncIterator[None]:
        """Collect batches while the service runs."""
        self.batches = asyncio.create_task(self.batcher.run())
        self.batches.add_done_callback(self._stop)
        gc.collect()
        gc.freeze()  # otherwise requests wait while garbage collections visit all objects of torch
        yield
        self.batches.cancel()

    def _stop(self, batches: asyncio.Task[None]) -> None:
        """End the process if requests are no longer answered, so that a supervisor restarts it."""
        self.batcher.fail_all()
        if not batches.cancelled():
            log.critical("No more requests are answered", exc_info=batches.exception())
            signal.raise_signal(signal.SIGTERM)

    async def health(self, request: Request) -> Response:
        """Return whether requests are answered, and the numbers of requests and batches."""
        busy_since = self.batcher.busy_since
        is_stuck = busy_since is not None and time.monotonic() - busy_since > STUCK_SECONDS
        status = "stopped" if self.batches.done() else "stuck" if is_stuck else "ok"
        n_requests, n_batches = self.batcher.n_requests, self.batcher.n_batches
        answer = {"status": status, "requests": n_requests, "batches": n_batches}
        return JSONResponse(answer, status_code=200 if status == "ok" else 503)

    async def predict(self, request: Request) -> Response:
        """Return the classes, probabilities and labels of each task for the rows of a request."""
        try:
            found = await self._answer(self._read_rows(await self._read_body(request)))
        except Refused as refused:
            headers = {"connection": "close"} if refused.status == 408 else None  # half is missing
            return JSONResponse({"error": str(refused)}, refused.status, headers)
        answer = {task: self._describe_task(task, found[task]) for task in found}
        return Response(to_json(answer), media_type="application/json")

    async def _read_body(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(self.body_seconds):
                return await request.body()
        except TimeoutError:
            raise Refused(408, f"the request was not complete in {self.body_seconds:g} s") from None

    def _read_rows(self, body: bytes) -> np.ndarray:
        if body.count(b'"') > MAX_QUOTES:  # pydantic would describe every key
            raise Refused(422, f"rows: a request has at most {MAX_QUOTES} quotation marks")
        try:
            checked: Any = self.form.model_validate_json(body)
        except ValidationError as error:
            raise Refused(422, describe(error)) from None
        return np.array(checked.rows, dtype=float)

    async def _answer(self, rows: np.ndarray) -> Probabilities:
        if self.batches.done():
            raise Refused(503, "the service stops")
        try:
            found = await self.batcher.predict(rows)
        except ModelError as error:
            raise Refused(500, f"the model failed: {error}") from None
        for task, probabilities in found.items():
            not_finite = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
            if len(not_finite):
                where = f"rows.{not_finite[0]}"
                raise Refused(422, f"{where}: the model has no finite probabilities of {task!r}")
        return found

    def _describe_task(self, task: str, probabilities: np.ndarray) -> dict[str, Any]:
        classes = self.model.classes[task]
        labels = [classes[k] for k in probabilities.argmax(axis=1)]
        return {"classes": classes, "probabilities": probabilities.tolist(), "labels": labels}


def describe(error: ValidationError) -> str:
    """Return the place and the description of the first fault of a request."""
    fault = error.errors(include_input=False, include_url=False)[0]
    return ": ".join([*[".".join(map(str, fault["loc"]))] * bool(fault["loc"]), fault["msg"]])


def new_app() -> Starlette:
    """Return the service that the environment describes."""
    settings = Config(env_prefix="ABMTL_")
    service = Service(settings)
    return Starlette(
        lifespan=service.run,
        max_body_size=settings("MAX_BYTES", cast=int, default=1_000_000),
        routes=[
            Route("/health", service.health),
            Route("/predict", service.predict, methods=["POST"]),
        ],
    )
