"""Finds the pictures in a folder by their names, and what in it is not one."""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mnistry.errors import DataWarning
from mnistry.ocr import picture_formats
from mnistry.safety.regular_file import why

NAMED = 3  # files that a message names
# What systems and programs leave in folders; beginnings of names, in any case.
LITTER = (
    *("__macosx", ".ds_store", "._", "thumbs.db", "desktop.ini", "@eadir"),
    *("__pycache__", ".git", ".ipynb_checkpoints"),
)


@dataclass(frozen=True)
class Pictures:
    """`files` that are called pictures, and what is skipped: `others`, `hidden` files, and subfolders, `folders`.

    `failed` are the entries that cannot be read, each with the message that says why.
    """

    files: tuple[Path, ...]
    others: tuple[Path, ...]
    hidden: tuple[Path, ...]
    folders: tuple[Path, ...]
    failed: tuple[tuple[str, str], ...]


def entries(folder: Path) -> list[Path]:
    """Return the entries of a folder, sorted, without what systems leave in it. Raises `OSError`."""
    return sorted(entry for entry in folder.iterdir() if not is_litter(entry.name))


def find(folder: Path, recursive: bool, documents: bool = False) -> Pictures:
    """Find the pictures in a folder, sorted by name, also the documents if asked for; in subfolders if `recursive`.

    Hidden files and links to folders are skipped.
    """
    files: list[Path] = []
    others: list[Path] = []
    hidden: list[Path] = []
    unread: list[Path] = []
    failed: list[tuple[str, str]] = []
    pending = [folder]
    while pending:
        for entry in _entries(pending.pop(), failed):
            is_hidden = entry.name.startswith(".")
            try:
                is_folder = entry.is_dir()
            except OSError as error:  # a link to a name that is too long, a mount that is gone
                failed.append((str(entry), f"{entry}: cannot be read ({why(error)})"))
                continue
            if is_folder:
                entered = recursive and not is_hidden and not entry.is_symlink()
                (pending if entered else unread).append(entry)
            elif is_hidden:
                hidden.append(entry)
            else:
                (files if picture_formats.has_suffix(entry, documents) else others).append(entry)
    return Pictures(*(tuple(sorted(part)) for part in (files, others, hidden, unread)), failed=tuple(failed))


def _entries(folder: Path, failed: list[tuple[str, str]]) -> list[Path]:
    try:
        return entries(folder)
    except OSError as error:
        failed.append((str(folder), f"{folder}: this folder cannot be read ({why(error)})"))
        return []


def is_litter(name: str) -> bool:
    """Whether a system or a program leaves files or folders of this name behind."""
    return name.casefold().startswith(LITTER)


def warn_of(found: Sequence[Path], kind: str, folder: Path, message: str) -> None:
    """Warn (`DataWarning`) of files, if there are any, in one line: `message`, with their number and names for `{}`.

    `kind` is what one of them is called, e.g. "file".
    """
    if found:
        warnings.warn(f"{folder}: {message.format(_counted(found, kind, folder))}", DataWarning, stacklevel=3)


def warn_of_skipped(skipped: Sequence[tuple[Sequence[Path], str, str]], folder: Path) -> None:
    """Warn (`DataWarning`) in one line of all that was skipped: paths, what one of them is called, and the reason."""
    parts = [f"{_counted(found, kind, folder)}: {reason}" for found, kind, reason in skipped if found]
    if parts:
        warnings.warn(f"{folder}: skipped {'; '.join(parts)}", DataWarning, stacklevel=3)


def _counted(found: Sequence[Path], kind: str, folder: Path) -> str:
    """Return e.g. "4 files (a.txt, b.txt, c.txt, …)"."""
    names = ", ".join(os.path.relpath(path, folder) for path in found[:NAMED])
    return f"{len(found):,} {_plural(kind, len(found))} ({names}{', …' if len(found) > NAMED else ''})"


def _plural(kind: str, count: int) -> str:
    return kind if count == 1 else f"{kind.removesuffix('y')}{'ies' if kind.endswith('y') else 's'}"
