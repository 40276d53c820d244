"""Reads CSV files of images of 28×28 px, one per row: 784 pixels, or 785 columns with the label.

These are Kaggle's `train.csv` and `test.csv` (with a header) and the `mnist_train.csv` that is passed around (without).
"""

import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

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
SEPARATORS = ",;\t"
MAX_BLANK = 1_000  # lines without a row between two rows
LABEL_NAMES = ("labels?|class|y|target|digit|number", "label")  # of the label's column: its name, or a part of it
INDEX_NAMES = ("", "unnamed: 0", "index")  # of a column that counts the rows, as pandas writes it
WANTED = "wanted 784 pixels per row, or 785 columns with the label"

T = TypeVar("T")
Line = tuple[int, str]  # number, counted from 1, and text


@dataclass(frozen=True)
class Table:
    """`images` (n, 28, 28) uint8 in the file's order, and `labels` (n,) int64 if it has them."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None


class OtherColumnsError(DataError):
    """A CSV file has not the columns of images."""


@dataclass(frozen=True)
class Layout:
    """The `separator`, the number of `columns`, and the indices of those that are no pixels: `label` and `index`."""

    separator: str
    columns: int
    has_header: bool
    label: int | None
    index: tuple[int, ...]

    @property
    def others(self) -> list[int]:
        """The indices of all columns that are no pixels."""
        return [*self.index, *([] if self.label is None else [self.label])]


def has_labels(path: Path) -> bool | None:
    """Whether the rows of a file have labels, from its first line alone; None if it has other columns than images.

    Raises `DataError` if it cannot be read.
    """
    try:
        return _from_file(path, lambda lines: _layout(next(lines), path).label is not None)
    except (OtherColumnsError, StopIteration):
        return None


def read(path: Path) -> Table:
    """Read a CSV file, gzipped or not; separators are commas, semicolons or tabs.

    Raises `DataError`, which names the file and the line, for a row of another length, a value that is not a whole
    number from 0 to 255, or a label that is not a whole number of 0 or more.
    """
    return _from_file(path, lambda lines: _table(lines, path))


def _from_file(path: Path, parse: Callable[[Iterator[Line]], T]) -> T:
    """Return what `parse` makes of a file's lines. Raises `DataError` if it cannot be read."""
    try:
        with open_regular(path) as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            size = os.fstat(plain.fileno()).st_size
            with cast(BinaryIO, gzip.open(plain) if packed else plain) as file:
                return parse(_lines(file, path, size))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: truncated or damaged gzip data ({error}): fetch it again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {why(error)}") from error


def _lines(file: BinaryIO, path: Path, packed_bytes: int) -> Iterator[Line]:
    """Yield the lines that are not blank. The file's unpacked size is checked as it is read."""
    total = number = last = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        total += len(line)
        if number - last > MAX_BLANK:
            raise DataError(
                f"{path}: more than {MAX_BLANK:,} blank lines from line {last + 1} on: wanted a row in each"
            )
        check_unpacked(total, packed_bytes, str(path))
        if len(line) > MAX_LINE:
            raise DataError(f"{path}: line {number} has more than {MAX_LINE:,} characters: {WANTED}")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            wanted = "wanted a CSV file: save it as CSV UTF-8"
            raise DataError(f"{path}: line {number} is not text (UTF-8): {wanted}") from error
        text = text if last else _uncommented(text)
        if text.strip():
            last = number
            yield number, text


def _uncommented(text: str) -> str:
    """Return a line before the rows without NumPy's mark of a comment; empty if it is no header, as Excel's `sep=`."""
    if text.startswith("#"):
        header = text.lstrip("# ")
        return header if max(map(header.count, SEPARATORS)) >= PIXELS - 1 else ""
    return "" if text.casefold().startswith("sep=") else text


