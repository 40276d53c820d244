"""Reads the IDX format, in which MNIST and similar data sets are published.

A big-endian header (two zero bytes, the type 0x08 for unsigned bytes, the number of axes, each axis'
length as a 32-bit integer), followed by the data. Source: LeCun, Cortes & Burges, The MNIST Database.
"""

import gzip
import os
import struct
import zlib
from math import prod
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import DataError
from mnistry.safety.memory import check_unpacked
from mnistry.safety.regular_file import open_regular, why

UNSIGNED_BYTE = 0x08


def header(shape: tuple[int, ...]) -> bytes:
    """Return the IDX header of an unsigned-byte array of this shape."""
    return struct.pack(f">HBB{len(shape)}I", 0, UNSIGNED_BYTE, len(shape), *shape)


def read(path: Path, axes: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped or not, with `axes` axes (1: labels, 3: images).

    Raises `DataError`, which names the file, if it is truncated, too long, of another kind, or if its header promises
    more than `memory.check_unpacked` allows.
    """
    try:
        with open_regular(path) as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            with cast(BinaryIO, gzip.open(plain) if packed else plain) as file:
                wanted = header((0,) * axes)[:4]
                magic = file.read(4)
                if magic != wanted:
                    found = magic.hex() or "nothing"
                    raise DataError(
                        f"{path}: not an IDX file with {axes} axes of bytes: "
                        f"it starts with {found}, wanted {wanted.hex()}"
                    )
                lengths = file.read(4 * axes)
                if len(lengths) < 4 * axes:
                    raise DataError(f"{path}: truncated within its header: fetch it again")
                shape = struct.unpack(f">{axes}I", lengths)
                check_unpacked(prod(shape), os.fstat(plain.fileno()).st_size, str(path))
                body = _read_up_to(file, prod(shape) + 1)  # one more than promised, to detect excess bytes
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: truncated or damaged gzip data ({error}): fetch it again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {why(error)}") from error
    if len(body) != prod(shape):
        held = "more" if len(body) > prod(shape) else f"only {len(body)}"
        raise DataError(f"{path}: its header promises {prod(shape)} bytes {shape}, it holds {held}: fetch it again")
    try:
        return np.frombuffer(body, np.uint8).reshape(shape)
    except ValueError as error:  # an empty array with axes too long for NumPy
        raise DataError(f"{path}: its header promises {shape}, which no array can be: fetch it again") from error


def _read_up_to(file: BinaryIO, size: int) -> bytearray:
    """Read at most `size` bytes; takes no memory for bytes that the header promises but the file lacks."""
    body = bytearray()
    while len(body) < size and (part := file.read(min(size - len(body), 2**24))):
        body += part
    return body
