"""An npz archive of arrays, read without ever unpickling."""

import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import DataError

# What NumPy lets through when an archive, or the header of an array in it, is damaged.
UNREADABLE = (
    *(OSError, ValueError, TypeError, EOFError, KeyError, MemoryError, SyntaxError),
    *(zlib.error, zipfile.BadZipFile, tokenize.TokenError),
)


def keys(path: Path) -> frozenset[str]:
    """The names of the arrays in the archive. Raises `DataError` if it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(name.removesuffix(".npy") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: not a readable npz archive ({error})") from error


def read(path: Path, key: str) -> NDArray[np.generic]:
    """One array of the archive. Raises `DataError` if it is not there, damaged or pickled."""
    try:
        # Opened here: np.load leaves a file open that is no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            found = archive[key]
    except UNREADABLE as error:
        raise DataError(f"{path}: {key} cannot be read ({error}): fetch or make the file again") from error
    if not isinstance(found, np.ndarray):  # a member that is not named .npy comes as it lies there
        raise DataError(f"{path}: {key} is not a NumPy array: make the file again")
    return found
