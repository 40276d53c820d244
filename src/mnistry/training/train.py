"""The whole road: recipe + data → fit → model.onnx → evaluation → report, in one run folder."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from mnistry import dataset as datasets
from mnistry import run as runs
from mnistry import strict_json
from mnistry.dataset import Dataset
from mnistry.errors import DataError, InterruptedRunError, RecipeError, RunError, one_line
from mnistry.limits import LIMITS
from mnistry.replace import writing
from mnistry.run import Run
from mnistry.training import backend, extension, provenance, recipes, sources, teachers, twins
from mnistry.training.progress import Watch
from mnistry.training.recipes import Recipe

if TYPE_CHECKING:  # Keras takes seconds to import: what can fail without it fails first
    import keras

    from mnistry.training.fit import Loop


def train(
    recipe: str | Recipe = "tutorial",
    *,
    seed: int = 0,
    data: str | Path = datasets.MNIST,
    epochs: int | None = None,
    out: str | Path | None = None,
    twin: str | Path | None = None,
    teacher: teachers.Given = None,
    extend: str | Path | None = None,
    watch: Watch | None = None,
    repeatable: bool = True,
) -> Run:
    """Train by a recipe, score the result on the test images, and leave all of it in a run folder.

    `recipe` is a name in `RECIPES` or a `Recipe` of your own, `data` what `dataset.load` takes,
    `epochs` overrides the recipe's, `out` names the folder (else one is made under runs/). With `twin`,
    a finished run of the same recipe and data, it learns the validation images too, and has that one's
    calibration; a recipe with `distillation` learns from `teacher`, a model or a run, or from several by
    turns. `extend` is a folder of class folders with a few pictures to learn beside the data. Sets the
    process' random seeds, and lets it keep freed memory for good (Linux).

    The same recipe, data and seed on the same machine and backend give the same weights, bit for bit
    (on a CPU; no GPU was there to try); `repeatable=False` gives that up where it costs time, on tensorflow.

    Ctrl-C leaves a run that can be used and resumed, and raises `InterruptedRunError`. `RecipeError`,
    `RunError`, `MissingExtraError` and, but for the test images, `DataError` come before training
    starts; `ModelError` comes after it, if the network diverged or the exported file and Keras disagree.
    """
    chosen = recipes.find(recipe, epochs) if isinstance(recipe, str) else recipe
    _refuse(chosen, seed, out)
    data_set = datasets.load(data)
    description = provenance.describe() | {
        "recipe": dataclasses.asdict(chosen),
        "seed": seed,
        "twin": twins.calibration(twin, chosen, data_set),
        "teachers": teachers.describe(teacher, chosen, data_set, whole=twin is not None),
        "extension": extension.described(extend, data_set),
        "backend": backend.choose(),
    }
    loop = _prepare(chosen, learned := _learned(data_set, chosen, description), seed, repeatable)
    twins.check_network(twin, description["twin"], loop.model.count_params())
    description |= _about(loop, data_set, merged=description["twin"] is not None)
    run = runs.create(None if out is None else Path(out), description)
    with run.locked():
        return _complete(run, loop, chosen, learned, seed, watch or Watch())


def _refuse(recipe: Recipe, seed: int, out: str | Path | None = None) -> None:
    if not 0 <= seed < 2**32:
        raise RecipeError(f"`seed` (={seed}) must be 0 or more and less than 2**32")
    if recipe.epochs > LIMITS.epochs:
        raise RecipeError(f"`epochs` (={recipe.epochs}) must be {LIMITS.epochs} or less")
    if out is not None:
        runs.refuse_taken(Path(out))


def resume(folder: str | Path, *, data: str | Path | None = None, watch: Watch | None = None) -> Run:
    """Go on with a run that was stopped, at any moment and in any way; a finished one is left alone.

    `data` says where its data set is now, if it has moved. On the same machine and backend the
    result is the same, bit for bit, as if the run had never been stopped.

    Raises `RunError` if there is no run, it is damaged, another process trains it, there is no room for
    the rest of it, or it was begun on another backend, and `DataError` if the data are not those it was
    begun with; otherwise as `train`.
    """
    run = runs.open_run(Path(folder))
    if run.finished:
        return run
    with run.locked():
        return run if run.finished else _go_on(run, data, watch or Watch())


def _go_on(run: Run, data: str | Path | None, watch: Watch) -> Run:
    description, seed = run.description, run.description["seed"]
    chosen = _recipe(run)
    try:
        data_set = datasets.load(data if data is not None else description["data"]["source"])
    except DataError as error:
        raise error if data is not None else DataError(f"{error}; --data says where the data are now") from error
    if data_set.sha256 != description["data"]["sha256"]:
        raise DataError(f"{data_set.source}: not the data that {run.folder} was begun with (SHA-256 differs)")
    if description["class_names"] != list(data_set.class_names):
        names = strict_json.short(description["class_names"])
        raise RunError(f"{run.folder}: was begun on the classes {names}: those of {data_set.source} are others")
    backend.choose(description["backend"])
    run.clear_litter()
    runs.make_sure_of_room(run.folder)
    if run.model.exists() and not os.path.lexists(run.checkpoint):
        return _report_again(run, data_set, chosen)
    data_set = _learned(data_set, chosen, description)
    loop = _prepare(chosen, data_set, seed)
    if (count := loop.model.count_params()) != description["parameters"]:
        was = description["parameters"]
        raise RunError(f"{run.folder}: was begun with {was} parameters: its recipe's network has {count} now")
    return _complete(run, loop, chosen, data_set, seed, watch)


def _report_again(run: Run, data_set: Dataset, recipe: Recipe) -> Run:
    """Score a run whose network is trained. Raises `RunError` where it is not, and its checkpoint is gone."""
    from mnistry.reader import Reader

    if (done := Reader(run.model).told("epochs", int)) != recipe.epochs:
        wrong = f"model.onnx is of {done} of {recipe.epochs} epochs, and checkpoint.npz is gone"
        raise RunError(f"{run.folder}: {wrong}: remove model.onnx to train it anew")
    with writing(run.folder, f"go on with: mnistry train --resume {run.folder}"):
        _evaluate(run, data_set)
    return run


def _recipe(run: Run) -> Recipe:
    """By which a run was begun. Raises `RunError` if it says what no `Recipe` may, or lacks what goes with it."""
    told, seed, where = run.description["recipe"], run.description["seed"], run.folder / "recipe.json"
    if "members" in told:
        raise RunError(f"{run.folder}: is an ensemble that was not finished: remove it and run mnistry ensemble again")
    fields = {f"{name}?": strict_json.shape_of(kind) for name, kind in get_type_hints(Recipe).items()}
    if problem := strict_json.misfit(told, fields, "recipe") or strict_json.misfit(seed, int, "seed"):
        raise RunError(f"{where}: {problem}")
    try:
        recipe = Recipe(**told)
        _refuse(recipe, seed)
    except TypeError as error:
        wanted = "its recipe is not one of this version of mnistry"
        raise RunError(f"{run.folder}: {wanted} ({one_line(error)})") from error
    except RecipeError as error:
        raise RunError(f"{where}: {one_line(error)}") from error
    if recipe.distillation and not run.description.get("teachers"):
        raise RunError(f"{run.folder}: does not say its teachers, as runs of this version of mnistry do")
    if (begun_on := run.description["backend"]) not in backend.BACKENDS:
        raise RunError(f"{where}: backend is {strict_json.short(begun_on)}: wanted {', '.join(backend.BACKENDS)}")
    if twin := run.description.get("twin"):
        twins.check_calibration(twin, f"{where}: twin")
    return recipe


def _learned(data_set: Dataset, recipe: Recipe, description: dict[str, Any]) -> Dataset:
    """What a run trains on: with a twin's calibration, its validation images too; and what extends it."""
    whole = twins.merged(data_set) if description.get("twin") else data_set
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
    """All that is still to be done for a run, each step safe to be done again."""
    from mnistry.training import fit

    taught_by = teachers.find(run.description.get("teachers", []))
    go_on = f"go on with: mnistry train --resume {run.folder}"
    with writing(run.folder, go_on):
        try:
            try:
                fit.fit(loop, recipe, data_set, seed, run, watch, taught_by)
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
    """What was learned up to the last whole epoch, as a model that works already."""
    from mnistry.training import checkpoint

    if history := checkpoint.restore(run.checkpoint, loop):
        run.write_history(history)
        loop.finish()
        _export(loop.model, run, recipe, data_set)


