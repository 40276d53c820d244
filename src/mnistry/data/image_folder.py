"""Reads a folder of class folders of pictures → images (n, 28, 28, 1), white on black.

There is one folder per class: symbols/alpha/a1.png, symbols/beta/b7.jpg, … Pictures are decoded as those that are read,
and their ink is placed as reading places it.
"""

from collections.abc import Sequence
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
    folders = [entry for entry in inside if entry.is_dir()]
    classes = sorted((entry for entry in folders if not (_is_hidden(entry) or holds_runs(entry))), key=_natural)
    if len(classes) < min_classes:
        found = f"one class only ({classes[0].name})" if classes else "no class folders"
        wanted = "each of two classes or more" if min_classes > 1 else "a class"
        raise DataError(f"{folder}: {found}: wanted a folder of pictures for {wanted}")
    _refuse_nested(folder, classes)
    skipped = [entry for entry in inside if entry not in folders]
    unread = [entry for entry in folders if entry not in classes]
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    blank: list[Path] = []
    for label, class_folder in enumerate(classes):
        found = _pictures(class_folder)
        if not found.files:
            raise DataError(f"{class_folder}: no pictures in it: {picture_formats.wanted()}")
        skipped += sorted((*found.others, *found.hidden))
        unread += found.folders
        images += [_placed(file, placement, blank) for file in found.files]
        labels += [label] * len(found.files)
    picture_folder.warn_of(skipped, "file", folder, "skipped {}: not called pictures, or hidden")
    picture_folder.warn_of(unread, "folder", folder, "skipped {}: hidden, a link, or with runs in it")
    picture_folder.warn_of(blank, "picture", folder, "found no ink in {}: taken as blank images")
    return ClassFolders(np.stack(images)[..., None], np.array(labels), tuple(f.name for f in classes))


def entries(folder: Path) -> list[Path]:
    """Return the entries of a folder, without what systems leave in it. Raises `DataError` if it cannot be read."""
    try:
        return picture_folder.entries(folder)
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({why(error)})") from error


def _pictures(folder: Path) -> Pictures:
    found = picture_folder.find(folder, recursive=True)
    if found.failed:
        raise DataError(found.failed[0][1])
    return found


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
        lacking = isinstance(error.__cause__, ImportError)  # an extra, and not the picture, is what is missing
        raise DataError(str(error) if lacking else f"{error}: fix or remove it") from error
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


def _refuse_nested(folder: Path, classes: Sequence[Path]) -> None:
    """Raise `DataError` if classes contain no pictures but folders of the same names: those could be the classes."""
    nested: dict[str, list[Path]] = {}
    for one in classes:
        inside = [entry for entry in entries(one) if not _is_hidden(entry)]
        if not any(picture_formats.has_suffix(entry) for entry in inside):
            for entry in inside:
                if entry.is_dir():
                    nested.setdefault(entry.name, []).append(one)
    shared = [name for name, places in nested.items() if len(places) > 1]
    if len(shared) > 1:
        places = " and ".join(f"{place.name}/" for place in nested[shared[0]][:2])
        wanted = "wanted the folders of pictures of each class in one place, or below train/ and test/"
        raise DataError(f"{folder}: {places} hold folders of the same names ({', '.join(shared[:3])}): {wanted}")


def holds_runs(folder: Path) -> bool:
    """Whether a folder is a run folder, or contains some, as runs/ does."""
    return any(True for pattern in ("recipe.json", "*/recipe.json") for _ in folder.glob(pattern))


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _natural(folder: Path) -> tuple[bool, int, str]:
    """Sort key: numbers by value and before words, 2 < 10 < a."""
    number = folder.name.isdecimal()
    return (not number, int(folder.name) if number else 0, folder.name)
