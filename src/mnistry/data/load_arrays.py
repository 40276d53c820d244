"""Loads data sets whose images have their final size: IDX files, npz archives, CSV files."""

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mnistry.data import class_names, csv_file, diagnose, holdout, idx, npz
from mnistry.data.dataset import Dataset
from mnistry.data.image_folder import entries
from mnistry.data.split import Split, check, check_arrays, check_size, from_arrays
from mnistry.errors import DataError, DataWarning
from mnistry.safety.limits import LIMITS
from mnistry.safety.memory import check_unpacked

VALIDATION_SHARE = 1 / 12  # of published training images: MNIST's 60,000 → 5,000
IDX_STEMS = ("train-images", "train-labels", "t10k-images", "t10k-labels")
NPZ_KEYS = ("x_train", "y_train", "x_test", "y_test")
CSV_SUFFIXES = (".csv", ".csv.gz")


def hold_out(
    name: str, source: str, class_names: tuple[str, ...], training: Split, open_test: Callable[[], Split]
) -> Dataset:
    """Return a data set whose validation images are held out from its training images."""
    _check_training(training, class_names, source)
    held = holdout.fixed_share(training.images, training.labels, VALIDATION_SHARE)
    if not held.any():
        raise DataError(f"{source}: {len(training)} training images are too few: wanted 12 or more")
    return Dataset(name, source, class_names, training.part(~held), training.part(held), open_test)


def idx_folder(folder: Path) -> Path | None:
    """Return the folder that holds IDX files: this one, raw/ in it, or raw/ in one of its folders (torchvision's).

    Raises `DataError` if there are several.
    """
    places = [place for place in (folder, folder / "raw") if _has_idx(place)]
    found = places[:1] or [place for place in sorted(folder.glob("*/raw")) if _has_idx(place)]
    if len(found) > 1:
        names = ", ".join(str(place.relative_to(folder)) for place in found)
        raise DataError(f"{folder}: holds several data sets, {names}: wanted the path of one")
    return found[0] if found else None


def idx_files(folder: Path, source: Path) -> Dataset:
    """Load the four IDX files of a folder; `source` is the path that was given."""
    found = [_idx_file(folder, stem) for stem in IDX_STEMS]
    if missing := [stem for stem, path in zip(IDX_STEMS, found, strict=True) if path is None]:
        raise DataError(f"{folder}: {', '.join(missing)} (IDX file, gzipped or not) missing: wanted all four")
    paths = [path for path in found if path is not None]

    def read(images: Path, labels: Path) -> Split:
        return from_arrays(idx.read(images, 3), idx.read(labels, 1), f"{images.name} and {labels.name} in {folder}")

    train = read(paths[0], paths[1])
    return hold_out(source.name, str(source), _numbered(train, str(source)), train, partial(read, paths[2], paths[3]))


def npz_file(path: Path) -> Dataset:
    """Load an npz archive with Keras' keys."""
    keys = npz.keys(path)
    if missing := [key for key in NPZ_KEYS if key not in keys]:
        raise DataError(f"{path}: {', '.join(missing)} missing: wanted the keys {', '.join(NPZ_KEYS)}")

    parts = [part for part in ("train", "validation") if {f"x_{part}", f"y_{part}"} <= keys]
    sizes = [size for part in parts for size in _measured(path, part)]
    check_unpacked(sum(sizes), path.stat().st_size, str(path))

    def read(part: str) -> Split:
        _measured(path, part)
        return from_arrays(npz.read(path, f"x_{part}"), npz.read(path, f"y_{part}"), f"{path}: x_{part} and y_{part}")

    train = read("train")
    names = class_names.in_npz(path) if "class_names" in keys else _numbered(train, str(path))
    if "validation" not in parts:
        return hold_out(path.stem, str(path), names, train, partial(read, "test"))
    validation = read("validation")
    _check_training(train, names, str(path))
    check(validation, names, f"{path}: validation images")
    check_size(validation, train, f"{path}: validation images")
    return Dataset(path.stem, str(path), names, train, validation, partial(read, "test"))


