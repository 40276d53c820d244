"""How much memory this machine has, and limits on how much of it is used."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mnistry.errors import DataError, LargePictureError
from mnistry.safety.limits import LIMITS

CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
OPENCV_NO_MEMORY = -4  # cv2.Error.StsNoMem
STACK = 8 * 2**20  # bytes of a thread's stack if no size is set
UNKNOWN = 8_000_000_000  # assumed if the machine does not report its memory
_bound: int | None = None  # the limit that this process has set itself


def memory_bytes() -> int:
    """Return the memory of this machine, or of the container that this process runs in."""
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return UNKNOWN
    for bound in CGROUPS:
        with suppress(OSError, ValueError):  # no such file, or it holds "max"
            found = min(found, int(Path(bound).read_text()))
    return found


def check_unpacked(size_bytes: int, packed_bytes: int, what: str) -> None:
    """Raise `DataError` if data are too large for this machine, or far larger than their packed size (`LIMITS`)."""
    check_room(size_bytes, what)
    if size_bytes > LIMITS.packed_bytes and size_bytes > LIMITS.packed * packed_bytes:
        raise DataError(
            f"{what}: holds {size_bytes / 1e6:,.0f} MB, packed into {packed_bytes / 1e6:.1f} MB: "
            f"wanted at most {LIMITS.packed} times as many, which no pictures reach"
        )


def check_room(size_bytes: int, what: str) -> None:
    """Raise `DataError` if data take more memory than this machine can spare."""
    room = min(LIMITS.data_bytes, int(LIMITS.data_share * memory_bytes()))
    if size_bytes > room:
        raise DataError(f"{what}: {size_bytes / 1e6:,.0f} MB are too many: wanted at most {room / 1e6:,.0f} MB")


def bound(more_bytes: int, threads: int = 0) -> None:
    """Let this process take at most `more_bytes` more than it holds now; beyond that, allocations raise `MemoryError`.

    For programs to call on themselves: a library must not change its caller's limits. The stacks of `threads` that are
    still to be started are added: they count in full, though little of them is ever used.
    Sets `RLIMIT_DATA`, which counts all private memory on Linux (getrlimit(2), since 4.7). On other systems, without
    /proc, or if a lower limit is set already, nothing changes.
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
    own = soft == _bound  # a limit that we set ourselves may be set again
    if all(one == resource.RLIM_INFINITY or wanted < one for one in ((hard,) if own else (soft, hard))):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
        _bound = wanted


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Turn running out of memory into a `LargePictureError` that calls the picture `what`."""
    try:
        yield
    except Exception as error:
        if not (isinstance(error, MemoryError) or getattr(error, "code", None) == OPENCV_NO_MEMORY):
            raise
        raise LargePictureError(f"{what}: reading it takes more memory than there is") from error
