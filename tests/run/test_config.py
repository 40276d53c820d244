import json
from dataclasses import replace
from typing import Any

import pytest

from mnistry.lineage import EnsembleMember, RecipeRecord, RecipeSettings
from mnistry.run.config import DETECTOR, ENSEMBLE, TRAINED, RunConfig
from mnistry.run.folder import Run

Finished = tuple[Run, dict[str, Any]]


def test_a_real_run_goes_in_and_comes_out(finished: Finished) -> None:
    stored = json.loads((finished[0].folder / "recipe.json").read_text())
    config = RunConfig.from_json(stored)
    assert config == finished[0].config
    assert config.to_json() == stored
    assert list(config.to_json()) == list(stored) == list(TRAINED)
    assert (config.recipe.name, config.recipe.epochs, config.recipe.views) == ("tutorial", 2, 1)
    assert config.sources == (config.data.source,)


def test_a_detector_s_run_goes_in_and_comes_out(small_detector: Run) -> None:
    stored = json.loads((small_detector.folder / "recipe.json").read_text())
    config = RunConfig.from_json(stored)
    assert config == small_detector.config
    assert config.kind == "detector"
    assert list(config.to_json()) == list(stored) == list(DETECTOR)
    with pytest.raises(ValueError, match=r"^kind is 'zebra': "):
        RunConfig.from_json(stored | {"kind": "zebra"})


def test_an_ensemble_says_nothing_of_teachers(finished: Finished) -> None:
    recipe = RecipeSettings(name="fast", fields={"epochs": 1})
    made = RecipeRecord(name="ensemble", members=(EnsembleMember(recipe=recipe, seed=1),))
    config = replace(finished[0].config, recipe=made, seed=None, precision=None)
    found = config.to_json()
    assert list(found) == list(ENSEMBLE)
    assert found["recipe"] == {"name": "ensemble", "members": [{"recipe": {"name": "fast", "epochs": 1}, "seed": 1}]}
    assert RunConfig.from_json(found) == config
    assert config.recipe.epochs is None


def test_fields_that_no_version_knows_are_kept_of_a_recipe_alone(finished: Finished) -> None:
    stored = finished[0].config.to_json()
    config = RunConfig.from_json(stored | {"recipe": stored["recipe"] | {"hue": 1}, "weather": "fair"})
    assert config.to_json() == stored | {"recipe": stored["recipe"] | {"hue": 1}}


@pytest.mark.parametrize("value", [[], None, 5, "recipe", {}])
def test_what_is_no_recipe_json(value: object) -> None:
    with pytest.raises(ValueError, match=r"wanted an object$|recipe is missing$"):
        RunConfig.from_json(value)
