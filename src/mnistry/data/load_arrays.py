"""Loads data sets whose images have their final size: IDX files and npz archives."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

from mnistry.data import class_names, diagnose, holdout, idx, npz
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split, check, check_arrays, check_size, from_arrays
from mnistry.errors import DataError
from mnistry.lineage import Placement
from mnistry.safety.limits import LIMITS
from mnistry.safety.memory import check_unpacked
from mnistry.safety.strict_json import short

VALIDATION_SHARE = 1 / 12  # of published training images: MNIST's 60,000 → 5,000
IDX_STEMS = ("train-images", "train-labels", "t10k-images", "t10k-labels")
NPZ_KEYS = ("x_train", "y_train", "x_test", "y_test")


def hold_out(
    name: str, source: str, class_names: tuple[str, ...], training: Split, open_test: Callable[[], Split]
) -> Dataset:
    """Return a data set whose validation images are held out from its training images."""
    check_training(training, class_names, source)
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
    return hold_out(source.name, str(source), numbered(train, str(source)), train, partial(read, paths[2], paths[3]))


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
    names = class_names.in_npz(path) if "class_names" in keys else numbered(train, str(path))
    placement = _placement(path) if "placement" in keys else None
    if "validation" not in parts:
        return replace(hold_out(path.stem, str(path), names, train, partial(read, "test")), placement=placement)
    validation = read("validation")
    check_training(train, names, str(path))
    check(validation, names, f"{path}: validation images")
    check_size(validation, train, f"{path}: validation images")
    diagnose.check_colours(validation.images, f"{path}: validation images")
    return Dataset(path.stem, str(path), names, train, validation, partial(read, "test"), placement)


def check_training(training: Split, class_names: tuple[str, ...], source: str) -> None:
    """Check training images and their labels; warn of what is probably a mistake. Raises `DataError`."""
    check(training, class_names, f"{source}: training images")
    diagnose.check_colours(training.images, f"{source}: training images")
    diagnose.warn_of_missing(training.labels, class_names, source)


def _placement(path: Path) -> Placement:
    """Return how the pictures were placed that an archive was made of. Raises `DataError` for anything else."""
    header = npz.header(path, "placement")
    found = str(npz.read(path, "placement")) if header.dtype.kind == "U" and header.size_bytes < 100 else header
    for known in get_args(Placement):
        if found == known:
            return known
    raise DataError(f"{path}: placement is {short(found)}: wanted {' or '.join(get_args(Placement))}")


def _measured(path: Path, part: str) -> tuple[int, int]:
    """Return the bytes of a part's images and labels, checked by their headers before they are unpacked."""
    images, labels = npz.header(path, f"x_{part}"), npz.header(path, f"y_{part}")
    check_arrays(images, labels, f"{path}: x_{part} and y_{part}")
    return images.size_bytes, labels.size_bytes


def numbered(split: Split, where: str) -> tuple[str, ...]:
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
