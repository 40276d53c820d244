"""A run folder: what one training run leaves behind, read and written without Keras.

    recipe.json           all that is needed to do it again
    history.csv           a row an epoch
    checkpoint.npz        where training stands; goes when the run is finished
    model.keras           the trained network for Keras
    model.onnx            it for everyone else: calibrated, in as many views as its recipe says
    evaluation.json       the figures on the test images
    predictions.npz       labels and probabilities behind them
    confusion_matrix.png  for a slide
    report.html           for a browser

A folder comes into being whole, with its recipe.json, and every file is replaced in one step, so
that a run killed at any moment is either not there or can be resumed.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from mnistry.errors import RunError
from mnistry.run.history import as_text, read_history
from mnistry.run.lock import lock
from mnistry.run.shapes import DESCRIPTION, EVALUATION
from mnistry.safety import strict_json
from mnistry.safety.atomic_write import replace as replace  # for whoever writes a file in one step
from mnistry.safety.atomic_write import umask
from mnistry.safety.limits import LIMITS
from mnistry.safety.regular_file import why

NEEDED_BYTES = 64 * 2**20  # room for a run of a model of a million parameters, twice over


@dataclass(frozen=True)
class Run:
    """One training run, by its folder. What is damaged in it is a `RunError`."""

    folder: Path

    @cached_property
    def description(self) -> dict[str, Any]:
        """recipe.json: recipe, seed, data, class names, parameters, backend, versions, commit, machine."""
        path = self.folder / "recipe.json"
        description = _json(path, DESCRIPTION, "put back what mnistry train wrote, or train again in another folder")
        for one in (
            description["data"],
            *description.get("teachers", ()),
            description.get("extension") or {"source": ""},
        ):
            if "\0" in one["source"]:
                raise RunError(f"{path}: is damaged: a source, {one['source']!r}, is no path")
        return description

    @property
    def evaluation(self) -> dict[str, Any] | None:
        """evaluation.json, or None while there is none."""
        path = self.folder / "evaluation.json"
        if not path.exists():
            return None
        return _json(path, EVALUATION, f"renew it with: mnistry evaluate {self.folder}", LIMITS.evaluation_bytes)

    @property
    def history(self) -> list[dict[str, float]]:
        """history.csv: a dict an epoch."""
        return read_history(self.folder / "history.csv")

    @property
    def model(self) -> Path:
        """model.onnx."""
        return self.folder / "model.onnx"

    @property
    def checkpoint(self) -> Path:
        """checkpoint.npz; it is there while the run is unfinished."""
        return self.folder / "checkpoint.npz"

    @property
    def finished(self) -> bool:
        """Whether the run is trained, scored and reported."""
        written = all((self.folder / name).exists() for name in ("model.onnx", "evaluation.json", "report.html"))
        return written and not os.path.lexists(self.checkpoint)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Have the run to oneself. Raises `RunError` if another process trains or evaluates it."""
        with lock(self.folder / "recipe.json") as free:
            if not free:
                raise RunError(f"{self.folder}: another process trains this run now: wait until it is done")
            yield

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Replace history.csv by these rows."""
        self.write_text("history.csv", as_text(rows))

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Replace a JSON file of the folder. Raises `RunError` if a number in it is none (NaN)."""
        try:
            text = _as_text(value)
        except ValueError as error:
            raise RunError(f"{self.folder / name}: cannot hold NaN or an infinite number") from error
        self.write_text(name, text + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Replace a text file of the folder. Raises `RunError` for text that is none, such as a name not in UTF-8."""
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            wrong = text[: error.end].rpartition('"')[2][-100:]
            raise RunError(f"{self.folder / name}: cannot hold {wrong!r}: rename what is not named in UTF-8") from error
        self.write(name, lambda path: path.write_bytes(content))

    def write(self, name: str, write: Callable[[Path], object]) -> None:
        """Replace a file of the folder in one step by what `write` puts at the path it is given."""
        replace(self.folder / name, write)

    def clear_litter(self) -> None:
        """Remove what a kill in the middle of a write has left."""
        for part in self.folder.glob(".*.part*"):
            part.unlink(missing_ok=True)


def _json(path: Path, shape: Any, then: str, max_bytes: int = LIMITS.json_bytes) -> dict[str, Any]:
    """A JSON file of a shape. Raises `RunError`, which ends with what to do `then`."""
    try:
        return strict_json.read(path, shape, max_bytes)
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({why(error)}): {then}") from error
    except ValueError as error:
        raise RunError(f"{path}: is damaged ({error}): {then}") from error


def _as_text(value: Mapping[str, Any]) -> str:
    """JSON for people too: a matrix has a line a row. Raises `ValueError` for NaN."""
    dumped = partial(json.dumps, ensure_ascii=False, allow_nan=False)
    parts = []
    for key, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], list):
            text = "[\n    " + ",\n    ".join(map(dumped, item)) + "\n  ]"
        else:
            text = dumped(item, indent=2).replace("\n", "\n  ")
        parts.append(f"  {dumped(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}"


def create(folder: Path | None, description: Mapping[str, Any]) -> Run:
    """Make a run folder that holds its recipe.json.

    Without `folder` it is made under runs/ of the current folder, named after the time, the recipe
    and the seed, if it has one, and runs/latest points to it. Raises `RunError` if the folder is taken, cannot be
    written to, or has no room for a run.
    """
    if folder is None:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        name, seed = description["recipe"]["name"], description["seed"]
        folder = _free(Path("runs") / (f"{stamp}-{name}" if seed is None else f"{stamp}-{name}-seed{seed}"))
        latest = folder.parent / "latest"
    else:
        latest = None
    refuse_taken(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise RunError(f"{folder}: cannot be made ({why(error)}): choose another with --out") from error
    try:
        make_sure_of_room(draft, folder)
        Run(draft).write_json("recipe.json", description)
        draft.chmod(0o777 & ~umask())
        draft.replace(folder)  # onto nothing or onto an empty folder
        if latest:
            _point(latest, folder.name)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written to ({why(error)}): choose another with --out") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Run(folder)


def refuse_taken(folder: Path) -> Path:
    """The folder. Raises `RunError` if it holds anything: nothing is ever overwritten."""
    if (folder / "recipe.json").exists():
        raise RunError(f"{folder}: holds a run already: go on with --resume {folder}, or choose another --out")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise RunError(f"{folder}: is not an empty folder: choose another --out")
    return folder


def open_run(folder: Path) -> Run:
    """The run in a folder. Raises `RunError` if there is none, or its recipe.json is damaged."""
    try:
        (folder / "recipe.json").lstat()
        run = Run(folder.resolve() if folder.name == "latest" else folder)
    except (FileNotFoundError, NotADirectoryError) as error:
        wanted = "wanted a folder with a recipe.json, as mnistry train makes it"
        raise RunError(f"{folder}: no run there: {wanted}") from error
    except OSError as error:
        raise RunError(f"{folder}: cannot be read ({why(error)})") from error
    except (RuntimeError, ValueError) as error:  # a loop of links, before Python 3.13; a null character
        raise RunError(f"{folder}: cannot be read ({error})") from error
    _ = run.description
    return run


def make_sure_of_room(place: Path, folder: Path | None = None) -> None:
    """Really take the bytes a run may need in `place`, and give them back.

    Raises `RunError`, which names `folder`, where that is still to be made, if they are not to be had.
    """
    try:
        with tempfile.TemporaryFile(dir=place) as probe:  # has no name, and is gone with the process
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(probe.fileno(), 0, NEEDED_BYTES)
            elif shutil.disk_usage(place).free < NEEDED_BYTES:
                raise OSError("disk nearly full")
    except OSError as error:
        other = ", or another folder with --out" if folder else ""
        raise RunError(
            f"{folder or place}: no room for a run ({why(error)}): wanted {NEEDED_BYTES >> 20} MB free{other}"
        ) from error


def _free(folder: Path) -> Path:
    """The folder's name, with a number behind it where it is taken."""
    tries = (folder.with_name(f"{folder.name}-{n}") if n else folder for n in range(1000))
    return next(path for path in tries if not path.exists())


def _point(link: Path, target: str) -> None:
    """Let a relative link point to its sibling, in one step."""
    part = link.with_name(f".{link.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(link)
