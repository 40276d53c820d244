"""Processes that cannot begin, die, or take too long; tests/server/test_readers.py has a server with them."""

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mnistry.safety.bounded_process import BoundedProcess
from mnistry.server import worker_pool
from mnistry.server.worker_pool import WorkerPool


@contextmanager
def begun(number: int, task_s: float, begin: Callable[..., object] = os.getpid, *given: object) -> Iterator[WorkerPool]:
    pool = WorkerPool(number, task_s, begin, *given)
    pool.open()
    try:
        yield pool
    finally:
        pool.shutdown()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_they_give_what_a_task_returns_or_raises() -> None:
    with begun(2, 20) as pool:
        asked = [pool.submit(divmod, n, 3) for n in range(9)]
        assert [one.result(20) for one in asked] == [divmod(n, 3) for n in range(9)]
        with pytest.raises(ZeroDivisionError) as caught:
            pool.submit(divmod, 1, 0).result(20)
        assert "in _serve" in caught.value.__notes__[0]  # where it was raised
        with pytest.raises(TypeError, match="pickle"):
            pool.submit(open, os.devnull).result(20)  # what it returns cannot be sent
        with pytest.raises(TypeError, match="pickle"):
            pool.submit(len, (pool,)).result(20)  # nor what it is given
        assert pool.submit(divmod, 5, 3).result(20) == (1, 2)
        until(lambda: pool.able == 2)


def test_one_that_dies_takes_its_task_alone(caplog: pytest.LogCaptureFixture) -> None:
    with begun(2, 20) as pool:
        until(lambda: pool.able == 2)
        other, poison = pool.submit(time.sleep, 0.5), pool.submit(os._exit, 1)
        with pytest.raises(BrokenExecutor, match="the process has ended"):
            poison.result(20)
        assert other.result(20) is None
        until(lambda: pool.able == 2)
    assert caplog.text.count("a worker process has died and is being replaced") == 1


def test_one_that_dies_idle_takes_nothing() -> None:
    with begun(1, 20) as pool:
        pid = pool.submit(os.getpid).result(20)
        os.kill(pid, 9)
        time.sleep(0.2)
        assert pool.submit(os.getpid).result(20) != pid


def test_what_takes_too_long_is_ended() -> None:
    with begun(1, 0.3) as pool:
        pid = pool.submit(os.getpid).result(20)
        with pytest.raises(BrokenExecutor):
            pool.submit(time.sleep, 60).result(20)
        assert pool.submit(os.getpid).result(20) != pid


def test_one_that_does_not_even_listen_is_ended() -> None:
    """More than a pipe holds: the thread waits for it to be taken."""
    with begun(1, 0.3) as pool:
        pid = pool.submit(os.getpid).result(20)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(BrokenExecutor):
            pool.submit(len, bytes(3_000_000)).result(20)
        assert pool.submit(os.getpid).result(20) != pid


class Selfish(Exception):  # noqa: N818
    def __reduce__(self) -> str:
        raise ValueError("no copies of me")


def refuse() -> None:
    raise Selfish("not today")


def test_an_error_that_cannot_be_sent_is_reported() -> None:
    with begun(1, 20) as pool:
        with pytest.raises(RuntimeError, match="Selfish: not today"):
            pool.submit(refuse).result(20)
        assert pool.submit(divmod, 5, 3).result(20) == (1, 2)


def test_where_none_can_be_made_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = []

    class Late(BoundedProcess):
        def __init__(self) -> None:
            made.append(self)
            if len(made) == 1:
                raise OSError(errno.EMFILE, "Too many open files")
            super().__init__()

    monkeypatch.setattr(worker_pool, "BoundedProcess", Late)
    with begun(1, 20) as pool:
        assert pool.submit(divmod, 5, 3).result(20) == (1, 2)
    assert "a worker process could not start: next try in 1 s" in caplog.text


def test_one_that_cannot_begin_is_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    needed = tmp_path / "needed"
    with begun(1, 20, Path.read_bytes, needed) as pool:
        until(lambda: "could not start" in caplog.text)
        assert pool.able == 0
        needed.write_bytes(b"here")
        assert pool.submit(Path.read_bytes, needed).result(20) == b"here"  # it waits for the next try
        assert pool.able == 1
    assert "a worker process could not start: next try in 1 s" in caplog.text
    assert "FileNotFoundError" in caplog.text


@pytest.mark.slow
def test_tries_that_fail_come_further_and_further_apart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "MAX_PAUSE_S", 1.5)
    with begun(1, 20, Path.read_bytes, tmp_path / "missing"):
        until(lambda: caplog.text.count("could not start") == 3)
    pauses = [record.args for record in caplog.records if "could not start" in record.msg]
    assert pauses == [(1.0,), (1.5,), (1.5,)]


def test_all_are_gone_once_they_are_shut_down() -> None:
    with begun(2, 20) as pool:
        pids = {pool.submit(os.getpid).result(20) for _ in range(20)}
        stuck = pool.submit(time.sleep, 60)
        time.sleep(0.1)
    with pytest.raises(BrokenExecutor):
        stuck.result(1)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_they_can_be_shut_down_while_they_begin_or_before() -> None:
    began = time.monotonic()
    with begun(2, 20, time.sleep, 30) as pool:
        asked = pool.submit(os.getpid)
    assert time.monotonic() - began < 10
    assert asked.cancelled()
    never = WorkerPool(2, 20, os.getpid)
    asked = never.submit(os.getpid)
    never.shutdown()
    assert asked.cancelled()
    with pytest.raises(RuntimeError, match="these processes are shut down"):
        never.submit(os.getpid)
