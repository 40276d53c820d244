"""The page's own endpoints: readings with the network's input, a look inside it, the test set, and its training."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from typing import Any, TypedDict, TypeVar

import numpy as np
from fastapi import Request, Response
from numpy.typing import NDArray
from starlette.responses import HTMLResponse

from mnistry.assets import WEB
from mnistry.errors import MnistryError
from mnistry.evaluation.interpret import Inside, deciding
from mnistry.server.api import Api
from mnistry.server.bounded_executor import BoundedExecutor
from mnistry.server.mnist_explorer import MnistExplorer
from mnistry.server.model_info import ModelInfo
from mnistry.server.problems import ProblemError
from mnistry.server.worker_tasks import Asked

T = TypeVar("T")


class LayerJson(TypedDict):
    """A layer's activations as brightness, in Base64, and their shape."""

    name: str
    shape: list[int]
    maps: str


class Look(TypedDict):
    """What one image does inside the network; `place` is None until the test set's features are computed."""

    layers: list[LayerJson]
    deciding: str
    place: list[float] | None
    nearest: list[int]


class UiApi:
    """The endpoints that only the page uses; they may change with it."""

    def __init__(self, api: Api, about: ModelInfo) -> None:
        self._api, self._about = api, about
        self._threads = [ThreadPoolExecutor(1), ThreadPoolExecutor(1)]  # looks do not wait for slow work
        self._looks = BoundedExecutor(self._threads[0], 1, api.limits.waiting, api.limits.answer_s)
        self._work = BoundedExecutor(self._threads[1], 1, 8, api.limits.answer_s)
        self._making = threading.Lock()
        self._preparing: asyncio.Task[None] | None = None

    async def _prepare(self) -> None:
        """Compute what takes seconds while the first visitor starts to draw."""
        with suppress(ProblemError, MnistryError):  # reported when the page asks for it
            await self._work.do(lambda: self._test_set.ready())

    def close(self) -> None:
        """Take no more tasks, and drop those that are queued."""
        for thread in self._threads:
            thread.shutdown(wait=False, cancel_futures=True)

    async def index(self, request: Request) -> Response:
        """The page itself."""
        if self._preparing is None:
            self._preparing = asyncio.create_task(self._prepare())
        return HTMLResponse((WEB / "index.html").read_text(encoding="utf-8"))

    async def docs(self, request: Request) -> Response:
        """The API documentation as a page."""
        return HTMLResponse((WEB / "docs.html").read_text(encoding="utf-8"))

    async def read(self, request: Request) -> Response:
        """As `POST /read`, with the 28 × 28 pixels that the network saw of each digit and each rejected piece.

        Of several pages only the first is read; `page_count` is how many there are. The query `layers` adds what the
        detector saw of the whole picture, if there is one.
        """
        layers = "layers" in request.query_params
        asked = Asked(await request.body(), "-", 0.0, self._api.limits.picture_px, seen=True, layers=layers)
        reading = await self._api.reading(asked)
        return Response(reading.json, media_type="application/json")

    async def look(self, request: Request) -> Response:
        """What one image (28 × 28 bytes) does inside the network: activations, deciding ink, place on the map."""
        body = await request.body()
        height, width, channels = self._api.reader.image_shape
        if len(body) != height * width or channels != 1:
            raise ProblemError(400, f"{len(body)} bytes: wanted one image of {height} × {width}")
        image = np.frombuffer(body, np.uint8).reshape(height, width)
        return _json(await self._known(self._looks, self._look, image))

    async def test_set(self, request: Request) -> Response:
        """All test images: their labels and predictions."""
        said = await self._known(self._work, lambda: self._test_set.described)
        return Response(said, media_type="application/json")

    async def sprite(self, request: Request) -> Response:
        """All test images as one PNG."""
        png = await self._known(self._work, lambda: self._test_set.sprite)
        return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})

    async def run(self, request: Request) -> Response:
        """The model's training run, and its card."""
        return _json(await self._known(self._work, self._about.info))

    async def _known(self, work: BoundedExecutor, task: Callable[..., T], *given: Any) -> T:
        """The result of a task. Raises `ProblemError` 501 if it cannot be shown for this model."""
        try:
            return await work.do(task, *given)
        except MnistryError as error:
            raise ProblemError(501, " ".join(str(error).split())) from error

    @cached_property
    def _inside(self) -> Inside:
        return Inside(self._api.reader)

    @property
    def _test_set(self) -> MnistExplorer:
        with self._making:  # two threads may ask for it at the same time
            return self._made

    @cached_property
    def _made(self) -> MnistExplorer:
        return MnistExplorer(self._api.reader, self._inside)

    def _look(self, image: NDArray[np.uint8]) -> Look:
        layers = self._inside.layers(image)
        reader = self._api.reader
        heat = deciding(reader, image, int(reader.calibrated(reader.logits(image[None])).argmax()))
        place, nearest = self._test_set.place(image) or (None, [])
        return {
            "layers": [
                {"name": layer.name, "shape": list(layer.maps.shape), "maps": _base64(_lit(layer.maps))}
                for layer in layers
            ],
            "deciding": _base64((heat * 127).astype(np.int8)),
            "place": place,
            "nearest": nearest,
        }


def _lit(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Activations as brightness: 255 for the strongest one of the layer."""
    strongest = max(float(maps.max()), 1e-6)
    return (np.clip(maps / strongest, 0, 1) * 255).astype(np.uint8)


def _base64(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _json(said: Any) -> Response:
    return Response(json.dumps(said), media_type="application/json")
