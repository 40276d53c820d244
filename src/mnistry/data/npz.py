"""Reads npz archives without unpickling; array headers are checked before anything is unpacked."""

import lzma
import os
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mnistry.errors import DataError
from mnistry.safety.memory import check_unpacked
from mnistry.safety.regular_file import open_regular, why

ENCRYPTED = 0x1  # a bit of a member's flags. Source: PKWARE, APPNOTE.TXT, 4.4.4
END, END_BYTES, MAX_COMMENT = b"PK\5\6", 22, 2**16  # of the end of central directory record
LOCATOR, LOCATOR_BYTES = b"PK\6\7", 20  # before that record, if there is a ZIP64 record too
MAX_DIRECTORY = 2**20  # bytes of the list of files: about ten thousand files
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those that NumPy writes
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}

# What zipfile and NumPy raise if an archive, or the header of an array in it, is damaged.
UNREADABLE = (
    *(OSError, ValueError, TypeError, EOFError, LookupError, MemoryError, SyntaxError, OverflowError),
    *(RuntimeError, AttributeError, zlib.error, zipfile.BadZipFile, tokenize.TokenError, lzma.LZMAError),
)


@dataclass(frozen=True)
class Header:
    """Shape and type of an array, known before it is unpacked."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def size_bytes(self) -> int:
        """Size of the unpacked array."""
        return prod(self.shape) * self.dtype.itemsize


def keys(path: Path) -> frozenset[str]:
    """Return the names of the arrays in an archive. Raises `DataError` if it is not an archive."""
    with _archive(path) as archive:
        return frozenset(name.removesuffix(".npy") for name in archive.namelist())


def header(path: Path, key: str) -> Header:
    """Return shape and type of one array without unpacking it. Raises `DataError` as `read` does."""
    with _archive(path) as archive, _said_of(path, key):
        return _header(archive, _info(archive, path, key), path, key)


def read(path: Path, key: str) -> NDArray[Any]:
    """Read one array of an archive.

    Raises `DataError` if it is missing, damaged, encrypted, pickled, or larger than `check_unpacked` allows; its header
    shows that before anything is unpacked.
    """
    with _archive(path) as archive, _said_of(path, key):
        info = _info(archive, path, key)
        _header(archive, info, path, key)
        with archive.open(info) as member:
            return npy.read_array(member, allow_pickle=False)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open_regular(path) as file:
            _check_directory(file)
            archive = zipfile.ZipFile(file)
            yield archive
    except (*UNREADABLE,) as error:
        reason = why(error) if isinstance(error, OSError) else error
        raise DataError(f"{path}: not a readable npz archive ({reason})") from error


def _check_directory(file: BinaryIO) -> None:
    """Raise `ValueError` if an archive lists far too many files, because zipfile reads the whole list on opening.

    Finds the end record the way zipfile does. Source: PKWARE, APPNOTE.TXT, 4.3.14 to 4.3.16.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LOCATOR_BYTES - END_BYTES - MAX_COMMENT))
    tail = file.read()
    file.seek(0)
    plain = tail[-END_BYTES:].startswith(END) and tail.endswith(b"\0\0")
    at = len(tail) - END_BYTES if plain else tail.rfind(END)
    if at < 0:  # not an archive; zipfile reports it
        return
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    if listed > MAX_DIRECTORY or tail[max(0, at - LOCATOR_BYTES) : at].startswith(LOCATOR):
        raise ValueError("it lists too many files, or is of the kind for more than 4 GB")


@contextmanager
def _said_of(path: Path, key: str) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise DataError(f"{path}: {key} cannot be read ({error}): fetch or make the file again") from error


def _info(archive: zipfile.ZipFile, path: Path, key: str) -> zipfile.ZipInfo:
    """Return an array's entry in the archive, after checking that zipfile can unpack it."""
    names = archive.namelist()
    if f"{key}.npy" not in names:
        lost = "is not a NumPy array: make the file again" if key in names else "is not in it"
        raise DataError(f"{path}: {key} {lost}")
    info = archive.getinfo(f"{key}.npy")
    if info.flag_bits & ENCRYPTED:
        raise DataError(f"{path}: {key} is encrypted: wanted an archive as NumPy writes it")
    if info.compress_type not in METHODS:
        raise DataError(f"{path}: {key} is packed by method {info.compress_type}: wanted it stored or deflated")
    return info


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, key: str) -> Header:
    """Read an array's header and check it against the array's actual size and against the limits."""
    with archive.open(info) as member:
        found = Header(*_described(member))
        begun = member.tell()
    if min(found.shape, default=0) < 0:
        raise ValueError(f"its shape is {found.shape}")
    if found.dtype.hasobject:
        raise ValueError("it holds pickled objects")
    if (promised := begun + found.size_bytes) > info.file_size:
        raise ValueError(f"its header promises {promised} bytes, it holds {info.file_size}")
    on_disk = os.fstat(archive.fp.fileno()).st_size if archive.fp else 0
    check_unpacked(found.size_bytes, min(info.compress_size, on_disk), f"{path}: {key}")
    return found


def _described(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(member)
    if version not in HEADERS:
        raise ValueError(f"version {version} of the format is not known")
    shape, _, dtype = HEADERS[version](member)
    return shape, dtype
