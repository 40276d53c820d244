"""Requests of a few images each, that come while the network is busy, put before it together."""

import asyncio
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mnistry.server.problems import busy
from mnistry.server.work import Work

Images = NDArray[np.uint8]
Logits = NDArray[np.float32]


class Batches:
    """Gathers what waits, and lets `classify` look at all of it at once; no request waits for others to come.

    `most` images are looked at together. Where more than `waiting` images are in line, or no answer is there
    after `answer_s` seconds, `ProblemError` 503.
    """

    def __init__(
        self,
        classify: Callable[[Images], Logits],
        work: Work,
        answer_s: float,
        most: int = 64,
        waiting: int = 2_048,
    ) -> None:
        self._classify, self._work, self._answer_s = classify, work, answer_s
        self._most, self._waiting, self._images = most, waiting, 0
        self._line: deque[tuple[Images, asyncio.Future[Logits]]] = deque()
        self._busy: asyncio.Task[None] | None = None
        self.sizes: Callable[[int], None] = lambda size: None  # told of each batch

    async def logits(self, images: Images) -> Logits:
        """The network's logits (n, classes) of images (n, h, w, c)."""
        if self._images and self._images + len(images) > self._waiting:
            raise busy(f"{self._images} images are in line already: try again later")
        future: asyncio.Future[Logits] = asyncio.get_running_loop().create_future()
        self._line.append((images, future))
        self._images += len(images)
        if self._busy is None or self._busy.done():
            self._busy = asyncio.create_task(self._work_off())
        try:
            async with asyncio.timeout(self._answer_s):
                return await future
        except TimeoutError:
            raise busy(f"not done after {self._answer_s:g} s: try again later") from None

    async def _work_off(self) -> None:
        while self._line:
            batch = [self._line.popleft()]
            size = len(batch[0][0])
            while self._line and size + len(self._line[0][0]) <= self._most:
                batch.append(self._line.popleft())
                size += len(batch[-1][0])
            self._images -= size
            if wanted := [one for one in batch if not one[1].done()]:  # others were not waited for any longer
                await self._look_at(wanted)

    async def _look_at(self, batch: list[tuple[Images, "asyncio.Future[Logits]"]]) -> None:
        try:
            together = np.concatenate([images for images, _ in batch])
            self.sizes(len(together))
            logits = await self._work.do(self._classify, together)
            ends = np.cumsum([len(images) for images, _ in batch])[:-1]
            for (_, future), part in zip(batch, np.split(logits, ends), strict=True):
                if not future.done():
                    future.set_result(part)
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
