"""Trains a detector: recipe → fit → model.onnx → evaluation → report, in one run folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mnistry.errors import RecipeError, RunError, UsageError
from mnistry.lineage import DataIdentity
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.views import MULTIPLE
from mnistry.run import folder as runs
from mnistry.run.config import RunConfig
from mnistry.run.folder import Run
from mnistry.safety.atomic_write import writing
from mnistry.training import provenance, recipe_file, run_steps
from mnistry.training.detector import sources
from mnistry.training.detector.recipe import DETECTORS, DetectorRecipe
from mnistry.training.loops import backend
from mnistry.training.progress import Watch

if TYPE_CHECKING:  # importing Keras takes seconds, so checks that do not need it run first
    import numpy as np
    from numpy.typing import NDArray

    from mnistry.detector.metadata import DetectorMetadata
    from mnistry.training.detector.fit import Fitting
    from mnistry.training.synthetic.pages.scene import Scene

CHECKED_PAGES, CHECKED_PX = 3, 224  # what the exported file is compared with Keras on


def train_detector(
    recipe: str | DetectorRecipe = "detector",
    *,
    seed: int = 0,
    epochs: int | None = None,
    out: str | Path | None = None,
    watch: Watch | None = None,
) -> Run:
    """Train a detector on pages that it draws, score the result on others, and write everything to a run folder.

    `recipe` is a name in `DETECTORS` or a `DetectorRecipe`; `epochs` overrides its number. `out` names the folder; by
    default one is created under runs/. Fonts and photos are fetched before training starts; it needs torch.

    The same recipe and seed on the same machine give bit-identical weights on a CPU. Ctrl-C leaves a usable run that
    can be resumed (`training.resume`), and raises `InterruptedRunError`. The other errors are those of `train`.
    """
    chosen = find(recipe) if isinstance(recipe, str) else recipe
    chosen = chosen if epochs is None else replace(chosen, epochs=epochs)
    recipe_file.check(chosen.epochs, seed)
    folder = runs.refuse_taken(Path(out)) if out is not None else None
    _choose_torch()
    sources.fetch()
    fitting = _prepare(chosen, seed)
    run = runs.create(folder, _config(fitting, chosen, seed))
    with run.locked():
        return _complete(run, fitting, chosen, watch or Watch())


def find(name: str) -> DetectorRecipe:
    """Return the recipe of that name. Raises `RecipeError` for an unknown name."""
    if name not in DETECTORS:
        raise RecipeError(f"no recipe of a detector {name!r}: there are {', '.join(DETECTORS)}")
    return DETECTORS[name]


def go_on(run: Run, watch: Watch) -> Run:
    """Do what is left of a run that is locked. Raises errors as `training.resume` does."""
    config, chosen = run.config, recipe_file.detector_recipe_of(run)
    if config.data.sha256 != _identity(chosen).sha256:
        raise RunError(f"{run.folder}: was started with other fonts or photos than those listed now (SHA-256 differs)")
    if config.class_names != GLYPHS:
        raise RunError(f"{run.folder}: was started with other glyphs than this version of mnistry has")
    _choose_torch(config.backend)
    run.clear_litter()
    runs.make_sure_of_room(run.folder)
    sources.fetch()
    if run.model.exists() and not os.path.lexists(run.checkpoint):
        return _report_again(run, chosen)
    fitting = _prepare(chosen, config.seed or 0)
    if (count := fitting.loop.model.count_params()) != config.parameters:
        was = config.parameters
        raise RunError(f"{run.folder}: was started with {was} parameters: its recipe's network has {count} now")
    return _complete(run, fitting, chosen, watch)


def _choose_torch(wanted: str | None = None) -> None:
    """Select the backend; a detector's loop is torch's. Raises `UsageError` for another."""
    if (chosen := backend.choose(wanted)) != "torch":
        raise UsageError(f"KERAS_BACKEND={chosen}: a detector is trained on torch: set KERAS_BACKEND=torch")


def _prepare(recipe: DetectorRecipe, seed: int) -> Fitting:
    from mnistry.training.detector import network
    from mnistry.training.detector.fit import Fitting
    from mnistry.training.detector.loop import DetectorLoop

    backend.keep_freed_memory()
    backend.seed_everything(seed)
    return Fitting(DetectorLoop(network.build(recipe.widths, recipe.deep, seed), recipe), recipe)


def _complete(run: Run, fitting: Fitting, recipe: DetectorRecipe, watch: Watch) -> Run:
    """Do all remaining steps of a run; each step is safe to repeat."""
    from mnistry.training.detector import fit, pages

    judged_on: list[Scene] = []  # drawn in `learn`, where Ctrl-C is expected

    def learn() -> None:
        judged_on.extend(pages.drawn("validation", recipe.pages))
        fit.fit(fitting, recipe, run.config.seed or 0, run, watch, judged_on)

    def finish() -> None:
        _export(fitting, run, recipe, judged_on, score=True)
        _evaluate(run)

    def make_usable() -> None:
        from mnistry.training.loops import checkpoint

        if history := checkpoint.restore(run.checkpoint, fitting):
            run.write_history(history)
            _export(fitting, run, recipe, judged_on, score=False)

    return run_steps.complete(run, recipe.epochs, fit=learn, make_usable=make_usable, finish=finish)


def _report_again(run: Run, recipe: DetectorRecipe) -> Run:
    """Score a run whose network is fully trained. Raises `RunError` if it is not and its checkpoint is gone."""
    from mnistry.detector.detector import Detector

    if (done := Detector(run.model).metadata.epochs) != recipe.epochs:
        wrong = f"model.onnx is of {done} of {recipe.epochs} epochs, and checkpoint.npz is gone"
        raise RunError(f"{run.folder}: {wrong}: remove model.onnx to train again from the start")
    with writing(run.folder, f"go on with: mnistry train --resume {run.folder}"):
        _evaluate(run)
    return run


def _export(fitting: Fitting, run: Run, recipe: DetectorRecipe, judged_on: list[Scene], *, score: bool) -> None:
    """Export the network of the best epoch; `score` adds what validation pages give: scores, and confidence."""
    import keras

    from mnistry.training.detector import network, pages
    from mnistry.training.export import detector_to_onnx

    checked = judged_on[:CHECKED_PAGES] or list(pages.drawn("validation", CHECKED_PAGES))

    def write(path: Path) -> None:
        detector_to_onnx.to_onnx(model, path, [_corner(page.pixels) for page in checked], _metadata(run, fitting))
        if score:
            _score(path, judged_on)

    with keras.device("cpu"):
        model = network.build(recipe.widths, recipe.deep)
        for variable, array in zip(model.variables, fitting.best, strict=True):
            variable.assign(array)
        run.write("model.keras", model.save)
        run.write("model.onnx", write)


def _score(path: Path, judged_on: list[Scene]) -> None:
    """Store the network as 8 bits if that loses nothing; add its scores on the validation pages, and the confidence."""
    from mnistry.detector.detector import Detector
    from mnistry.training.detector import fit_confidence, pages
    from mnistry.training.export import detector_to_int8
    from mnistry.training.export.write_metadata import write_metadata

    detector = Detector(path)
    reached = pages.validate(detector.detect, judged_on).scores
    metadata = replace(detector.metadata, validation=reached)
    small = detector_to_int8.quantized(path, (_corner(page.pixels) for page in judged_on))
    with_small = pages.validate(Detector(path, data=small).detect, judged_on).scores
    if detector_to_int8.loses_nothing(reached, with_small):
        path.write_bytes(small)
        metadata = replace(metadata, validation=with_small, weights="int8", rounding=None)
    write_metadata(path, metadata)
    fit_confidence.write(path)


def _corner(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a part of a page whose sides a detector takes."""
    height, width = (min(side, CHECKED_PX) // MULTIPLE * MULTIPLE for side in pixels.shape[:2])
    return pixels[:height, :width]


def _metadata(run: Run, fitting: Fitting) -> DetectorMetadata:
    """Return the metadata of model.onnx, except what the export measures."""
    from mnistry.detector.metadata import DetectorMetadata

    config, history = run.config, run.history
    return DetectorMetadata(
        kind="detector",
        mnistry=config.versions["mnistry"],
        commit=config.commit,
        recipe=config.recipe,
        seed=config.seed,
        class_names=config.class_names,
        data=replace(config.data, source=""),
        backend=config.backend,
        parameters=config.parameters,
        epochs=len(history),
        best_epoch=fitting.best_epoch,
        elapsed_s=round(sum(row["elapsed_s"] for row in history), 1),
    )


def _evaluate(run: Run) -> None:
    from mnistry.detector.detector import Detector
    from mnistry.training.detector import evaluate, report

    detector = Detector(run.model)
    report.write(evaluate.evaluate(detector), detector, run.folder, run.history)


def _config(fitting: Fitting, recipe: DetectorRecipe, seed: int) -> RunConfig:
    return RunConfig(
        kind="detector",
        recipe=recipe.record,
        seed=seed,
        data=_identity(recipe),
        class_names=GLYPHS,
        parameters=fitting.loop.model.count_params(),
        precision=fitting.loop.precision,
        backend=backend.choose(),
        versions=provenance.versions(),
        commit=provenance.commit(),
        machine=provenance.machine(),
    )


def _identity(recipe: DetectorRecipe) -> DataIdentity:
    return sources.identity(recipe.epochs * recipe.steps * recipe.batch_size, recipe.pages)
