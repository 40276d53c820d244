"""A trained network that another one learns from: what it thinks of each image takes the labels' place.

Source: Hinton, Vinyals & Dean 2015, Distilling the Knowledge in a Neural Network.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry.dataset import Dataset
from mnistry.errors import RecipeError, RunError
from mnistry.evaluate import origin
from mnistry.reader import Reader
from mnistry.training.recipes import Recipe


def describe(given: str | Path | None, recipe: Recipe, data_set: Dataset) -> dict[str, Any] | None:
    """What recipe.json says of a teacher: where it is, its SHA-256, and where it comes from; None of none.

    `given` is a model.onnx or a run folder. Raises `RecipeError` where the recipe has no use for a teacher,
    or cannot do without, and `RunError` where there is none or it reads other classes or images.
    """
    if given is None:
        if recipe.distillation:
            raise RecipeError(f"the recipe {recipe.name!r} learns from a teacher: say with --teacher which model")
        return None
    path = Path(given)
    if not recipe.distillation:
        raise RecipeError(f"--teacher {path}: the recipe {recipe.name!r} learns from labels (`distillation` is 0)")
    model = path / "model.onnx" if path.is_dir() else path
    if not model.exists():
        raise RunError(f"--teacher {path}: no such model or run")
    reader = Reader(model)
    if (reader.class_names, reader.image_shape) != (data_set.class_names, data_set.image_shape):
        raise RunError(f"--teacher {path}: reads other classes or images than those of {data_set.source}")
    return {"source": str(model.resolve()), "sha256": _sha256(model), **origin(reader)}


def find(told: dict[str, Any]) -> Reader:
    """The teacher that recipe.json tells of. Raises `RunError` if it is gone or was changed."""
    path = Path(told["source"])
    if not path.exists() or _sha256(path) != told["sha256"]:
        raise RunError(f"{path}: is not there as it was when the run was begun: the teacher is needed to the end")
    return Reader(path)


def taught(teacher: Reader, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The teacher's calibrated logits of images (n, h, w, c): (n, classes)."""
    return teacher.logits(images) / np.float32(teacher.temperature)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
