"""Loads images to classify, in the data's order, whether or not they have labels."""

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.data import catalog, csv_file, diagnose, idx, image_folder, load, load_arrays, load_csv, load_pictures, npz
from mnistry.data.dataset import Dataset
from mnistry.errors import DataError, DataWarning, NoInkError, UsageError
from mnistry.lineage import Placement
from mnistry.ocr import picture_folder, picture_formats
from mnistry.safety.memory import check_unpacked
from mnistry.safety.regular_file import why

NPZ_KEYS = ("x_test", "images", "x")  # the first of them that an archive has


@dataclass(frozen=True)
class Unlabelled:
    """`images` (n, h, w, c) uint8; the `files` they are from, if they are pictures.

    `labels` are the names of their classes, if the data say them. `failed` maps the pictures and folders that could not
    be used to the reasons.
    """

    images: NDArray[np.uint8]
    files: tuple[Path, ...] | None = None
    labels: tuple[str, ...] | None = None
    failed: dict[str, str] = field(default_factory=dict)


def load_images(source: str, placement: Placement | None = None, default: Placement = "mnist") -> Unlabelled:
    """Load the images of a CSV file, an IDX file, an npz, a picture or a folder of pictures, subfolders included.

    Of a data set with training and test images, by name or as a folder, these are the test images. `placement` says how
    pictures become images, as for `load_dataset`; without it that is `default`. Raises `DataError` if there are no
    images to classify; a picture that cannot be used is only noted. Raises `UsageError` for a placement where there is
    none to choose.
    """
    found = _load(source, load.check_placement(placement) or default)
    if placement and found.files is None:
        raise UsageError(f"placement {placement!r}: there are no pictures to place in {source}: leave it out")
    return found


def _load(source: str, placement: Placement) -> Unlabelled:
    if source == load.MNIST or source in catalog.PUBLISHED:
        return _test_images(load.load_dataset(source))
    load.find(source)  # says what is wrong with a name
    path = Path(source)
    try:
        if path.is_dir():
            return _folder(load.unwrapped(path), placement)
    except OSError as error:
        raise DataError(f"{error.filename or path}: cannot be read ({why(error)})") from error
    load.refuse_packed(path)
    if picture_formats.has_suffix(path):
        return _pictures((path,), placement)
    if load_csv.is_csv(path):
        return _checked(_table(path), path)
    images = _npz(path) if path.suffix.lower() == ".npz" else idx.read(path, 3)
    if not len(images):
        raise DataError(f"{path}: no images in it")
    return _checked(Unlabelled(images.reshape(*images.shape[:3], -1)), path)


def _checked(found: Unlabelled, path: Path) -> Unlabelled:
    diagnose.check_colours(found.images, f"{path}: images")
    return found


def _folder(path: Path, placement: Placement) -> Unlabelled:
    if load_arrays.idx_folder(path):
        return _test_images(load.load_dataset(path))
    if (tables := load_csv.find(path)) and (only := tables.test or tables.train):
        load_csv.warn_of_others(path, only)
        return _checked(_table(only), only)
    if (place := load_pictures.test_folder(path)) != path:
        warnings.warn(f"{path}: only the test pictures, in {place.relative_to(path)}/", DataWarning, stacklevel=4)
    found = picture_folder.find(place, recursive=True)
    picture_folder.warn_of(
        sorted((*found.others, *found.hidden)), "file", place, "skipped {}: not called pictures, or hidden"
    )
    picture_folder.warn_of(found.folders, "folder", place, "skipped {}: hidden, or a link")
    if not (found.files or found.failed):
        raise DataError(f"{place}: no pictures in it: {picture_formats.wanted()}")
    read = _pictures(found.files, placement)
    return replace(read, failed={**dict(found.failed), **read.failed})


def _test_images(dataset: Dataset) -> Unlabelled:
    test = dataset.test
    return Unlabelled(test.images, labels=tuple(dataset.class_names[label] for label in test.labels))


def _table(path: Path) -> Unlabelled:
    table = csv_file.read(path)
    return Unlabelled(table.images[..., None], labels=None if table.labels is None else tuple(map(str, table.labels)))


def _pictures(files: tuple[Path, ...], placement: Placement) -> Unlabelled:
    images: dict[Path, NDArray[np.uint8]] = {}
    failed: dict[str, str] = {}
    for file in files:
        try:
            images[file] = image_folder.read_picture(file, placement)
        except (DataError, NoInkError) as error:
            failed[str(file)] = str(error)
    side = image_folder.SIDE_PX
    stacked = np.stack([*images.values()]) if images else np.empty((0, side, side), np.uint8)
    return Unlabelled(stacked[..., None], tuple(images), failed=failed)


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
