"""A queue that batches small requests while a worker is busy, since each hand-over to a worker has a cost."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from mnistry.server.bounded_executor import BoundedExecutor
from mnistry.server.problems import busy

T = TypeVar("T")


class Batcher(Generic[T]):
    """Collects queued requests and has `task` answer them all at once; none waits for others to arrive.

    A batch has at most `max_bytes` bytes, or one request that is larger. `ProblemError` 503 if `waiting` requests
    are queued, or if the answer is not ready after `answer_s` seconds.
    """

    def __init__(
        self,
        task: Callable[[list[bytes]], list[T]],
        work: BoundedExecutor,
        answer_s: float,
        waiting: int,
        max_bytes: int = 250_000,
    ) -> None:
        self._task, self._work, self._answer_s = task, work, answer_s
        self._max_bytes, self._waiting = max_bytes, waiting
        self._queue: deque[tuple[bytes, asyncio.Future[T]]] = deque()
        self._busy: asyncio.Task[None] | None = None
        self.sizes: Callable[[int], None] = lambda size: None  # called with the size of each batch

    @property
    def full(self) -> bool:
        """Whether the queue is full."""
        return len(self._queue) >= self._waiting

    async def answer(self, body: bytes) -> T:
        """The answer of `task` to this body. Raises `ProblemError` 503 as the class says, or what `task` raises."""
        if self.full:
            raise busy(f"{len(self._queue)} requests are queued already: try again later")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append((body, future))
        if self._busy is None or self._busy.done():
            self._busy = asyncio.create_task(self._work_off())
        try:
            async with asyncio.timeout(self._answer_s):
                return await future
        except TimeoutError:
            raise busy(f"not done after {self._answer_s:g} s: try again later") from None

    async def _work_off(self) -> None:
        while self._queue:
            batch = [self._queue.popleft()]
            size = len(batch[0][0])
            while self._queue and size + len(self._queue[0][0]) <= self._max_bytes:
                batch.append(self._queue.popleft())
                size += len(batch[-1][0])
            if wanted := [one for one in batch if not one[1].done()]:  # nobody waits for the others any more
                await self._hand_on(wanted)

    async def _hand_on(self, batch: list[tuple[bytes, "asyncio.Future[T]"]]) -> None:
        self.sizes(len(batch))
        try:
            answers = await self._work.do(self._task, [body for body, _ in batch])
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
