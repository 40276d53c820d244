"""A process that does one task after the other for this one, and can be ended whatever it does."""

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

Task = tuple[Any, ...]  # what is to be called, and with what
ENDED_S = 5.0  # for a process that ends to be gone


class LateError(BrokenExecutor):
    """A task took longer than it may, and was ended with its process."""


class BoundedProcess:
    """One process, and the pipe to it. "fork" begins fastest, but not in a process that has threads."""

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
        """Whether it is there."""
        return self._process.is_alive()

    @property
    def late(self) -> bool:
        """Whether it should have been done with its task by now."""
        return time.monotonic() > self._deadline

    def do(self, task: Task, max_s: float) -> Any:
        """What a task gives, or raises.

        Raises `LateError` if that takes more than `max_s` seconds, and `BrokenExecutor` if the process dies over it.
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
            raise BrokenExecutor(f"the process has ended{self._cause()}") from gone
        finally:
            self._deadline = math.inf
        if error is not None:
            raise error
        return value

    def kill(self) -> None:
        """End it at once."""
        with suppress(ValueError):  # it has ended
            self._process.kill()

    def end(self) -> None:
        """End it, wait until it is gone, and leave nothing of it."""
        self.kill()
        self._process.join()
        self._process.close()
        self._here.close()

    def _cause(self) -> str:
        self._process.join(ENDED_S)
        code = self._process.exitcode
        return f" (signal {-code})" if code is not None and code < 0 else ""


def prepare() -> None:
    """What a process does first: leave Ctrl-C to the one that asks, and end when that one does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def mute_native_stderr() -> None:
    """Let what libraries in C print of a broken picture go nowhere; what Python prints still reaches stderr."""
    try:
        if sys.stderr is None or sys.stderr.fileno() != 2:  # it goes elsewhere already
            return
    except (OSError, ValueError):  # it is no file
        return
    encoding, errors = sys.stderr.encoding, sys.stderr.errors
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=encoding, errors=errors)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _serve(there: "Connection[Any, Any]", other_end: "Connection[Any, Any] | None") -> None:
    """What a process does: one task after the other, until it is killed or nobody is there who asks."""
    if other_end:
        other_end.close()  # a forked process has it too, and would wait for itself
    while True:
        try:
            task, *given = there.recv()
        except EOFError:
            return
        try:
            said = pickle.dumps((task(*given), None))
        except Exception as error:
            error.add_note(traceback.format_exc())  # a pickle holds none
            try:
                said = pickle.dumps((None, error))
            except Exception:
                said = pickle.dumps((None, RuntimeError(traceback.format_exc())))
        there.send_bytes(said)


def _end_after(parent: int) -> None:
    wait([parent])
    os._exit(0)
