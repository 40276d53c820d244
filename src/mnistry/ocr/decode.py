"""Decodes a picture of any kind → RGB pixels (h, w, 3) uint8, once and with bounded memory."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.errors import PictureError
from mnistry.ocr import document, picture_file
from mnistry.ocr.document import UNNAMED, Document

MAX_PX = 6_000_000  # a larger picture is downscaled, early, so that memory is bounded
MIN_SIDE_PX = 112  # a smaller picture is upscaled: a stroke one pixel wide has no inside
MAX_UPSCALE = 8
ABOUT_ONE = 1.5  # fractions exceed 1 if the picture was sharpened or upscaled
BLANK = 14  # grey levels: opaque pixels that vary less are ink on a transparent ground, not a sheet
ROWS = 256  # of a picture, converted at once

# EXIF orientation → the transposition that turns the camera's pixels upright.
TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

ON_THEIR_SIDE = {TRANSPOSED[orientation] for orientation in (5, 6, 7, 8)}

Source = str | Path | bytes | Image.Image | NDArray[np.generic]


@dataclass(frozen=True)
class Picture:
    """`pixels` (h, w, 3) uint8, RGB; `width` and `height` of the original picture, with EXIF's rotation applied.

    `pixels` is downscaled for a large picture, and upscaled for a small one.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int

    @property
    def upscale(self) -> float:
        """How many times larger `pixels` is than the original, along each axis."""
        return self.pixels.shape[1] / self.width


def decode(
    source: Source, name: str | None = None, max_px: int | None = None, *, page: int = 1, enlarge: bool = True
) -> Picture:
    """Decode a picture, or a page or frame of a file, counted from 1. Errors call it `name`, by default its path.

    `source` is a path, the bytes of a file, a PIL image, or a numeric array (h, w), (h, w, 1), (h, w, 3) or (h, w, 4).
    An array's values are from 0 to about 1 (bool, masks, fractions) or from 0 to 255; others are scaled to their
    largest value. NaN is filled in, and transparency becomes paper. Raises `PictureError` if it cannot be decoded:
    `NotAPictureError` if it is not a picture, `LargePictureError` if it exceeds `limits.LIMITS` or has more than
    `max_px` pixels.

    Headers are checked before anything is decoded, so `LIMITS` bounds memory and time, except of a PDF, which has no
    such header. No limit of the calling process is changed, and there is no deadline: `mnistry read` and the server add
    both around it. Without `enlarge`, a small picture stays at its size.
    """
    what = name_of(source, name)
    if isinstance(source, str | Path | bytes):
        with picture_file.said_of(what), document.opened(source, what, max_px) as file:
            return decode_page(file, page, enlarge=enlarge)
    if page != 1:
        raise picture_file.no_page(page, what)
    with picture_file.said_of(what):
        return _scaled(unscaled(source, what, max_px), enlarge)


def decode_page(file: Document, number: int, *, enlarge: bool = True) -> Picture:
    """Decode a page of an open file, as `decode` does."""
    with file.image(number) as image:
        return _scaled(_decoded(image), enlarge)


def unscaled(source: Source, name: str | None = None, max_px: int | None = None) -> Picture:
    """Decode a picture as `decode` does, no document, but leave a small one at its size, pixel by pixel."""
    what = name_of(source, name)
    if isinstance(source, str | Path | bytes):
        with picture_file.opened(source, what, max_px) as image:
            return _decoded(image)
    with picture_file.quiet(what):
        if not isinstance(source, Image.Image):
            return _decoded(_from_array(source, what, max_px))
        picture_file.check_size(*source.size, what, max_px)
        return _decoded(source.copy())  # a copy, because `draft` changes the image


def _scaled(picture: Picture, enlarge: bool) -> Picture:
    small = picture.pixels.shape[0] * picture.pixels.shape[1] <= MAX_PX
    return picture if small and not enlarge else to_scale(picture)


