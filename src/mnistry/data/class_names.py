"""Validates class names, because they are printed: in terminals, reports and error messages."""

from collections.abc import Sequence
from pathlib import Path

from mnistry.data import npz
from mnistry.errors import UNSEEN, DataError
from mnistry.safety.limits import LIMITS

CHARACTER = 4  # bytes per character in NumPy's text


def problem(names: Sequence[str]) -> str | None:
    """Describe what is wrong with the class names of a model or a data set; None if nothing is."""
    if not 0 < len(names) <= LIMITS.classes:
        return _wrong_number(len(names))
    if (characters := sum(map(len, names))) > LIMITS.class_names:
        return (
            f"the names of {len(names):,} classes have {characters:,} characters: wanted at most {LIMITS.class_names:,}"
        )
    if len(set(names)) < len(names):
        return f"two classes are named {_first_double(names)[: LIMITS.class_name]!r}: wanted a name for each"
    for i, name in enumerate(names):
        if not 0 < len(name) <= LIMITS.class_name:
            return f"the name of class {i} has {len(name):,} characters: wanted 1 to {LIMITS.class_name}"
        if UNSEEN.search(name) or not _is_text(name):
            return f"class {i} is named {name!a}: wanted text without control characters"
    return None


def check(names: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Return the names. Raises `DataError` if they have a `problem`."""
    if wrong := problem(names):
        raise DataError(f"{where}: {wrong}")
    return names


def in_npz(path: Path) -> tuple[str, ...]:
    """Read an archive's `class_names`; their size is checked before they are unpacked. Raises `DataError`."""
    header = npz.header(path, "class_names")
    if header.dtype.kind != "U" or len(header.shape) != 1:
        raise DataError(f"{path}: class_names are {header.dtype} {header.shape}: wanted text (classes,)")
    if not 0 < header.shape[0] <= LIMITS.classes:
        raise DataError(f"{path}: {_wrong_number(header.shape[0])}")
    if (characters := header.dtype.itemsize // CHARACTER) > LIMITS.class_name:
        wanted = f"wanted at most {LIMITS.class_name}"
        raise DataError(f"{path}: class_names have room for {characters:,} characters each: {wanted}")
    try:
        names = tuple(npz.read(path, "class_names").tolist())
    except (ValueError, SystemError) as error:  # a code point outside Unicode
        raise DataError(f"{path}: class_names contain invalid text: make the file again") from error
    return check(names, str(path))


def _wrong_number(classes: int) -> str:
    """Return the message for a number of classes outside the limits."""
    return f"{classes} classes: wanted 1 to {LIMITS.classes:,}"


def _first_double(names: Sequence[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise ValueError("no name occurs twice")


def _is_text(name: str) -> bool:
    """False if the name has a lone surrogate, which JSON and file names may contain."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
