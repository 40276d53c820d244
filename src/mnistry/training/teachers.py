"""Trained networks that another one learns from: what they think of each image takes the labels' place.

Several of them teach by turns, an epoch each: on the whole their pupil learns what their mean thinks, at
the price of one.

Source: Hinton, Vinyals & Dean 2015, Distilling the Knowledge in a Neural Network; by turns, a batch each:
Fukuda et al. 2017, Efficient Knowledge Distillation from an Ensemble of Teachers.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistry import run as runs
from mnistry.dataset import Dataset
from mnistry.errors import RecipeError, RunError
from mnistry.evaluate import has_learned_validation, origin
from mnistry.files import read_bytes, why
from mnistry.limits import LIMITS
from mnistry.reader import Reader
from mnistry.training import views
from mnistry.training.recipes import Recipe

Given = str | Path | Sequence[str | Path] | None


def describe(given: Given, recipe: Recipe, data_set: Dataset, whole: bool = False) -> list[dict[str, Any]]:
    """What recipe.json says of each teacher: where it is, its SHA-256, and where it comes from.

    `given` are model.onnx or run folders, one or several; `whole` says that their pupil learns the validation
    images too. Raises `RecipeError` where the recipe has no use for a teacher, cannot do without, or has no
    equal turns for so many, and `RunError` where there is none, it is not finished or given twice, reads other
    classes or images, or has learned the validation images that its pupil is to be calibrated on.
    """
    paths = [Path(one) for one in ([given] if isinstance(given, str | Path) else given or ())]
    if recipe.distillation and not paths:
        raise RecipeError(f"the recipe {recipe.name!r} learns from a teacher: say with --teacher which model")
    if paths and not recipe.distillation:
        raise RecipeError(f"--teacher {paths[0]}: the recipe {recipe.name!r} learns from labels (`distillation` is 0)")
    turns = Counter(turn(recipe.variant(epoch), len(paths)) for epoch in range(1, recipe.epochs + 1) if paths)
    if len(paths) > len(turns) or len(set(turns.values())) > 1:
        copies = f" over {recipe.variants} bent copies" if recipe.variants else ""
        raise RecipeError(f"{len(paths)} teachers have no equal turns in {recipe.epochs} epochs{copies}")
    told = [_described(path, data_set, whole) for path in paths]
    hashes = [one["sha256"] for one in told]
    for path, sha256 in zip(paths, hashes, strict=True):
        if hashes.count(sha256) > 1:
            raise RunError(f"--teacher {path}: is given twice: it would have twice the turns")
    return told


def turn(variant: int, teachers: int) -> int:
    """Which of the teachers is asked about a bent copy of the images, copies counted from 1, teachers from 0."""
    return (variant - 1) % teachers


def _described(path: Path, data_set: Dataset, whole: bool) -> dict[str, Any]:
    if not path.exists():
        raise RunError(f"--teacher {path}: no such model or run")
    model = path
    if path.is_dir():
        run = runs.open_run(path)
        if not run.finished:
            raise RunError(f"--teacher {path}: is not finished: go on with: mnistry train --resume {path}")
        model = run.model
    reader = Reader(model)
    if (reader.class_names, reader.image_shape) != (data_set.class_names, data_set.image_shape):
        raise RunError(f"--teacher {path}: reads other classes or images than those of {data_set.source}")
    if has_learned_validation(reader, data_set) and not whole:
        raise RunError(f"--teacher {path}: has learned the validation images, that this run is to be calibrated on")
    return {"source": str(model.resolve()), "sha256": _sha256(model), **origin(reader)}


def find(told: Sequence[dict[str, Any]]) -> list[Reader]:
    """The teachers that recipe.json tells of. Raises `RunError` if one is gone or was changed.

    They look at each image once, whatever their recipes' `views`: it is bent already, otherwise in each epoch.
    """
    for path, sha256 in ((Path(one["source"]), one["sha256"]) for one in told):
        try:
            changed = _sha256(path) != sha256
        except OSError:
            changed = True
        if changed:
            raise RunError(f"{path}: is not there as it was when the run was begun: the teacher is needed to the end")
    return [_looking_once(Path(one["source"])) for one in told]


def _looking_once(path: Path) -> Reader:
    """A teacher without its further views, by way of a file that is gone then."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            views.once(path, Path(folder) / "once.onnx")
            return Reader(Path(folder) / "once.onnx")
    except OSError as error:
        wanted = "wanted room for one model in the folder for temporary files: TMPDIR may name another"
        raise RunError(f"{path}: cannot be copied ({why(error)}): {wanted}") from error


def taught(teacher: Reader, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The teacher's logits of images (n, h, w, c), divided by the temperature that it carries: (n, classes)."""
    return teacher.logits(images) / np.float32(teacher.temperature)


def _sha256(path: Path) -> str:
    return hashlib.sha256(read_bytes(path, LIMITS.model_bytes)).hexdigest()
