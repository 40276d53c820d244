"""What each epoch shows: the images, bent anew, and what is to be learned of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import Classifier
from mnistry.data.split import Split
from mnistry.errors import RecipeError
from mnistry.training import distillation
from mnistry.training.augment import geometric
from mnistry.training.recipes import Recipe


class EpochData:
    """The training images as a recipe bends them, with their labels, and with what a teacher thinks of them."""

    def __init__(self, recipe: Recipe, train: Split, seed: int, teachers: Sequence[Classifier]) -> None:
        if bool(recipe.distillation) != bool(teachers):
            raise RecipeError(f"`distillation` (={recipe.distillation}) with {len(teachers)} teachers")
        self._how, self._recipe = geometric.AUGMENTATIONS[recipe.augmentation], recipe
        self._train, self._seed, self._teachers = train, seed, teachers
        self._teacher_logits: dict[int, NDArray[np.float32]] = {}  # of the variants, which come again

    def of(self, epoch: int) -> tuple[Split, NDArray[np.float32] | None]:
        """The same for the same (seed, epoch), or, with variants, as for the first epoch that had this one."""
        variant, train = self._recipe.variant(epoch), self._train
        if self._how:
            rng = np.random.default_rng((seed_of(self._seed, variant), 1))
            train = Split(geometric.augment(train.images, self._how, rng), train.labels)
        if not self._teachers:
            return train, None
        if variant in self._teacher_logits:
            return train, self._teacher_logits[variant]
        teacher_logits = distillation.teacher_logits(
            self._teachers[distillation.turn(variant, len(self._teachers))], train.images
        )
        if self._recipe.variants:
            self._teacher_logits[variant] = teacher_logits
        return train, teacher_logits


def seed_of(seed: int, epoch: int) -> int:
    """From which the random numbers of an epoch follow; with variants, images are bent by those of an earlier one."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0])
