"""Reads CSV files of images of 28×28 px, one per row: 784 pixels, or 785 columns with the label.

These are Kaggle's `train.csv` and `test.csv` (with a header) and the `mnist_train.csv` that is passed around (without).
"""

import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import DataError
from mnistry.safety.memory import check_room, check_unpacked
from mnistry.safety.regular_file import open_regular, why
from mnistry.safety.strict_json import short

SIDE_PX = 28
PIXELS = SIDE_PX**2
ROWS = 2_000  # parsed at once
MAX_LINE = 50_000  # bytes of a line: 785 numbers take far less
MAX_LABEL = 2**31
LABEL_NAMES = ("label", "labels", "class", "y", "target", "digit")  # of the label's column, if there is a header
WANTED = "wanted 784 pixels per row, or 785 columns with the label"

Line = tuple[int, str]  # number, counted from 1, and text


@dataclass(frozen=True)
class Table:
    """`images` (n, 28, 28) uint8 in the file's order, and `labels` (n,) int64 if it has them."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None


def read(path: Path) -> Table:
    """Read a CSV file, gzipped or not; separators are commas, semicolons or tabs.

    Raises `DataError`, which names the file and the line, for a row of another length, a value that is not a whole
    number from 0 to 255, or a label that is not a whole number of 0 or more.
    """
    try:
        with open_regular(path) as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            size = os.fstat(plain.fileno()).st_size
            with cast(BinaryIO, gzip.open(plain) if packed else plain) as file:
                return _table(_lines(file, path, size), path)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: truncated or damaged gzip data ({error}): fetch it again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {why(error)}") from error


def _lines(file: BinaryIO, path: Path, packed_bytes: int) -> Iterator[Line]:
    """Yield the lines that are not blank. The file's unpacked size is checked as it is read."""
    total = number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        total += len(line)
        check_unpacked(total, packed_bytes, str(path))
        if len(line) > MAX_LINE:
            raise DataError(f"{path}: line {number} has more than {MAX_LINE:,} characters: {WANTED}")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: line {number} is not text (UTF-8): wanted a CSV file") from error
        if text:
            yield number, text


def _table(lines: Iterator[Line], path: Path) -> Table:
    first = next(lines, None)
    if first is None:
        raise DataError(f"{path}: is empty: wanted a CSV file of images")
    separator = max(",;\t", key=first[1].count)
    columns = first[1].count(separator) + 1
    if columns not in (PIXELS, PIXELS + 1):
        raise DataError(f"{path}: line {first[0]} has {columns} column{'s'[: columns != 1]}: {WANTED}")
    header = _header(first, separator)
    label = _label_column(header, path) if columns > PIXELS else None
    rows = lines if header else _chain(first, lines)
    images, labels = [], []
    while part := list(islice(rows, ROWS)):
        values = _values(part, separator, columns, label, path)
        if label is not None:
            labels.append(values[:, label])
            values = np.delete(values, label, axis=1)
        images.append(values.astype(np.uint8))
        check_room(sum(block.nbytes for block in images), str(path))
    if not images:
        raise DataError(f"{path}: has a header and no rows: wanted images")
    stacked = np.concatenate(images).reshape(-1, SIDE_PX, SIDE_PX)
    return Table(stacked, np.concatenate(labels) if labels else None)


def _chain(first: Line, lines: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from lines


def _header(first: Line, separator: str) -> list[str] | None:
    """Return the first line's names, or None if it is a row of numbers; pandas numbers columns without names."""
    names = [_unquoted(name) for name in first[1].split(separator)]
    words = sum(_number(name) is None for name in names) > len(names) / 2
    named = any(name.casefold() in LABEL_NAMES for name in names)
    counted = names in ([str(i + start) for i in range(len(names))] for start in (0, 1))
    return names if words or named or counted else None


def _label_column(header: list[str] | None, path: Path) -> int:
    """Return the index of the label's column: the first, unless the header has words and names another."""
    if header is None or header[1].isdecimal():
        return 0
    found = [i for i, name in enumerate(header) if name.casefold() in LABEL_NAMES]
    if len(found) != 1:
        said = f"its first column is {short(header[0])}"
        raise DataError(f"{path}: {said}: wanted one column named label beside 784 pixels")
    return found[0]


def _values(lines: list[Line], separator: str, columns: int, label: int | None, path: Path) -> NDArray[np.int64]:
    """Parse rows → (rows, columns). Raises `DataError`, which names the first wrong line."""
    try:
        found = np.loadtxt(
            [text for _, text in lines], np.int64, comments=None, delimiter=separator, quotechar='"', ndmin=2
        )
    except (ValueError, OverflowError):
        found = None
    if found is None or found.shape != (len(lines), columns) or _wrong(found, label):
        found = np.array([_row(line, separator, columns, label, path) for line in lines], np.int64)
    return found


def _wrong(values: NDArray[np.int64], label: int | None) -> bool:
    pixels = values if label is None else np.delete(values, label, axis=1)
    return bool(values.min() < 0 or pixels.max() > 255 or values.max() > MAX_LABEL)


def _row(line: Line, separator: str, columns: int, label: int | None, path: Path) -> list[int]:
    """Parse a row slowly, to say what is wrong with it; also one whose whole numbers are written as 12.0."""
    number, text = line
    parts = [_unquoted(part) for part in text.split(separator)]
    if len(parts) != columns:
        raise DataError(f"{path}: line {number} has {len(parts)} columns: wanted {columns}, as in the first")
    for i, part in enumerate(parts):
        highest = MAX_LABEL if i == label else 255
        value = _number(part)
        if value is None or value != int(value) or not 0 <= value <= highest:
            wanted = "a label, a whole number of 0 or more" if i == label else "a whole number from 0 to 255"
            raise DataError(f"{path}: line {number}, column {i + 1} is {short(part)}: wanted {wanted}")
    return [int(float(part)) for part in parts]


def _unquoted(part: str) -> str:
    part = part.strip()
    return part[1:-1] if len(part) > 1 and part[0] == part[-1] == '"' else part


def _number(text: str) -> float | None:
    """Return a finite number, or None for other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
