"""Loads folders of class folders of pictures, with or without folders for training, validation and test."""

import re
import warnings
from pathlib import Path

import numpy as np

from mnistry.data import class_names, holdout, image_folder
from mnistry.data.dataset import Dataset
from mnistry.data.image_folder import ClassFolders
from mnistry.data.split import Split
from mnistry.errors import DataError, DataWarning
from mnistry.lineage import Placement

# The names of the folders of each part, in any case, also followed by "set", "images" or "data": the habits of PyTorch,
# Keras and Kaggle, and of mnist_png.
PARTS = {"train": "train|training", "validation": "val|valid|validation", "test": "test|testing"}
NAME = r"(?:{})(?:[ _-]?(?:set|images|data))?"


def folder(path: Path, placement: Placement) -> Dataset:
    """Load a folder of class folders, or of train/ and test/ or val/ with class folders in each."""
    places = parts_of(path)
    found = image_folder.read(places.get("train", path), placement=placement)
    class_names.check(found.class_names, str(path))
    cut = tuple(part for part in ("test", "validation") if part not in places)
    if places and "test" in cut:
        there = ", ".join(f"{place.name}/" for place in places.values())
        _say(f"{path}: {there} without test/: a tenth of {places['train'].name}/ is held out for testing")
    learned = Split(found.images, found.labels)
    parts = holdout.tenths_of(learned, found.class_names, cut, str(path)) if cut else {"train": learned}

    def read(part: str) -> Split:
        if part in places:
            return _read_like(found, places["train"], places[part], placement)
        return parts[part]

    train, validation = parts["train"], read("validation")
    return Dataset(path.name, str(path), found.class_names, train, validation, lambda: read("test"), placement)


def parts_of(path: Path) -> dict[str, Path]:
    """Return the folders of training, validation and test pictures, if there are any.

    Raises `DataError` if there are some, but not for training.

    A folder with pictures but no class folders in it is a class, whatever it is called.
    """
    entries = sorted(entry for entry in image_folder.entries(path) if entry.is_dir())
    places: dict[str, Path] = {}
    for part, names in PARTS.items():
        named = [entry for entry in entries if _is_named(entry.name, names)]
        named = [entry for entry in named if any(inner.is_dir() for inner in image_folder.entries(entry))]
        if len(named) > 1:
            raise DataError(f"{path}: {' and '.join(f'{entry.name}/' for entry in named)}: wanted one of them")
        if named:
            places[part] = _single(named[0])
    if places and "train" not in places:
        raise DataError(f"{path}: {next(iter(places.values())).name}/ without train/: wanted class folders in both")
    known = set(places.values()) | {place.parent for place in places.values()}
    if places and (others := [entry.name for entry in entries if entry not in known]):
        _say(f"{path}: skipped {others[0]}/{' and others' if len(others) > 1 else ''}, beside train/")
    return places


def test_folder(path: Path) -> Path:
    """Return the folder of test pictures, in class folders or not, if there is one beside training pictures.

    Otherwise the folder itself.
    """
    folders = [entry for entry in image_folder.entries(path) if entry.is_dir()]
    train, test = ([entry for entry in folders if _is_named(entry.name, PARTS[part])] for part in ("train", "test"))
    return _single(test[0]) if train and test else path


def is_part(name: str) -> bool:
    """Whether a folder of this name holds the pictures of a part, if it holds class folders."""
    return any(_is_named(name, names) for names in PARTS.values())


def _is_named(name: str, names: str) -> bool:
    return re.fullmatch(NAME.format(names), name.casefold()) is not None


def _single(folder: Path) -> Path:
    """Return the folder of that name within it, if there is nothing else: some archives have both."""
    inside = image_folder.entries(folder)
    return inside[0] if [entry.name for entry in inside] == [folder.name] else folder


def _read_like(train: ClassFolders, train_folder: Path, place: Path, placement: Placement) -> Split:
    """Read a part whose classes are those of the training pictures. Raises `DataError` if there are others."""
    found = image_folder.read(place, min_classes=1, placement=placement)
    if set(found.class_names) - set(train.class_names):
        raise DataError(
            f"{place.parent}: {train_folder.name}/ holds the classes {', '.join(train.class_names)}, "
            f"{place.name}/ {', '.join(found.class_names)}: wanted the same"
        )
    if missing := [name for name in train.class_names if name not in found.class_names]:
        _say(f"{place}: no pictures of class{'es' if len(missing) > 1 else ''} {', '.join(missing)}")
    labels = np.array([train.class_names.index(name) for name in found.class_names])[found.labels]
    return Split(found.images, labels)


def _say(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=3)
