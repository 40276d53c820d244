"""Writes files atomically, with errors that name the file that could not be written."""

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mnistry.errors import MnistryError, RunError
from mnistry.safety.regular_file import why


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Replace a file atomically: readers see the old or the new file, complete, even after a crash.

    `write` gets the path of a temporary file in the same folder. Errors name `path`: `OSError`, e.g. for a full disk,
    and mnistry's own errors.
    """
    part = None
    try:
        # The suffix is kept: Keras and Pillow choose the format by it.
        handle, name = tempfile.mkstemp(prefix=".", suffix=f".part{path.suffix}", dir=path.parent)
        part = Path(name)
        os.close(handle)
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o666 & ~umask())
        part.replace(path)
    except OSError as error:
        elsewhere = error.filename and not _lies_in(path.parent, error)
        reason = f"{why(error)}: {error.filename}" if elsewhere else why(error)
        raise OSError(error.errno or errno.EIO, reason, str(path)) from error
    except MnistryError as error:
        raise type(error)(str(error).replace(str(part), str(path))) from error
    finally:
        if part:
            with suppress(OSError):
                part.unlink()


@contextmanager
def writing(folder: Path, then: str) -> Iterator[None]:
    """Turn an `OSError` about a file in the folder into a `RunError`; its message ends with `then`, what to do."""
    try:
        yield
    except OSError as error:
        if not _lies_in(folder, error):
            raise
        raise RunError(f"{error.filename}: cannot be written ({why(error)}): {then}") from error


def umask() -> int:
    """Return the process's umask: mkstemp and mkdtemp create private files, but runs get the user's usual mode."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _lies_in(folder: Path, error: OSError) -> bool:
    """Whether an error is about a file directly in the folder."""
    name = error.filename
    return isinstance(name, str) and Path(name).parent.resolve() == folder.resolve()
