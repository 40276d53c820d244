"""How much memory there is, and what may be taken of it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mnistry.errors import DataError, LargePictureError
from mnistry.safety.limits import LIMITS

CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
OPENCV_NO_MEMORY = -4  # cv2.Error.StsNoMem
STACK = 8 * 2**20  # of a thread, where none is set
UNKNOWN = 8_000_000_000  # what a machine that does not tell is taken to have
_bound: int | None = None  # that this process has set itself


def memory_bytes() -> int:
    """What this machine has, or the container that this process runs in."""
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return UNKNOWN
    for bound in CGROUPS:
        with suppress(OSError, ValueError):  # there is none, or it is "max"
            found = min(found, int(Path(bound).read_text()))
    return found


def check_unpacked(size_bytes: int, packed_bytes: int, what: str) -> None:
    """Raise `DataError` where data are larger than this machine can take, or so much larger than their file."""
    check_room(size_bytes, what)
    if size_bytes > LIMITS.packed_bytes and size_bytes > LIMITS.packed * packed_bytes:
        raise DataError(
            f"{what}: holds {size_bytes / 1e6:,.0f} MB, packed into {packed_bytes / 1e6:.1f} MB: "
            f"wanted at most {LIMITS.packed} times as many, which no pictures reach"
        )


def check_room(size_bytes: int, what: str) -> None:
    """Raise `DataError` where data take more memory than this machine can give them."""
    room = min(LIMITS.data_bytes, int(LIMITS.data_share * memory_bytes()))
    if size_bytes > room:
        raise DataError(f"{what}: {size_bytes / 1e6:,.0f} MB are too many: wanted at most {room / 1e6:,.0f} MB")


def bound(more_bytes: int, threads: int = 0) -> None:
    """Let this process take so many bytes more than it holds now, and no more: what asks for more gets `MemoryError`.

    For programs, on themselves: a library changes no limit of its caller's. The stacks of `threads` that it has yet to
    begin come on top: they count whole, though hardly anything of them is ever used.
    `RLIMIT_DATA`, where there is one that counts all private memory: on Linux (getrlimit(2), from 4.7 on). Elsewhere,
    and where a lower bound stands already, nothing changes.
    """
    if sys.platform != "linux":
        return
    import resource

    global _bound
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])  # data and stack: proc(5)
    except OSError:  # a sandbox without /proc
        return
    stack = resource.getrlimit(resource.RLIMIT_STACK)[0]
    stacks = threads * (STACK if stack == resource.RLIM_INFINITY else stack)
    wanted = pages * os.sysconf("SC_PAGE_SIZE") + stacks + more_bytes
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    own = soft == _bound  # what we set ourselves may be set anew
    if all(one == resource.RLIM_INFINITY or wanted < one for one in ((hard,) if own else (soft, hard))):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
        _bound = wanted


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Turn a lack of memory into a `LargePictureError` that names the picture that asks for it."""
    try:
        yield
    except Exception as error:
        if not (isinstance(error, MemoryError) or getattr(error, "code", None) == OPENCV_NO_MEMORY):
            raise
        raise LargePictureError(f"{what}: reading it takes more memory than there is") from error
