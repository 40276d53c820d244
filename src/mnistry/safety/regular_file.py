"""Opening what a user named: regular files alone, so that no pipe, device or socket is waited for."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

CHUNK = 2**20  # bytes read at once


def open_regular(path: str | Path) -> BinaryIO:
    """Open a file for reading, as bytes.

    Raises `OSError`, which carries the path: as `open` does, or EINVAL for what is no regular file.
    """
    try:
        _refuse_irregular(Path(path).stat().st_mode, path)  # before it is opened: that alone may wait, or rewind a tape
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError as error:  # a null character in the name
        raise OSError(errno.EINVAL, "not a name that a file can have", str(path)) from error
    try:
        _refuse_irregular(os.fstat(handle).st_mode, path)  # another may lie there by now
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bytes(path: str | Path, max_bytes: int) -> bytes:
    """All of a regular file. Raises `OSError` as `open_regular` does, and EFBIG beyond `max_bytes`."""
    with open_regular(path) as file:
        content = read_at_most(file, max_bytes) if os.fstat(file.fileno()).st_size <= max_bytes else None
    if content is None:
        raise OSError(errno.EFBIG, f"larger than {max_bytes / 1e6:g} MB", str(path))
    return content


def read_at_most(file: BinaryIO, max_bytes: int) -> bytes | None:
    """All that is left of a file, or None where that is more. Memory is taken for what is there alone."""
    parts, size = list[bytes](), 0
    while part := file.read(CHUNK):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            return None
    return b"".join(parts)


def why(error: OSError) -> str:
    """The reason alone, without number and path."""
    return error.strerror or str(error) or type(error).__name__


def _refuse_irregular(mode: int, path: str | Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
