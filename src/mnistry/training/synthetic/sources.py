"""A recipe's training images in addition to the data set's own: other writing styles, and non-digits."""

from dataclasses import replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from mnistry.data.dataset import Dataset
from mnistry.data.load import MNIST_CLASSES
from mnistry.data.split import Split, concatenated
from mnistry.errors import RecipeError
from mnistry.training.recipes import Recipe, Source
from mnistry.training.synthetic import fonts, handwriting, nondigits, touching

TIMES = 2  # repetitions of the data set's own images per epoch: they are few compared with the others
HANDWRITTEN = 30_000
FONTS = 20_000
LETTERS = 10_000
CUTS = 160_000
NONDIGITS = 30_000
NONE = len(MNIST_CLASSES)  # the label of non-digits


def enlarged(dataset: Dataset, recipe: Recipe, seed: int) -> Dataset:
    """Return the data set with its training images repeated `TIMES` times, plus the recipe's sources.

    Deterministic in the seed; a recipe without sources changes nothing. Non-digits get the label after the last class,
    and are left out unless the recipe is open-set. Raises `RecipeError` if the data are not digits.
    """
    if not recipe.sources:
        return dataset
    if dataset.class_names != MNIST_CLASSES or dataset.image_shape != (28, 28, 1):
        raise RecipeError(f"{dataset.source}: the recipe {recipe.name!r} is for digits, 0 to 9, of 28×28×1 px")
    beside = [drawn(source, dataset.train, seed) for source in recipe.sources]
    parts = [*[dataset.train] * TIMES, *beside]
    whole = concatenated(parts)
    return replace(dataset, train=whole if recipe.open_set else whole.part(whole.labels < NONE))


def drawn(source: Source, digits: Split, seed: int) -> Split:
    """Generate a source's images, some of them made of these `digits`; independent of the other sources."""
    rng = np.random.default_rng((seed, get_args(Source).index(source)))
    if source == "hands":
        return handwriting.digits(HANDWRITTEN, rng)
    if source == "fonts":
        known, letters = fonts.digits(FONTS, rng), fonts.letters(LETTERS, rng)
        return concatenated([known, _non_digits(letters)])
    if source == "cuts":
        return touching.cut(CUTS, digits, NONE, rng)
    return _non_digits(nondigits.nondigits(NONDIGITS, digits, rng))


def _non_digits(images: NDArray[np.uint8]) -> Split:
    return Split(images, np.full(len(images), NONE, np.int64))
