"""A picture of any kind → pixels to look at, (h, w, 3) uint8: decoded once, bounded in memory."""

import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.errors import PictureError
from mnistry.ocr import picture_file

MAX_PX = 6_000_000  # looked at: what is larger is scaled down, early, so that memory is bounded
MIN_SIDE_PX = 112  # what is smaller is scaled up: a stroke of one pixel has no inside
MAX_UPSCALE = 8
ABOUT_ONE = 1.5  # sharpened or enlarged, shares go beyond 1
BLANK = 14  # grey levels: what is transparent and else of one shade is ink, and no sheet
ROWS = 256  # of a picture that are converted at once

# EXIF's orientation → what makes a camera's pixels the picture as it is looked at.
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
    """`pixels` (h, w, 3) uint8, RGB; `width` and `height` of the picture as it is looked at, EXIF's rotation applied.

    A large picture has fewer pixels here than of its own, a small one more.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int

    @property
    def upscale(self) -> float:
        """How many times larger `pixels` is, each way."""
        return self.pixels.shape[1] / self.width


def decode(source: Source, name: str | None = None, max_px: int | None = None) -> Picture:
    """Decode a picture; of several pages or frames the first. Errors call it `name`, else its path.

    `source` is a path, the bytes of a file, a PIL image, or an array (h, w), (h, w, 1), (h, w, 3) or
    (h, w, 4) of numbers: from 0 to about 1 (bool, masks, shares), from 0 to 255, or else scaled to their largest
    value; gaps (NaN) are filled. What is transparent becomes paper. Raises `PictureError` if it cannot be decoded:
    `NotAPictureError` if it is none, `LargePictureError` if it goes beyond `limits.LIMITS` or has more than
    `max_px` pixels.

    Headers are checked before anything is decoded, so memory and time are bounded by what `LIMITS` lets in. No limit
    of the calling process is changed, and there is no deadline: `mnistry read` and the server have both, around it.
    """
    what = name or (str(source) if isinstance(source, str | Path) else "the picture")
    if isinstance(source, str | Path | bytes):
        with picture_file.opened(source, what, max_px) as image:
            return _decoded(image)
    with warnings.catch_warnings(), picture_file.said_of(what):
        warnings.simplefilter("ignore")
        if not isinstance(source, Image.Image):
            return _decoded(_from_array(source, what, max_px))
        picture_file.check_size(*source.size, what, max_px)
        return _decoded(source.copy())  # a draft would change the caller's own


def _decoded(image: Image.Image) -> Picture:
    if image.format == "TIFF":
        image.load()  # which turns it, and takes the orientation away
    turned = TRANSPOSED.get(orientation(image))
    width, height = image.size
    room = math.sqrt(MAX_PX / (width * height))
    if room < 1:
        image.draft("RGB", (int(width * room), int(height * room)))  # JPEG: decoded smaller
    upright = _on_paper(_shrunk(_plain(image)))
    if turned is not None:
        upright = upright.transpose(turned)
        if turned in ON_THEIR_SIDE:
            width, height = height, width
    return _to_scale(np.array(upright), width, height)


def orientation(image: Image.Image) -> int:
    """EXIF's, from 1 to 8; 1, as it lies, where the metadata do not tell or cannot be read."""
    try:
        found = image.getexif().get(0x0112, 1)
    except Exception:  # they may be damaged in a picture that is whole
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
    plain = array.dtype == np.uint8 and array.max(initial=0) > 1  # of 0 and 1 it is a mask
    return Image.fromarray(array if plain else _to_bytes(array))


def _to_bytes(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Numbers of any kind → 0–255: from 0 to 1, to 255, or to the largest of them."""
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
    for at in range(0, len(array), ROWS):  # a strip at a time: of a large picture, numbers four times its size
        strip = finite[at : at + ROWS].astype(np.float64)
        scaled[at : at + ROWS] = np.minimum((strip - low) / max(high - low, 1e-9), 1) * 255
    return scaled


def _plain(image: Image.Image) -> Image.Image:
    """8 bits a channel, of modes whose neighbours can be averaged."""
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = image if image.mode.startswith("I;") else _shrunk(image)  # four bytes a pixel, and four more
        return Image.fromarray(_to_bytes(np.asarray(image)))
    if image.has_transparency_data and image.mode not in ("RGBA", "LA", "RGBa", "La"):
        return image.convert("RGBA")
    if image.mode in ("1", "P", "PA"):
        return image.convert("L" if image.mode == "1" else "RGB")
    image.load()
    return image


def _shrunk(image: Image.Image) -> Image.Image:
    """By a whole number, while it is still in Pillow's hands: the rest is done on what is left."""
    times = int(math.sqrt(image.width * image.height / MAX_PX))
    return image.reduce(times) if times > 1 else image


def _on_paper(image: Image.Image) -> Image.Image:
    """RGB, with paper where there was nothing: such as the ink that is there stands out from."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    pixels = np.asarray(image)
    there = pixels[..., 3] > min(127, int(pixels[..., 3].max()) // 2)
    grey = np.asarray(image.convert("L"))[there]
    if not there.any():
        colour = (255, 255, 255)
    elif there.mean() < 0.5 or (there.mean() < 0.9 and np.ptp(np.percentile(grey, (2, 98))) < BLANK):  # nothing but ink
        colour = (255, 255, 255) if np.median(grey) < 160 else (0, 0, 0)
    else:  # a sheet, whose corners may be cut off
        red, green, blue = (int(value) for value in np.median(pixels[..., :3][there], axis=0))
        colour = (red, green, blue)
    return Image.alpha_composite(Image.new("RGBA", image.size, (*colour, 255)), image).convert("RGB")


def _to_scale(pixels: NDArray[np.uint8], width: int, height: int) -> Picture:
    """At most `MAX_PX`, and enlarged if it is small: the larger picture's own pixels stay where they are."""
    import cv2

    rows, columns = pixels.shape[:2]
    room = math.sqrt(MAX_PX / (rows * columns))
    times = min(math.ceil(MIN_SIDE_PX / min(rows, columns)), MAX_UPSCALE, int(room))
    if room < 1:
        size = max(1, int(columns * room)), max(1, int(rows * room))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    elif times > 1:
        pixels = cv2.resize(pixels, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    return Picture(pixels, width, height)
