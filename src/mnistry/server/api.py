"""The API's endpoints: the Open Inference Protocol for tensors, `POST /read` for pictures, and metrics."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypedDict, TypeVar

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from mnistry.errors import LargePictureError, NotAPictureError, PictureError
from mnistry.reader import Reader
from mnistry.server import inference, uploads, worker_tasks
from mnistry.server.batcher import Batcher
from mnistry.server.bounded_executor import BoundedExecutor
from mnistry.server.inference import ModelJson, ServerJson
from mnistry.server.limits import Limits
from mnistry.server.metrics import CONTENT_TYPE, Metrics
from mnistry.server.problems import ProblemError, busy
from mnistry.server.worker_pool import WorkerPool
from mnistry.server.worker_tasks import Asked, Reading

T = TypeVar("T")


class ModelReady(TypedDict):
    """The answer to GET /v2/models/mnistry/ready."""

    name: str
    ready: bool


class Api:
    """The endpoints of one reader, and their worker processes: `processes` for pictures, one for tensors."""

    def __init__(self, reader: Reader, limits: Limits, processes: int) -> None:
        self.reader, self.limits = reader, limits
        begin = (worker_tasks.begin, reader.path, reader.data, reader.detector, limits.memory)
        self._readers = WorkerPool(processes, limits.read_s, *begin)
        self._network = WorkerPool(1, limits.answer_s, *begin)
        self.work = BoundedExecutor(self._readers, processes, limits.waiting, limits.answer_s, _not_read)
        infer = partial(worker_tasks.infer, limits.images)
        self._batches = Batcher(
            infer, BoundedExecutor(self._network, 1, 1, limits.answer_s), limits.answer_s, limits.requests
        )
        self.metrics = Metrics(lambda: self.work.taken, lambda: self._readers.able)
        self._batches.sizes = self.metrics.batches.observe
        self._readers.died = self._network.died = self.metrics.died.inc

    def open(self) -> None:
        """Start the worker processes."""
        self._readers.open()
        self._network.open()

    def close(self) -> None:
        """End the worker processes; they take no more tasks."""
        self._readers.shutdown()
        self._network.shutdown()

    async def live(self) -> dict[str, bool]:
        """Whether the server runs."""
        return {"live": True}

    async def ready(self) -> dict[str, bool]:
        """Whether the server can take pictures: 503 while no worker process is running, or the queue is full."""
        _ready(self._readers.able, self.work.full)
        return {"live": True, "ready": True}

    async def model_ready(self) -> ModelReady:
        """Whether the model can take tensors: 503 while its worker process is not running, or the queue is full."""
        _ready(self._network.able, self._batches.full)
        return {"name": inference.MODEL, "ready": True}

    async def server(self) -> ServerJson:
        """The server's name and version."""
        return inference.server()

    async def model(self) -> ModelJson:
        """The model's input and output tensors."""
        return inference.model(self.reader)

    async def infer(self, request: Request) -> Response:
        """Classify images; requests that arrive at the same time may share a batch."""
        body = await request.body()
        if len(body) > self.limits.tensors:
            raise ProblemError(413, f"the body is larger than {self.limits.tensors} bytes")
        answer = await self._batches.answer(body)
        if isinstance(answer, ProblemError):
            raise answer
        return Response(answer, media_type="application/json")

    async def read(self, request: Request) -> Response:
        """Read the digits of a picture: the raw body, or the field `file` of a form."""
        min_confidence = _min_confidence(request)
        upload = await uploads.of(request)
        reading = await while_there(request, self.reading(upload.data, upload.name, min_confidence))
        return Response(reading.json, media_type="application/json")

    async def reading(
        self, data: bytes, name: str = "-", min_confidence: float = 0.0, *, seen: bool = False, layers: bool = False
    ) -> Reading:
        """Read a picture in a worker. Raises `ProblemError` 413 (too large), 415 (not a picture), or 400 (broken)."""
        asked = Asked(data, name, min_confidence, self.limits.picture_px, seen, layers)
        try:
            reading = await self.work.do(worker_tasks.read, asked)
        except LargePictureError as error:
            raise ProblemError(413, str(error)) from error
        except NotAPictureError as error:
            raise ProblemError(415, str(error)) from error
        except PictureError as error:
            raise ProblemError(400, " ".join(str(error).split())) from error
        self.metrics.digits.labels("digit").inc(reading.digits)
        self.metrics.digits.labels("nothing").inc(reading.rejected)
        return reading

    async def figures(self) -> Response:
        """Metrics in Prometheus' text format."""
        return Response(self.metrics.text(), media_type=CONTENT_TYPE)


def _not_read(reason: str) -> ProblemError:
    """422, so that no client retries: the same picture would take as long again."""
    return ProblemError(422, f"this picture: {reason}")


def _ready(able: int, full: bool) -> None:
    if not able:
        raise busy("no worker is ready; one is starting")
    if full:
        raise busy("the queue is full")


def _min_confidence(request: Request) -> float:
    """The query's `min_confidence`, 0 by default. Raises `ProblemError` 400 unless it is from 0 to 1."""
    given = request.query_params.get("min_confidence", "0")
    try:
        min_confidence = float(given)
    except ValueError:
        min_confidence = -1.0
    if not 0 <= min_confidence <= 1:
        raise ProblemError(400, f"min_confidence is {given!r}: wanted a number from 0 to 1")
    return min_confidence


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. If the client disconnects first, raises `ClientDisconnect` and cancels the work.

    Cancelled work leaves the queue; a task that has started runs to its end.
    """
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
