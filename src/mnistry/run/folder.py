"""A run folder: the files of one training run, read and written without Keras.

    recipe.json           everything needed to repeat the run
    history.csv           one row per epoch
    checkpoint.npz        the state of training; removed when the run is finished
    model.keras           the trained network, for Keras
    model.onnx            the same for everyone else: calibrated, with as many views as its recipe says
    evaluation.json       the metrics on the test images, or on pages
    predictions.npz       the labels and probabilities behind them; not of a detector
    confusion_matrix.png  for a slide; not of a detector
    report.html           for a browser

A folder is created atomically with its recipe.json, and every file is replaced atomically. So a run
killed at any moment either does not exist or can be resumed.
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
from typing import Any, TypeVar

from mnistry.errors import RunError
from mnistry.run.config import RunConfig
from mnistry.run.evaluation import EvaluationRecord, PagesRecord
from mnistry.run.history import as_text, read_history
from mnistry.run.lock import lock
from mnistry.safety import strict_json
from mnistry.safety.atomic_write import replace as replace  # re-exported: writes a file atomically
from mnistry.safety.atomic_write import umask
from mnistry.safety.limits import LIMITS
from mnistry.safety.regular_file import why

T = TypeVar("T", RunConfig, EvaluationRecord, PagesRecord)
NEEDED_BYTES = 64 * 2**20  # twice what a run of a model with a million parameters needs


@dataclass(frozen=True)
class Run:
    """One training run, given by its folder. Damaged files raise `RunError`."""

    folder: Path

    @cached_property
    def config(self) -> RunConfig:
        """recipe.json, read once."""
        path = self.folder / "recipe.json"
        config = _read(path, RunConfig, "put back what mnistry train wrote, or train again in another folder")
        if wrong := [source for source in config.sources if "\0" in source]:
            raise RunError(f"{path}: is damaged: a source, {wrong[0]!r}, is no path")
        return config

    @property
    def evaluation(self) -> EvaluationRecord | None:
        """evaluation.json, or None if it does not exist yet. Raises `RunError` if it is a detector's."""
        if (self.folder / "recipe.json").exists() and self.config.kind:
            raise RunError(f"{self.folder}: is of a detector: its figures are in `page_evaluation`")
        return self._evaluated(EvaluationRecord)

    @property
    def page_evaluation(self) -> PagesRecord | None:
        """evaluation.json of a detector, or None if it does not exist yet. Raises `RunError` if it is another's."""
        if not self.config.kind:
            raise RunError(f"{self.folder}: is of a classifier: its figures are in `evaluation`")
        return self._evaluated(PagesRecord)

    def _evaluated(self, kind: type[T]) -> T | None:
        path = self.folder / "evaluation.json"
        if not path.exists():
            return None
        return _read(path, kind, f"renew it with: mnistry evaluate {self.folder}", LIMITS.evaluation_bytes)

    @property
    def history(self) -> list[dict[str, float]]:
        """history.csv: one dict per epoch."""
        return read_history(self.folder / "history.csv")

    @property
    def model(self) -> Path:
        """model.onnx."""
        return self.folder / "model.onnx"

    @property
    def checkpoint(self) -> Path:
        """checkpoint.npz; it exists while the run is unfinished."""
        return self.folder / "checkpoint.npz"

    @property
    def finished(self) -> bool:
        """Whether the run is trained, evaluated and reported."""
        written = all((self.folder / name).exists() for name in ("model.onnx", "evaluation.json", "report.html"))
        return written and not os.path.lexists(self.checkpoint)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the run. Raises `RunError` if another process is training or evaluating it."""
        with lock(self.folder / "recipe.json") as free:
            if not free:
                raise RunError(f"{self.folder}: another process trains this run now: wait until it is done")
            yield

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Replace history.csv with these rows."""
        self.write_text("history.csv", as_text(rows))

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Replace a JSON file of the folder. Raises `RunError` if it holds NaN or an infinite number."""
        try:
            text = _as_text(value)
        except ValueError as error:
            raise RunError(f"{self.folder / name}: cannot hold NaN or an infinite number") from error
        self.write_text(name, text + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Replace a text file of the folder. Raises `RunError` if it is not UTF-8, e.g. because of a file name."""
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            wrong = text[: error.end].rpartition('"')[2][-100:]
            raise RunError(f"{self.folder / name}: cannot hold {wrong!r}: rename what is not named in UTF-8") from error
        self.write(name, lambda path: path.write_bytes(content))

    def write(self, name: str, write: Callable[[Path], object]) -> None:
        """Replace a file of the folder atomically with what `write` writes to the path it is given."""
        replace(self.folder / name, write)

    def clear_litter(self) -> None:
        """Remove temporary files of writes that were killed."""
        for part in self.folder.glob(".*.part*"):
            part.unlink(missing_ok=True)


