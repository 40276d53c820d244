import numpy as np

from mnistry.dataset import Dataset
from mnistry.reader import Reader
from mnistry.training.augment import Augmentation, augment


def test_the_same_generator_bends_alike_and_another_otherwise(mnist: Dataset) -> None:
    images = mnist.validation.images[:300]
    bent = augment(images, Augmentation(), np.random.default_rng(1))
    assert bent.shape == images.shape
    assert bent.dtype == np.uint8
    assert np.array_equal(bent, augment(images, Augmentation(), np.random.default_rng(1)))
    assert not np.array_equal(bent, augment(images, Augmentation(), np.random.default_rng(2)))


def test_nothing_asked_for_changes_nothing(mnist: Dataset) -> None:
    images = mnist.validation.images[:300]
    nothing = Augmentation(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert np.abs(augment(images, nothing, np.random.default_rng(1)).astype(int) - images).max() <= 1


def test_bent_digits_are_still_those_digits(mnist: Dataset) -> None:
    """As the bundled network reads them; and they are not what they were."""
    images, labels = mnist.validation.images[:1500], mnist.validation.labels[:1500]
    bent = augment(images, Augmentation(), np.random.default_rng(0))
    assert (Reader().classify(bent).argmax(axis=1) == labels).mean() > 0.97
    assert (bent != images).any(axis=(1, 2, 3)).all()
