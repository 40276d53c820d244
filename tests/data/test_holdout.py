import numpy as np
import pytest
from numpy.typing import NDArray

from mnistry.data import holdout


def pictures(n: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (n, 6, 6, 1), np.uint8)


def test_fixed_share_is_exact_and_stratified() -> None:
    labels = np.repeat([0, 1, 2], [601, 299, 300])
    held = holdout.fixed_share(pictures(1200), labels, 1 / 12)
    assert held.sum() == 100
    assert np.bincount(labels[held]).tolist() == [50, 25, 25]


def test_fixed_share_does_not_depend_on_the_order() -> None:
    images, labels = pictures(600), np.arange(600) % 3
    order = np.random.default_rng(1).permutation(600)
    held = holdout.fixed_share(images, labels, 1 / 12)
    assert np.array_equal(holdout.fixed_share(images[order], labels[order], 1 / 12), held[order])


def test_tenths_are_about_a_tenth_of_each_class() -> None:
    labels = np.arange(6000) % 3
    split = holdout.tenths(pictures(6000), labels, ("test", "validation"))
    for label in range(3):
        share = {part: float((split[labels == label] == part).mean()) for part in ("train", "validation", "test")}
        assert share == pytest.approx({"train": 0.8, "validation": 0.1, "test": 0.1}, abs=0.02)


def test_no_picture_moves_when_others_come_or_go() -> None:
    images, labels = pictures(900), np.arange(900) % 3
    whole = holdout.tenths(images, labels, ("test", "validation"))
    kept = np.random.default_rng(2).permutation(900)[:450]
    assert np.array_equal(holdout.tenths(images[kept], labels[kept], ("test", "validation")), whole[kept])


@pytest.mark.parametrize("seed", range(40))
def test_even_three_pictures_fill_three_parts(seed: int) -> None:
    split = holdout.tenths(pictures(3, seed), np.zeros(3, int), ("test", "validation"))
    assert sorted(split) == ["test", "train", "validation"]


@pytest.mark.parametrize("seed", range(40))
def test_copies_of_a_picture_stay_together_even_in_small_classes(seed: int) -> None:
    few = pictures(4, seed)
    split = holdout.tenths(np.concatenate([few, few, few[:1]]), np.zeros(9, int), ("test", "validation"))
    assert set(split) == {"train", "validation", "test"}
    assert split[:4].tolist() == split[4:8].tolist()
    assert split[8] == split[0]
    assert holdout.different(np.concatenate([few, few])) == 4


@pytest.mark.parametrize("seed", range(40))
def test_even_two_pictures_fill_two_parts(seed: int) -> None:
    assert sorted(holdout.tenths(pictures(2, seed), np.zeros(2, int), ("validation",))) == ["train", "validation"]
