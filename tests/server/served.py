"""A real server in a process of its own, on loopback, with limits as a test wants them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START = """
import sys
from mnistry.reader import Reader
from mnistry.server import Limits
from mnistry.server.serve import serve
serve(Reader(threads=1), "127.0.0.1", 0, Limits(**{limits!r}), ["reader.example"], {processes})
"""


class Served:
    """Its address, its process, and what it has logged when it has ended."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process, self._log = process, log
        assert process.stdout is not None
        self.url = process.stdout.readline().strip()
        assert self.url, log.read_text()
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    @property
    def log(self) -> str:
        return self._log.read_text()


@contextmanager
def served(log: Path, processes: int = 2, **limits: float) -> Iterator[Served]:
    code = START.format(limits=limits, processes=processes)
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    try:
        yield Served(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
