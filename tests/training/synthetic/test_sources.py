from dataclasses import replace

import numpy as np
import pytest

from mnistry.data import Dataset, load_dataset
from mnistry.data.split import Split
from mnistry.errors import RecipeError
from mnistry.training import RECIPES
from mnistry.training.recipes import Recipe
from mnistry.training.synthetic import fonts, sources
from mnistry.training.train import _learned


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    return load_dataset()


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """The reader's, except for the fonts, which would have to be fetched."""
    for name, n in (("HANDWRITTEN", 30), ("CUTS", 20), ("NONDIGITS", 12)):
        monkeypatch.setattr(sources, name, n)
    return replace(RECIPES["reader"], sources=("hands", "cuts", "nondigits"))


def test_a_recipe_without_sources_leaves_the_data_as_they_are(mnist: Dataset) -> None:
    assert sources.enlarged(mnist, RECIPES["tutorial"], 0) is mnist


def test_training_images_come_first_and_the_other_splits_stay(mnist: Dataset, recipe: Recipe) -> None:
    larger = sources.enlarged(mnist, recipe, 0)
    n = len(mnist.train)
    assert len(larger.train) == 2 * n + 30 + 20 + 12
    for own in (larger.train.images[:n], larger.train.images[n : 2 * n]):
        assert np.array_equal(own, mnist.train.images)
    assert np.array_equal(larger.train.labels[: 2 * n], np.tile(mnist.train.labels, 2))
    assert np.array_equal(larger.validation.images, mnist.validation.images)
    assert np.array_equal(larger.test.labels, mnist.test.labels)


def test_validation_images_that_are_learned_weigh_as_the_others(mnist: Dataset, recipe: Recipe) -> None:
    learned = _learned(mnist, recipe, 0, None, whole=True).train
    assert len(learned) == 2 * 60_000 + 30 + 20 + 12
    for at in (55_000, 60_000 + 55_000):
        assert np.array_equal(learned.images[at : at + 5_000], mnist.validation.images)


def test_what_is_no_digit_has_the_label_after_the_last_class(mnist: Dataset, recipe: Recipe) -> None:
    labels = sources.enlarged(mnist, recipe, 0).train.labels[2 * len(mnist.train) :]
    written, cuts, nondigits = np.split(labels, [30, 50])
    assert set(written) == set(range(10))
    assert 10 in cuts
    assert (cuts < 10).any()
    assert (nondigits == 10).all()


def test_without_a_class_for_none_no_letters_are_learned(mnist: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images in place of the fonts', which would have to be fetched."""
    digits, letters = Split(mnist.train.images[:6], mnist.train.labels[:6]), mnist.train.images[6:10]
    monkeypatch.setattr(fonts, "digits", lambda n, rng: digits)
    monkeypatch.setattr(fonts, "letters", lambda n, rng: letters)
    monkeypatch.setattr(sources, "NONDIGITS", 5)
    added = {}
    for names in (("fonts",), ("fonts", "nondigits")):
        larger = sources.enlarged(mnist, replace(RECIPES["reader"], sources=names), 0)
        added[names] = larger.train.labels[2 * len(mnist.train) :].tolist()
    assert added["fonts",] == digits.labels.tolist()
    assert added["fonts", "nondigits"] == digits.labels.tolist() + [10] * (4 + 5)


def test_the_seed_decides(mnist: Dataset, recipe: Recipe) -> None:
    added = [sources.enlarged(mnist, recipe, seed).train.images[2 * len(mnist.train) :] for seed in (3, 3, 4)]
    assert np.array_equal(added[0], added[1])
    assert not np.array_equal(added[0], added[2])


def test_other_data_than_digits_are_refused(mnist: Dataset, recipe: Recipe) -> None:
    letters = replace(mnist, class_names=tuple("abcdefghij"))
    with pytest.raises(RecipeError, match="the recipe 'reader' is for digits, 0 to 9, of 28×28×1 px"):
        sources.enlarged(letters, recipe, 0)
