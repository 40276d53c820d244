"""A run that learns the validation images too, and takes its calibration from its twin, a run that did not.

Nothing is left to choose by then: the recipe is settled, and a twelfth more images make a better network.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mnistry import run as runs
from mnistry.dataset import Dataset
from mnistry.errors import RunError
from mnistry.reader import Reader
from mnistry.split import Split
from mnistry.training.recipes import Recipe

CALIBRATION = ("temperature", "rejection", "validation")  # of model.onnx' metadata: what validation images gave


def calibration(given: str | Path | None, recipe: Recipe, data_set: Dataset) -> dict[str, Any] | None:
    """What a finished run, by its folder, found on its validation images, and its seed; None of none.

    Raises `RunError` if it is not of this recipe and these data, or learned its validation images itself.
    """
    if given is None:
        return None
    folder = Path(given)
    run = runs.open_run(folder)
    if not run.finished:
        raise RunError(f"--twin {folder}: is not finished: go on with: mnistry train --resume {folder}")
    told = run.description
    if told.get("twin"):
        raise RunError(f"--twin {folder}: learned its validation images itself: wanted a run without --twin")
    if Recipe(**told["recipe"]) != recipe:
        raise RunError(f"--twin {folder}: is of another recipe ({told['recipe']['name']}): wanted one of {recipe.name}")
    if told["data"]["sha256"] != data_set.sha256:
        raise RunError(f"--twin {folder}: was trained on other data (SHA-256 differs)")
    metadata = Reader(run.model).metadata
    return {"seed": told["seed"], **{key: metadata[key] for key in CALIBRATION}}


def merged(data_set: Dataset) -> Dataset:
    """The data set with its validation images among the training images, and none left."""
    train, held = data_set.train, data_set.validation
    whole = Split(np.concatenate([train.images, held.images]), np.concatenate([train.labels, held.labels]))
    return replace(data_set, train=whole, validation=Split(held.images[:0], held.labels[:0]))
