import json
from dataclasses import FrozenInstanceError, asdict
from typing import Any

import pytest

from mnistry.errors import RecipeError
from mnistry.safety.json_record import as_json
from mnistry.training.recipes import PEERS, RECIPES, TUTORIAL, Recipe, find


def test_recipes_are_known_by_their_names() -> None:
    assert all(name == recipe.name for name, recipe in (RECIPES | PEERS).items())
    assert not RECIPES.keys() & PEERS.keys()
    assert find("tuomaso") is PEERS["tuomaso"]
    assert find("tutorial") is TUTORIAL
    assert find("tutorial", epochs=2) == Recipe("tutorial", "tutorial", 2, TUTORIAL.batch_size, TUTORIAL.learning_rate)


def test_recipes_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        TUTORIAL.epochs = 3  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, r"^`epochs` \(=0\) must be 1 or more$"),
        ({"batch_size": -1}, r"^`batch_size` \(=-1\) must be 1 or more$"),
        ({"learning_rate": 1.5}, r"^`learning_rate` \(=1.5\) must be more than 0 and at most 1$"),
        ({"epoch_decay": 0}, r"^`epoch_decay` \(=0\) must be more than 0 and at most 1$"),
        ({"beta_1": 1}, r"^`beta_1` \(=1\) must be 0 or more and less than 1$"),
        ({"label_smoothing": -0.1}, r"^`label_smoothing` \(=-0.1\) must be 0 or more and less than 1$"),
        ({"averaging": 1.0}, r"^`averaging` \(=1.0\) must be 0 or more and less than 1$"),
        ({"weight_decay": -1.0}, r"^`weight_decay` \(=-1.0\) must be 0 or more$"),
        ({"variants": -1}, r"^`variants` \(=-1\) must be 0 or more$"),
        ({"variants": 3}, r"^`variants` \(=3\) goes with `distillation`: else each epoch has its own$"),
        (
            {"weight_decay": 0.1, "optimizer": "adadelta"},
            r"^`weight_decay` \(=0.1\) goes with adam, not with adadelta$",
        ),
        ({"augmentation": "wild"}, r"^`augmentation` \(=wild\) must be one of none, affine, writers, pens$"),
        ({"precision": "int8"}, r"^`precision` \(=int8\) must be one of float32, bfloat16$"),
        ({"views": 3}, r"^`views` \(=3\) must be one of 1, 5$"),
        ({"schedule": "flat"}, r"^`schedule` \(=flat\) must be one of cosine, one-cycle, step$"),
        ({"optimizer": "sgd"}, r"^`optimizer` \(=sgd\) must be one of adam, adadelta$"),
    ],
)
def test_contradictions(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Recipe(**{"name": "a", "model": "tutorial", "epochs": 1, "batch_size": 1, "learning_rate": 0.1, **change})


def test_no_such_recipe() -> None:
    with pytest.raises(
        RecipeError,
        match="^no recipe 'bread': there are tutorial, fast, reader, accurate, distilled, tiny, keras-example, pytorch-example, tuomaso$",
    ):
        find("bread")


@pytest.mark.parametrize("recipe", [*RECIPES.values(), *PEERS.values()], ids=lambda recipe: recipe.name)
def test_a_recipe_s_record_is_its_json(recipe: Recipe) -> None:
    stored = as_json(recipe.record)
    assert json.dumps(stored) == json.dumps(asdict(recipe))
    assert Recipe(**stored) == recipe
