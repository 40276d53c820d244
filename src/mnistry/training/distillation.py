"""Knowledge distillation: a student learns the softened outputs of trained teachers instead of the labels.

Several teachers take turns, one epoch each: overall the student learns their mean, at the cost of one.

Source: Hinton, Vinyals & Dean 2015, Distilling the Knowledge in a Neural Network; in rotation, one batch
each: Fukuda et al. 2017, Efficient Knowledge Distillation from an Ensemble of Teachers.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import Classifier
from mnistry.data.dataset import Dataset
from mnistry.errors import RunError, UsageError
from mnistry.evaluation.evaluate import has_learned_validation
from mnistry.lineage import Teacher
from mnistry.run import folder as runs
from mnistry.run.model_file import model_file
from mnistry.safety.limits import LIMITS
from mnistry.safety.regular_file import read_bytes, why
from mnistry.training.export import tta
from mnistry.training.recipes import Recipe

Given = str | Path | Sequence[str | Path] | None


def describe(given: Given, recipe: Recipe, data_set: Dataset, whole: bool = False) -> tuple[Teacher, ...]:
    """Return what recipe.json records of each teacher: its path, its SHA-256, and its origin.

    `given` is one model.onnx or run folder, or several; `whole` says that the student learns the validation
    images too. Raises `UsageError` if the recipe takes no teacher, if it needs one and has none, if the epochs
    cannot be shared equally among them, or if one is given twice. Raises `RunError` if a teacher does not exist,
    is unfinished, reads other classes or images, or has learned the validation images that its student is to
    be calibrated on.
    """
    paths = [Path(one) for one in ([given] if isinstance(given, str | Path) else given or ())]
    if recipe.distillation and not paths:
        raise UsageError(f"the recipe {recipe.name!r} learns from a teacher: say with --teacher which model")
    if paths and not recipe.distillation:
        raise UsageError(f"--teacher {paths[0]}: the recipe {recipe.name!r} learns from labels (`distillation` is 0)")
    turns = Counter(turn(recipe.variant(epoch), len(paths)) for epoch in range(1, recipe.epochs + 1) if paths)
    if len(paths) > len(turns) or len(set(turns.values())) > 1:
        copies = f" over {recipe.variants} augmented copies" if recipe.variants else ""
        raise UsageError(f"{len(paths)} teachers cannot take equal turns in {recipe.epochs} epochs{copies}")
    teachers = tuple(_described(path, data_set, whole) for path in paths)
    hashes = [one.sha256 for one in teachers]
    for path, sha256 in zip(paths, hashes, strict=True):
        if hashes.count(sha256) > 1:
            raise UsageError(f"--teacher {path}: is given twice: it would have twice the turns")
    return teachers


def turn(variant: int, teachers: int) -> int:
    """Return which teacher, from 0, is evaluated on an augmented copy of the images, from 1."""
    return (variant - 1) % teachers


def _described(path: Path, data_set: Dataset, whole: bool) -> Teacher:
    try:
        model = runs.open_finished(path).model if path.is_dir() else model_file(path)
    except RunError as error:
        raise RunError(f"--teacher {error}") from error
    classifier = Classifier(model)
    if (classifier.class_names, classifier.image_shape) != (data_set.class_names, data_set.image_shape):
        raise RunError(f"--teacher {path}: reads other classes or images than those of {data_set.source}")
    if has_learned_validation(classifier, data_set) and not whole:
        raise RunError(f"--teacher {path}: has learned the validation images, that this run is to be calibrated on")
    return Teacher(source=str(model.resolve()), sha256=_sha256(model), **vars(classifier.metadata.origin))


def find(teachers: Sequence[Teacher]) -> list[Classifier]:
    """Load the teachers listed in recipe.json. Raises `RunError` if one is missing or was changed.

    They see each image in one view, whatever their recipes' `views`: the augmentation already varies it
    from epoch to epoch.
    """
    for path, sha256 in ((Path(one.source), one.sha256) for one in teachers):
        try:
            changed = _sha256(path) != sha256
        except OSError:
            changed = True
        if changed:
            raise RunError(f"{path}: is not there as it was when the run was started: the teacher is needed to the end")
    return [_looking_once(Path(one.source)) for one in teachers]


def _looking_once(path: Path) -> Classifier:
    """Load a teacher without its other TTA views, through a temporary file that is then deleted."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            tta.once(path, Path(folder) / "once.onnx")
            return Classifier(Path(folder) / "once.onnx")
    except OSError as error:
        wanted = "wanted room for one model in the folder for temporary files: TMPDIR may name another"
        raise RunError(f"{path}: cannot be copied ({why(error)}): {wanted}") from error


def teacher_logits(teacher: Classifier, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the teacher's logits (n, classes) of images (n, h, w, c), divided by its calibration temperature."""
    return teacher.logits(images) / np.float32(teacher.temperature)


def _sha256(path: Path) -> str:
    return hashlib.sha256(read_bytes(path, LIMITS.model_bytes)).hexdigest()
