"""Loads data sets from CSV files: one of training images, and one of test images if it has labels."""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from mnistry.data import csv_file, holdout
from mnistry.data.csv_file import Table
from mnistry.data.dataset import Dataset
from mnistry.data.image_folder import entries, holds_runs
from mnistry.data.load_arrays import check_training, hold_out, numbered
from mnistry.data.split import Split, from_arrays
from mnistry.errors import DataError, DataWarning
from mnistry.ocr.picture_folder import warn_of

SUFFIXES = (".csv", ".csv.gz")
TEXTS = (".txt", ".tsv", ".data", ".txt.gz", ".tsv.gz")  # names that other tables have too
TRAIN, TEST = (rf"{word}(ing)?(set|images|data)?" for word in ("train", "test"))  # words in the names of files


@dataclass(frozen=True)
class CsvFiles:
    """The CSV files of a folder: that of training images, and that of test images, labelled or not."""

    train: Path | None
    test: Path | None


def is_csv(path: Path) -> bool:
    """Whether a file is a CSV file of images by its name, or by its first line if others have such names too."""
    name = path.name.lower()
    return name.endswith(SUFFIXES) or (name.endswith(TEXTS) and _is_table(path, strict=False))


def find(folder: Path) -> CsvFiles | None:
    """Find the CSV files of images in a folder, by the words "train" and "test" in their names; None without any.

    A single file beside that of test images is that of training images, whatever it is called. CSV files with other
    columns, such as lists of pictures or Kaggle's sample of a submission, do not count. Raises `DataError` if it is not
    clear which is which, or if a file of such a name cannot be read.
    """
    tables = [path for path in entries(folder) if path.name.lower().endswith(SUFFIXES) and path.is_file()]
    tables = [path for path in tables if _is_table(path, strict=bool(_has_word(path, TRAIN) or _has_word(path, TEST)))]
    if not tables:
        return None
    train = [path for path in tables if _has_word(path, TRAIN)]
    test = [path for path in tables if _has_word(path, TEST) and path not in train]
    rest = [path for path in tables if path not in train + test]
    if not train:
        train, rest = rest, []
    if len(train) > 1 or len(test) > 1:
        names = ", ".join(path.name for path in tables)
        raise DataError(f"{folder}: holds several CSV files, {names}: wanted the path of one")
    return CsvFiles(train[0] if train else None, test[0] if test else None)


def folder(path: Path) -> Dataset | None:
    """Load the CSV files of a folder; None if it has none. Warns of what else is in it.

    Raises `DataError` if there is none to learn from.
    """
    tables = find(path)
    if tables is None:
        return None
    if tables.train is None:
        raise DataError(f"{path}: holds a CSV file of test images, but none to learn from")
    warn_of_others(path, tables.train, tables.test)
    return load(tables.train, tables.test)


def warn_of_others(path: Path, *used: Path | None) -> None:
    """Warn of what is in a folder beside the CSV files that are used, except runs."""
    others = [one for one in entries(path) if one not in used and not holds_runs(one)]
    names = " and ".join(one.name for one in used if one)
    warn_of(others, "entry", path, f"skipped {{}}, beside {names}")


def _has_word(path: Path, word: str) -> bool:
    """Whether a file's name has a word, e.g. "train" in mnist_train.csv, X_train.csv and mnistTrainset.csv."""
    words = re.findall("[A-Z]?[a-z]+|[A-Z]+", path.name)
    return any(re.fullmatch(word, one.lower()) for one in words)


def _is_table(path: Path, strict: bool) -> bool:
    """Whether a file has the columns of images. If it cannot be read, raises `DataError` if `strict`."""
    try:
        return csv_file.has_labels(path) is not None
    except DataError:
        if strict:
            raise
        return False


def load(path: Path, test: Path | None = None) -> Dataset:
    """Load a file of training images and, if it has labels, one of test images beside it; else split the former."""
    where = path.parent if test else path
    learned = _labelled(path, csv_file.read(path))
    names = numbered(learned, str(path))
    if test is not None and csv_file.has_labels(test):
        return hold_out(where.name, str(where), names, learned, lambda: _labelled(test, csv_file.read(test)))
    lacking = f"{test.name} has no labels" if test else "it has no test images"
    held = "a tenth of its images is held out for testing, another for validation"
    warnings.warn(f"{path}: {lacking}: {held}", DataWarning, stacklevel=2)
    check_training(learned, names, str(path))
    parts = holdout.tenths_of(learned, names, ("test", "validation"), str(path))
    name = path.name.split(".")[0]
    return Dataset(name, str(where), names, parts["train"], parts["validation"], lambda: parts["test"])


def _labelled(path: Path, table: Table) -> Split:
    if table.labels is None:
        raise DataError(f"{path}: has 784 columns, so no labels to learn from: wanted 785, with the label")
    return from_arrays(table.images, table.labels, str(path))
