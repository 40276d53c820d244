"""The processes that read: replaced when they are killed, and gone with the server."""

import asyncio
import io
import os
import shutil
import signal
import struct
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from PIL import Image

from mnistry.assets import MODEL
from mnistry.reader import Reader
from mnistry.server.api import Api
from mnistry.server.limits import Limits
from mnistry.server.problems import ProblemError
from server.pictures import slow_page
from server.served import Served, served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


def children(server: Served) -> list[int]:
    """The processes of a server that read: not the one that multiprocessing keeps for itself."""
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/children")  # each has those that it began
    found = []
    for pid in " ".join(thread.read_text() for thread in threads).split():
        with suppress(OSError):  # gone meanwhile
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(pid))
    return found


def worked(pid: int) -> int:
    """For how many ticks of the clock."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def open_files(server: Served) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def asked(server: Served, picture: bytes) -> httpx.Response:
    return server.post("/read", content=picture)


def infer(server: Served) -> httpx.Response:
    tensor = {"name": "images", "datatype": "UINT8", "shape": [1, 28, 28, 1], "data": [0] * 784}
    return server.post("/v2/models/mnistry/infer", json={"inputs": [tensor]})


def figure(server: Served, name: str) -> float:
    lines = server.get("/metrics").text.splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name} ")]
    return float(line.split()[1])


def died(server: Served) -> float:
    return figure(server, "mnistry_processes_died_total")


def busy(server: Served) -> float:
    return figure(server, "mnistry_work")


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_processes_that_are_killed_are_started_again(tmp_path: Path, number: tuple[bytes, str]) -> None:
    """With the model that the server began with: its file is gone by then."""
    model = tmp_path / "mine.onnx"
    shutil.copy(MODEL, model)
    with served(tmp_path / "log", processes=1, model=model) as server:
        assert asked(server, number[0]).json()["text"] == number[1]
        assert infer(server).status_code == 200
        model.unlink()
        before = children(server)
        assert len(before) == 2  # one for pictures, one for tensors
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: asked(server, number[0]).status_code == infer(server).status_code == 200)
        assert asked(server, number[0]).json()["text"] == number[1]
        assert (asked(server, number[0]).json()["model"], died(server)) == ("mine.onnx", 2)
        assert not set(before) & set(children(server))
        assert server.get("/page/run").json()["bytes"] == MODEL.stat().st_size
        assert server.post("/page/look", content=b"\1" * 784).status_code == 200  # the faintest there is
        server.stop()
    assert "traceback" not in server.log
    assert server.log.count("a worker process has died and is being replaced") == 2


@pytest.mark.slow
def test_one_that_dies_over_a_picture_takes_no_other_with_it(tmp_path: Path) -> None:
    with served(tmp_path / "log", processes=2) as server:
        until(lambda: figure(server, "mnistry_processes") == 2)
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(asked, server, slow_page(70)) for _ in range(4)]
            until(lambda: busy(server) == 4)
            time.sleep(0.5)
            os.kill(max(children(server), key=worked), signal.SIGKILL)  # not the one for tensors
            statuses = [answer.result().status_code for answer in answers]
        assert sorted(statuses) == [200, 200, 200, 503]


def test_a_picture_that_takes_too_long_does_not_keep_its_process(tmp_path: Path, number: tuple[bytes, str]) -> None:
    with served(tmp_path / "log", processes=1, read_s=0.5) as server:
        until(lambda: asked(server, number[0]).status_code == 200)
        before, open_before = set(children(server)), open_files(server)
        answer = asked(server, slow_page(250))
        assert (answer.status_code, answer.json()["detail"]) == (422, "this picture: not done within 0.5 s")
        until(lambda: len(before - set(children(server))) == 1)
        until(lambda: asked(server, number[0]).status_code == 200)
        assert died(server) >= 1
        until(lambda: open_files(server) <= open_before)  # nothing is left of the one that died


def test_the_server_is_ready_once_its_processes_are() -> None:
    async def ready(api: Api) -> None:
        for asked in (api.ready, api.model_ready):
            with pytest.raises(ProblemError, match="no worker is ready") as caught:
                await asked()
            assert caught.value.status == 503
        api.open()
        async with asyncio.timeout(30):
            while True:
                with suppress(ProblemError):
                    if (await api.ready())["ready"] and (await api.model_ready())["ready"]:
                        break
                await asyncio.sleep(0.05)
            assert (await api.live()) == {"live": True}
        api.close()

    asyncio.run(ready(Api(Reader(threads=1), Limits(), 1)))


def test_they_end_with_a_server_that_is_killed(tmp_path: Path, number: tuple[bytes, str]) -> None:
    with served(tmp_path / "log", processes=2) as server:
        asked(server, number[0])
        reading = children(server)
        assert len(reading) == 3
        server.process.kill()
        until(lambda: all(map(gone, reading)))


def held(server: Served) -> float:
    """Memory of the server and its processes now, in MB."""
    pids = [server.process.pid, *children(server)]
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def thin(height: int) -> bytes:
    """A PNG of 1 px × n: a few kilobytes."""
    head = struct.pack(">IIBBBBB", 1, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(2 * height), 9)), (b"IEND", b""))
    chunks = [len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4) for name, data in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_two_thin_pictures_take_neither_the_machine_nor_a_second(tmp_path: Path, number: tuple[bytes, str]) -> None:
    with served(tmp_path / "log", processes=2) as server, ThreadPoolExecutor(2) as pool:
        until(lambda: figure(server, "mnistry_processes") == 2)
        assert asked(server, number[0]).json()["text"] == number[1]
        before = held(server)
        answers = [pool.submit(asked, server, thin(2_000_000)) for _ in range(2)]
        began = time.monotonic()
        assert asked(server, number[0]).json()["text"] == number[1]
        assert time.monotonic() - began < 1
        for answer in answers:
            said = "the picture: 1 × 2000000 px: a side is too long: wanted at most 65500 px"
            assert (answer.result().status_code, answer.result().json()["detail"]) == (413, said)
        assert held(server) < before + 50
        assert died(server) == 0


def test_a_picture_that_takes_too_much_memory_is_refused(tmp_path: Path, number: tuple[bytes, str]) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (7_000, 7_000)).save(out, "PNG", compress_level=1)  # 196 MB, decoded
    with served(tmp_path / "log", processes=1, memory=100_000_000) as server:
        until(lambda: asked(server, number[0]).status_code == 200)
        answer = asked(server, out.getvalue())
        said = "the picture: decoding it takes more memory than there is"
        assert (answer.status_code, answer.json()["detail"]) == (413, said)
        assert asked(server, number[0]).json()["text"] == number[1]
        assert died(server) == 0


@pytest.mark.parametrize("pause", [0.0, 0.4])
def test_sigterm_for_the_whole_group_ends_it_without_a_word(tmp_path: Path, pause: float) -> None:
    """As a supervisor or a terminal sends it, while the processes begin too."""
    with served(tmp_path / "log", processes=2) as server:
        time.sleep(pause)
        os.killpg(server.process.pid, signal.SIGTERM)
        assert server.process.wait(30) == 0
    assert "error" not in server.log
    assert "traceback" not in server.log
