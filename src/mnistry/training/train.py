"""The training pipeline: recipe + data → fit → model.onnx → evaluation → report, in one run folder."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnistry.data import load
from mnistry.data.dataset import Dataset
from mnistry.data.image_folder import Placement
from mnistry.errors import DataError, InterruptedRunError, RunError
from mnistry.run import folder as runs
from mnistry.run.folder import Run
from mnistry.safety import strict_json
from mnistry.safety.atomic_write import writing
from mnistry.training import distillation, extension, full_data, provenance, recipe_file, recipes
from mnistry.training.loops import backend
from mnistry.training.progress import Watch
from mnistry.training.recipes import Recipe
from mnistry.training.synthetic import sources

if TYPE_CHECKING:  # importing Keras takes seconds, so checks that do not need it run first
    import keras

    from mnistry.training.fit import Loop


def train(
    recipe: str | Recipe = "tutorial",
    *,
    seed: int = 0,
    data: str | Path = load.MNIST,
    placement: Placement = "mnist",
    epochs: int | None = None,
    out: str | Path | None = None,
    calibrate_from: str | Path | None = None,
    teacher: distillation.Given = None,
    extend: str | Path | None = None,
    watch: Watch | None = None,
    repeatable: bool = True,
) -> Run:
    """Train a recipe, score the result on the test images, and write everything to a run folder.

    `recipe` is a name in `RECIPES` or a `Recipe`. `data` is anything `load_dataset` accepts; `placement` says how it
    places pictures of class folders. `epochs` overrides the recipe's. `out` names the folder; by default one is created
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
    recipe_file.check(chosen, seed)
    folder = runs.refuse_taken(Path(out)) if out is not None else None
    data_set = load.load_dataset(data, placement)
    description = provenance.describe() | {
        "recipe": dataclasses.asdict(chosen),
        "seed": seed,
        "calibrated_from": full_data.calibration(calibrate_from, chosen, data_set),
        "teachers": distillation.describe(teacher, chosen, data_set, whole=calibrate_from is not None),
        "extension": extension.described(extend, data_set),
        "backend": backend.choose(),
    }
    loop = _prepare(chosen, learned := _learned(data_set, chosen, description), seed, repeatable)
    full_data.check_network(calibrate_from, description["calibrated_from"], loop.model.count_params())
    description |= _about(loop, data_set, merged=description["calibrated_from"] is not None)
    run = runs.create(folder, description)
    with run.locked():
        return _complete(run, loop, chosen, learned, seed, watch or Watch())


def resume(folder: str | Path, *, data: str | Path | None = None, watch: Watch | None = None) -> Run:
    """Resume a run that was stopped, at any moment and in any way; a finished run is left unchanged.

    `data` is the present location of its data set, if it has moved. On the same machine and backend the
    result is bit-identical to that of a run that was never stopped.

    Raises `RunError` if there is no run, it is damaged, another process is training it, there is too little disk
    space for the rest of it, or it was started on another backend, and `DataError` if the data are not those it
    was started with; otherwise the same errors as `train`.
    """
    run = runs.open_run(Path(folder))
    if run.finished:
        return run
    with run.locked():
        return run if run.finished else _go_on(run, data, watch or Watch())


def _go_on(run: Run, data: str | Path | None, watch: Watch) -> Run:
    description, seed = run.description, run.description["seed"]
    chosen = recipe_file.recipe_of(run)
    try:
        data_set = load.load_dataset(data if data is not None else description["data"]["source"])
    except DataError as error:
        raise error if data is not None else DataError(f"{error}; --data says where the data are now") from error
    if data_set.sha256 != description["data"]["sha256"]:
        raise DataError(f"{data_set.source}: not the data that {run.folder} was started with (SHA-256 differs)")
    if description["class_names"] != list(data_set.class_names):
        names = strict_json.short(description["class_names"])
        raise RunError(f"{run.folder}: was started with the classes {names}: those of {data_set.source} are others")
    backend.choose(description["backend"])
    run.clear_litter()
    runs.make_sure_of_room(run.folder)
    if run.model.exists() and not os.path.lexists(run.checkpoint):
        return _report_again(run, data_set, chosen)
    data_set = _learned(data_set, chosen, description)
    loop = _prepare(chosen, data_set, seed)
    if (count := loop.model.count_params()) != description["parameters"]:
        was = description["parameters"]
        raise RunError(f"{run.folder}: was started with {was} parameters: its recipe's network has {count} now")
    return _complete(run, loop, chosen, data_set, seed, watch)


