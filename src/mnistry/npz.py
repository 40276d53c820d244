"""An npz archive of arrays, read without ever unpickling."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import DataError


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
            return archive[key]
    except (OSError, ValueError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: {key} cannot be read ({error}): fetch or make the file again") from error
