"""A pool of worker processes; a thread for each hands it one task after the other, and replaces it if it dies."""

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
BEGIN_S = 60.0  # for a process to start, at most
MAX_PAUSE_S = 30.0  # between two attempts to start one, at most
log = logging.getLogger("mnistry.server")


class WorkerPool(Executor):
    """`number` worker processes, each of which starts with `begin(*given)`.

    A process that dies loses only its own task, whose future raises `BrokenExecutor`, and is replaced. The same
    happens to one whose task takes more than `task_s` seconds, with `LateError`. (A `ProcessPoolExecutor` breaks as a
    whole when one of its processes dies, and never ends a task that takes too long.)
    """

    def __init__(self, number: int, task_s: float, begin: Callable[..., object], *given: Any) -> None:
        self._task_s, self._begin = task_s, (begin, *given)
        self._line: SimpleQueue[tuple[Future[Any], Task] | None] = SimpleQueue()
        self._closed = threading.Event()
        self._all: set[BoundedProcess] = set()
        self._able: set[BoundedProcess] = set()
        self._number, self._threads = number, list[threading.Thread]()
        self.died: Callable[[], object] = lambda: None  # called for each process that dies

    @property
    def able(self) -> int:
        """The number of processes that have started and are not known to have died."""
        return len(self._able)

    def open(self) -> None:
        """Start the processes. Tasks submitted before are done then."""
        resource_tracker.ensure_running()  # started later, it would unblock SIGINT in the thread of `_keep`
        for task in [self._watch, *[self._keep] * self._number]:
            self._threads.append(threading.Thread(target=task, daemon=True))
            self._threads[-1].start()

    def submit(self, task: Callable[..., T], /, *given: Any) -> "Future[T]":  # pyright: ignore[reportIncompatibleMethodOverride]
        """Queue a task; the task, its arguments and its result are pickled. Raises `RuntimeError` after `shutdown`."""
        if self._closed.is_set():
            raise RuntimeError("these processes are shut down")
        future: Future[T] = Future()
        self._line.put((future, (task, *given)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Kill the processes, whatever they do, wait until they are gone, and cancel the queued tasks."""
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
        """In one thread: kill each process whose task takes too long."""
        while not self._closed.wait(min(1.0, self._task_s / 4)):
            for process in list(self._all):
                if process.late:
                    process.kill()

    def _keep(self) -> None:
        """In one thread per process: keep it running, and give it the queued tasks."""
        if hasattr(signal, "pthread_sigmask"):  # both are for the server's main thread, which drains
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        process = self._another()
        while process and (asked := self._line.get()):
            if not process.alive:  # it died while idle
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
        """A replacement for a process that died."""
        self._able.discard(process)
        self._all.discard(process)
        process.end()
        if not self._closed.is_set():
            log.error("a worker process has died and is being replaced")
            self.died()
        return self._another()

    def _another(self) -> BoundedProcess | None:
        """A started process, however many attempts that takes; None once the pool shuts down."""
        pause = 1.0
        while not self._closed.is_set():
            process = None
            try:
                process = BoundedProcess()
                self._all.add(process)
                if self._closed.is_set():  # closed since the check above: `shutdown` may not have seen it
                    process.kill()
                process.do(self._begin, BEGIN_S)
            except Exception as error:
                if process:
                    self._all.discard(process)
                    process.end()
                if not self._closed.is_set():
                    log.error("a worker process could not start: next try in %g s", pause, exc_info=error)
                self._closed.wait(pause)
                pause = min(2 * pause, MAX_PAUSE_S)
            else:
                self._able.add(process)
                return process
        return None
