import numpy as np
import pytest

from mnistry.data import Dataset, diagnose
from mnistry.errors import DataError, DataWarning


def test_dark_ink_on_light_is_noticed(mnist: Dataset, recwarn: pytest.WarningsRecorder) -> None:
    images = mnist.validation.images
    diagnose.check_colours(images, "a.npz: images")
    assert not recwarn.list
    with pytest.warns(DataWarning) as said:
        diagnose.check_colours(255 - images, "a.npz: images")
    (one,) = said
    assert str(one.message) == (
        "a.npz: images look like dark ink on light paper: wanted white on black: invert them with 255 - images"
    )


def test_in_colour_too(mnist: Dataset) -> None:
    with pytest.warns(DataWarning, match="^a look like dark ink on light paper"):
        diagnose.check_colours(255 - np.repeat(mnist.validation.images[:50], 3, axis=3), "a")


def test_noise_is_not(mnist: Dataset, recwarn: pytest.WarningsRecorder) -> None:
    diagnose.check_colours(np.random.default_rng(0).integers(0, 256, (200, 28, 28, 1), np.uint8), "a")
    diagnose.check_colours(np.empty((0, 28, 28, 1), np.uint8), "a")
    assert not recwarn.list


def test_masks_are_an_error(mnist: Dataset) -> None:
    with pytest.raises(DataError, match=r"^a have pixels of 0 and 1: wanted 0 to 255: multiply them by 255$"):
        diagnose.check_colours(mnist.validation.images // 128, "a")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1, 3], "a: no training images of class 2, which cannot be learned"),
        ([1, 2, 3], "a: labels begin at 1; no training images of class 0, which cannot be learned"),
        ([1, 3], "a: labels begin at 1; no training images of classes 0, 2, which cannot be learned"),
        ([0, 1, 2, 3], None),
    ],
)
def test_classes_without_training_images(
    labels: list[int], message: str | None, recwarn: pytest.WarningsRecorder
) -> None:
    diagnose.warn_of_missing(np.array(labels), ("0", "1", "2", "3"), "a")
    assert [str(one.message) for one in recwarn] == ([message] if message else [])


def test_many_missing_classes_are_cut_short(recwarn: pytest.WarningsRecorder) -> None:
    diagnose.warn_of_missing(np.array([0, 49]), tuple(map(str, range(50))), "a")
    (one,) = recwarn
    assert "classes 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …, which" in str(one.message)
