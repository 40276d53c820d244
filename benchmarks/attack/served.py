"""`mnistry serve` under the bound of memory, watched while it is asked."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attack.answers import Answer, message
from attack.answers import answers as wire
from attack.process import END_MB, PERIOD_S, Ended, Watch, content, end_all, family, held_mb, start
from attack.verdicts import MAX_MB, TRACEBACK, Verdict, last_line

BEGIN_S = 30.0  # until it listens, or has ended
REQUEST_S = 15.0  # until an answer is there
LIVE_S = 1.0  # until it says that it is live, whatever came before


class Served:
    """A server in a process of its own."""

    def __init__(self, *words: str | Path) -> None:
        self.command = [sys.executable, "-m", "mnistry", "serve", "--port", "0", *map(str, words)]
        self.begin()

    def begin(self) -> None:
        """Start it, and wait until it listens or has ended."""
        self._stdout, self._stderr = os.memfd_create("stdout"), os.memfd_create("stderr")
        self._process = start(self.command, self._stdout, self._stderr)
        self._watch, self._done = Watch(self._process.pid), threading.Event()
        self.peak_mb, self._heard, self.port = 0.0, 0, 0
        self._started = time.monotonic()
        threading.Thread(target=self._look, daemon=True).start()
        while time.monotonic() - self._started < BEGIN_S and self._process.poll() is None and not self.port:
            time.sleep(PERIOD_S)
            if match := re.search(rb":(\d+)\s", content(self._stdout)):
                self.port = int(match[1])

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> Ended:
        """Stop it as a user would, and say how it ended."""
        if self.alive and self.port:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(BEGIN_S)
        stopped = "time" if self.alive else ""
        self._done.set()
        end_all(self._process.pid, self._watch.seen)
        status = self._process.wait()
        said, complained = content(self._stdout), content(self._stderr)
        os.close(self._stdout)
        os.close(self._stderr)
        elapsed_s = time.monotonic() - self._started
        return Ended(self.command, status, said, complained, elapsed_s, self.peak_mb, stopped)

    def heard(self) -> str:
        """What it has logged since this was asked last."""
        log = content(self._stderr)
        new, self._heard = log[self._heard :], len(log)
        return new.decode("utf-8", "replace")

    def ask(self, request: bytes, answers: int = 1, limit_s: float = REQUEST_S) -> list[Answer]:
        """Send bytes, with a pause at each {PAUSE}, and take this many answers. {HOST} becomes the server's own."""
        deadline = time.monotonic() + limit_s
        pieces = request.replace(b"{HOST}", b"127.0.0.1:%d" % self.port).split(b"{PAUSE}")
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.settimeout(limit_s)
            with suppress(OSError):  # it may hang up before all is sent
                for n, piece in enumerate(pieces):
                    time.sleep(0.7 if n else 0)
                    connection.sendall(piece)
            return list(wire(connection, answers, deadline))

    def live_s(self) -> float:
        """How long it takes to say that it is live; infinite where it does not."""
        began = time.monotonic()
        with suppress(OSError):
            answer = self.ask(message("GET", "/v2/health/live"), limit_s=5)
            if [one.status for one in answer] == [200]:
                return time.monotonic() - began
        return float("inf")

    def forget_peak(self) -> None:
        """Let each process' peak start again at what it holds now."""
        for pid in family(self._process.pid):
            with suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")
        self.peak_mb = 0.0

    def _look(self) -> None:
        """End what takes too much, and keep the peak."""
        while not self._done.wait(PERIOD_S):
            self.peak_mb = max(self.peak_mb, self._watch.look())
            for pid in family(self._process.pid):
                if held_mb(pid, "VmRSS") > END_MB:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def unwell(server: Served) -> Iterator[Verdict]:
    """What a request has left: a server that is not live, has logged a traceback, or holds much."""
    if server.live_s() > LIVE_S:
        yield "hang", f"not live within {LIVE_S:g} s afterwards"
    log = server.heard()
    if match := TRACEBACK.search(log):
        yield "traceback", last_line(log[match.start() :])
    if server.peak_mb > MAX_MB:
        yield "memory", f"{server.peak_mb:.0f} MB"
