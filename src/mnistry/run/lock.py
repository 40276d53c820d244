"""One process at a time: a lock that its process takes with it, however it ends."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mnistry.safety.regular_file import open_regular


@contextmanager
def lock(path: Path) -> Iterator[bool]:
    """Lock a file that is there; gives False where another process has locked it.

    Nothing is written, and nothing is left by a process that was killed. Where there is no such file, or the
    system or its file system knows no locks, nothing is locked.
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
        except OSError:  # no locks here
            pass
        yield free


def _opened(path: Path) -> BinaryIO:
    with suppress(OSError):
        return path.open("rb+")  # NFS locks only what could be written to
    return open_regular(path)
