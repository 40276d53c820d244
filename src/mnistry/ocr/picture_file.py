"""Opens a picture's file as a Pillow image that is safe to decode: of a known format, with its header checked.

All pictures are opened here: those to read, those to train on, and those sent over HTTP.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from mnistry.errors import LargePictureError, NotAPictureError, PictureError
from mnistry.ocr import picture_formats
from mnistry.ocr.picture_formats import ANIMATED, DECODERS, PAGED
from mnistry.ocr.picture_header import is_tiff, jpeg_segments, tiff_sizes, webp_size
from mnistry.safety.limits import LIMITS
from mnistry.safety.regular_file import open_regular, why


@contextmanager
def opened(source: str | Path | bytes, what: str, max_px: int | None = None) -> Iterator[Image.Image]:
    """Open a picture, or the first of several, from the path or the bytes of its file.

    Use the image only within the context. Any exception, also one raised within it, becomes a `PictureError` that calls
    the picture `what`: `NotAPictureError` for other files, `LargePictureError` beyond `LIMITS` or beyond `max_px`
    pixels.
    """
    with quiet(what), opened_file(source, what) as file, opened_image(file, what, max_px) as image:
        yield image


@contextmanager
def opened_file(source: str | Path | bytes, what: str) -> Iterator[BinaryIO]:
    """Open a file that may be large, but no larger than `LIMITS` allow. Raises `PictureError`."""
    with _file(source, what) as file:
        if (size := file.seek(0, io.SEEK_END)) > LIMITS.picture_bytes:
            wanted = f"wanted at most {LIMITS.picture_bytes / 1e6:g} MB"
            raise LargePictureError(f"{what}: a file of {size / 1e6:.0f} MB is too large: {wanted}")
        yield file


def opened_image(
    file: BinaryIO, what: str, max_px: int | None = None, number: int = 1, documents: bool = False
) -> Image.Image:
    """Open a page or frame of a picture's file, counted from 1; the file stays open when the image is closed.

    Raises as `opened` says; `documents` is whether the error for a file that is no picture asks for documents too.
    """
    iso_media = _check_packed(file, what, max_px, number)
    decoders = [_heic_decoder(what)] if iso_media == "HEIC" else DECODERS
    try:
        image = Image.open(file, formats=decoders)
    except Image.UnidentifiedImageError as error:
        if iso_media:
            raise PictureError(f"{what}: this {iso_media} picture is damaged") from error
        raise NotAPictureError(f"{what}: not a picture: {picture_formats.wanted(documents)}") from error
    except Image.DecompressionBombError as error:
        raise LargePictureError(f"{what}: too many pixels: {_at_most(LIMITS.picture_px)}") from error
    seek(image, number, what, max_px)
    return image


def seek(image: Image.Image, number: int, what: str, max_px: int | None = None) -> None:
    """Go to a page or frame of an image, counted from 1, checking its size before it is decoded.

    A frame is drawn over those before it, which are decoded on the way. Raises `PictureError` if there is no such one.
    """
    max_px = _whole(max_px) if image.format in ("AVIF", "HEIF") else max_px
    if number > 1 and image.format not in ANIMATED | PAGED:
        raise no_page(number, what)
    start = number - 1 if image.format in PAGED else number
    if image.format in ANIMATED:
        if number <= image.tell():
            image.seek(0)
        start = image.tell() + 1
    try:
        for index in range(start, number):
            step(image, index)
            check_size(*image.size, what, max_px)
    except EOFError as error:
        raise no_page(number, what) from error
    check_size(*image.size, what, max_px)


def step(image: Image.Image, index: int) -> None:
    """Go to a page, or to the frame behind the present one, by its index. Raises `EOFError` if there is none.

    Pillow draws over a grey frame of a GIF as if its colours were a palette's: such a frame is made RGB before. Source:
    GifImageFile._seek, which does so for a frame with a palette.
    """
    if isinstance(image, GifImageFile) and image.mode == "L" and index == image.tell() + 1:
        image.load()
        if image.dispose:
            image.im.paste(image.dispose, image.dispose_extent)
            image.dispose = None
        clear = image.info.pop("transparency", None)
        image.im = image.im.convert("RGB") if clear is None else image.im.convert_transparent("RGBA", clear)
        image._mode = image.im.mode
    image.seek(index)


def no_page(number: int, what: str) -> PictureError:
    """Return the error for a page or frame that a file does not have."""
    return PictureError(f"{what}: there is no page {number} in this file")


@contextmanager
def quiet(what: str) -> Iterator[None]:
    """Ignore warnings about odd metadata, and do as `said_of`: a picture that cannot be decoded raises."""
    with warnings.catch_warnings(), said_of(what):
        warnings.simplefilter("ignore")
        yield


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


def check_tiff(file: BinaryIO, what: str, max_px: int | None, number: int) -> None:
    """Check the size and tiles of a TIFF's page: libtiff allocates whole tiles, however small the picture is."""
    sizes = tiff_sizes(file, number)
    if sizes is None:
        raise no_page(number, what)
    width, length, tile_width, tile_length = sizes
    if width and length:
        check_size(width, length, what, max_px)
    if tile_width * tile_length > LIMITS.tile_px:
        tile = f"{tile_width} × {tile_length} px"
        raise LargePictureError(f"{what}: a tile of {tile} is too large: {_at_most(LIMITS.tile_px)}")


def _file(source: str | Path | bytes, what: str) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return open_regular(source)
    except FileNotFoundError as error:
        raise PictureError(f"{what}: no such file") from error
    except OSError as error:
        raise PictureError(f"{what}: cannot be read ({why(error)})") from error


def _check_packed(file: BinaryIO, what: str, max_px: int | None, number: int) -> str | None:
    """Check what must be checked before Pillow opens the file; return its `picture_formats.iso_media`."""
    file.seek(0)
    head = file.read(picture_formats.HEAD)
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
    elif is_tiff(head):
        check_tiff(file, what, max_px, number)
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


def _at_most(px: int) -> str:
    return f"wanted at most {px / 1e6:.3g} megapixels"