def _read(path: Path, kind: type[T], then: str, max_bytes: int = LIMITS.json_bytes) -> T:
    """Read a JSON file as a record. Raises `RunError`, whose message ends with `then`, what to do."""
    try:
        return kind.from_json(strict_json.read(path, object, max_bytes))
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({why(error)}): {then}") from error
    except ValueError as error:
        raise RunError(f"{path}: is damaged ({error}): {then}") from error


def _as_text(value: Mapping[str, Any]) -> str:
    """Format JSON readably: a matrix has one line per row. Raises `ValueError` for NaN."""
    dumped = partial(json.dumps, ensure_ascii=False, allow_nan=False)
    parts = []
    for key, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], list):
            text = "[\n    " + ",\n    ".join(map(dumped, item)) + "\n  ]"
        else:
            text = dumped(item, indent=2).replace("\n", "\n  ")
        parts.append(f"  {dumped(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}"


def create(folder: Path | None, config: RunConfig) -> Run:
    """Create a run folder that contains its recipe.json.

    Without `folder` it is created under runs/ in the current folder, named after the time, the recipe and the seed, if
    there is one, and runs/latest points to it. Raises `RunError` if the folder is taken, cannot be written to, or has
    no space for a run.
    """
    if folder is None:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        name, seed = config.recipe.name, config.seed
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
        Run(draft).write_json("recipe.json", config.to_json())
        draft.chmod(0o777 & ~umask())
        draft.replace(folder)  # works if there is nothing, or an empty folder
        if latest:
            _point(latest, folder.name)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written to ({why(error)}): choose another with --out") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    made = Run(folder)
    vars(made)["config"] = config  # what the property would read
    return made


def refuse_taken(folder: Path) -> Path:
    """Return the folder. Raises `RunError` if it contains anything: nothing is ever overwritten."""
    if (folder / "recipe.json").exists():
        raise RunError(f"{folder}: holds a run already: go on with --resume {folder}, or choose another --out")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise RunError(f"{folder}: is not an empty folder: choose another --out")
    return folder


def open_run(folder: Path) -> Run:
    """Open the run in a folder. Raises `RunError` if there is none, or if its recipe.json is damaged."""
    try:
        (folder / "recipe.json").lstat()
        run = Run(folder.resolve() if folder.name == "latest" else folder)
    except (FileNotFoundError, NotADirectoryError) as error:
        wanted = "wanted a folder with a recipe.json, as mnistry train makes it"
        raise RunError(f"{folder}: no run there: {wanted}") from error
    except OSError as error:
        raise RunError(f"{folder}: cannot be read ({why(error)})") from error
    except (RuntimeError, ValueError) as error:  # a symlink loop, before Python 3.13; a null character
        raise RunError(f"{folder}: cannot be read ({error})") from error
    _ = run.config
    return run


def open_finished(folder: Path) -> Run:
    """Open a run that is trained and evaluated. Raises `RunError` as `open_run` does, or if it is not finished."""
    run = open_run(folder)
    if not run.finished:
        raise RunError(f"{folder}: is not finished: go on with: mnistry train --resume {folder}")
    return run


def make_sure_of_room(place: Path, folder: Path | None = None) -> None:
    """Check that `place` has space for a run, by allocating the bytes and freeing them.

    Raises `RunError` if it does not. The error names `folder` if it is given: a folder that is still to be created.
    """
    try:
        with tempfile.TemporaryFile(dir=place) as probe:  # has no name and disappears with the process
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
    """Return the folder, with a number appended if the name is taken."""
    tries = (folder.with_name(f"{folder.name}-{n}") if n else folder for n in range(1000))
    return next(path for path in tries if not path.exists())


def _point(link: Path, target: str) -> None:
    """Atomically make `link` a relative symlink to its sibling `target`."""
    part = link.with_name(f".{link.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(link)
