from dataclasses import replace

import pytest

from mnistry.errors import RecipeError
from mnistry.safety.json_record import as_json
from mnistry.training.detector.recipe import DETECTOR, DetectorRecipe


def test_recorded_and_made_again() -> None:
    recorded = as_json(DETECTOR.record)
    assert DetectorRecipe(**recorded) == DETECTOR
    assert (DETECTOR.record.epochs, recorded["widths"]) == (40, [16, 40, 64, 112, 32])


@pytest.mark.parametrize(("epochs", "mining", "after"), [(40, 2, (13, 27)), (3, 2, (1, 2)), (9, 0, ()), (1, 2, (0, 1))])
def test_hard_negatives_are_looked_for_at_even_distances(epochs: int, mining: int, after: tuple[int, ...]) -> None:
    assert replace(DETECTOR, epochs=epochs, mining=mining).mined_after == after


def test_steps() -> None:
    assert DETECTOR.steps == 1000
    assert replace(DETECTOR, crops=5).steps == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epochs": 0}, "`epochs` (=0) must be 1 or more"),
        ({"pages": 0}, "`pages` (=0) must be 1 or more"),
        ({"mining": 11}, "`mining` (=11) must be 0 to 10"),
        ({"mined_from": 100_001}, "`mined_from` (=100001) must be 100000 or less"),
        ({"height": 100}, "`height` (=100) must be a multiple of 16, and 64 or more"),
        ({"width": 48}, "`width` (=48) must be a multiple of 16, and 64 or more"),
        ({"learning_rate": 0.0}, "`learning_rate` (=0.0) must be more than 0 and at most 1"),
        ({"averaging": 1.0}, "`averaging` (=1.0) must be 0 or more and less than 1"),
        ({"mined_share": -0.1}, "`mined_share` (=-0.1) must be 0 or more and less than 1"),
        ({"weight_decay": -1.0}, "`weight_decay` (=-1.0) must be 0 or more"),
        ({"clip": 0.0}, "`clip` (=0.0) must be more than 0"),
        ({"widths": (1, 2, 3)}, "`widths` (=[1, 2, 3]) must be 5 numbers of 1 or more"),
    ],
)
def test_recipes_that_contradict_themselves(changes: dict, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        replace(DETECTOR, **changes)
    assert str(caught.value) == said
