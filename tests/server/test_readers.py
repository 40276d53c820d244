"""The processes that read: begun anew where they are killed, and gone with the server."""

import os
import signal
import sys
import time
from pathlib import Path

import httpx
import pytest

from server.served import Served, served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


def children(server: Served) -> list[int]:
    """The processes of a server that read: not the one that multiprocessing keeps for itself."""
    found = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_processes_that_are_killed_are_begun_anew(tmp_path: Path, number: tuple[bytes, str]) -> None:
    with served(tmp_path / "log", processes=1) as server:
        assert httpx.post(f"{server.url}/read", content=number[0], timeout=60).json()["text"] == number[1]
        before = children(server)
        assert len(before) == 2  # one for pictures, one for tensors
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        answer = httpx.Response(503)
        for _ in range(50):
            answer = httpx.post(f"{server.url}/read", content=number[0], timeout=60)
            if answer.status_code != 503:
                break
            time.sleep(0.1)
        assert (answer.status_code, answer.json()["text"]) == (200, number[1])
        assert not set(before) & set(children(server))
        server.stop()
    assert "traceback" not in server.log


def test_they_end_with_a_server_that_is_killed(tmp_path: Path, number: tuple[bytes, str]) -> None:
    with served(tmp_path / "log", processes=2) as server:
        httpx.post(f"{server.url}/read", content=number[0], timeout=60)
        reading = children(server)
        assert len(reading) == 3
        server.process.kill()
        deadline = time.monotonic() + 20
        while not all(map(gone, reading)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
