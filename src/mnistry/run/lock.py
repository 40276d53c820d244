"""A file lock for one process at a time; it is released however the process ends."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mnistry.safety.regular_file import open_regular


@contextmanager
def lock(path: Path) -> Iterator[bool]:
    """Lock an existing file; yields False if another process has locked it.

    Nothing is written, and a process that was killed leaves nothing behind. If there is no such file, or the system
    or file system does not support locks, nothing is locked and it yields True.
    """
    try:
        import fcntl  # not on Windows

        file = _opened(path)
    except (ImportError, OSError):
        yield True
        return
    with file:
        free = True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            free = False
        except OSError:  # the file system has no locks
            pass
        yield free


def _opened(path: Path) -> BinaryIO:
    with suppress(OSError):
        return path.open("rb+")  # NFS locks only files that are open for writing
    return open_regular(path)
