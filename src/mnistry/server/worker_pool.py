"""Processes that do one task after the other, each of them handed over by a thread that knows what it does."""

import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from multiprocessing import resource_tracker
from queue import SimpleQueue
from typing import Any, TypeVar

from mnistry.safety.bounded_process import BoundedProcess, Task

T = TypeVar("T")
BEGIN_S = 60.0  # for a process to begin, at most
MAX_PAUSE_S = 30.0  # between two tries to begin one
log = logging.getLogger("mnistry.server")


class WorkerPool(Executor):
    """`number` processes, each of which begins with `begin(*given)`.

    One that dies takes one task with it, whose future raises `BrokenExecutor`, and another is begun; so ends a task
    that takes more than `task_s` seconds, with `LateError`. (Python's own pool ends all its processes where one dies,
    and ends none.)
    """

    def __init__(self, number: int, task_s: float, begin: Callable[..., object], *given: Any) -> None:
        self._task_s, self._begin = task_s, (begin, *given)
        self._line: SimpleQueue[tuple[Future[Any], Task] | None] = SimpleQueue()
        self._closed = threading.Event()
        self._all: set[BoundedProcess] = set()
        self._able: set[BoundedProcess] = set()
        self._number, self._threads = number, list[threading.Thread]()
        self.died: Callable[[], object] = lambda: None  # told of each that does

    @property
    def able(self) -> int:
        """How many have begun, and are not known to have died."""
        return len(self._able)

    def open(self) -> None:
        """Begin them. What was submitted before is done then."""
        resource_tracker.ensure_running()  # on its own it would let SIGINT through again, in `_keep`
        for task in [self._watch, *[self._keep] * self._number]:
            self._threads.append(threading.Thread(target=task, daemon=True))
            self._threads[-1].start()

    def submit(self, task: Callable[..., T], /, *given: Any) -> "Future[T]":  # pyright: ignore[reportIncompatibleMethodOverride]
        """What the task will return, or raise: all of it must be such that it can be pickled."""
        if self._closed.is_set():
            raise RuntimeError("these processes are shut down")
        future: Future[T] = Future()
        self._line.put((future, (task, *given)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Kill them, whatever they do, and wait until they are gone."""
        self._closed.set()
        for process in list(self._all):
            process.kill()
        for _ in self._threads:
            self._line.put(None)
        for thread in self._threads:
            thread.join()
        while not self._line.empty():
            if asked := self._line.get():
                asked[0].cancel()

    def _watch(self) -> None:
        """One thread: end what takes too long."""
        while not self._closed.wait(min(1.0, self._task_s / 4)):
            for process in list(self._all):
                if process.late:
                    process.kill()

    def _keep(self) -> None:
        """A thread for each: keep a process, and give it what is in line."""
        if hasattr(signal, "pthread_sigmask"):  # both are for the server, which lets them finish
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        process = self._another()
        while process and (asked := self._line.get()):
            if not process.alive:  # it died while it had nothing to do
                process = self._without(process)
            future, task = asked
            if process is None:
                future.cancel()
                continue
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(process.do(task, self._task_s))
            except Exception as error:
                future.set_exception(error)
                if isinstance(error, BrokenExecutor):
                    process = self._without(process)
        if process:
            process.end()

    def _without(self, process: BoundedProcess) -> BoundedProcess | None:
        """Another in the place of one that died."""
        self._able.discard(process)
        self._all.discard(process)
        process.end()
        if not self._closed.is_set():
            log.error("a process has ended and another is begun")
            self.died()
        return self._another()

    def _another(self) -> BoundedProcess | None:
        """A process that has begun, however many tries it takes; None once all is to end."""
        pause = 1.0
        while not self._closed.is_set():
            process = None
            try:
                process = BoundedProcess()
                self._all.add(process)
                if self._closed.is_set():  # since the look at it above: nobody else may know of this one yet
                    process.kill()
                process.do(self._begin, BEGIN_S)
            except Exception as error:
                if process:
                    self._all.discard(process)
                    process.end()
                if not self._closed.is_set():
                    log.error("a process could not begin: another is tried in %g s", pause, exc_info=error)
                self._closed.wait(pause)
                pause = min(2 * pause, MAX_PAUSE_S)
            else:
                self._able.add(process)
                return process
        return None
