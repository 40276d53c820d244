"""What a class may be called: its name is printed, by programs and for people."""

from collections.abc import Sequence

from mnistry.errors import UNSEEN
from mnistry.limits import LIMITS


def problem(names: Sequence[str]) -> str | None:
    """What is wrong with the names of a model's or a data set's classes, or None."""
    if not 0 < len(names) <= LIMITS.classes:
        return f"{len(names)} classes: wanted 1 to {LIMITS.classes:,}"
    if len(set(names)) < len(names):
        return f"two classes are named {_first_double(names)[: LIMITS.class_name]!r}: wanted a name for each"
    for i, name in enumerate(names):
        if not 0 < len(name) <= LIMITS.class_name:
            return f"the name of class {i} has {len(name):,} characters: wanted 1 to {LIMITS.class_name}"
        if UNSEEN.search(name) or not _is_text(name):
            return f"class {i} is named {name!a}: wanted text without control characters"
    return None


def _first_double(names: Sequence[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise ValueError("no name is there twice")


def _is_text(name: str) -> bool:
    """Not so for half a character (a lone surrogate), as JSON and names of files may hold."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
