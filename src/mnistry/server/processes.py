"""Processes that do one task after the other, each of them handed over by a thread that knows what it does."""

import logging
import multiprocessing
import pickle
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Task = tuple[Any, ...]  # what is to be called, and with what
BEGIN_S = 60.0  # for a process to begin, at most
MOST_PAUSE_S = 30.0  # between two tries to begin one
log = logging.getLogger("mnistry.server")


class Processes(Executor):
    """`number` processes, each of which begins with `begin(*given)`.

    One that dies takes one task with it, whose future raises `BrokenExecutor`, and another is begun; so ends a task
    that takes more than `task_s` seconds. (Python's own pool ends all its processes where one dies, and ends none.)
    """

    def __init__(self, number: int, task_s: float, begin: Callable[..., object], *given: Any) -> None:
        self._task_s, self._begin = task_s, (begin, *given)
        self._line: SimpleQueue[tuple[Future[Any], Task] | None] = SimpleQueue()
        self._closed = threading.Event()
        self._all: set[Process] = set()
        self._able: set[Process] = set()
        self._number, self._threads = number, list[threading.Thread]()
        self.died: Callable[[], object] = lambda: None  # told of each that does

    @property
    def able(self) -> int:
        """How many have begun, and are not known to have died."""
        return len(self._able)

    def open(self) -> None:
        """Begin them. What was submitted before is done then."""
        for _ in range(self._number):
            self._threads.append(threading.Thread(target=self._keep, daemon=True))
            self._threads[-1].start()

    def submit(self, task: Callable[..., T], /, *given: Any) -> "Future[T]":  # pyright: ignore[reportIncompatibleMethodOverride]
        """What the task will return, or raise: all of it must be such that it can be pickled."""
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

    def _keep(self) -> None:
        """One thread: keep a process, and give it what is in line."""
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

    def _without(self, process: "Process") -> "Process | None":
        """Another in the place of one that died."""
        self._able.discard(process)
        self._all.discard(process)
        process.end()
        if not self._closed.is_set():
            log.error("a process has ended and another is begun")
            self.died()
        return self._another()

    def _another(self) -> "Process | None":
        """A process that has begun, however many tries it takes; None once all is to end."""
        pause = 1.0
        while not self._closed.is_set():
            process = Process()
            self._all.add(process)
            if self._closed.is_set():  # since the look at it above: nobody else may know of this one yet
                process.kill()
            try:
                process.do(self._begin, BEGIN_S)
            except Exception as error:
                self._all.discard(process)
                process.end()
                if not self._closed.is_set():
                    log.error("a process could not begin: another is tried in %g s", pause, exc_info=error)
                self._closed.wait(pause)
                pause = min(2 * pause, MOST_PAUSE_S)
            else:
                self._able.add(process)
                return process
        return None


class Process:
    """One process, and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy locks that threads hold
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    @property
    def alive(self) -> bool:
        """Whether it is there."""
        return self._process.is_alive()

    def do(self, task: Task, most_s: float) -> Any:
        """What a task gives; `BrokenExecutor` if the process dies over it, or is not done after so many seconds."""
        try:
            self._here.send(task)
            if not self._here.poll(most_s):
                raise BrokenExecutor(f"the process was not done after {most_s:g} s")
            value, error = self._here.recv()
        except (EOFError, OSError) as gone:
            raise BrokenExecutor("the process has ended") from gone
        if error is not None:
            raise error
        return value

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def end(self) -> None:
        """End it, and wait until it is gone."""
        self.kill()
        self._process.join()
        self._here.close()


def _serve(there: "Connection[Any, Any]") -> None:
    """What a process does: one task after the other, until it is killed or nobody is there who asks."""
    while True:
        try:
            task, *given = there.recv()
        except EOFError:
            return
        try:
            said = pickle.dumps((task(*given), None))
        except Exception as error:
            error.add_note(traceback.format_exc())  # a pickle holds none
            said = pickle.dumps((None, error))
        there.send_bytes(said)
