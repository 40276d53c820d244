"""Loads labelled images for training and evaluation: bundled MNIST, IDX files, npz, or class folders.

    dataset = load_dataset()                  # the bundled MNIST
    dataset = load_dataset("fashion-mnist")   # a published one, downloaded once
    dataset = load_dataset("symbols/")        # your own pictures, one folder per class

Every source is verified when it is read, and nothing is ever unpickled. The test images are not opened
until `Dataset.test` is accessed; training never accesses it.
"""

import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from mnistry.assets import MNIST_NPZ
from mnistry.data import catalog, class_names, holdout, idx, image_folder, npz
from mnistry.data.split import Split, check, check_arrays, check_size, from_arrays
from mnistry.errors import DataError
from mnistry.safety.limits import LIMITS
from mnistry.safety.memory import check_unpacked
from mnistry.safety.regular_file import why

MNIST = "mnist"
MNIST_CLASSES = tuple("0123456789")
VALIDATION_SHARE = 1 / 12  # of published training images: MNIST's 60,000 → 5,000

# SHA-256 of the published IDX files, which the bundled arrays reproduce byte for byte.
MNIST_SHA256 = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

IDX_STEMS = ("train-images", "train-labels", "t10k-images", "t10k-labels")


@dataclass(frozen=True)
class Dataset:
    """A data set: `train` and `validation` are loaded, `test` is opened when it is first accessed.

    `load_dataset(source)` opens it again; `class_names[label]` is the name of a label.
    """

    name: str
    source: str
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    open_test: Callable[[], Split] = field(repr=False, compare=False)

    @cached_property
    def test(self) -> Split:
        """The test images and labels: for evaluating, showing or converting them, never for training."""
        split = self.open_test()
        check(split, self.class_names, f"{self.source}: test images")
        check_size(split, self.train, f"{self.source}: test images")
        return split

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image, in px."""
        _, height, width, channels = self.train.images.shape
        return height, width, channels

    @property
    def sha256(self) -> str:
        """Hex digest of the training and validation images and labels; identifies the training data."""
        return hashlib.sha256((self.train.sha256 + self.validation.sha256).encode()).hexdigest()


def load_dataset(source: str | Path = MNIST) -> Dataset:
    """Load and verify a data set, by name or from a path.

    `source` is "mnist" (bundled), a name in `catalog.PUBLISHED` (downloaded once, then cached), a
    folder with the four IDX files (gzipped or not), an npz with Keras' keys x_train y_train x_test
    y_test (optionally x_validation y_validation class_names), or a folder of class folders of pictures,
    directly or below train/ and test/. A name wins over a folder of the same name: "./kmnist" is the folder.

    Arrays without validation images hold out a fixed, stratified twelfth of their training images.
    Folders of pictures without train/ and test/ are split about 80/10/10 in each class. Each picture's
    own pixels decide where it goes, so renaming or adding pictures moves none of them (except in
    classes so small that a part would be left empty: see `holdout.tenths`).

    Raises `DataError`, which names the file and what to do about it.
    """
    if source == MNIST:
        return _load_bundled()
    if source in catalog.PUBLISHED:
        return _load_published(str(source))
    path, kind = _found(source)
    if not stat.S_ISDIR(kind):
        return _load_npz(path)
    if any(_idx_file(path, stem) for stem in IDX_STEMS):
        return _load_idx(path)
    return _load_folder(path)


def _found(source: str | Path) -> tuple[Path, int]:
    """Return a source's absolute path and its mode. Raises `DataError` if there is no such file or folder."""
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

    return _hold_out(MNIST, MNIST, MNIST_CLASSES, read("train"), partial(read, "test"))


def _load_published(name: str) -> Dataset:
    published = catalog.PUBLISHED[name]
    paths = catalog.fetch(name)

    def read(images: Path, labels: Path) -> Split:
        pixels = idx.read(images, 3)
        if published.transposed:
            pixels = pixels.transpose(0, 2, 1)
        return from_arrays(pixels, idx.read(labels, 1).astype(np.int64) - published.first_label, str(images))

    return _hold_out(name, name, published.class_names, read(paths[0], paths[1]), partial(read, paths[2], paths[3]))


def _load_idx(folder: Path) -> Dataset:
    found = [_idx_file(folder, stem) for stem in IDX_STEMS]
    if missing := [stem for stem, path in zip(IDX_STEMS, found, strict=True) if path is None]:
        raise DataError(f"{folder}: {', '.join(missing)} (IDX file, gzipped or not) missing: wanted all four")
    paths = [path for path in found if path is not None]

    def read(images: Path, labels: Path) -> Split:
        return from_arrays(idx.read(images, 3), idx.read(labels, 1), f"{images.name} and {labels.name} in {folder}")

    train = read(paths[0], paths[1])
    return _hold_out(folder.name, str(folder), _numbered(train, str(folder)), train, partial(read, paths[2], paths[3]))


