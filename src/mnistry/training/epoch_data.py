"""What an epoch trains on: freshly augmented images, and their labels or a teacher's logits."""

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
    """The training images as a recipe augments them, with their labels and a teacher's logits, if there is one."""

    def __init__(self, recipe: Recipe, train: Split, seed: int, teachers: Sequence[Classifier]) -> None:
        if bool(recipe.distillation) != bool(teachers):
            raise RecipeError(f"`distillation` (={recipe.distillation}) with {len(teachers)} teachers")
        self._how, self._recipe = geometric.AUGMENTATIONS[recipe.augmentation], recipe
        self._train, self._seed, self._teachers = train, seed, teachers
        self._teacher_logits: dict[int, NDArray[np.float32]] = {}  # cache: variants recur

    def of(self, epoch: int) -> tuple[Split, NDArray[np.float32] | None]:
        """Return the images, labels and teacher's logits of an epoch.

        Deterministic in (seed, epoch) or, with variants, in the seed and the first epoch that had this variant.
        """
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
    """Return the seed of an epoch's random numbers; with variants, augmentation uses that of an earlier epoch."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0])
