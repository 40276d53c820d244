"""Parses a picture file's header for what determines a decoder's memory and time: sizes, scans and tiles."""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # a marker of a JPEG, except those within a scan
END, SCAN = 0xD9, 0xDA
FIRST_WITH_LENGTH = 0xC0  # lower markers are reserved and have no length: decoders skip one that follows a scan
ALONE = 0xD8  # the start of the image, a marker without length

KIND, OLD_KIND = 254, 255  # TIFF tags: of what kind a subfile is
WIDTH, LENGTH, BITS, SAMPLES, TILE_WIDTH, TILE_LENGTH = 256, 257, 258, 277, 322, 323
REDUCED, MASK, OLD_REDUCED = 1, 4, 2  # bits of KIND, a value of OLD_KIND: a page's thumbnail, or its transparency
SIZES = (WIDTH, LENGTH, TILE_WIDTH, TILE_LENGTH)
WHOLE = {
    1: "B",
    3: "H",
    4: "I",
    6: "b",
    8: "h",
    9: "i",
    16: "Q",
    17: "q",
}  # integer types of tags that decoders accept as sizes
CLASSIC, BIG = 42, 43  # in the third or fourth byte of a TIFF, of a BigTIFF
MAX_TAGS = 65_535
FIRST_TAGS = 4  # of a directory: tags are in ascending order, and those that say the kind are the lowest


def jpeg_segments(data: bytes, max_scans: int, max_segments: int) -> tuple[int, int]:
    """Count the scans and segments of a JPEG; counting stops when either exceeds its maximum.

    Before the first scan, each byte between segments counts as a segment: Pillow skips them one by one.
    Source: ITU T.81, B.1.1.
    """
    scans = segments = 0
    at = 2
    while scans <= max_scans and segments <= max_segments:
        marker = MARKER.search(data, at)
        if not scans:
            segments += (marker.start() if marker else len(data)) - at
        if not marker or (kind := data[marker.end() - 1]) == END:
            break
        segments += 1
        scans += kind == SCAN
        at = marker.end()
        if kind >= FIRST_WITH_LENGTH and kind != ALONE:
            at += int.from_bytes(data[at : at + 2])
    return scans, segments


def webp_size(head: bytes) -> tuple[int, int]:
    """Return width and height in px from the first 30 bytes of a WebP; (0, 0) if they are not there.

    Source: RFC 9649, sections 2.5 to 2.7 and 3.4.
    """
    kind, number = head[12:16], int.from_bytes
    if kind == b"VP8X":
        return number(head[24:27], "little") + 1, number(head[27:30], "little") + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        return number(head[26:28], "little") & 0x3FFF, number(head[28:30], "little") & 0x3FFF
    if kind == b"VP8L" and head[20:21] == b"\x2f":
        bits = number(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return 0, 0


def is_tiff(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a TIFF or BigTIFF."""
    return head[:2] in (b"II", b"MM") and (CLASSIC in head[2:4] or BIG in head[2:4])


def tiff_pages(file: BinaryIO, max_directories: int) -> tuple[list[int], bool]:
    """Return the numbers, from 1, of a TIFF's directories that are pages, and whether there are more directories.

    Those after the first that hold a thumbnail or a mask are no pages. Directories that come again, in a loop, are not
    counted again. A directory that cannot be parsed is the last.
    """
    numbers = [1]
    with suppress(ValueError, OverflowError, OSError, struct.error):  # decoding that page raises, and names it
        for number, directory in enumerate(_directories(file), 1):
            if number > max_directories:
                return numbers, True
            if number > 1 and not _is_reduced(file, directory):
                numbers.append(number)
    return numbers, False


def tiff_sizes(file: BinaryIO, number: int = 1) -> tuple[int, int, int, int] | None:
    """Return width and height of a TIFF's page, then of its tiles, in px; 0 for a missing tag.

    `number` counts directories from 1; None if there is no such one.
    Raises `ValueError` if a tag that decoders size memory by occurs twice, or a size is not an integer: Pillow and
    libtiff might disagree on its value. Source: TIFF 6.0, section 2; BigTIFF as libtiff writes it.
    """
    directory = next(islice(_directories(file), number - 1, None), None)
    if directory is None:
        return None
    found: dict[int, int] = {}
    for tag, kind, values, value in directory.entries(file):
        if tag not in (*SIZES, BITS, SAMPLES):
            continue
        if tag in found:
            raise ValueError(f"tag {tag} is there twice")
        found[tag] = _whole(file, directory.order, tag, kind, values, value) if tag in SIZES else 0
    width, length, tile_width, tile_length = (found.get(tag, 0) for tag in SIZES)
    return width, length, tile_width, tile_length


@dataclass(frozen=True)
class _Directory:
    """A directory of a TIFF, which describes one picture; `order` is that of bytes, "<" or ">"."""

    order: str
    big: bool
    at: int

    @property
    def _entry(self) -> str:
        return f"{self.order}HHQ8s" if self.big else f"{self.order}HHI4s"

    def _count(self, file: BinaryIO) -> int:
        file.seek(self.at)
        (count,) = _numbers(file, f"{self.order}{'Q' if self.big else 'H'}")
        if count > MAX_TAGS:
            raise ValueError(f"a directory of {count} tags")
        return count

    def entries(self, file: BinaryIO) -> Iterator[tuple[int, int, int, bytes]]:
        """Yield the entries: tag, type, number of values, and the value, or where it is."""
        size = struct.calcsize(self._entry)
        entries = file.read(self._count(file) * size)
        yield from struct.iter_unpack(self._entry, entries[: len(entries) // size * size])

    def following(self, file: BinaryIO) -> int:
        """Return where the next directory starts; 0 after the last."""
        file.seek(self._count(file) * struct.calcsize(self._entry), 1)
        (at,) = _numbers(file, f"{self.order}{'Q' if self.big else 'I'}")
        return at


def _directories(file: BinaryIO) -> Iterator[_Directory]:
    """Yield a TIFF's directories, each before it is parsed, up to the last or one that has been there already."""
    file.seek(0)
    head = file.read(16)
    order, big = "<" if head.startswith(b"II") else ">", BIG in head[2:4]
    (at,) = struct.unpack(f"{order}Q", head[8:16]) if big else struct.unpack(f"{order}I", head[4:8])
    seen: set[int] = set()
    while at not in seen:
        yield (directory := _Directory(order, big, at))
        seen.add(at)
        at = directory.following(file)
        if not at:
            return


def _is_reduced(file: BinaryIO, directory: _Directory) -> bool:
    """Whether a directory holds another page's thumbnail, or its transparency mask; False if that is unclear."""
    with suppress(ValueError, struct.error):
        for tag, kind, values, value in islice(directory.entries(file), FIRST_TAGS):
            if tag == KIND:
                return bool(_whole(file, directory.order, tag, kind, values, value) & (REDUCED | MASK))
            if tag == OLD_KIND:
                return _whole(file, directory.order, tag, kind, values, value) == OLD_REDUCED
    return False


def _whole(file: BinaryIO, order: str, tag: int, kind: int, values: int, value: bytes) -> int:
    if kind not in WHOLE or values != 1:
        raise ValueError(f"tag {tag} is {values} of type {kind}: wanted a whole number")
    form = order + WHOLE[kind]
    if struct.calcsize(form) > len(value):  # stored elsewhere in the file
        (at,) = struct.unpack(f"{order}I", value)
        file.seek(at)
        (number,) = _numbers(file, form)
    else:
        (number,) = struct.unpack_from(form, value)
    if number < 0:
        raise ValueError(f"tag {tag} is {number}: wanted a size")
    return number


def _numbers(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
