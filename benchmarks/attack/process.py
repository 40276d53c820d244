"""A command under a bound of memory and time, watched: what it said, how it ended, and what it took at most."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

PERIOD_S = 0.05  # between two looks at the memory
ADDRESSES_KB = 8_000_000  # of virtual memory that any process may have: what asks for more is refused it
END_MB = 3_000  # of memory that a process holds: it is ended
SAID_MB = 100  # that a command may print: it is ended
ORPHAN_S = 5.0  # for its processes to end after it
BOUND = f'ulimit -c 0; ulimit -v {ADDRESSES_KB}; exec "$@"'


@dataclass
class Ended:
    """How a command ended. `status` is its exit status, below 0 for a signal; `stopped` says by which bound."""

    command: list[str]
    status: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    elapsed_s: float = 0.0
    peak_mb: float = 0.0
    stopped: str = ""
    orphans: int = 0
    lines_s: list[float] = field(default_factory=list)  # when each line of stdout was first seen

    @property
    def slowest_s(self) -> float:
        """The longest wait for a line."""
        times = [0.0, *self.lines_s, self.elapsed_s]
        return max(after - before for before, after in pairwise(times))


def bounded(command: Sequence[str | Path], limit_s: float, folder: Path | None = None, line_s: float = 1e9) -> Ended:
    """Run it, at most `limit_s` seconds, and at most `line_s` from one line of stdout to the next."""
    words = [os.fspath(word) for word in command]
    ended = Ended(words)
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        started = time.monotonic()
        process = start(words, said.fileno(), complained.fileno(), folder)
        watch, seen, last = Watch(process.pid), 0, 0.0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            ended.elapsed_s = time.monotonic() - started
            if pid:
                break
            ended.peak_mb = max(ended.peak_mb, watch.look())
            size = os.fstat(said.fileno()).st_size
            if size > seen:
                lines = os.pread(said.fileno(), size - seen, seen).count(b"\n")
                ended.lines_s += [ended.elapsed_s] * lines
                seen, last = size, ended.elapsed_s
            late = ended.elapsed_s > limit_s or ended.elapsed_s - last > line_s
            ended.stopped = ended.stopped or _bound_passed(late, ended.peak_mb, size)
            if ended.stopped:
                end_all(process.pid, watch.seen)
            time.sleep(PERIOD_S)
        process.returncode = ended.status = os.waitstatus_to_exitcode(status)
        ended.peak_mb = max(ended.peak_mb, own_peak(usage.ru_maxrss))
        ended.orphans = _orphans(watch) if not ended.stopped else 0
        end_all(process.pid, watch.seen)
        ended.stdout, ended.stderr = (content(file.fileno()) for file in (said, complained))
    return ended


def start(
    words: Sequence[str], stdout: int, stderr: int, folder: Path | None = None, bound: str = BOUND
) -> "subprocess.Popen[bytes]":
    """Start a command under the bound of memory, with processes of its own that can be ended together."""
    # One thread each: two commands at a time that train with as many as there are cores wait for each other.
    environment = {**os.environ, "COLUMNS": "100", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        ["sh", "-c", bound, "sh", *words],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )


class Watch:
    """The memory of a process and of all that it began."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.seen: dict[
            int, str
        ] = {}  # every process, and when it began, which tells it from a later one of its number

    def look(self) -> float:
        """The most that any of them ever held, of those that are there now, in MB."""
        peak = 0.0
        for pid in family(self.pid):
            if pid not in self.seen and (began := _began(pid)):
                self.seen[pid] = began
            peak = max(peak, held_mb(pid))
        return peak

    def alive(self) -> list[int]:
        """Those that are still there."""
        return [pid for pid, began in self.seen.items() if _began(pid) == began]


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, children.read_text().split())
    return found


def held_mb(pid: int, key: str = "VmHWM") -> float:
    """What a process holds (VmRSS) or held at most (VmHWM); 0 where it has ended."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(key)).split()[1]) / 1e3
    return 0.0


def own_peak(kilobytes: int) -> float:
    """A child's peak in MB, as the system counts it, or 0: it begins at its parent's, which says nothing then."""
    peak = kilobytes / 1e3
    return peak if peak > 1.05 * held_mb(os.getpid()) else 0.0


def end_all(group: int, pids: Iterable[int]) -> None:
    """End a command's processes; those that left its group too."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    for pid in pids:
        with suppress(ProcessLookupError):
            if os.getsid(pid) == group:
                os.kill(pid, signal.SIGKILL)


def _bound_passed(late: bool, peak_mb: float, said: int) -> str:
    if late:
        return "time"
    if peak_mb > END_MB:
        return "memory"
    return "output" if said > SAID_MB * 1e6 else ""


def _orphans(watch: Watch) -> int:
    deadline = time.monotonic() + ORPHAN_S
    while (alive := watch.alive()) and time.monotonic() < deadline:
        time.sleep(PERIOD_S)
    return len(alive)


def _began(pid: int) -> str:
    """When a process began, in ticks; empty where it is no more, or a zombie."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    return ""


def content(handle: int) -> bytes:
    """What is in an open file, as much as may be printed."""
    return os.pread(handle, int(SAID_MB * 1e6), 0)