def _report_again(run: Run, data_set: Dataset, recipe: Recipe) -> Run:
    """Score a run whose network is fully trained. Raises `RunError` if it is not and its checkpoint is gone."""
    from mnistry.classifier.classifier import Classifier

    if (done := Classifier(run.model).metadata_entry("epochs", int)) != recipe.epochs:
        wrong = f"model.onnx is of {done} of {recipe.epochs} epochs, and checkpoint.npz is gone"
        raise RunError(f"{run.folder}: {wrong}: remove model.onnx to train again from the start")
    with writing(run.folder, f"go on with: mnistry train --resume {run.folder}"):
        _evaluate(run, data_set)
    return run


def _learned(data_set: Dataset, recipe: Recipe, description: dict[str, Any]) -> Dataset:
    """Return the training data of a run: the data set, its recipe's sources, and the run's extension.

    If the run is calibrated from another run, the validation images are included.
    """
    whole = full_data.merged(data_set) if description.get("calibrated_from") else data_set
    learned = sources.enlarged(whole, recipe, description["seed"])
    added = extension.find(description.get("extension"), data_set)
    return added.mixed_into(learned) if added else learned


def _prepare(recipe: Recipe, data_set: Dataset, seed: int, repeatable: bool = True) -> Loop:
    from mnistry.training import fit

    if repeatable:
        backend.make_deterministic()
    backend.keep_freed_memory()
    return fit.prepare(recipe, data_set, seed)


def _complete(run: Run, loop: Loop, recipe: Recipe, data_set: Dataset, seed: int, watch: Watch) -> Run:
    """Do all remaining steps of a run; each step is safe to repeat."""
    from mnistry.training import fit

    teachers = distillation.find(run.description.get("teachers", []))
    go_on = f"go on with: mnistry train --resume {run.folder}"
    with writing(run.folder, go_on):
        try:
            try:
                fit.fit(loop, recipe, data_set, seed, run, watch, teachers)
            except KeyboardInterrupt:
                _export_last_epoch(loop, run, recipe, data_set)
                raise
            loop.finish()
            _export(loop.model, run, recipe, data_set)
            _evaluate(run, data_set)
            run.checkpoint.unlink(missing_ok=True)
        except KeyboardInterrupt:
            done = len(run.history)
            raise InterruptedRunError(f"stopped after epoch {done} of {recipe.epochs}: {go_on}") from None
    return run


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
    metadata, calibrated_from, teachers = (
        _metadata(run),
        run.description.get("calibrated_from"),
        run.description.get("teachers"),
    )
    if teachers:
        metadata["teachers"] = [{key: one[key] for key in one if key != "source"} for one in teachers]
    if calibrated_from:
        metadata |= {
            "calibrated_from": {"seed": calibrated_from["seed"]},
            **{key: calibrated_from[key] for key in full_data.CALIBRATION},
        }
    if added := run.description.get("extension"):
        metadata["extension"] = {key: added[key] for key in added if key != "source"}
    run.write("model.onnx", lambda path: to_onnx.to_onnx(model, path, data_set, metadata, recipe.views))


def _metadata(run: Run) -> dict[str, Any]:
    """Return the metadata of model.onnx, except what the export measures."""
    description = run.description
    history = run.history
    return {
        "mnistry": description["versions"]["mnistry"],
        "commit": description.get("commit"),
        "recipe": description["recipe"],
        "seed": description["seed"],
        "class_names": description["class_names"],
        "data": {key: value for key, value in description["data"].items() if key != "source"},  # paths are private
        "backend": description["backend"],
        "parameters": description["parameters"],
        "epochs": len(history),
        "elapsed_s": round(sum(row["elapsed_s"] for row in history), 1),
    }


def _evaluate(run: Run, data_set: Dataset) -> None:
    from mnistry.classifier.classifier import Classifier
    from mnistry.evaluation import evaluate, report

    classifier, added = Classifier(run.model), extension.find(run.description.get("extension"), data_set)
    found = added.scored(classifier) if added else None
    report.write(evaluate.evaluate(classifier, data_set), data_set, classifier, run.folder, run.history, found)


def _about(loop: Loop, data_set: Dataset, merged: bool) -> dict[str, Any]:
    train, validation = len(data_set.train), len(data_set.validation)
    identity = {
        "name": data_set.name,
        "source": data_set.source,
        "sha256": data_set.sha256,
        "train": train + validation if merged else train,
        "validation": 0 if merged else validation,
    }
    network = {"parameters": loop.model.count_params(), "precision": loop.precision}
    images = {"class_names": list(data_set.class_names), "image_shape": list(data_set.image_shape)}
    return network | {"data": identity} | images
