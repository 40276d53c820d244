"""A picture of any kind → pixels to look at, (h, w, 3) uint8: decoded once, bounded in memory."""

import io
import math
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistry.errors import LargePictureError, NotAPictureError, PictureError

KINDS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "WEBP", "TIFF")  # JPEG brings MPO, the kind of some phones
MOST_PX = 6_000_000  # looked at: what is larger is scaled down, early, so that memory is bounded
LEAST_SIDE_PX = 112  # what is smaller is scaled up: a stroke of one pixel has no inside
MOST_MAGNIFIED = 8
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
    def magnified(self) -> float:
        """How many times larger `pixels` is, each way."""
        return self.pixels.shape[1] / self.width


def decode(source: Source, name: str | None = None, most_px: int | None = None) -> Picture:
    """Decode a picture; of several pages or frames the first. Errors call it `name`, else its path.

    `source` is a path, the bytes of a file, a PIL image, or an array (h, w), (h, w, 1), (h, w, 3) or
    (h, w, 4) of numbers: from 0 to about 1 (bool, masks, shares), from 0 to 255, or else scaled to their largest
    value; gaps (NaN) are filled. What is transparent becomes paper. Raises `PictureError` if it cannot be decoded:
    `NotAPictureError` if it is none, `LargePictureError` if it has more than `most_px` pixels.
    """
    what = name or (str(source) if isinstance(source, str | Path) else "the picture")
    with warnings.catch_warnings(), ExitStack() as opened:
        warnings.simplefilter("ignore")  # of odd metadata; what cannot be decoded raises
        try:
            image = _open(source, what)
            if isinstance(source, str | Path):
                opened.enter_context(image)
            if 0 in image.size:
                raise PictureError(f"{what}: this picture has no pixels")
            if most_px is not None and image.width * image.height > most_px:
                size = f"{image.width} × {image.height} px"
                raise LargePictureError(f"{what}: {size} are too many: wanted at most {most_px / 1e6:g} megapixels")
            return _decoded(image)
        except PictureError:
            raise
        except Exception as error:  # Pillow's decoders raise whatever a broken file leads them to
            said = str(error) or type(error).__name__
            raise PictureError(f"{what}: this picture cannot be decoded ({said})") from error


def _decoded(image: Image.Image) -> Picture:
    if image.format == "TIFF":
        image.load()  # which turns it, and takes the orientation away
    turned = TRANSPOSED.get(image.getexif().get(0x0112, 1))
    width, height = image.size
    room = math.sqrt(MOST_PX / (width * height))
    if room < 1:
        image.draft("RGB", (int(width * room), int(height * room)))  # JPEG: decoded smaller
    upright = _on_paper(_shrunk(_plain(image)))
    if turned is not None:
        upright = upright.transpose(turned)
        if turned in ON_THEIR_SIDE:
            width, height = height, width
    return _to_scale(np.array(upright), width, height)


def _open(source: Source, what: str) -> Image.Image:
    if isinstance(source, Image.Image):
        return source.copy()  # a draft would change the caller's
    if isinstance(source, np.ndarray):
        return _from_array(source)
    try:
        return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=KINDS)
    except FileNotFoundError as error:
        raise PictureError(f"{what}: no such file") from error
    except Image.UnidentifiedImageError as error:
        raise NotAPictureError(f"{what}: not a picture: wanted PNG, JPEG, WebP, GIF, BMP, TIFF or PNM") from error
    except Image.DecompressionBombError as error:
        raise LargePictureError(f"{what}: too large a picture: wanted at most 178 megapixels") from error
    except OSError as error:
        raise PictureError(f"{what}: cannot be read ({error.strerror or error})") from error


def _from_array(array: NDArray[np.generic]) -> Image.Image:
    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[..., 0]
    if not (array.ndim == 2 or (array.ndim == 3 and shape[2] in (3, 4))) or array.dtype.kind not in "buif":
        raise PictureError(
            f"the picture is an array {array.dtype} {shape}: wanted numbers (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)"
        )
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
        return Image.fromarray(_to_bytes(np.asarray(image)))
    if image.has_transparency_data and image.mode not in ("RGBA", "LA", "RGBa", "La"):
        return image.convert("RGBA")
    if image.mode in ("1", "P", "PA"):
        return image.convert("L" if image.mode == "1" else "RGB")
    image.load()
    return image


def _shrunk(image: Image.Image) -> Image.Image:
    """By a whole number, while it is still in Pillow's hands: the rest is done on what is left."""
    times = int(math.sqrt(image.width * image.height / MOST_PX))
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
    """At most `MOST_PX`, and enlarged if it is small: the larger picture's own pixels stay where they are."""
    import cv2

    rows, columns = pixels.shape[:2]
    room = math.sqrt(MOST_PX / (rows * columns))
    times = min(math.ceil(LEAST_SIDE_PX / min(rows, columns)), MOST_MAGNIFIED, int(room))
    if room < 1:
        size = max(1, int(columns * room)), max(1, int(rows * room))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    elif times > 1:
        pixels = cv2.resize(pixels, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    return Picture(pixels, width, height)
