"""Reads a folder of class folders of pictures → images (n, 28, 28, 1), white on black.

There is one folder per class: symbols/alpha/a1.png, symbols/beta/b7.jpg, …
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mnistry.errors import DataError, PictureError
from mnistry.ocr import decode, picture_file
from mnistry.safety.regular_file import why

SIDE_PX = 28
LARGE_PX = 2_000  # the side of a square; a picture with more pixels is downscaled as it is read
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True)
class ClassFolders:
    """Pictures by class: `images` (n, 28, 28, 1), `labels` (n,), `class_names` in label order."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]


def read(folder: Path, min_classes: int = 2) -> ClassFolders:
    """Read every picture of every class folder in `folder`, in the order of their names.

    Hidden files and files without a picture's suffix are skipped. Raises `DataError`,
    which names the folder or the file, if there are fewer than `min_classes` classes, a class without
    pictures, or a picture that cannot be decoded.
    """
    classes = sorted((f for f in _entries(folder) if f.is_dir()), key=_natural)
    if len(classes) < min_classes:
        found = f"one class only ({classes[0].name})" if classes else "no class folders"
        wanted = "each of two classes or more" if min_classes > 1 else "a class"
        raise DataError(f"{folder}: {found}: wanted a folder of pictures for {wanted}")
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for label, class_folder in enumerate(classes):
        files = sorted(f for f in _entries(class_folder) if f.suffix.lower() in SUFFIXES)
        if not files:
            raise DataError(f"{class_folder}: no pictures in it: wanted {', '.join(sorted(SUFFIXES))}")
        images += [read_picture(file) for file in files]
        labels += [label] * len(files)
    return ClassFolders(np.stack(images)[..., None], np.array(labels), tuple(f.name for f in classes))


def _entries(folder: Path) -> list[Path]:
    """Return the entries of a folder, without hidden ones."""
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({why(error)})") from error


def read_picture(file: Path) -> NDArray[np.uint8]:
    """Read one picture of one symbol: any size and mode → (28, 28), white ink on black.

    A picture of 28×28 px keeps its pixels; any other is padded to a square and scaled. If most of the
    border is light, the picture is assumed to be dark ink on light paper and is inverted. Raises
    `DataError` for pictures that `picture_file.opened` refuses.
    """
    try:
        with picture_file.opened(file, str(file)) as picture:
            grey = _grey(_shrunk(_upright(picture)))
    except PictureError as error:
        raise DataError(f"{error}: mend or remove it") from error
    pixels = np.asarray(grey)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = float(np.median(border))
    if paper > 127:
        grey, paper = ImageOps.invert(grey), 255 - paper
    if grey.size != (SIDE_PX, SIDE_PX):
        grey = ImageOps.pad(grey, (SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS, color=int(paper))
    return np.array(grey, np.uint8)


def _upright(picture: Image.Image) -> Image.Image:
    """Rotate as EXIF says. A very large JPEG is decoded at a smaller size; Pillow rotates a TIFF on load."""
    picture.draft("RGB", (LARGE_PX, LARGE_PX))
    picture.load()
    turned = decode.TRANSPOSED.get(decode.orientation(picture))
    return picture if turned is None else picture.transpose(turned)


def _shrunk(picture: Image.Image) -> Image.Image:
    """Downscale a very large picture by an integer factor, because later steps copy it."""
    times = math.isqrt(picture.width * picture.height // LARGE_PX**2)
    if times < 2 or picture.mode.startswith("I;"):
        return picture
    if picture.mode in ("1", "P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture.reduce(times)


def _grey(picture: Image.Image) -> Image.Image:
    """Convert any mode to 8-bit grey; transparency becomes white paper."""
    if picture.mode.startswith("I;16"):  # Pillow's own conversion clips 16 bits to 8
        return Image.fromarray((np.asarray(picture, np.uint16) >> 8).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    return picture.convert("L")


def _natural(folder: Path) -> tuple[bool, int, str]:
    """Sort key: numbers by value and before words, 2 < 10 < a."""
    number = folder.name.isdecimal()
    return (not number, int(folder.name) if number else 0, folder.name)