def _export(model: keras.Sequential, run: Run, recipe: Recipe, data_set: Dataset) -> None:
    from mnistry.training import export

    run.write("model.keras", model.save)
    metadata, twin, taught_by = _metadata(run), run.description.get("twin"), run.description.get("teachers")
    if taught_by:
        metadata["teachers"] = [{key: told[key] for key in told if key != "source"} for told in taught_by]
    if twin:
        metadata |= {"twin": {"seed": twin["seed"]}, **{key: twin[key] for key in twins.CALIBRATION}}
    if added := run.description.get("extension"):
        metadata["extension"] = {key: added[key] for key in added if key != "source"}
    run.write("model.onnx", lambda path: export.to_onnx(model, path, data_set, metadata, recipe.views))


def _metadata(run: Run) -> dict[str, Any]:
    """What model.onnx says of itself, but for what the export measures."""
    told = run.description
    history = run.history
    return {
        "mnistry": told["versions"]["mnistry"],
        "commit": told.get("commit"),
        "recipe": told["recipe"],
        "seed": told["seed"],
        "class_names": told["class_names"],
        "data": {key: value for key, value in told["data"].items() if key != "source"},  # a path is its owner's
        "backend": told["backend"],
        "parameters": told["parameters"],
        "epochs": len(history),
        "elapsed_s": round(sum(row["elapsed_s"] for row in history), 1),
    }


def _evaluate(run: Run, data_set: Dataset) -> None:
    from mnistry import evaluate, report
    from mnistry.reader import Reader

    reader, added = Reader(run.model), extension.find(run.description.get("extension"), data_set)
    found = added.scored(reader) if added else None
    report.write(evaluate.evaluate(reader, data_set), data_set, reader, run.folder, run.history, found)


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
