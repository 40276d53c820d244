"""Loads images to classify, in the data's order, whether or not they have labels."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.data import catalog, csv_file, diagnose, idx, image_folder, load, load_arrays, npz
from mnistry.errors import DataError, NoInkError
from mnistry.lineage import Placement
from mnistry.ocr import picture_folder, picture_formats
from mnistry.safety.memory import check_unpacked
from mnistry.safety.regular_file import why

NPZ_KEYS = ("x_test", "images", "x")  # the first of them that an archive has


@dataclass(frozen=True)
class Unlabelled:
    """`images` (n, h, w, c) uint8; the `files` they are from, if they are pictures; `labels` (n,) if the data have any.

    `failed` maps the pictures that could not be used to the reasons.
    """

    images: NDArray[np.uint8]
    files: tuple[Path, ...] | None = None
    labels: NDArray[np.int64] | None = None
    failed: dict[Path, str] = field(default_factory=dict)


def load_images(source: str, placement: Placement = "mnist") -> Unlabelled:
    """Load the images of a CSV file, an IDX file, an npz, a picture or a folder of pictures, subfolders included.

    Of a data set with training and test images, by name or as a folder, these are the test images. `placement` says
    how pictures become images: see `load_dataset`. Raises `DataError` if there are no images to classify; a picture
    that cannot be used is only noted.
    """
    if source == load.MNIST or source in catalog.PUBLISHED:
        test = load.load_dataset(source).test
        return Unlabelled(test.images, labels=test.labels)
    path = Path(source)
    try:
        is_folder = path.is_dir()
        path.stat()
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else error
        raise DataError(f"{source}: cannot be read ({reason})") from error
    if is_folder:
        return _folder(path, placement)
    if picture_formats.has_suffix(path):
        return _pictures((path,), placement)
    found = _array(path)
    diagnose.check_colours(found.images, f"{path}: images")
    return found


def _folder(path: Path, placement: Placement) -> Unlabelled:
    if load_arrays.idx_folder(path) or load_arrays.csv_files(path):
        test = load.load_dataset(path).test
        return Unlabelled(test.images, labels=test.labels)
    try:
        found = picture_folder.find(path, recursive=True)
    except OSError as error:
        raise DataError(f"{error.filename or path}: cannot be read ({why(error)})") from error
    picture_folder.warn_of(found.others + found.folders, "file", path, "skipped {}: not called pictures, or hidden")
    if not found.files:
        raise DataError(f"{path}: no pictures in it: {picture_formats.wanted()}")
    return _pictures(found.files, placement)


def _pictures(files: tuple[Path, ...], placement: Placement) -> Unlabelled:
    images: dict[Path, NDArray[np.uint8]] = {}
    failed: dict[Path, str] = {}
    for file in files:
        try:
            images[file] = image_folder.read_picture(file, placement)
        except (DataError, NoInkError) as error:
            failed[file] = str(error)
    side = image_folder.SIDE_PX
    stacked = np.stack([*images.values()]) if images else np.empty((0, side, side), np.uint8)
    return Unlabelled(stacked[..., None], tuple(images), failed=failed)


def _array(path: Path) -> Unlabelled:
    if load_arrays.is_csv(path):
        table = csv_file.read(path)
        return Unlabelled(table.images[..., None], labels=table.labels)
    images = _npz(path) if path.suffix.lower() == ".npz" else idx.read(path, 3)
    return Unlabelled(images.reshape(*images.shape[:3], -1))


def _npz(path: Path) -> NDArray[np.uint8]:
    keys = npz.keys(path)
    key = next((key for key in NPZ_KEYS if key in keys), None)
    if key is None:
        raise DataError(f"{path}: holds {', '.join(sorted(keys)) or 'nothing'}: wanted {', '.join(NPZ_KEYS)}")
    header = npz.header(path, key)
    if header.dtype != np.uint8 or len(header.shape) not in (3, 4):
        found = f"{header.dtype} {header.shape}"
        raise DataError(f"{path}: {key} is {found}: wanted uint8 (n, h, w) or (n, h, w, c), 0–255")
    check_unpacked(header.size_bytes, path.stat().st_size, str(path))
    return npz.read(path, key)
