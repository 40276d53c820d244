"""The API's endpoints: the Open Inference Protocol for tensors, `POST /read` for pictures, and figures."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request, Response
from starlette.requests import ClientDisconnect

from mnistry import decode
from mnistry.errors import LargePictureError, NotAPictureError, PictureError
from mnistry.page import Page
from mnistry.reader import Reader
from mnistry.server import inference, uploads
from mnistry.server.batches import Batches
from mnistry.server.limits import Limits
from mnistry.server.metrics import CONTENT_TYPE, Metrics
from mnistry.server.problems import ProblemError, busy
from mnistry.server.work import Work

JPEG, SCAN = b"\xff\xd8", b"\xff\xda"  # how a file begins, and each scan of it (ITU T.81, B.1.1.3)
T = TypeVar("T")
Share = Annotated[float, Query(ge=0, le=1, description="What is read with less is rejected")]


class Api:
    """The endpoints of one reader, and the threads that work for them."""

    def __init__(self, reader: Reader, limits: Limits, threads: int) -> None:
        self.reader, self.limits = reader, limits
        self.work = Work(threads, limits.waiting, limits.answer_s, "read")
        self._network = Work(1, 1, limits.answer_s, "infer")
        self._batches = Batches(reader.logits, self._network, limits.answer_s)
        self.metrics = Metrics(lambda: self.work.taken)
        self._batches.sizes = self.metrics.batches.observe

    def close(self) -> None:
        """Take on no more."""
        self.work.close()
        self._network.close()

    async def live(self) -> dict[str, bool]:
        """Whether the server runs."""
        return {"live": True}

    async def ready(self) -> dict[str, bool]:
        """Whether it takes requests: 503 while the line of pictures is full."""
        if self.work.full:
            raise busy("the line is full")
        return {"live": True, "ready": True}

    async def model_ready(self) -> dict[str, Any]:
        """Whether the model does: as the server."""
        return {"name": inference.MODEL, "ready": (await self.ready())["ready"]}

    async def server(self) -> dict[str, Any]:
        """Which server this is."""
        return inference.server()

    async def model(self) -> dict[str, Any]:
        """The model's tensors."""
        return inference.model(self.reader)

    async def infer(self, request: Request) -> Response:
        """Classify images; those of requests that come at the same time are looked at together."""
        asked = inference.Request(await request.body(), self.reader, self.limits.images)
        logits = await self._batches.logits(asked.images)
        return Response(inference.response(asked, logits, self.reader), media_type="application/json")

    async def read(self, request: Request, min_confidence: Share = 0.0) -> Response:
        """Read the digits of a picture: the raw body, or the field `file` of a form."""
        upload = await uploads.of(request)
        page = await while_there(request, self.page(upload.data, min_confidence))
        said = {"file": upload.name, **page.as_json(), "model": self.reader.path.name}
        return Response(json.dumps(said), media_type="application/json")

    async def page(self, data: bytes, min_confidence: float) -> Page:
        """A picture's reading, from one of the threads."""
        page = await self.work.do(self._read, data, min_confidence)
        self.metrics.digits.labels("digit").inc(len(page.digits))
        self.metrics.digits.labels("nothing").inc(len(page.rejected))
        return page

    async def figures(self) -> Response:
        """Figures for Prometheus."""
        return Response(self.metrics.text(), media_type=CONTENT_TYPE)

    def _read(self, data: bytes, min_confidence: float) -> Page:
        if data.startswith(JPEG) and data.count(SCAN) > self.limits.scans:
            raise ProblemError(413, f"this JPEG has too many scans: wanted at most {self.limits.scans}")
        try:
            picture = decode.decode(data, most_px=self.limits.picture_px)
            return self.reader.read_picture(picture, min_confidence)
        except LargePictureError as error:
            raise ProblemError(413, str(error)) from error
        except NotAPictureError as error:
            raise ProblemError(415, str(error)) from error
        except PictureError as error:
            raise ProblemError(400, " ".join(str(error).split())) from error


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives, if its client waits for it: with one that hangs up it loses its place in the line."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
