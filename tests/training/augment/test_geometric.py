from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Cli
from mnistry.data.dataset import Dataset
from mnistry.reader import Reader
from mnistry.training.augment import geometric as ways
from mnistry.training.augment.geometric import AUGMENTATIONS, Augmentation, augment

PENS = AUGMENTATIONS["pens"] or Augmentation()
NAMED = [how for how in AUGMENTATIONS.values() if how]


@pytest.fixture(scope="module")
def images(mnist: Dataset) -> np.ndarray:
    return mnist.validation.images[:300]


@pytest.mark.parametrize("how", NAMED)
def test_the_same_generator_bends_alike_and_another_otherwise(how: Augmentation, images: np.ndarray) -> None:
    augmented = augment(images, how, np.random.default_rng(1))
    assert augmented.shape == images.shape
    assert augmented.dtype == np.uint8
    assert np.array_equal(augmented, augment(images, how, np.random.default_rng(1)))
    assert not np.array_equal(augmented, augment(images, how, np.random.default_rng(2)))


@pytest.mark.parametrize("how", NAMED)
def test_augmented_digits_are_still_those_digits(how: Augmentation, mnist: Dataset) -> None:
    """As the bundled network reads them; and they are not what they were. How degraded ones look is in test_degrade."""
    images, labels = mnist.validation.images[:1500], mnist.validation.labels[:1500]
    augmented = augment(images, replace(how, degrade_share=0.0), np.random.default_rng(0))
    assert (Reader().classify(augmented).argmax(axis=1) == labels).mean() > 0.97
    assert (augmented != images).any(axis=(1, 2, 3)).all()


def test_colours_are_moved_together(images: np.ndarray) -> None:
    three = np.repeat(images[:50], 3, axis=-1)
    augmented = augment(three, PENS, np.random.default_rng(0))
    assert augmented.shape == three.shape
    assert np.array_equal(augmented[..., 0], augmented[..., 2])
    assert (augmented != three).any()


@pytest.mark.parametrize("side", [8, 32, 64])
def test_images_of_another_size(side: int) -> None:
    drawn = np.zeros((1100, side, side, 1), np.uint8)
    drawn[:, 2:-2, side // 2] = 255
    augmented = augment(drawn, PENS, np.random.default_rng(0))
    assert augmented.shape == drawn.shape
    assert (augmented.max(axis=(1, 2, 3)) > 60).mean() > 0.9


def test_affine_moves_as_far_as_it_says() -> None:
    """Turned by nothing, all pixels come from one shift; turned alone, the middle stays."""
    rng = np.random.default_rng(0)
    grid = np.indices((9, 9))[::-1, None]  # x, then y
    moved = ways.affine(500, 9, 9, Augmentation(shift=2.0), rng) - grid
    assert np.ptp(moved, axis=(2, 3)).max() < 1e-4
    assert 1.9 < np.abs(moved).max() <= 2
    turned = ways.affine(500, 9, 9, Augmentation(turn=0.3), rng) - grid
    assert np.abs(turned[:, :, 4, 4]).max() < 1e-5
    angles = np.arctan2(turned[1, :, 4, 8], 4 + turned[0, :, 4, 8])
    assert angles.std() == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize("side", [20, 28, 31, 64])
def test_each_image_comes_from_itself_and_paper_from_outside(side: int) -> None:
    """Of as many as go through at once, the first and the last too; half a pixel over the edge is half as bright."""
    images = np.random.default_rng(0).integers(1, 256, (1100, side, side, 1), np.uint8)
    assert np.array_equal(augment(images, Augmentation(), np.random.default_rng(0)), images)
    white = np.full((3, side, side), 200, np.uint8)
    grid = np.broadcast_to(np.indices((side, side), np.float32)[::-1, None], (2, 3, side, side))
    for axis, edge in ((0, np.s_[:, :, -1]), (1, np.s_[:, -1])):
        places = grid.copy()
        places[axis] += 0.5
        assert (ways.moved(white, places)[edge] == 100).all()
        places[axis] += side
        assert not ways.moved(white, places).any()
        assert not ways.moved(white, places - 5 * side).any()


def test_elastic_is_smooth_and_as_strong_as_it_says() -> None:
    field = ways.elastic(400, 28, 28, 2.0, np.random.default_rng(0))
    assert field.shape == (2, 400, 28, 28)
    assert field.std() == pytest.approx(1.03, rel=0.1)
    assert np.abs(np.diff(field, axis=2)).max() < 1.5
    assert not ways.elastic(2, 28, 28, 0.0, np.random.default_rng(0)).any()


def test_the_sheet_shows_what_comes_of_it(images: np.ndarray, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "sheet.png"
    done = cli("data", "augment", "reader", "--out", out)
    assert (done.returncode, done.stdout.strip()) == (0, str(out)), done.stderr
    with Image.open(out) as picture:
        assert picture.size == (2 * 10 * 32, 2 * 10 * 32)
    first = out.read_bytes()
    assert cli("data", "augment", "reader", "--out", out, "--seed", "1").returncode == 0
    assert out.read_bytes() != first
    colour = ways.sheet(np.repeat(images[:2], 3, axis=-1), PENS, np.random.default_rng(0), drawn=3)
    assert colour.shape == (2 * 32, 4 * 32, 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tutorial", "--out", "a.png"), "tutorial: does not augment images"),
        (("reader", "--out", "a.jpg"), "--out a.jpg: wanted a name that ends in .png"),
        (("reader", "--out", "no/a.png"), "--out no/a.png: there is no folder no"),
        (("bread", "--out", "a.png"), "no recipe 'bread': there are tutorial, fast,"),
    ],
)
def test_bad_use(words: tuple[str, ...], message: str, tmp_path: Path, cli: Cli) -> None:
    done = cli("data", "augment", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {message}")
    assert not list(tmp_path.iterdir())
