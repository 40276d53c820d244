"""Reads a folder of class folders of pictures → images (n, 28, 28, 1), white on black.

There is one folder per class: symbols/alpha/a1.png, symbols/beta/b7.jpg, … Pictures are decoded as those that are read,
and their ink is placed as reading places it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mnistry.errors import DataError, NoInkError, PictureError
from mnistry.lineage import Placement
from mnistry.ocr import decode, picture_file, picture_folder, picture_formats, placement
from mnistry.ocr.decode import Picture
from mnistry.ocr.picture_folder import Pictures
from mnistry.safety.regular_file import why

SIDE_PX = 28
LIGHT = 127  # a border brighter than this is paper


@dataclass(frozen=True)
class ClassFolders:
    """Pictures by class: `images` (n, 28, 28, 1), `labels` (n,), `class_names` in label order."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]


def read(folder: Path, min_classes: int = 2, placement: Placement = "mnist") -> ClassFolders:
    """Read every picture of every class folder in `folder`, in the order of their names; also those in subfolders.

    Warns (`DataWarning`) how many files are skipped because they are hidden or not called pictures, and how many
    pictures contain no ink. Raises `DataError`, which names the folder or the file, if there are fewer than
    `min_classes` classes, a class without pictures, or a picture that cannot be decoded.
    """
    inside = entries(folder)
    classes = sorted((entry for entry in inside if entry.is_dir() and not _is_hidden(entry)), key=_natural)
    if len(classes) < min_classes:
        found = f"one class only ({classes[0].name})" if classes else "no class folders"
        wanted = "each of two classes or more" if min_classes > 1 else "a class"
        raise DataError(f"{folder}: {found}: wanted a folder of pictures for {wanted}")
    skipped = [entry for entry in inside if entry not in classes]
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    blank: list[Path] = []
    for label, class_folder in enumerate(classes):
        found = _pictures(class_folder)
        if not found.files:
            raise DataError(f"{class_folder}: no pictures in it: {picture_formats.wanted()}")
        skipped += found.others + found.folders
        images += [_placed(file, placement, blank) for file in found.files]
        labels += [label] * len(found.files)
    picture_folder.warn_of(skipped, "file", folder, "skipped {}: not called pictures, or hidden")
    picture_folder.warn_of(blank, "picture", folder, "found no ink in {}: taken as blank images")
    return ClassFolders(np.stack(images)[..., None], np.array(labels), tuple(f.name for f in classes))


def entries(folder: Path) -> list[Path]:
    """Return the entries of a folder, without what systems leave in it. Raises `DataError` if it cannot be read."""
    try:
        return picture_folder.entries(folder)
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({why(error)})") from error


def _pictures(folder: Path) -> Pictures:
    try:
        return picture_folder.find(folder, recursive=True)
    except OSError as error:
        raise DataError(f"{error.filename or folder}: cannot be read ({why(error)})") from error


def read_picture(file: Path, how: Placement = "mnist") -> NDArray[np.uint8]:
    """Read one picture of one symbol: any size and mode → (28, 28), white ink on black.

    A picture of 28×28 px keeps its pixels. In any other, all ink is found and placed as reading places a digit
    ("mnist"), or the whole picture is padded to a square and scaled ("pad"). If most of the border of a picture that is
    not searched for ink is light, it is taken for dark ink on light paper and is inverted.

    Raises `DataError` for pictures that cannot be decoded, and `NoInkError` if no ink is found.
    """
    try:
        with picture_file.said_of(str(file)):
            picture = decode.unscaled(file)
            if how == "pad" or picture.pixels.shape[:2] == (SIDE_PX, SIDE_PX):
                return _padded(picture)
            scaled = decode.to_scale(picture)
    except PictureError as error:
        raise DataError(f"{error}: mend or remove it") from error
    return placement.symbol(scaled, str(file))


def _placed(file: Path, how: Placement, blank: list[Path]) -> NDArray[np.uint8]:
    """Read a picture; one without ink is added to `blank` and is black."""
    try:
        return read_picture(file, how)
    except NoInkError:
        blank.append(file)
        return np.zeros((SIDE_PX, SIDE_PX), np.uint8)


def _padded(picture: Picture) -> NDArray[np.uint8]:
    grey = Image.fromarray(picture.pixels).convert("L")
    pixels = np.asarray(grey)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = float(np.median(border))
    if paper > LIGHT:
        grey, paper = ImageOps.invert(grey), 255 - paper
    if grey.size != (SIDE_PX, SIDE_PX):
        grey = ImageOps.pad(grey, (SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS, color=int(paper))
    return np.array(grey, np.uint8)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _natural(folder: Path) -> tuple[bool, int, str]:
    """Sort key: numbers by value and before words, 2 < 10 < a."""
    number = folder.name.isdecimal()
    return (not number, int(folder.name) if number else 0, folder.name)
