"""The training pipeline: recipe + data → fit → model.onnx → evaluation → report, in one run folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mnistry.data import load
from mnistry.data.dataset import Dataset
from mnistry.errors import RunError, UsageError
from mnistry.lineage import DataIdentity, Placement
from mnistry.run import folder as runs
from mnistry.run.config import RunConfig
from mnistry.run.folder import Run
from mnistry.safety import strict_json
from mnistry.safety.atomic_write import writing
from mnistry.training import distillation, extension, full_data, provenance, recipe_file, recipes, run_steps
from mnistry.training.detector import train as detector_training
from mnistry.training.extension import Extension
from mnistry.training.loops import backend
from mnistry.training.progress import Watch
from mnistry.training.recipes import Recipe
from mnistry.training.synthetic import sources

if TYPE_CHECKING:  # importing Keras takes seconds, so checks that do not need it run first
    import keras

    from mnistry.classifier.metadata import ModelMetadata
    from mnistry.training.fit import Loop


def train(
    recipe: str | Recipe = "tutorial",
    *,
    seed: int = 0,
    data: str | Path = load.MNIST,
    placement: Placement | None = None,
    epochs: int | None = None,
    out: str | Path | None = None,
    calibrate_from: str | Path | None = None,
    teacher: distillation.Given = None,
    extend: str | Path | None = None,
    watch: Watch | None = None,
    repeatable: bool = True,
) -> Run:
    """Train a recipe, score the result on the test images, and write everything to a run folder.

    `recipe` is a name in `RECIPES` or a `Recipe`. `data` is anything `load_dataset` accepts; `placement` says how
    pictures of folders are placed. `epochs` overrides the recipe's. `out` names the folder; by default one is created
    under runs/. With `calibrate_from`, a finished run of the same recipe and data, training includes the validation
    images and takes that run's calibration. A recipe with `distillation` needs a `teacher`: a model or a run, or
    several, used in rotation. `extend` is a folder of class folders with a few pictures to train on as well.

    Sets the process's seeds and, on Linux, its allocator: the same recipe, data and seed on the same machine and
    backend give bit-identical weights on a CPU. `repeatable=False` gives this up where it costs time, on tensorflow.
    Ctrl-C leaves a usable run that can be resumed, and raises `InterruptedRunError`. `RecipeError`, `UsageError`,
    `RunError`, `MissingExtraError` and, except for the test images, `DataError` are raised before training starts.
    `ModelError` is raised after it, if the network diverged or the exported file and Keras disagree.
    """
    chosen = recipes.find(recipe, epochs) if isinstance(recipe, str) else recipe
    recipe_file.check(chosen.epochs, seed)
    folder = runs.refuse_taken(Path(out)) if out is not None else None
    data_set = load.open_dataset(data, placement or "mnist") if extend else load.load_dataset(data, placement)
    calibration = full_data.calibration(calibrate_from, chosen, data_set)
    teachers = distillation.describe(teacher, chosen, data_set, whole=calibrate_from is not None)
    added = extension.load(extend, data_set, placement or data_set.placement or "mnist") if extend is not None else None
    backend.choose()
    learned = _learned(data_set, chosen, seed, added, whole=calibration is not None)
    loop = _prepare(chosen, learned, seed, repeatable)
    full_data.check_network(calibrate_from, calibration, loop.model.count_params())
    config = _config(loop, chosen, seed, _identity(data_set, whole=calibration is not None), data_set)
    config = replace(config, calibrated_from=calibration, teachers=teachers, extension=added.record if added else None)
    run = runs.create(folder, config)
    with run.locked():
        return _complete(run, loop, chosen, learned, added, watch or Watch())


def resume(folder: str | Path, *, data: str | Path | None = None, watch: Watch | None = None) -> Run:
    """Resume a run that was stopped, at any moment and in any way, a detector's too; a finished run is left unchanged.

    `data` is the present location of its data set, if it has moved. On the same machine and backend the
    result is bit-identical to that of a run that was never stopped.

    Raises `RunError` if there is no run, it is damaged, another process is training it, there is too little disk
    space for the rest of it, or it was started on another backend, and `DataError` if the data are not those it
    was started with; otherwise the same errors as `train`.
    """
    run = runs.open_run(Path(folder))
    if run.config.kind and data is not None:
        raise UsageError(f"{run.folder}: is of a detector, which draws its own pages: leave out --data")
    if run.finished:
        return run
    with run.locked():
        return run if run.finished else _go_on(run, data, watch or Watch())


def _go_on(run: Run, data: str | Path | None, watch: Watch) -> Run:
    if run.config.kind:
        return detector_training.go_on(run, watch)
    config, chosen = run.config, recipe_file.recipe_of(run)
    data_set = load.load_again(config.data, str(run.folder), data)
    if config.class_names != data_set.class_names:
        names = strict_json.short(list(config.class_names))
        raise RunError(f"{run.folder}: was started with the classes {names}: those of {data_set.source} are others")
    backend.choose(config.backend)
    run.clear_litter()
    runs.make_sure_of_room(run.folder)
    if run.model.exists() and not os.path.lexists(run.checkpoint):
        return _report_again(run, data_set, chosen)
    added = extension.find(config.extension, data_set)
    learned = _learned(data_set, chosen, _seed(run), added, whole=config.calibrated_from is not None)
    loop = _prepare(chosen, learned, _seed(run))
    if (count := loop.model.count_params()) != config.parameters:
        was = config.parameters
        raise RunError(f"{run.folder}: was started with {was} parameters: its recipe's network has {count} now")
    return _complete(run, loop, chosen, learned, added, watch)


def _report_again(run: Run, data_set: Dataset, recipe: Recipe) -> Run:
    """Score a run whose network is fully trained. Raises `RunError` if it is not and its checkpoint is gone."""
    from mnistry.classifier.classifier import Classifier

    if (done := Classifier(run.model).metadata.epochs) != recipe.epochs:
        wrong = f"model.onnx is of {done} of {recipe.epochs} epochs, and checkpoint.npz is gone"
        raise RunError(f"{run.folder}: {wrong}: remove model.onnx to train again from the start")
    with writing(run.folder, f"go on with: mnistry train --resume {run.folder}"):
        _evaluate(run, data_set, extension.find(run.config.extension, data_set))
    return run


def _learned(data_set: Dataset, recipe: Recipe, seed: int, added: Extension | None, *, whole: bool) -> Dataset:
    """Return the training data of a run: the data set, its recipe's sources, and the user's own pictures.

    `whole` includes the validation images.
    """
    learned = sources.enlarged(full_data.merged(data_set) if whole else data_set, recipe, seed)
    return added.mixed_into(learned) if added else learned


def _prepare(recipe: Recipe, data_set: Dataset, seed: int, repeatable: bool = True) -> Loop:
    from mnistry.training import fit

    if repeatable:
        backend.make_deterministic()
    backend.keep_freed_memory()
    return fit.prepare(recipe, data_set, seed)


def _complete(run: Run, loop: Loop, recipe: Recipe, data_set: Dataset, added: Extension | None, watch: Watch) -> Run:
    """Do all remaining steps of a run; each step is safe to repeat."""
    from mnistry.training import fit

    teachers = distillation.find(run.config.teachers)

    def finish() -> None:
        loop.finish()
        _export(loop.model, run, recipe, data_set)
        _evaluate(run, data_set, added)

    return run_steps.complete(
        run,
        recipe.epochs,
        fit=lambda: fit.fit(loop, recipe, data_set, _seed(run), run, watch, teachers),
        make_usable=lambda: _export_last_epoch(loop, run, recipe, data_set),
        finish=finish,
    )


def _export_last_epoch(loop: Loop, run: Run, recipe: Recipe, data_set: Dataset) -> None:
    """Export the model as of the last complete epoch, so that an interrupted run is usable."""
    from mnistry.training.loops import checkpoint

    if history := checkpoint.restore(run.checkpoint, loop):
        run.write_history(history)
        loop.finish()
        _export(loop.model, run, recipe, data_set)


def _export(model: keras.Sequential, run: Run, recipe: Recipe, data_set: Dataset) -> None:
    from mnistry.training.export import to_onnx

    run.write("model.keras", model.save)
    metadata = _metadata(run)
    run.write("model.onnx", lambda path: to_onnx.to_onnx(model, path, data_set, metadata, recipe.views))


def _metadata(run: Run) -> ModelMetadata:
    """Return the metadata of model.onnx, except what the export measures. Paths are private: sources are left out."""
    from mnistry.classifier.metadata import CalibratingRun, ModelMetadata

    config, history, calibration = run.config, run.history, run.config.calibrated_from
    return ModelMetadata(
        mnistry=config.versions["mnistry"],
        commit=config.commit,
        recipe=config.recipe,
        seed=config.seed,
        class_names=config.class_names,
        data=replace(config.data, source=""),
        backend=config.backend,
        parameters=config.parameters,
        epochs=len(history),
        elapsed_s=round(sum(row["elapsed_s"] for row in history), 1),
        teachers=tuple(replace(one, source="") for one in config.teachers),
        calibrated_from=CalibratingRun(calibration.seed) if calibration else None,
        temperature=calibration.temperature if calibration else None,
        rejection=calibration.rejection if calibration else None,
        validation=calibration.validation if calibration else None,
        extension=replace(config.extension, source="") if config.extension else None,
    )


def _evaluate(run: Run, data_set: Dataset, added: Extension | None) -> None:
    from mnistry.classifier.classifier import Classifier
    from mnistry.evaluation import evaluate, report

    classifier = Classifier(run.model)
    found = added.scored(classifier) if added else None
    report.write(evaluate.evaluate(classifier, data_set), data_set, classifier, run.folder, run.history, found)


def _config(loop: Loop, recipe: Recipe, seed: int, data: DataIdentity, data_set: Dataset) -> RunConfig:
    """Return recipe.json, except the other networks and the user's own pictures."""
    return RunConfig(
        recipe=recipe.record,
        seed=seed,
        data=data,
        class_names=data_set.class_names,
        image_shape=data_set.image_shape,
        parameters=loop.model.count_params(),
        precision=loop.precision,
        backend=backend.choose(),
        versions=provenance.versions(),
        commit=provenance.commit(),
        machine=provenance.machine(),
    )


def _identity(data_set: Dataset, *, whole: bool) -> DataIdentity:
    train, validation = len(data_set.train), len(data_set.validation)
    return DataIdentity(
        name=data_set.name,
        source=data_set.source,
        sha256=data_set.sha256,
        train=train + validation if whole else train,
        validation=0 if whole else validation,
        placement=data_set.placement,
    )


def _seed(run: Run) -> int:
    """Return the seed, which only an ensemble lacks."""
    return run.config.seed or 0
