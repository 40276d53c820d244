"""A picture's file → a Pillow image that can be decoded without harm: of a known format, its header checked.

The one opener of pictures: for what is read, what is learned, and what comes over HTTP.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from mnistry.errors import LargePictureError, NotAPictureError, PictureError
from mnistry.files import open_regular, why
from mnistry.limits import LIMITS

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "WEBP", "TIFF")  # JPEG brings MPO, the format of some phones
WANTED = "wanted PNG, JPEG, WebP, GIF, BMP, TIFF or PNM"
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # except those within a scan
TILE_WIDTH, TILE_LENGTH = 322, 323  # tags of a TIFF


@contextmanager
def opened(source: str | Path | bytes, what: str, max_px: int | None = None) -> Iterator[Image.Image]:
    """Open a picture's file, given by its path or as its bytes; the image is to be used within the context.

    Whatever goes wrong, within the context too, becomes a `PictureError` that calls the picture `what`:
    `NotAPictureError` for other files, `LargePictureError` beyond `LIMITS`, or beyond `max_px` pixels.
    """
    with warnings.catch_warnings(), ExitStack() as stack, said_of(what):
        warnings.simplefilter("ignore")  # of odd metadata; what cannot be decoded raises
        file = stack.enter_context(_file(source, what))
        _check_packed(file, what, max_px)
        try:
            image = stack.enter_context(Image.open(file, formats=FORMATS))
        except Image.UnidentifiedImageError as error:
            raise NotAPictureError(f"{what}: not a picture: {WANTED}") from error
        except Image.DecompressionBombError as error:
            raise LargePictureError(f"{what}: too many pixels: {_at_most(LIMITS.picture_px)}") from error
        check_size(*image.size, what, max_px)
        tile = [getattr(image, "tag_v2", {}).get(tag, 0) for tag in (TILE_WIDTH, TILE_LENGTH)]
        if tile[0] * tile[1] > LIMITS.tile_px:
            raise LargePictureError(
                f"{what}: a tile of {tile[0]} × {tile[1]} px is too large: {_at_most(LIMITS.tile_px)}"
            )
        yield image


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a `PictureError` that names the picture."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError as error:
        raise LargePictureError(f"{what}: decoding it takes more memory than there is") from error
    except Exception as error:  # Pillow's decoders raise whatever a broken file leads them to
        raise PictureError(f"{what}: this picture cannot be decoded ({str(error) or type(error).__name__})") from error


def check_size(width: int, height: int, what: str, max_px: int | None = None) -> None:
    """Raise `LargePictureError` where a picture goes beyond `LIMITS` or `max_px`, `PictureError` where it is empty."""
    size, max_px = f"{width} × {height} px", min(max_px or LIMITS.picture_px, LIMITS.picture_px)
    if min(width, height) < 1:
        raise PictureError(f"{what}: this picture has no pixels")
    if width * height > max_px:
        raise LargePictureError(f"{what}: {size} are too many: {_at_most(max_px)}")
    if max(width, height) > LIMITS.side_px:
        raise LargePictureError(f"{what}: {size}: a side is too long: wanted at most {LIMITS.side_px} px")
    if max(width, height) > LIMITS.aspect * min(width, height):
        raise LargePictureError(f"{what}: {size} is too thin: wanted sides of at most {LIMITS.aspect} to 1")


def scans(data: bytes, max_scans: int = LIMITS.scans) -> int:
    """How many scans a JPEG has, counted to one more than `max_scans`; what follows its end is none of it.

    Source: ITU T.81, B.1.1.
    """
    found, at = 0, 2
    while found <= max_scans and (marker := MARKER.search(data, at)) and (kind := data[marker.end() - 1]) != 0xD9:
        found += kind == 0xDA
        at = marker.end() + (0 if kind in (0x01, 0xD8) else int.from_bytes(data[marker.end() : marker.end() + 2]))
    return found


def webp_size(head: bytes) -> tuple[int, int]:
    """Width and height in px by the first 30 bytes of a WebP; (0, 0) where they do not tell.

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


def _file(source: str | Path | bytes, what: str) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return open_regular(source)
    except FileNotFoundError as error:
        raise PictureError(f"{what}: no such file") from error
    except OSError as error:
        raise PictureError(f"{what}: cannot be read ({why(error)})") from error


def _check_packed(file: BinaryIO, what: str, max_px: int | None) -> None:
    """What must be known before Pillow looks at the file."""
    if (size := file.seek(0, io.SEEK_END)) > LIMITS.picture_bytes:
        wanted = f"wanted at most {LIMITS.picture_bytes / 1e6:g} MB"
        raise LargePictureError(f"{what}: a file of {size / 1e6:.0f} MB is too large: {wanted}")
    file.seek(0)
    head = file.read(30)
    file.seek(0)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":  # the decoder takes its memory as it is made
        width, height = webp_size(head)
        if width and height:
            check_size(width, height, what, min(max_px or LIMITS.webp_px, LIMITS.webp_px))
    elif head.startswith(b"\xff\xd8"):
        if scans(file.read()) > LIMITS.scans:
            raise LargePictureError(f"{what}: this JPEG has too many scans: wanted at most {LIMITS.scans}")
        file.seek(0)


def _check_tile(image: Image.Image, what: str) -> None:
    """Refuse what libtiff would take memory for: whole tiles, however small the picture is."""
    width, length = (getattr(image, "tag_v2", {}).get(tag, 0) for tag in (TILE_WIDTH, TILE_LENGTH))
    if width * length > LIMITS.tile_px:
        tile = f"{width} × {length} px"
        raise LargePictureError(f"{what}: a tile of {tile} is too large: {_at_most(LIMITS.tile_px)}")


def _at_most(px: int) -> str:
    return f"wanted at most {px / 1e6:.3g} megapixels"
