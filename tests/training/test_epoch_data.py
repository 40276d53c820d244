from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.errors import RecipeError
from mnistry.reader import Reader
from mnistry.training import distillation
from mnistry.training.epoch_data import EpochData
from mnistry.training.recipes import FAST

RECIPE = replace(FAST, label_smoothing=0.0, distillation=2.0, augmentation="affine")


@pytest.fixture
def few(mnist: Dataset) -> Split:
    return Split(mnist.train.images[:50], mnist.train.labels[:50])


class Counted(Reader):
    """The bundled model, which counts how many images it was asked about, and is surer of itself by a factor."""

    def __init__(self, factor: int = 1) -> None:
        super().__init__()
        self.asked, self._factor = 0, factor

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.asked += len(images)
        return self._factor * super().logits(images)


def test_every_epoch_augments_the_images_again(few: Split) -> None:
    epoch_data = EpochData(replace(RECIPE, distillation=0.0), few, 3, [])
    shown = [epoch_data.of(epoch)[0].images for epoch in (1, 2, 3)]
    assert len({images.tobytes() for images in (few.images, *shown)}) == 4
    assert (epoch_data.of(2)[0].images == shown[1]).all()
    assert (epoch_data.of(2)[0].labels == few.labels).all()
    assert epoch_data.of(2)[1] is None
    assert (EpochData(replace(RECIPE, distillation=0.0), few, 4, []).of(2)[0].images != shown[1]).any()


def test_variants_come_again_and_their_teacher_is_asked_but_once(few: Split) -> None:
    teacher = Counted()
    epoch_data = EpochData(replace(RECIPE, variants=2), few, 3, [teacher])
    again = EpochData(RECIPE, few, 3, [teacher])
    shown = [epoch_data.of(epoch) for epoch in (1, 2, 3, 4, 5)]
    assert teacher.asked == 2 * len(few)
    for epoch, first in enumerate((1, 2, 1, 2, 1), 1):
        split, teacher_logits = shown[epoch - 1]
        wanted, logits = again.of(first)
        assert (split.images == wanted.images).all()
        assert teacher_logits == pytest.approx(logits)
        assert teacher_logits == pytest.approx(distillation.teacher_logits(teacher, split.images))


def test_without_variants_a_teacher_is_asked_in_every_epoch(few: Split) -> None:
    teacher = Counted()
    epoch_data = EpochData(RECIPE, few, 3, [teacher])
    assert (epoch_data.of(1)[1] != epoch_data.of(2)[1]).any()
    assert teacher.asked == 2 * len(few)


def test_teachers_teach_by_turns(few: Split) -> None:
    """Each variant has one of them, the same whenever it comes again."""
    readers = [Counted(1), Counted(2), Counted(3)]
    epoch_data = EpochData(replace(RECIPE, variants=4), few, 0, readers)
    turns = []
    for epoch in range(1, 9):
        split, teacher_logits = epoch_data.of(epoch)
        plain = distillation.teacher_logits(Counted(), split.images)
        turns.append(round(float(np.median((teacher_logits if teacher_logits is not None else plain) / plain))))
    assert turns == [1, 2, 3, 1] * 2
    assert [reader.asked // len(few) for reader in readers] == [2, 1, 1]


def test_teachers_and_distillation_go_together(few: Split) -> None:
    with pytest.raises(RecipeError, match=r"^`distillation` \(=2.0\) with 0 teachers$"):
        EpochData(RECIPE, few, 0, [])
    with pytest.raises(RecipeError, match=r"^`distillation` \(=0.0\) with 1 teachers$"):
        EpochData(replace(RECIPE, distillation=0.0), few, 0, [Counted()])


def test_a_run_resumed_among_variants_is_shown_the_same(few: Split) -> None:
    recipe = replace(RECIPE, variants=3)
    whole, resumed = (EpochData(recipe, few, 1, [Counted()]) for _ in range(2))
    for epoch in (1, 2, 3, 4):
        whole.of(epoch)
    (a, logits_a), (b, logits_b) = whole.of(5), resumed.of(5)
    assert (a.images == b.images).all()
    assert (logits_a == logits_b).all()  # pyright: ignore[reportOptionalMemberAccess]
