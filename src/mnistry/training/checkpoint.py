"""Where training stands: everything that the next epoch depends on, in one file.

The order of the images and all random numbers follow from (seed, epoch) alone, so the state of the
loop (weights, the optimizer's moments and its count of steps) is enough to go on bit for bit.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import RunError
from mnistry.npz import UNREADABLE
from mnistry.run import replace


class Stateful(Protocol):
    """What can be written down and taken up again."""

    def state(self) -> list[NDArray[Any]]:
        """Copies of all that the next epoch depends on; the model's own variables, as it is to be used, come first."""
        ...

    def load(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Put such a state back: as many arrays, of the same shapes."""
        ...


def save(path: Path, of: Stateful, history: list[dict[str, float]]) -> None:
    """Write the state and the epochs so far, in one step."""
    arrays = {f"v{i}": array for i, array in enumerate(of.state())}

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, history=np.array(json.dumps(history)), **arrays)

    replace(path, write)


def restore(path: Path, into: Stateful) -> list[dict[str, float]]:
    """Put the state back into what was freshly built; returns the epochs so far."""
    if not path.exists():
        return []
    arrays, history = read(path)
    if [a.shape for a in arrays] != [a.shape for a in into.state()]:
        raise RunError(f"{path}: this checkpoint is of another model: remove it to train from the start")
    into.load(arrays)
    return history


def read(path: Path) -> tuple[list[NDArray[Any]], list[dict[str, float]]]:
    """The state and the epochs so far, as they were written."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = [archive[f"v{i}"] for i in range(len(archive.files) - 1)]
            return arrays, json.loads(str(archive["history"]))
    except UNREADABLE as error:
        raise RunError(f"{path}: this checkpoint is damaged ({error}): remove it to train from the start") from error