def to_scale(picture: Picture) -> Picture:
    """Downscale to at most `MAX_PX` pixels, or upscale a small picture by an integer factor."""
    import cv2

    pixels = picture.pixels
    rows, columns = pixels.shape[:2]
    room = math.sqrt(MAX_PX / (rows * columns))
    times = min(math.ceil(MIN_SIDE_PX / min(rows, columns)), MAX_UPSCALE, int(room))
    if room < 1:
        size = max(1, int(columns * room)), max(1, int(rows * room))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    elif times > 1:
        pixels = cv2.resize(pixels, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    return Picture(pixels, picture.width, picture.height)


def name_of(source: Source, name: str | None = None) -> str:
    """Return what errors call a picture: `name`, by default its path."""
    return name or (str(source) if isinstance(source, str | Path) else UNNAMED)


def _decoded(image: Image.Image) -> Picture:
    if image.format == "TIFF":
        image.load()  # Pillow then rotates it and removes the orientation
    turned = TRANSPOSED.get(orientation(image))
    width, height = image.size
    room = math.sqrt(MAX_PX / (width * height))
    if room < 1:
        image.draft("RGB", (int(width * room), int(height * room)))  # a JPEG is decoded at a smaller size
    upright = _on_paper(_shrunk(_plain(image)))
    if turned is not None:
        upright = upright.transpose(turned)
        if turned in ON_THEIR_SIDE:
            width, height = height, width
    return Picture(np.array(upright), width, height)


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 (upright) if it is missing or cannot be read."""
    try:
        found = image.getexif().get(0x0112, 1)
    except Exception:  # an intact picture may have damaged metadata
        return 1
    return found if isinstance(found, int) else 1


def _from_array(array: NDArray[np.generic], what: str, max_px: int | None) -> Image.Image:
    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[..., 0]
    if not (array.ndim == 2 or (array.ndim == 3 and shape[2] in (3, 4))) or array.dtype.kind not in "buif":
        raise PictureError(
            f"the picture is an array {array.dtype} {shape}: wanted numbers (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)"
        )
    picture_file.check_size(shape[1], shape[0], what, max_px)
    plain = array.dtype == np.uint8 and array.max(initial=0) > 1  # an array of 0 and 1 is a mask
    return Image.fromarray(array if plain else _to_bytes(array))


def _to_bytes(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale numbers of any type to 0–255, from a range of 0 to 1, 0 to 255, or up to their maximum."""
    finite = array
    if array.dtype.kind == "f":
        numbers = array.astype(np.float32)
        real = np.isfinite(numbers)
        ends = float(numbers.min(initial=np.inf, where=real)), float(numbers.max(initial=-np.inf, where=real))
        low, high = ends if real.any() else (0.0, 0.0)
        some = numbers[:: max(1, len(numbers) // ROWS)]
        usual = float(np.median(some[np.isfinite(some)])) if np.isfinite(some).any() else low
        finite = np.nan_to_num(numbers, copy=False, nan=usual, neginf=low, posinf=high)
    low, high = float(finite.min(initial=0)), float(finite.max(initial=0))
    if low >= 0 and high <= (ABOUT_ONE if array.dtype.kind == "f" else 1):
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    low = min(low, 0.0)
    scaled = np.empty(array.shape, np.uint8)
    for at in range(0, len(array), ROWS):  # in strips: float64 copies of a large picture take much memory
        strip = finite[at : at + ROWS].astype(np.float64)
        scaled[at : at + ROWS] = np.minimum((strip - low) / max(high - low, 1e-9), 1) * 255
    return scaled


def _plain(image: Image.Image) -> Image.Image:
    """Convert to 8 bits per channel, in a mode whose pixels can be averaged."""
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = image if image.mode.startswith("I;") else _shrunk(image)  # 4 bytes per pixel, and 4 more
        return Image.fromarray(_to_bytes(np.asarray(image)))
    if image.has_transparency_data and image.mode not in ("RGBA", "LA", "RGBa", "La"):
        return image.convert("RGBA")
    if image.mode in ("1", "P", "PA"):
        return image.convert("L" if image.mode == "1" else "RGB")
    image.load()
    return image


def _shrunk(image: Image.Image) -> Image.Image:
    """Downscale by an integer factor within Pillow, so that later steps handle fewer pixels."""
    times = int(math.sqrt(image.width * image.height / MAX_PX))
    return image.reduce(times) if times > 1 else image


def _on_paper(image: Image.Image) -> Image.Image:
    """Convert to RGB; transparency becomes paper of a colour that the ink stands out from."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    pixels = np.asarray(image)
    there = pixels[..., 3] > min(127, int(pixels[..., 3].max()) // 2)
    grey = np.asarray(image.convert("L"))[there]
    if not there.any():
        colour = (255, 255, 255)
    elif there.mean() < 0.5 or (there.mean() < 0.9 and np.ptp(np.percentile(grey, (2, 98))) < BLANK):  # only ink
        colour = (255, 255, 255) if np.median(grey) < 160 else (0, 0, 0)
    else:  # a sheet, whose corners may be cut off
        red, green, blue = (int(value) for value in np.median(pixels[..., :3][there], axis=0))
        colour = (red, green, blue)
    return Image.alpha_composite(Image.new("RGBA", image.size, (*colour, 255)), image).convert("RGB")
