import numpy as np
import pytest

from mnistry.training.detector import network
from mnistry.training.detector.recipe import DETECTOR
from small_pages import RECIPE


@pytest.mark.parametrize("sides", [(64, 96), (None, None)])
def test_its_maps(sides: tuple[int | None, int | None]) -> None:
    model = network.build(RECIPE.widths, RECIPE.deep, sides=sides)
    found = model.predict(np.zeros((2, 64, 96, 3), np.uint8), verbose=0)
    shapes = {name: array.shape for name, array in found.items()}
    assert shapes == {name: (2, 32, 48, n) for name, n in network.HEADS.items()} | {"text": (2, 8, 12, 2)}


def test_a_seed_gives_the_same_network() -> None:
    one, same, other = (network.build(RECIPE.widths, RECIPE.deep, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), same.get_weights(), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def test_the_one_that_ships_is_small() -> None:
    model = network.build(DETECTOR.widths, DETECTOR.deep)
    assert 2 * model.count_params() < 2_000_000  # bytes, as float16
