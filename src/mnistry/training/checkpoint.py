"""Where training stands: everything that the next epoch depends on, in one file.

The order of the images and all random numbers follow from (seed, epoch) alone, so the variables of
the model and of its optimizer are enough to go on bit for bit.
"""

import json
from pathlib import Path

import keras
import numpy as np

from mnistry.errors import RunError
from mnistry.npz import UNREADABLE
from mnistry.run import replace


def save(path: Path, model: keras.Sequential, history: list[dict[str, float]]) -> None:
    """Write the model's and the optimizer's variables and the epochs so far, in one step."""
    arrays = {f"v{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(_variables(model))}

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, history=np.array(json.dumps(history)), **arrays)

    replace(path, write)


def restore(path: Path, model: keras.Sequential) -> list[dict[str, float]]:
    """Put the variables back into a freshly built, compiled model; returns the epochs so far."""
    if not path.exists():
        return []
    variables = _variables(model)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = [archive[f"v{i}"] for i in range(len(variables))]
            history = json.loads(str(archive["history"]))
    except UNREADABLE as error:
        raise RunError(f"{path}: this checkpoint is damaged ({error}): remove it to train from the start") from error
    if any(tuple(v.shape) != a.shape for v, a in zip(variables, arrays, strict=True)):
        raise RunError(f"{path}: this checkpoint is of another model: remove it to train from the start")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return history


def _variables(model: keras.Sequential) -> list[keras.Variable]:
    """Weights, the state of random layers, then the optimizer's moments and its count of steps."""
    return [*model.variables, *model.optimizer.variables]
