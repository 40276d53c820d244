"""A folder of class folders of pictures → images (n, 28, 28, 1), white on black.

The folder is symbols/alpha/a1.png, symbols/beta/b7.jpg, … with a folder a class.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mnistry.errors import DataError

SIDE_PX = 28
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True)
class ClassFolders:
    """Pictures by class: `images` (n, 28, 28, 1), `labels` (n,), `class_names` in order."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]


def read(folder: Path, least: int = 2) -> ClassFolders:
    """Read every picture of every class folder in `folder`, in the order of their names.

    Hidden files and files that are no pictures by their name are passed over. Raises `DataError`,
    which names the folder or the file, if there are fewer than `least` classes, a class without
    pictures, or a picture that cannot be decoded.
    """
    classes = sorted((f for f in folder.iterdir() if f.is_dir() and not f.name.startswith(".")), key=_natural)
    if len(classes) < least:
        found = f"one class only ({classes[0].name})" if classes else "no class folders"
        wanted = "each of two classes or more" if least > 1 else "a class"
        raise DataError(f"{folder}: {found}: wanted a folder of pictures for {wanted}")
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for label, class_folder in enumerate(classes):
        files = sorted(f for f in class_folder.iterdir() if f.suffix.lower() in SUFFIXES and not f.name.startswith("."))
        if not files:
            raise DataError(f"{class_folder}: no pictures in it: wanted {', '.join(sorted(SUFFIXES))}")
        images += [read_picture(file) for file in files]
        labels += [label] * len(files)
    return ClassFolders(np.stack(images)[..., None], np.array(labels), tuple(f.name for f in classes))


def read_picture(file: Path) -> NDArray[np.uint8]:
    """Read one picture of one symbol: any size and mode → (28, 28), white ink on black.

    A picture of 28×28 px keeps its pixels; any other is padded to a square and scaled. Where most of
    the border is light the picture is taken for dark ink on light paper and inverted.
    """
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a decompression bomb below twice its limit.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                grey = _grey(ImageOps.exif_transpose(picture))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Warning) as error:
        raise DataError(f"{file}: this picture cannot be decoded ({error}): mend or remove it") from error
    pixels = np.asarray(grey)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = float(np.median(border))
    if paper > 127:
        grey, paper = ImageOps.invert(grey), 255 - paper
    if grey.size != (SIDE_PX, SIDE_PX):
        grey = ImageOps.pad(grey, (SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS, color=int(paper))
    return np.array(grey, np.uint8)


def _grey(picture: Image.Image) -> Image.Image:
    """Any mode → 8-bit grey; transparency becomes white paper."""
    if picture.mode.startswith("I;16"):  # Pillow's own conversion clips 16 bits to 8
        return Image.fromarray((np.asarray(picture, np.uint16) >> 8).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    return picture.convert("L")


def _natural(folder: Path) -> tuple[bool, int, str]:
    """Sort numbers by value and before words: 2 < 10 < a."""
    number = folder.name.isdecimal()
    return (not number, int(folder.name) if number else 0, folder.name)
