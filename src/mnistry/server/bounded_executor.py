"""A bounded queue in front of a pool of threads or processes, for backpressure: a full queue refuses work."""

import asyncio
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor
from typing import Any, TypeVar

from mnistry.safety.bounded_process import CrashedError, LateError
from mnistry.server.problems import ProblemError, busy

T = TypeVar("T")


class BoundedExecutor:
    """Room for `at_once` tasks in a pool and `waiting` more; beyond that, or after `answer_s` s, `ProblemError` 503.

    A task that crashes, or that the pool ends for taking too long, raises what `failed` returns, by default 503 too.

    A task that was handed to the pool keeps its slot until it is done, even if nobody waits for it any more. Queued
    tasks are held here, not by the pool: when its caller stops waiting, a task is gone, with its data.
    """

    def __init__(
        self,
        pool: Executor,
        at_once: int,
        waiting: int,
        answer_s: float,
        failed: Callable[[str], ProblemError] = busy,
    ) -> None:
        self._pool, self._failed = pool, failed
        self._room = at_once + waiting
        self._slots = asyncio.Semaphore(at_once + 1)  # one more waits in the pool for its next free worker
        self._answer_s = answer_s
        self.taken = 0  # running or queued

    @property
    def full(self) -> bool:
        """Whether there is no room for another task."""
        return self.taken >= self._room

    async def do(self, task: Callable[..., T], *given: Any) -> T:
        """Run a task in the pool and return its result. Raises what it raises, or as the class says."""
        if self.full:
            raise busy(f"{self.taken} requests are queued already: try again later")
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
        except (LateError, CrashedError) as error:
            raise self._failed(str(error)) from None
        except BrokenExecutor:
            raise busy("the worker process ended during this request: try again later") from None
        finally:
            if not begun:
                self.taken -= 1

    def _done(self, future: "asyncio.Future[Any]") -> None:
        self.taken -= 1
        self._slots.release()
        if not future.cancelled():
            future.exception()  # retrieved, or asyncio would complain if nobody waits any more
