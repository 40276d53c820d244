"""Loads a data set by name or from a path.

    dataset = load_dataset()                  # the bundled MNIST
    dataset = load_dataset("fashion-mnist")   # a published one, downloaded once
    dataset = load_dataset("symbols/")        # your own pictures, one folder per class

Every source is verified when it is read, and nothing is ever unpickled. What is skipped, and what is probably a
mistake, is a `DataWarning`.
"""

import hashlib
import stat
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np

from mnistry.assets import MNIST_NPZ
from mnistry.data import catalog, idx, load_arrays, load_csv, load_pictures, npz
from mnistry.data.dataset import Dataset
from mnistry.data.image_folder import entries
from mnistry.data.split import Split, from_arrays
from mnistry.errors import DataError, DataWarning, UsageError
from mnistry.lineage import DataIdentity, Placement
from mnistry.ocr.picture_formats import has_suffix
from mnistry.safety.regular_file import why

MNIST = "mnist"
MAX_WRAPPERS = 3  # folders around the data
PACKED = (".zip", ".tar", ".tgz", ".tar.gz", ".bz2", ".xz", ".7z", ".rar", ".zst")
MNIST_CLASSES = tuple("0123456789")

# SHA-256 of the published IDX files, which the bundled arrays reproduce byte for byte.
MNIST_SHA256 = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def load_dataset(source: str | Path = MNIST, placement: Placement | None = None) -> Dataset:
    """Load and verify a data set, by name or from a path.

    `source` is one of:

    - "mnist" (bundled) or a name in `catalog.PUBLISHED` (downloaded once, then cached). A name wins over a folder of
      the same name: "./kmnist" is the folder.
    - a folder with the four IDX files (gzipped or not), or with torchvision's MNIST/raw in it.
    - an npz with Keras' keys x_train y_train x_test y_test (optionally x_validation y_validation class_names).
    - a CSV file of 784 pixels per row and the label, e.g. Kaggle's train.csv, or a folder with such a train and test
      file. A file without test images is split 80/10/10.
    - a folder of class folders of pictures, directly, or below train/ (training/), test/ (testing/) and val/ (valid/,
      validation/). A test or validation folder that is missing is replaced by a tenth of the training pictures.

    `placement` says how pictures of class folders become 28×28 images: "mnist" places their ink as `Reader.read`
    places a digit, "pad" pads the whole picture to a square. Pictures of 28×28 px keep their pixels.

    Published data, IDX and npz without validation images hold out a fixed, stratified twelfth of their training images.
    Tenths, of CSV files and folders, are chosen by each picture's own pixels, so renaming or adding pictures moves
    none of them (except in classes so small that a part would be left empty: see `holdout.tenths`).

    Raises `UsageError` for another placement, and `DataError`, which names the file and what to do about it. Warns
    (`DataWarning`) about skipped files and what is probably a mistake: dark ink on light, a class without images.
    """
    found = open_dataset(source, check_placement(placement) or "mnist")
    if placement and placement != found.placement:
        has = f"those in {source} were placed as {found.placement!r}"
        lacks = f"there are no pictures to place in {source}"
        raise UsageError(f"placement {placement!r}: {has if found.placement else lacks}: leave it out")
    return found


def open_dataset(source: str | Path, placement: Placement) -> Dataset:
    """Load a data set as `load_dataset` does; `placement` may be that of other pictures."""
    if source == MNIST:
        return _load_bundled()
    if source in catalog.PUBLISHED:
        return _load_published(str(source))
    path, kind = find(source)
    try:
        return _folder(path, placement) if stat.S_ISDIR(kind) else _file(path)
    except OSError as error:
        raise DataError(f"{error.filename or path}: cannot be read ({why(error)})") from error


def check_placement(placement: Placement | None) -> Placement | None:
    """Return it. Raises `UsageError` if there is no such placement."""
    if placement is not None and placement not in get_args(Placement):
        raise UsageError(f"placement {placement!r}: wanted {' or '.join(get_args(Placement))}")
    return placement


