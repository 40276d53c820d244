"""Reads recipe.json: the recipe and seed that a run was started with, checked."""

from typing import TypeVar, get_type_hints

from mnistry.errors import RecipeError, RunError, one_line
from mnistry.run.folder import Run
from mnistry.safety import strict_json
from mnistry.safety.json_record import as_json, shape_of
from mnistry.safety.limits import LIMITS
from mnistry.training import full_data
from mnistry.training.detector.recipe import DetectorRecipe
from mnistry.training.loops import backend
from mnistry.training.recipes import Recipe

R = TypeVar("R", Recipe, DetectorRecipe)


def check(epochs: int, seed: int) -> None:
    """Raise `RecipeError` if the seed or the number of epochs is out of range."""
    if not 0 <= seed < 2**32:
        raise RecipeError(f"`seed` (={seed}) must be 0 or more and less than 2**32")
    if epochs > LIMITS.epochs:
        raise RecipeError(f"`epochs` (={epochs}) must be {LIMITS.epochs} or less")


def recipe_of(run: Run) -> Recipe:
    """Return the recipe a run was started with. Raises `RunError` if recipe.json is invalid or incomplete."""
    config, where = run.config, run.folder / "recipe.json"
    if config.recipe.members is not None:
        raise RunError(f"{run.folder}: is an ensemble that was not finished: remove it and run mnistry ensemble again")
    recipe = _made(run, Recipe)
    if recipe.distillation and not config.teachers:
        raise RunError(f"{run.folder}: does not say its teachers, as runs of this version of mnistry do")
    if config.calibrated_from:
        full_data.check_calibration(config.calibrated_from, f"{where}: calibrated_from")
    return recipe


def detector_recipe_of(run: Run) -> DetectorRecipe:
    """Return the recipe a detector's run was started with. Raises `RunError` as `recipe_of` does."""
    return _made(run, DetectorRecipe)


def _made(run: Run, kind: type[R]) -> R:
    config, where = run.config, run.folder / "recipe.json"
    fields = {f"{name}?": shape_of(kind) for name, kind in get_type_hints(kind).items()}
    settings = as_json(config.recipe)
    if problem := strict_json.misfit(settings, fields, "recipe") or strict_json.misfit(config.seed, int, "seed"):
        raise RunError(f"{where}: {problem}")
    try:
        recipe = kind(**settings)
        check(recipe.epochs, config.seed or 0)
    except TypeError as error:
        wanted = "its recipe is not one of this version of mnistry"
        raise RunError(f"{run.folder}: {wanted} ({one_line(error)})") from error
    except RecipeError as error:
        raise RunError(f"{where}: {one_line(error)}") from error
    if (begun_on := config.backend) not in backend.BACKENDS:
        raise RunError(f"{where}: backend is {strict_json.short(begun_on)}: wanted {', '.join(backend.BACKENDS)}")
    return recipe
