"""Opens a picture's file as a Pillow image that is safe to decode: of a known format, with its header checked.

All pictures are opened here: those to read, those to train on, and those sent over HTTP.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from mnistry.errors import LargePictureError, NotAPictureError, PictureError
from mnistry.ocr import picture_formats
from mnistry.ocr.picture_formats import FORMATS
from mnistry.ocr.picture_header import BIG, jpeg_segments, tiff_sizes, webp_size
from mnistry.safety.limits import LIMITS
from mnistry.safety.regular_file import open_regular, why

DECODERS = [one.decoder for one in FORMATS if not one.extra]


@contextmanager
def opened(source: str | Path | bytes, what: str, max_px: int | None = None) -> Iterator[Image.Image]:
    """Open a picture from the path or the bytes of its file; use the image only within the context.

    Any exception, also one raised within the context, becomes a `PictureError` that calls the picture `what`:
    `NotAPictureError` for other files, `LargePictureError` beyond `LIMITS` or beyond `max_px` pixels.
    """
    with warnings.catch_warnings(), ExitStack() as stack, said_of(what):
        warnings.simplefilter("ignore")  # about odd metadata; a picture that cannot be decoded raises
        file = stack.enter_context(_file(source, what))
        iso_media = _check_packed(file, what, max_px)
        decoders = [_heic_decoder(what)] if iso_media == "HEIC" else DECODERS
        try:
            image = stack.enter_context(Image.open(file, formats=decoders))
        except Image.UnidentifiedImageError as error:
            if iso_media:
                raise PictureError(f"{what}: this {iso_media} picture is damaged") from error
            raise NotAPictureError(f"{what}: not a picture: {picture_formats.wanted()}") from error
        except Image.DecompressionBombError as error:
            raise LargePictureError(f"{what}: too many pixels: {_at_most(LIMITS.picture_px)}") from error
        check_size(*image.size, what, _whole(max_px) if image.format in ("AVIF", "HEIF") else max_px)
        yield image


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Turn anything that a decoder raises into a `PictureError` that names the picture."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError as error:
        raise LargePictureError(f"{what}: decoding it takes more memory than there is") from error
    except Exception as error:  # Pillow's decoders raise many kinds for a broken file
        raise PictureError(f"{what}: this picture cannot be decoded ({str(error) or type(error).__name__})") from error


def check_size(width: int, height: int, what: str, max_px: int | None = None) -> None:
    """Raise `LargePictureError` if a picture exceeds `LIMITS` or `max_px`, `PictureError` if it has no pixels."""
    size, max_px = f"{width} × {height} px", min(max_px or LIMITS.picture_px, LIMITS.picture_px)
    if min(width, height) < 1:
        raise PictureError(f"{what}: this picture has no pixels")
    if width * height > max_px:
        raise LargePictureError(f"{what}: {size} are too many: {_at_most(max_px)}")
    if max(width, height) > LIMITS.side_px:
        raise LargePictureError(f"{what}: {size}: a side is too long: wanted at most {LIMITS.side_px} px")
    if max(width, height) > LIMITS.aspect * min(width, height):
        raise LargePictureError(f"{what}: {size} is too thin: wanted sides of at most {LIMITS.aspect} to 1")


def _file(source: str | Path | bytes, what: str) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return open_regular(source)
    except FileNotFoundError as error:
        raise PictureError(f"{what}: no such file") from error
    except OSError as error:
        raise PictureError(f"{what}: cannot be read ({why(error)})") from error


def _check_packed(file: BinaryIO, what: str, max_px: int | None) -> str | None:
    """Check what must be checked before Pillow opens the file; return its `picture_formats.iso_media`."""
    if (size := file.seek(0, io.SEEK_END)) > LIMITS.picture_bytes:
        wanted = f"wanted at most {LIMITS.picture_bytes / 1e6:g} MB"
        raise LargePictureError(f"{what}: a file of {size / 1e6:.0f} MB is too large: {wanted}")
    file.seek(0)
    head = file.read(picture_formats.BRANDS_END)
    file.seek(0)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":  # its decoder allocates memory on creation
        width, height = webp_size(head)
        if width and height:
            check_size(width, height, what, _whole(max_px))
    elif head.startswith(b"\xff\xd8"):
        scans, segments = jpeg_segments(file.read(), LIMITS.scans, LIMITS.segments)
        if scans > LIMITS.scans:
            raise LargePictureError(f"{what}: this JPEG has too many scans: wanted at most {LIMITS.scans}")
        if segments > LIMITS.segments:
            too_many = "too many segments, or bytes between them"
            raise LargePictureError(f"{what}: this JPEG has {too_many}: wanted at most {LIMITS.segments:,}")
    elif head[:2] in (b"II", b"MM") and (42 in head[2:4] or BIG in head[2:4]):
        _check_tiff(file, what, max_px)
    file.seek(0)
    return picture_formats.iso_media(head)


def _heic_decoder(what: str) -> str:
    """Return the name of Pillow's decoder for HEIC, an extra. Raises `NotAPictureError` if it is not installed."""
    try:
        import pillow_heif
    except ImportError as error:
        lacking = "is not installed" if isinstance(error, ModuleNotFoundError) else f"cannot be loaded ({error})"
        extra = f"reading it needs pillow-heif, which {lacking}: pip install 'mnistry[heic]'"
        raise NotAPictureError(f"{what}: a HEIC picture: {extra}") from error
    pillow_heif.register_heif_opener(thumbnails=False)
    return "HEIF"


def _whole(max_px: int | None) -> int:
    """Return the limit for formats whose decoders take several times a picture's memory: WebP, AVIF and HEIC."""
    return min(max_px or LIMITS.costly_px, LIMITS.costly_px)


def _check_tiff(file: BinaryIO, what: str, max_px: int | None) -> None:
    """Check a TIFF's size and tiles: libtiff allocates whole tiles, however small the picture is."""
    width, length, tile_width, tile_length = tiff_sizes(file)
    if width and length:
        check_size(width, length, what, max_px)
    if tile_width * tile_length > LIMITS.tile_px:
        tile = f"{tile_width} × {tile_length} px"
        raise LargePictureError(f"{what}: a tile of {tile} is too large: {_at_most(LIMITS.tile_px)}")


def _at_most(px: int) -> str:
    return f"wanted at most {px / 1e6:.3g} megapixels"
