"""Work that takes time, done by a few threads or processes, with a line in front of them that has an end."""

import asyncio
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor
from typing import Any, TypeVar

from mnistry.safety.bounded_process import LateError
from mnistry.server.problems import ProblemError, busy

T = TypeVar("T")


class BoundedExecutor:
    """`at_once` by a pool, `waiting` more in line; beyond that, and after `answer_s` s, `ProblemError` 503.

    What the pool breaks off because it takes too long is `late`, by default 503 too.

    What has been begun keeps its place until it is done, though nobody waits for it any more. What is in line
    is here, and not the pool's: with one who waits no longer it is gone, whole.
    """

    def __init__(
        self,
        pool: Executor,
        at_once: int,
        waiting: int,
        answer_s: float,
        late: Callable[[str], ProblemError] = busy,
    ) -> None:
        self._pool, self._late = pool, late
        self._room = at_once + waiting
        self._slots = asyncio.Semaphore(at_once + 1)  # one is on its way to whoever is done first
        self._answer_s = answer_s
        self.taken = 0  # being done or in line

    @property
    def full(self) -> bool:
        """Whether there is no room."""
        return self.taken >= self._room

    async def do(self, task: Callable[..., T], *given: Any) -> T:
        """What the task returns, or raises, elsewhere."""
        if self.full:
            raise busy(f"{self.taken} requests are in line already: try again later")
        self.taken += 1
        begun = False
        try:
            async with asyncio.timeout(self._answer_s):
                await self._slots.acquire()
                try:
                    future = asyncio.wrap_future(self._pool.submit(task, *given))
                except BaseException:
                    self._slots.release()
                    raise
                begun = True
                future.add_done_callback(self._done)
                return await asyncio.shield(future)
        except TimeoutError:
            raise busy(f"not done after {self._answer_s:g} s: try again later") from None
        except LateError as error:
            raise self._late(str(error)) from None
        except BrokenExecutor:
            raise busy("the process that did this has ended: try again later") from None
        finally:
            if not begun:
                self.taken -= 1

    def _done(self, future: "asyncio.Future[Any]") -> None:
        self.taken -= 1
        self._slots.release()
        if not future.cancelled():
            future.exception()  # asked for, so that asyncio does not complain when nobody waits any more
