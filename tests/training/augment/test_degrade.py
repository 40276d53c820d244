from collections.abc import Callable

import numpy as np
import pytest

from mnistry.data.dataset import Dataset
from mnistry.reader import Reader
from mnistry.training.augment import degrade


@pytest.fixture(scope="module")
def images(mnist: Dataset) -> np.ndarray:
    return mnist.validation.images[:300]


def test_no_image_reaches_into_the_next() -> None:
    two = np.zeros((2, 28, 28), np.uint8)
    two[0, 20:], two[1, 10:18, 10:18] = 255, 255
    for change in (lambda rng: degrade.thickness(two, 1.0, 0.0, rng), lambda rng: degrade.blurred(two, 1.0, rng)):
        assert not change(np.random.default_rng(0))[1, :8].any()


def test_strokes_grow_and_shrink_but_never_vanish(images: np.ndarray) -> None:
    ink, rng = images[..., 0], np.random.default_rng(0)
    assert (degrade.thickness(ink, 1.0, 0.0, rng).sum(axis=(1, 2)) > ink.sum(axis=(1, 2))).all()
    finer = degrade.thickness(ink, 0.0, 1.0, rng)
    assert (finer.sum(axis=(1, 2)) < ink.sum(axis=(1, 2))).mean() > 0.8
    line = np.zeros((4, 28, 28), np.uint8)
    line[:, 4:24, 14] = 255
    assert np.array_equal(degrade.thickness(line, 0.0, 1.0, rng), line)


SHARED: list[Callable[..., np.ndarray]] = [degrade.blurred, degrade.coarse, degrade.erased, *degrade.KINDS]


@pytest.mark.parametrize("change", SHARED, ids=lambda change: change.__name__)
def test_a_share_is_changed_and_the_rest_left(change: Callable[..., np.ndarray], images: np.ndarray) -> None:
    ink = (
        np.random.default_rng(1).integers(20, 235, images.shape[:3]).astype(np.uint8)
    )  # no paper, whose loss none sees
    kept = ink.copy()
    for share in (0.0, 0.3, 1.0):
        changed = (change(ink, share, np.random.default_rng(0)) != ink).any(axis=(1, 2)).mean()
        assert changed == pytest.approx(share, abs=0.1 if share else 0)
    assert np.array_equal(ink, kept), "what came in was changed"


def test_what_is_erased_lies_anywhere() -> None:
    white = np.full((3000, 28, 28), 255, np.uint8)
    gone = degrade.erased(white, 1.0, np.random.default_rng(0)) == 0
    assert gone.any(axis=(0, 2)).all()
    assert gone.any(axis=(0, 1)).all()


def test_fading_keeps_the_lowest_brightness(images: np.ndarray) -> None:
    ink = images[..., 0]
    faint = degrade.faded(ink, 0.5, np.random.default_rng(0))
    ratio = faint.max(axis=(1, 2)) / ink.max(axis=(1, 2))
    assert 0.49 < ratio.min() < 0.6
    assert (ratio == 1).mean() == pytest.approx(0.7, abs=0.1)


def test_a_hollow_stroke_has_edges_and_nothing_between() -> None:
    line = np.zeros((3, 28, 28), np.uint8)
    line[:, 4:24, 12:17] = 255
    drawn = degrade.hollow(line, 1.0, np.random.default_rng(0))
    assert not drawn[:, 4:24, 12:17].any()
    assert (drawn[:, 4:24, [11, 17]] == 255).all()
    assert (drawn > 0).sum() == 3 * 50


def test_an_inverted_band_reaches_from_side_to_side(images: np.ndarray) -> None:
    ink = images[..., 0]
    changed = degrade.inverted(ink, 1.0, np.random.default_rng(0)) != ink
    whole = changed.all(axis=2).sum(axis=1) + changed.all(axis=1).sum(axis=1)
    assert (whole * 28 == changed.sum(axis=(1, 2))).all()
    assert (whole.min(), whole.max()) == (2, 8)
    assert 0.35 < changed.all(axis=2).any(axis=1).mean() < 0.65, "level in half of them"


def test_specks_are_black_or_white_and_leave_four_fifths(images: np.ndarray) -> None:
    grey = np.full_like(images[..., 0], 100)
    drawn = degrade.specked(grey, 1.0, np.random.default_rng(0))
    assert set(np.unique(drawn)) == {0, 100, 255}
    share = (drawn != 100).mean(axis=(1, 2))
    assert 0.005 < share.min() < 0.05 < 0.17 < share.max() < 0.25


def test_shade_brightens_the_paper_and_leaves_the_ink_the_brightest(images: np.ndarray) -> None:
    drawn = degrade.shaded(images[..., 0], 1.0, np.random.default_rng(0)).astype(float)
    ink, paper = images[..., 0] > 200, images[..., 0] == 0
    assert drawn[paper].mean() > 60
    brighter = [drawn[k][ink[k]].mean() - drawn[k][paper[k]].mean() for k in range(len(drawn))]
    assert np.mean(np.array(brighter) > 30) > 0.95


def test_degraded_digits_can_still_be_read(mnist: Dataset) -> None:
    """By the bundled network, which has learned them."""
    images, labels = mnist.validation.images[:500], mnist.validation.labels[:500]
    for kind in degrade.KINDS:
        degraded = kind(images[..., 0], 1.0, np.random.default_rng(0))[..., None]
        assert (Reader().classify(degraded).argmax(axis=1) == labels).mean() > 0.9, kind.__name__
