"""What a recipe learns beside the data set's own images: other hands, and what is no digit."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mnistry.dataset import MNIST_CLASSES, Dataset
from mnistry.errors import RecipeError
from mnistry.split import Split
from mnistry.training import fonts, handwriting, nondigits, segments
from mnistry.training.recipes import Recipe

HANDS = 30_000
FONTS = 20_000
LETTERS = 10_000
CUTS = 50_000
NONDIGITS = 30_000


def enlarged(dataset: Dataset, recipe: Recipe, seed: int) -> Dataset:
    """The data set with the recipe's sources among its training images; the same for the same seed.

    What is no digit gets the label after the last class. Raises `RecipeError` if the data are not digits.
    """
    if not recipe.sources:
        return dataset
    if dataset.class_names != MNIST_CLASSES or dataset.image_shape != (28, 28, 1):
        raise RecipeError(f"{dataset.source}: the recipe {recipe.name!r} is for digits, 0 to 9, of 28×28×1 px")
    parts = [dataset.train]
    for i, source in enumerate(recipe.sources):
        rng = np.random.default_rng((seed, i))
        if source == "hands":
            parts.append(handwriting.digits(HANDS, rng))
        elif source == "fonts":
            parts.append(fonts.digits(FONTS, rng))
            parts += [_none(fonts.letters(LETTERS, rng))] if recipe.open_set else []
        elif source == "cuts":
            parts.append(segments.cut(CUTS, dataset.train, len(MNIST_CLASSES), rng))
        else:
            parts.append(_none(nondigits.nondigits(NONDIGITS, dataset.train, rng)))
    images, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("images", "labels"))
    return replace(dataset, train=Split(images, labels))


def _none(images: NDArray[np.uint8]) -> Split:
    return Split(images, np.full(len(images), len(MNIST_CLASSES), np.int64))
