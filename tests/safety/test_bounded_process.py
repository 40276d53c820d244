"""A process that does tasks; tests/server/test_processes.py has a pool of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mnistry.safety import memory
from mnistry.safety.bounded_process import BoundedProcess, LateError

METHODS = ["spawn", *(["fork"] if sys.platform == "linux" else [])]


@contextmanager
def process(method: str = "spawn") -> Iterator[BoundedProcess]:
    it = BoundedProcess(method)  # pyright: ignore[reportArgumentType]
    try:
        yield it
    finally:
        it.end()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork")
@pytest.mark.parametrize("method", METHODS)
def test_it_gives_what_a_task_returns_or_raises(method: str) -> None:
    with process(method) as it:
        assert it.do((divmod, 5, 3), 20) == (1, 2)
        with pytest.raises(ZeroDivisionError) as caught:
            it.do((divmod, 1, 0), 20)
        assert "in _serve" in caught.value.__notes__[0]
        pid = it.do((os.getpid,), 20)
        assert pid != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_takes_too_long_is_ended() -> None:
    with process() as it:
        it.do((os.getpid,), 20)
        began = time.monotonic()
        with pytest.raises(LateError, match=r"^not done within 0\.3 s$"):
            it.do((time.sleep, 60), 0.3)
        assert time.monotonic() - began < 5


def test_one_that_dies_says_of_what() -> None:
    with process() as it, pytest.raises(BrokenExecutor, match=r"^the process has ended$"):
        it.do((os._exit, 3), 20)
    with process() as it, pytest.raises(BrokenExecutor, match=r"^the process has ended \(signal 11\)$"):
        it.do((os.kill, it.do((os.getpid,), 20), signal.SIGSEGV), 20)


def eat(size: int) -> int:
    return len(bytearray(size))


@pytest.mark.skipif(sys.platform != "linux", reason="bound on Linux alone")
def test_a_bound_of_memory_is_kept() -> None:
    with process() as it:
        assert it.do((eat, 300_000_000), 20) == 300_000_000
        it.do((memory.bound, 200_000_000), 20)
        assert it.do((eat, 100_000_000), 20) == 100_000_000
        with pytest.raises(MemoryError):
            it.do((eat, 300_000_000), 20)
        it.do((memory.bound, 400_000_000), 20)  # it can be raised again, by the process itself
        assert it.do((eat, 300_000_000), 20) == 300_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="looked up in /proc")
def test_it_ends_with_the_one_that_asks(tmp_path: Path) -> None:
    """Even in the middle of a task, and though that one was killed."""
    code = (
        "import os, sys, time\nfrom mnistry.safety.bounded_process import BoundedProcess, prepare\n"
        "if __name__ == '__main__':\n    it = BoundedProcess('fork')\n    it.do((prepare,), 20)\n"
        "    print(it.do((os.getpid,), 20), flush=True)\n    it.do((time.sleep, 60), 60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        pid = int(asking.stdout.readline())
        asking.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{pid}").exists()