def _table(lines: Iterator[Line], path: Path) -> Table:
    first = next(lines, None)
    if first is None:
        raise DataError(f"{path}: is empty: wanted a CSV file of images")
    layout = _layout(first, path)
    rows = lines if layout.has_header else _chain(first, lines)
    images, labels = [], []
    while part := list(islice(rows, ROWS)):
        values = _values(part, layout, path)
        if layout.label is not None:
            labels.append(values[:, layout.label])
        images.append(np.delete(values, layout.others, axis=1).astype(np.uint8))
        check_room(sum(block.nbytes for block in images), str(path))
    if not images:
        raise DataError(f"{path}: has a header and no rows: wanted images")
    stacked = np.concatenate(images).reshape(-1, SIDE_PX, SIDE_PX)
    return Table(stacked, np.concatenate(labels) if labels else None)


def _chain(first: Line, lines: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from lines


def _layout(first: Line, path: Path) -> Layout:
    """Return how the columns are laid out, from the first line. Raises `DataError` if they are not those of images."""
    number, text = first
    separator = max(SEPARATORS, key=text.count)
    names = [_unquoted(name) for name in text.split(separator)]
    header = _is_header(names)
    index = tuple(i for i, name in enumerate(names) if header and name.casefold() in INDEX_NAMES)
    count = len(names) - len(index)
    if count not in (PIXELS, PIXELS + 1):
        raise OtherColumnsError(f"{path}: line {number} has {count} column{'s'[: count != 1]}: {WANTED}")
    label = _label_column(names if header else [], index, path) if count > PIXELS else None
    return Layout(separator, len(names), header, label, index)


def _is_header(names: list[str]) -> bool:
    """Whether these are names rather than a row of numbers; pandas numbers columns without names."""
    named = [name for name in names if name.casefold() not in INDEX_NAMES and not _is_label(name)]
    words = sum(_number(name) is None for name in named) > len(named) / 2
    counted = named in ([str(i + start) for i in range(len(named))] for start in (0, 1))
    return words or counted or any(map(_is_label, names))


def _is_label(name: str) -> bool:
    whole, part = LABEL_NAMES
    return bool(re.fullmatch(whole, name.casefold())) or part in name.casefold()


def _label_column(names: list[str], index: tuple[int, ...], path: Path) -> int:
    """Return the index of the label's column: that of such a name, or the first one of numbers without names."""
    found = [i for i, name in enumerate(names) if _is_label(name)]
    first = next((i for i in range(len(names)) if i not in index), 0)
    if not found and (not names or names[first].isdecimal()):
        return first
    if len(found) != 1:
        said = f"has 785 columns, the first of them {short(names[first])}"
        raise DataError(f"{path}: {said}: wanted 784 pixels, and beside them one column named label or none")
    return found[0]


def _values(lines: list[Line], layout: Layout, path: Path) -> NDArray[np.int64]:
    """Parse rows → (rows, columns). Raises `DataError`, which names the first wrong line."""
    for kind in (np.int64, np.float64):  # whole numbers may be written as 12.0, but then take longer
        try:
            found = np.loadtxt(
                [text for _, text in lines], kind, comments=None, delimiter=layout.separator, quotechar='"', ndmin=2
            )
        except (ValueError, OverflowError):
            continue
        if found.shape == (len(lines), layout.columns) and not _wrong(found, layout):
            return found.astype(np.int64)
    return np.array([_row(line, layout, path) for line in lines], np.int64)


def _wrong(values: NDArray[Any], layout: Layout) -> bool:
    pixels = np.delete(values, layout.others, axis=1)
    return not (values.min() >= 0 and pixels.max() <= 255 and values.max() <= MAX_LABEL and (values % 1 == 0).all())


def _row(line: Line, layout: Layout, path: Path) -> list[int]:
    """Parse a row slowly, to say what is wrong with it."""
    number, text = line
    parts = [_unquoted(part) for part in text.split(layout.separator)]
    if len(parts) != layout.columns:
        raise DataError(f"{path}: line {number} has {len(parts)} columns: wanted {layout.columns}, as in the first")
    for i, part in enumerate(parts):
        value = _number(part)
        is_pixel = i not in layout.others
        if value is None or value != int(value) or not 0 <= value <= (255 if is_pixel else MAX_LABEL):
            wanted = "a whole number from 0 to 255" if is_pixel else "a label, a whole number of 0 or more"
            if is_pixel and value is not None and 0 < value < 1:
                wanted += ": multiply by 255"
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
    return value if np.isfinite(value) and "_" not in text else None