def is_csv(path: Path) -> bool:
    """Whether a file's name says that it is a CSV file, gzipped or not."""
    return path.name.lower().endswith(CSV_SUFFIXES)


def csv_files(folder: Path) -> tuple[Path, Path | None] | None:
    """Return a folder's CSV files of training images and, if there are any, of test images; None without the former.

    Their names contain "train" and "test", as Kaggle's and those of `mnist_train.csv` do; beside folders of pictures
    they are lists of those. Raises `DataError` if there are several of a kind.
    """
    there = entries(folder)
    if any(path.is_dir() for path in there):
        return None
    tables = sorted(path for path in there if is_csv(path))
    chosen: dict[str, Path] = {}
    for part in ("train", "test"):
        named = [path for path in tables if part in path.name.lower()]
        if len(named) > 1:
            files = ", ".join(path.name for path in named)
            raise DataError(f"{folder}: holds several CSV files of {part} images, {files}: wanted the path of one")
        if named:
            chosen[part] = named[0]
    return (chosen["train"], chosen.get("test")) if "train" in chosen else None


def csv(path: Path, test: Path | None = None) -> Dataset:
    """Load a CSV file of training images, and one of test images if it has labels; else split the former 80/10/10."""
    where = path.parent if test else path
    learned = _labelled(path, csv_file.read(path))
    names = _numbered(learned, str(path))
    if test is not None and (table := csv_file.read(test)).labels is not None:
        return hold_out(where.name, str(where), names, learned, partial(_labelled, test, table))
    lacking = f"{test.name} has no labels" if test else "it has no test images"
    warnings.warn(
        f"{path}: {lacking}: a tenth of its images is held out for testing, another for validation",
        DataWarning,
        stacklevel=2,
    )
    _check_training(learned, names, str(path))
    parts = holdout.tenths_of(learned, names, ("test", "validation"), str(path))
    name = path.name.split(".")[0]
    return Dataset(name, str(where), names, parts["train"], parts["validation"], lambda: parts["test"])


def _labelled(path: Path, table: csv_file.Table) -> Split:
    if table.labels is None:
        raise DataError(f"{path}: has 784 columns, so no labels to learn from: wanted 785, with the label")
    return from_arrays(table.images, table.labels, str(path))


def _check_training(training: Split, class_names: tuple[str, ...], source: str) -> None:
    check(training, class_names, f"{source}: training images")
    diagnose.check_colours(training.images, f"{source}: training images")
    diagnose.warn_of_missing(training.labels, class_names, source)


def _measured(path: Path, part: str) -> tuple[int, int]:
    """Return the bytes of a part's images and labels, checked by their headers before they are unpacked."""
    images, labels = npz.header(path, f"x_{part}"), npz.header(path, f"y_{part}")
    check_arrays(images, labels, f"{path}: x_{part} and y_{part}")
    return images.size_bytes, labels.size_bytes


def _numbered(split: Split, where: str) -> tuple[str, ...]:
    """Return class names "0", "1", … for data without class names."""
    lowest, highest = int(split.labels.min()), int(split.labels.max())
    if lowest < 0 or highest >= LIMITS.classes:
        raise DataError(f"{where}: labels run from {lowest} to {highest}: wanted 0 to {LIMITS.classes - 1} at most")
    return tuple(map(str, range(highest + 1)))


def _has_idx(folder: Path) -> bool:
    return any(_idx_file(folder, stem) for stem in IDX_STEMS)


def _idx_file(folder: Path, stem: str) -> Path | None:
    """Return an IDX file by its published name; some archives put it into a folder of that name."""
    axes = 3 if "images" in stem else 1
    names = (f"{stem}{dash}idx{axes}-ubyte{end}" for dash in "-." for end in ("", ".gz"))
    found = next((folder / name for name in names if (folder / name).exists()), None)
    return found / found.name if found and (found / found.name).exists() else found
