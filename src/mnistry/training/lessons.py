"""What each epoch shows: the images, bent anew, and what is to be learned of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import RecipeError
from mnistry.reader import Reader
from mnistry.split import Split
from mnistry.training import augment, teachers
from mnistry.training.recipes import Recipe


class Lessons:
    """The training images as a recipe bends them, with their labels, and with what a teacher thinks of them."""

    def __init__(self, recipe: Recipe, train: Split, seed: int, taught_by: Sequence[Reader]) -> None:
        if bool(recipe.distillation) != bool(taught_by):
            raise RecipeError(f"`distillation` (={recipe.distillation}) with {len(taught_by)} teachers")
        self._how, self._recipe = augment.AUGMENTATIONS[recipe.augmentation], recipe
        self._train, self._seed, self._taught_by = train, seed, taught_by
        self._taught: dict[int, NDArray[np.float32]] = {}  # of the variants, which come again

    def of(self, epoch: int) -> tuple[Split, NDArray[np.float32] | None]:
        """The same for the same (seed, epoch), or, with variants, as for the first epoch that had this one."""
        variant, train = self._recipe.variant(epoch), self._train
        if self._how:
            rng = np.random.default_rng((seed_of(self._seed, variant), 1))
            train = Split(augment.augment(train.images, self._how, rng), train.labels)
        if not self._taught_by:
            return train, None
        if variant in self._taught:
            return train, self._taught[variant]
        taught = teachers.taught(self._taught_by[teachers.turn(variant, len(self._taught_by))], train.images)
        if self._recipe.variants:
            self._taught[variant] = taught
        return train, taught


def seed_of(seed: int, epoch: int) -> int:
    """From which the random numbers of an epoch follow; with variants, images are bent by those of an earlier one."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0])
