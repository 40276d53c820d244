"""A child process that runs one task after another and can be killed at any time."""

import math
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

Task = tuple[Any, ...]  # a function, followed by its arguments
ENDED_S = 5.0  # how long to wait for a process that is ending
# Signals that a process gets for what it does itself; Windows has not all of them.
CRASHES = {getattr(signal, name, 0) for name in ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP")}


class LateError(BrokenExecutor):
    """A task exceeded its time limit and was killed with its process."""


class CrashedError(BrokenExecutor):
    """A task crashed its process, and would do so again: it ran out of memory in C, or met a bug there."""


class BoundedProcess:
    """One child process and the pipe to it. "fork" starts fastest, but must not be used in a process with threads."""

    def __init__(self, method: Literal["spawn", "fork"] = "spawn") -> None:
        context = multiprocessing.get_context("spawn") if method == "spawn" else multiprocessing.get_context("fork")
        self._here, there = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(there, self._here if method == "fork" else None), daemon=True
        )
        self._process.start()
        there.close()
        self._deadline = math.inf

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process.is_alive()

    @property
    def late(self) -> bool:
        """Whether the current task has exceeded its time limit."""
        return time.monotonic() > self._deadline

    def do(self, task: Task, max_s: float) -> Any:
        """Run a task; return what it returns, or raise what it raises.

        Raises `LateError` if it takes more than `max_s` seconds, `CrashedError` if it crashes the process, and
        `BrokenExecutor` if the process dies of something else.
        """
        self._deadline = time.monotonic() + max_s
        try:
            self._here.send(task)
            if not self._here.poll(max(0.0, self._deadline - time.monotonic())):
                self.kill()
                raise LateError(f"not done within {max_s:g} s")
            value, error = self._here.recv()
        except (EOFError, OSError) as gone:
            if self.late:
                raise LateError(f"not done within {max_s:g} s") from gone
            raise self._ended() from gone
        finally:
            self._deadline = math.inf
        if error is not None:
            raise error
        return value

    def kill(self) -> None:
        """Kill the process without waiting for it."""
        with suppress(ValueError):  # it is closed already
            self._process.kill()

    def end(self) -> None:
        """Kill the process, wait until it is gone, and close the pipe."""
        self.kill()
        self._process.join()
        self._process.close()
        self._here.close()

    def _ended(self) -> BrokenExecutor:
        self._process.join(ENDED_S)
        code = self._process.exitcode
        if code is None or code >= 0:
            return BrokenExecutor("the process has ended")
        kind = CrashedError if -code in CRASHES else BrokenExecutor
        return kind(f"the process has ended (signal {-code})")


def prepare() -> None:
    """Set up a new process: leave Ctrl-C to the parent, and exit when the parent exits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def mute_native_stderr() -> None:
    """Discard what C libraries print about broken pictures; what Python prints still reaches stderr."""
    try:
        if sys.stderr is None or sys.stderr.fileno() != 2:  # already redirected
            return
    except (OSError, ValueError):  # not a file
        return
    encoding, errors = sys.stderr.encoding, sys.stderr.errors
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=encoding, errors=errors)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _serve(there: "Connection[Any, Any]", other_end: "Connection[Any, Any] | None") -> None:
    """Run one task after another, until this process is killed or the parent closes the pipe."""
    if other_end:
        other_end.close()  # inherited by fork: while it is open, the pipe never reports EOF
    while True:
        try:
            task, *given = there.recv()
        except EOFError:
            return
        try:
            said = pickle.dumps((task(*given), None))
        except Exception as error:
            error.add_note(traceback.format_exc())  # pickling drops the traceback
            try:
                said = pickle.dumps((None, error))
            except Exception:
                said = pickle.dumps((None, RuntimeError(traceback.format_exc())))
        there.send_bytes(said)


def _end_after(parent: int) -> None:
    wait([parent])
    os._exit(0)
