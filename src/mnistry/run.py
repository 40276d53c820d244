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

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mnistry.errors import RunError

NEEDED_KEYS = frozenset({"recipe", "seed", "data", "class_names", "parameters", "backend", "versions"})
NEEDED_BYTES = 64 * 2**20  # room for a run of a model of a million parameters, twice over


@dataclass(frozen=True)
class Run:
    """One training run, by its folder."""

    folder: Path

    @property
    def description(self) -> dict[str, Any]:
        """recipe.json: recipe, seed, data, class names, parameters, backend, versions, commit, machine."""
        return self._json("recipe.json")

    @property
    def evaluation(self) -> dict[str, Any] | None:
        """evaluation.json, or None while there is none."""
        return self._json("evaluation.json") if (self.folder / "evaluation.json").exists() else None

    @property
    def history(self) -> list[dict[str, float]]:
        """history.csv: a dict an epoch."""
        path = self.folder / "history.csv"
        if not path.exists():
            return []
        try:
            with path.open(newline="", encoding="utf-8") as file:
                return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
        except (OSError, ValueError, TypeError) as error:
            raise RunError(f"{path}: cannot be read ({error})") from error

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
        return written and not self.checkpoint.exists()

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Replace history.csv by these rows."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.write_text("history.csv", text.getvalue())

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Replace a JSON file of the folder."""
        self.write_text(name, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Replace a text file of the folder."""
        self.write(name, lambda path: path.write_text(text, encoding="utf-8"))

    def write(self, name: str, write: Callable[[Path], object]) -> None:
        """Replace a file of the folder in one step by what `write` puts at the path it is given."""
        replace(self.folder / name, write)

    def clear_litter(self) -> None:
        """Remove what a kill in the middle of a write has left."""
        for part in self.folder.glob(".*.part*"):
            part.unlink(missing_ok=True)

    def _json(self, name: str) -> dict[str, Any]:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.folder / name}: cannot be read ({error})") from error


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Replace a file in one step: a reader, or a crash, sees the old one or the new one, whole."""
    # The suffix is kept: Keras and Pillow go by it.
    handle, name = tempfile.mkstemp(prefix=".", suffix=f".part{path.suffix}", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


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
        raise RunError(f"{folder}: cannot be made ({error.strerror}): choose another with --out") from error
    try:
        make_sure_of_room(draft, folder)
        Run(draft).write_json("recipe.json", description)
        draft.chmod(0o777 & ~_umask())
        draft.replace(folder)  # onto nothing or onto an empty folder
        if latest:
            _point(latest, folder.name)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written to ({error.strerror}): choose another with --out") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Run(folder)


def refuse_taken(folder: Path) -> None:
    """Raise `RunError` if the folder holds anything: nothing is ever overwritten."""
    if (folder / "recipe.json").exists():
        raise RunError(f"{folder}: holds a run already: go on with --resume {folder}, or choose another --out")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise RunError(f"{folder}: is not an empty folder: choose another --out")


def open_run(folder: Path) -> Run:
    """The run in a folder. Raises `RunError` if there is none."""
    if not (folder / "recipe.json").is_file():
        raise RunError(f"{folder}: no run there: wanted a folder with a recipe.json, as mnistry train makes it")
    run = Run(folder.resolve() if folder.name == "latest" else folder)
    told = run.description
    if not isinstance(told, dict) or not told.keys() >= NEEDED_KEYS or not isinstance(told["data"], dict):
        raise RunError(f"{folder / 'recipe.json'}: is not a run's: wanted {', '.join(sorted(NEEDED_KEYS))}")
    return run


def make_sure_of_room(place: Path, folder: Path | None = None) -> None:
    """Really take the bytes a run may need in `place`, and give them back.

    Raises `RunError`, which names `folder` (or else `place`), if they are not to be had.
    """
    try:
        with tempfile.TemporaryFile(dir=place) as probe:  # has no name, and is gone with the process
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(probe.fileno(), 0, NEEDED_BYTES)
            elif shutil.disk_usage(place).free < NEEDED_BYTES:
                raise OSError("disk nearly full")
    except OSError as error:
        raise RunError(
            f"{folder or place}: no room for a run ({error.strerror or error}): wanted {NEEDED_BYTES >> 20} MB free, "
            "or another folder with --out"
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


def _umask() -> int:
    """The process' own: mkstemp and mkdtemp make private files, a run is as public as the user's others."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
