"""Opens files that a user named: regular files only, because pipes, devices and sockets could block."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

CHUNK = 2**20  # bytes per read


def open_regular(path: str | Path) -> BinaryIO:
    """Open a file for reading in binary mode.

    Raises `OSError` with the path: as `open` does, or with EINVAL if it is not a regular file.
    """
    try:
        _refuse_irregular(Path(path).stat().st_mode, path)  # before opening, which could block or rewind a tape
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError as error:  # a null character in the name
        raise OSError(errno.EINVAL, "not a name that a file can have", str(path)) from error
    try:
        _refuse_irregular(os.fstat(handle).st_mode, path)  # the file may have been replaced
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bytes(path: str | Path, max_bytes: int) -> bytes:
    """Read a whole regular file. Raises `OSError` as `open_regular` does, and with EFBIG beyond `max_bytes`."""
    with open_regular(path) as file:
        content = read_at_most(file, max_bytes) if os.fstat(file.fileno()).st_size <= max_bytes else None
    if content is None:
        raise OSError(errno.EFBIG, f"larger than {max_bytes / 1e6:g} MB", str(path))
    return content


def read_at_most(file: BinaryIO, max_bytes: int) -> bytes | None:
    """Read the rest of a file; None if it exceeds `max_bytes`. Takes memory only for bytes that are there."""
    parts, size = list[bytes](), 0
    while part := file.read(CHUNK):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            return None
    return b"".join(parts)


def why(error: OSError) -> str:
    """Return an error's reason, without its number and path."""
    return error.strerror or str(error) or type(error).__name__


def _refuse_irregular(mode: int, path: str | Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