def _load_npz(path: Path) -> Dataset:
    keys = npz.keys(path)
    if missing := [key for key in MNIST_SHA256 if key not in keys]:
        raise DataError(f"{path}: {', '.join(missing)} missing: wanted the keys {', '.join(MNIST_SHA256)}")

    parts = [part for part in ("train", "validation") if {f"x_{part}", f"y_{part}"} <= keys]
    sizes = [size for part in parts for size in _measured(path, part)]
    check_unpacked(sum(sizes), path.stat().st_size, str(path))

    def read(part: str) -> Split:
        _measured(path, part)
        return from_arrays(npz.read(path, f"x_{part}"), npz.read(path, f"y_{part}"), f"{path}: x_{part} and y_{part}")

    train = read("train")
    names = class_names.in_npz(path) if "class_names" in keys else _numbered(train, str(path))
    if "validation" in parts:
        validation = read("validation")
        check(train, names, f"{path}: training images")
        check(validation, names, f"{path}: validation images")
        check_size(validation, train, f"{path}: validation images")
        return Dataset(path.stem, str(path), names, train, validation, partial(read, "test"))
    return _hold_out(path.stem, str(path), names, train, partial(read, "test"))


def _measured(path: Path, part: str) -> tuple[int, int]:
    """Return the bytes of a part's images and labels, checked by their headers before they are unpacked."""
    images, labels = npz.header(path, f"x_{part}"), npz.header(path, f"y_{part}")
    check_arrays(images, labels, f"{path}: x_{part} and y_{part}")
    return images.size_bytes, labels.size_bytes


def _load_folder(folder: Path) -> Dataset:
    apart = (folder / "train").is_dir() or (folder / "test").is_dir()
    if apart and not ((folder / "train").is_dir() and (folder / "test").is_dir()):
        raise DataError(f"{folder}: wanted both train/ and test/ in it, or neither")
    found = image_folder.read(folder / "train" if apart else folder)
    class_names.check(found.class_names, str(folder))
    parts = ("validation",) if apart else ("test", "validation")
    for label, name in enumerate(found.class_names):
        if (count := holdout.different(found.images[found.labels == label])) <= len(parts):
            wanted = f"wanted {len(parts) + 1} or more"
            raise DataError(f"{folder}: class {name} holds {count} different pictures: {wanted}")
    split = holdout.tenths(found.images, found.labels, parts)

    def part(name: str) -> Split:
        return Split(found.images[split == name], found.labels[split == name])

    def open_test() -> Split:
        if not apart:
            return part("test")
        tests = image_folder.read(folder / "test")
        if tests.class_names != found.class_names:
            raise DataError(
                f"{folder}: train/ holds the classes {', '.join(found.class_names)}, "
                f"test/ {', '.join(tests.class_names)}: wanted the same"
            )
        return Split(tests.images, tests.labels)

    return Dataset(folder.name, str(folder), found.class_names, part("train"), part("validation"), open_test)


def _hold_out(
    name: str, source: str, class_names: tuple[str, ...], training: Split, open_test: Callable[[], Split]
) -> Dataset:
    """Return a data set whose validation images are held out from its training images."""
    check(training, class_names, f"{source}: training images")
    held = holdout.fixed_share(training.images, training.labels, VALIDATION_SHARE)
    if not held.any():
        raise DataError(f"{source}: {len(training)} training images are too few: wanted 12 or more")
    train = Split(training.images[~held], training.labels[~held])
    validation = Split(training.images[held], training.labels[held])
    return Dataset(name, source, class_names, train, validation, open_test)


def _numbered(split: Split, where: str) -> tuple[str, ...]:
    """Return class names "0", "1", … for data without class names."""
    lowest, highest = int(split.labels.min()), int(split.labels.max())
    if lowest < 0 or highest >= LIMITS.classes:
        raise DataError(f"{where}: labels run from {lowest} to {highest}: wanted 0 to {LIMITS.classes - 1} at most")
    return tuple(map(str, range(highest + 1)))


def _idx_file(folder: Path, stem: str) -> Path | None:
    axes = 3 if "images" in stem else 1
    names = (f"{stem}{dash}idx{axes}-ubyte{end}" for dash in "-." for end in ("", ".gz"))
    return next((folder / name for name in names if (folder / name).exists()), None)


def save(dataset: Dataset, path: Path) -> None:
    """Write a data set, all three splits and its class names, as one npz that `load_dataset` can load."""
    arrays: dict[str, ArrayLike] = {"class_names": np.array(dataset.class_names)}
    for part, split in (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test)):
        arrays |= {f"x_{part}": split.images, f"y_{part}": split.labels}
    np.savez_compressed(path, allow_pickle=False, **arrays)
