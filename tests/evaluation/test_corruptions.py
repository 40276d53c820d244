import numpy as np
import pytest

from mnistry.data.dataset import Dataset
from mnistry.errors import DataError
from mnistry.evaluation.corruptions import CORRUPTIONS, corrupt
from mnistry.reader import Reader

MNIST_C = (
    "shot_noise impulse_noise glass_blur motion_blur shear scale rotate brightness translate stripe fog spatter "
    "dotted_line zigzag canny_edges"
)


def test_they_are_the_fifteen_of_the_paper() -> None:
    assert list(CORRUPTIONS) == MNIST_C.split()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_changes_the_image_and_comes_again_for_the_same_seed(name: str, mnist: Dataset) -> None:
    images = mnist.validation.images[:50]
    kept = images.copy()
    found = corrupt(images, name, seed=3)
    assert found.shape == images.shape
    assert found.dtype == np.uint8
    assert np.array_equal(images, kept), "what came in was changed"
    assert (found != images).any(axis=(1, 2, 3)).all()
    assert np.array_equal(found, corrupt(images, name, seed=3))
    drawn = name not in ("scale", "brightness", "stripe", "canny_edges")  # these draw no random numbers
    assert np.array_equal(found, corrupt(images, name, seed=4)) != drawn


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_it_makes_reading_no_easier_nor_hopeless(name: str, mnist: Dataset) -> None:
    """Not easier than plain images, except by chance; most of what is only moved or lit otherwise can still be read."""
    images, labels = mnist.validation.images[:1000], mnist.validation.labels[:1000]
    accuracy = (Reader().classify(corrupt(images, name)).argmax(axis=1) == labels).mean()
    assert accuracy < (Reader().classify(images).argmax(axis=1) == labels).mean() + 0.005
    if name in ("shot_noise", "shear", "scale", "rotate", "translate"):
        assert accuracy > 0.9


def test_their_geometry(mnist: Dataset) -> None:
    """A bar in the middle: six tenths as long where scaled, five pixels away where moved, under an inverted stripe."""
    bar = np.zeros((200, 28, 28, 1), np.uint8)
    bar[:, 4:24, 13:15] = 255
    rows, columns = np.indices((28, 28))
    total = bar[0, ..., 0].sum()

    def middle(images: np.ndarray) -> np.ndarray:
        weights = images[..., 0] / images[..., 0].sum(axis=(1, 2), keepdims=True)
        return np.stack([(weights * rows).sum(axis=(1, 2)), (weights * columns).sum(axis=(1, 2))], axis=1)

    smaller = corrupt(bar, "scale")
    assert smaller[0, ..., 0].sum() == pytest.approx(0.36 * total, rel=0.15)
    assert middle(smaller) == pytest.approx(middle(bar), abs=0.2)
    away = np.linalg.norm(middle(corrupt(bar, "translate")) - middle(bar), axis=1)
    assert away == pytest.approx(np.full(200, 5.0), abs=1.0)
    stripe = corrupt(bar, "stripe")[0, ..., 0]
    assert (stripe[10, 13:15] == 0).all()
    assert (stripe[0, 13:15] == 255).all()
    bright = corrupt(bar, "brightness")[0, ..., 0]
    assert (bright[0, 0], bright[10, 13]) == (128, 255)
    salted = corrupt(np.full((20, 28, 28, 1), 100, np.uint8), "impulse_noise")
    assert (salted != 100).mean() == pytest.approx(0.27, abs=0.02)
    assert set(np.unique(salted)) == {0, 100, 255}


def test_bad_input() -> None:
    with pytest.raises(DataError, match=r"^no corruption 'snow': there are shot_noise, impulse_noise, .*canny_edges$"):
        corrupt(np.zeros((1, 28, 28, 1), np.uint8), "snow")
    with pytest.raises(DataError, match=r"^images of 3 channels: corruptions are for grey ones, of 1$"):
        corrupt(np.zeros((1, 28, 28, 3), np.uint8), "fog")
