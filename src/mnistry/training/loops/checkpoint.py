"""Checkpoints of a training run: everything that the next epoch depends on, in one file.

The order of the images and all random numbers follow from (seed, epoch) alone. The state of the loop
(weights, the optimizer's moments and its step count) is therefore enough to resume bit for bit.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mnistry.data import npz
from mnistry.errors import DataError, RunError
from mnistry.run.folder import Run
from mnistry.safety import strict_json
from mnistry.safety.atomic_write import replace
from mnistry.safety.regular_file import why

EPOCH = {"epoch": int, "loss": float, "elapsed_s": float, str: float}


class Stateful(Protocol):
    """An object whose state can be saved and restored."""

    def state(self) -> list[NDArray[Any]]:
        """Return copies of all that the next epoch depends on; first the model's variables, as used for inference."""
        ...

    def load(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Restore such a state: the same number of arrays, of the same shapes."""
        ...


def restore_run(run: Run, into: Stateful, epochs: int) -> list[dict[str, float]]:
    """Load a run's checkpoint as `restore` does, and renew its history.csv.

    Raises `RunError`, too, if the checkpoint tells of more than `epochs` epochs.
    """
    history = restore(run.checkpoint, into)
    if len(history) > epochs:
        raise RunError(f"{run.checkpoint}: tells of {len(history)} epochs: wanted {epochs} at most")
    if history:  # the run may have been killed between the checkpoint and its row
        run.write_history(history)
    else:  # history.csv may list epochs whose checkpoint was removed
        (run.folder / "history.csv").unlink(missing_ok=True)
    return history


def save_run(run: Run, of: Stateful, history: list[dict[str, float]]) -> None:
    """Write a run's checkpoint, then its history.csv."""
    save(run.checkpoint, of, history)
    run.write_history(history)


def save(path: Path, of: Stateful, history: list[dict[str, float]]) -> None:
    """Write the state and the history so far, atomically."""
    arrays = {f"v{i}": array for i, array in enumerate(of.state())}

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, history=np.array(json.dumps(history)), **arrays)

    replace(path, write)


def restore(path: Path, into: Stateful) -> list[dict[str, float]]:
    """Load the state into a freshly built object; returns the history so far, empty if there is no checkpoint.

    Raises `RunError` if the file is damaged, or is the state of another model.
    """
    if not os.path.lexists(path):
        return []
    wanted = [(array.shape, array.dtype) for array in into.state()]
    with _damage_said(path):
        headers = [npz.header(path, name) for name in _names(path)]
    if [(header.shape, header.dtype) for header in headers] != wanted:
        raise RunError(f"{path}: this checkpoint is of another model: remove it to train from the start")
    arrays, history = read(path)
    into.load(arrays)
    return history


def read(path: Path) -> tuple[list[NDArray[Any]], list[dict[str, float]]]:
    """Return the state and the history so far, as they were written. Raises `RunError` if the file is damaged."""
    with _damage_said(path):
        return [npz.read(path, name) for name in _names(path)], _history(npz.read(path, "history"))


def _names(path: Path) -> list[str]:
    """Return the names of the state's arrays, in order."""
    keys = npz.keys(path)
    names = [f"v{i}" for i in range(len(keys) - 1)]
    if keys != {"history", *names}:
        raise ValueError("wanted the arrays history, v0, v1 and so on, and no others")
    return names


def _history(stored: NDArray[Any]) -> list[dict[str, float]]:
    """Parse the history. It may contain NaN, because a run can diverge."""
    if stored.dtype.kind != "U" or stored.shape:
        raise ValueError(f"history is {stored.dtype} {stored.shape}: wanted text")
    rows = strict_json.parse(str(stored), [EPOCH], finite=False)
    if not rows or any(row["epoch"] != i or row.keys() != rows[0].keys() for i, row in enumerate(rows, 1)):
        raise ValueError("history is not of one epoch after the other")
    return rows


@contextmanager
def _damage_said(path: Path) -> Iterator[None]:
    try:
        yield
    except (DataError, ValueError) as error:
        cause = error.__cause__ if isinstance(error, DataError) and error.__cause__ else error
        reason = why(cause) if isinstance(cause, OSError) else str(cause).removeprefix(f"{path}: ")
        raise RunError(f"{path}: this checkpoint is damaged ({reason}): remove it to train from the start") from error
