"""A real server in a process of its own, on loopback, with limits as a test wants them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from mnistry.assets import MODEL

TIMEOUT_S = 60.0  # seconds for an answer: a busy machine may take many to begin its reading processes

START = """
import sys
from mnistry.reader import Reader
from mnistry.server import Limits
from mnistry.server.serve import serve
serve(Reader({model!r}, threads=1, detector={detector!r}), "127.0.0.1", 0, Limits(**{limits!r}), ["reader.example"], {processes})
"""


def is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


class Served:
    """Its address, its process, and what it has logged when it has ended."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process, self._log = process, log
        assert process.stdout is not None
        self.url = process.stdout.readline().strip()
        assert self.url, log.read_text()
        self.port = int(self.url.rpartition(":")[2])

    def stop(self, by: signal.Signals = signal.SIGTERM, times: int = 1) -> int:
        """Tell all of its processes, as a terminal does, if by Ctrl-C."""
        for _ in range(times):
            if by is signal.SIGINT:
                os.killpg(self.process.pid, by)
            else:
                self.process.send_signal(by)
            time.sleep(0.1)
        return self.process.wait(30)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.url + path, timeout=TIMEOUT_S, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return httpx.post(self.url + path, timeout=TIMEOUT_S, **options)

    @property
    def log(self) -> str:
        """Lines of JSON, and nothing else."""
        said = self._log.read_text()
        assert all(map(is_json, said.splitlines())), said
        return said


@contextmanager
def running(*command: str, **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """A process that is gone afterwards, whatever happens."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def served(
    log: Path, processes: int = 2, model: Path = MODEL, detector: Path | None = None, **limits: float
) -> Iterator[Served]:
    found_by = str(detector) if detector else None
    code = START.format(model=str(model), detector=found_by, limits=limits, processes=processes)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (
        log.open("w") as file,
        running(sys.executable, "-c", code, stderr=file, env=environment, start_new_session=True) as process,
    ):
        yield Served(process, log)