def load_again(identity: DataIdentity, whose: str, data: str | Path | None = None) -> Dataset:
    """Load the data set that a network learned from; from `data` if that is where it is now.

    Raises `DataError` if it cannot be loaded or has changed; the message calls what it belongs to `whose`.
    """
    source = data if data is not None else identity.source or identity.name
    try:
        found = open_dataset(source, identity.placement or "pad")  # as all were before it was recorded
    except DataError as error:
        raise error if data is not None else DataError(f"{error}; --data says where the data are now") from error
    if found.sha256 != identity.sha256:
        what = f"is not the data of {whose} (SHA-256 differs)"
        raise DataError(f"{found.source}: {what}: say with --data where those are")
    return found


def find(source: str | Path) -> tuple[Path, int]:
    """Return a source's absolute path and its mode. Raises `DataError` if there is no such file or folder."""
    if not str(source):
        raise DataError("an empty name: wanted a data set's name, a file or a folder")
    try:
        path = Path(source).resolve()  # it is recorded, and must be found from any other folder
        return path, path.stat().st_mode
    except FileNotFoundError as error:
        known = ", ".join([MNIST, *catalog.PUBLISHED])
        raise DataError(f"{source}: no such file or folder, nor a data set known by name ({known})") from error
    except OSError as error:
        raise DataError(f"{source}: cannot be read ({why(error)})") from error
    except (RuntimeError, ValueError) as error:  # a symlink loop, before Python 3.13; a null character
        raise DataError(f"{source}: cannot be read ({error})") from error


def unwrapped(folder: Path) -> Path:
    """Return the folder that holds the data: archives often unpack to a folder within a folder."""
    for _ in range(MAX_WRAPPERS):
        inside = [path for path in entries(folder) if not path.name.startswith(".")]
        if len(inside) != 1 or not inside[0].is_dir() or load_pictures.is_part(inside[0].name):
            break
        if any(map(has_suffix, entries(inside[0]))):
            break
        folder = inside[0]
    return folder


def refuse_packed(path: Path) -> None:
    """Raise `DataError` for a file whose name says that it is packed, or of a kind that holds no data set."""
    if path.name.lower().endswith(PACKED):
        raise DataError(f"{path}: is packed: unpack it, and give what is in it")
    if path.suffix.lower() == ".npy":
        raise DataError(f"{path}: is a single array: wanted an npz, as np.savez writes it")


def _file(path: Path) -> Dataset:
    refuse_packed(path)
    return load_csv.load(path) if load_csv.is_csv(path) else load_arrays.npz_file(path)


def _folder(source: Path, placement: Placement) -> Dataset:
    path = unwrapped(source)
    if folder := load_arrays.idx_folder(path):
        found = load_arrays.idx_files(folder, path)
    else:
        found = load_csv.folder(path) or load_pictures.folder(path, placement)
        if path != source and found.placement:
            warnings.warn(f"{source}: its data are those in {path.relative_to(source)}/", DataWarning, stacklevel=3)
    return found if path == source else replace(found, name=source.name, source=str(source))


def _load_bundled() -> Dataset:
    def read(part: str) -> Split:
        split = from_arrays(npz.read(MNIST_NPZ, f"x_{part}"), npz.read(MNIST_NPZ, f"y_{part}"), str(MNIST_NPZ))
        for key, array, axes in (("x", split.images[..., 0], 3), ("y", split.labels.astype(np.uint8), 1)):
            digest = hashlib.sha256(idx.header(array.shape[:axes]))
            digest.update(np.ascontiguousarray(array).data)
            if digest.hexdigest() != MNIST_SHA256[f"{key}_{part}"]:
                raise DataError(
                    f"{MNIST_NPZ}: {key}_{part} is not MNIST as published (SHA-256 differs): install mnistry again"
                )
        return split

    return load_arrays.hold_out(MNIST, MNIST, MNIST_CLASSES, read("train"), partial(read, "test"))


def _load_published(name: str) -> Dataset:
    published = catalog.PUBLISHED[name]
    paths = catalog.fetch(name)

    def read(images: Path, labels: Path) -> Split:
        pixels = idx.read(images, 3)
        if published.transposed:
            pixels = pixels.transpose(0, 2, 1)
        return from_arrays(pixels, idx.read(labels, 1).astype(np.int64) - published.first_label, str(images))

    train, open_test = read(paths[0], paths[1]), partial(read, paths[2], paths[3])
    return load_arrays.hold_out(name, name, published.class_names, train, open_test)
