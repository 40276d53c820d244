from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import drawn
from mnistry.data.dataset import Dataset
from mnistry.ocr import binarize

Change = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def coloured(
    strokes: NDArray[np.uint8], ink_rgb: tuple[int, int, int], paper_rgb: tuple[int, int, int]
) -> NDArray[np.uint8]:
    share = strokes[..., None] / 255
    return (np.array(paper_rgb) * (1 - share) + np.array(ink_rgb) * share).astype(np.uint8)


def agreement(found: NDArray[np.bool_], wanted: NDArray[np.uint8]) -> float:
    """Intersection over union, except for the soft rim of strokes."""
    sure, maybe = wanted > 200, cv2.dilate(wanted, np.ones((5, 5), np.uint8)) > 0
    return (found & sure).sum() / (sure.sum() + (found & ~maybe).sum())


@pytest.fixture(scope="module")
def strokes(mnist: Dataset) -> NDArray[np.uint8]:
    return np.pad(drawn.row(mnist, "2580", 4, 12), 20)


@pytest.mark.parametrize(
    ("ink_rgb", "paper_rgb"),
    [
        ((0, 0, 0), (255, 255, 255)),
        ((255, 255, 255), (0, 0, 0)),
        ((30, 40, 140), (235, 230, 215)),
        ((200, 40, 40), (255, 255, 255)),
        ((255, 235, 60), (255, 255, 255)),
        ((230, 230, 225), (40, 80, 60)),
        ((250, 60, 60), (60, 60, 250)),
        ((150, 150, 150), (185, 185, 185)),
    ],
)
def test_ink_of_any_colour_on_any_paper(
    strokes: NDArray[np.uint8], ink_rgb: tuple[int, int, int], paper_rgb: tuple[int, int, int]
) -> None:
    assert agreement(binarize.find(coloured(strokes, ink_rgb, paper_rgb)).strokes, strokes) > 0.97


def shadowed(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return picture * np.linspace(1, 0.35, picture.shape[1], dtype=np.float32)[:, None]


def noisy(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return picture + np.random.default_rng(0).normal(0, 8, picture.shape).astype(np.float32)


@pytest.mark.parametrize("change", [shadowed, noisy])
def test_shadows_and_noise_are_no_ink(strokes: NDArray[np.uint8], change: Change) -> None:
    photo = change(coloured(strokes, (40, 40, 60), (240, 238, 230)).astype(np.float32))
    found = binarize.find(np.clip(photo, 0, 255).astype(np.uint8))
    assert agreement(found.strokes, strokes) > 0.95


def test_light_and_dark_ink_in_one_picture(strokes: NDArray[np.uint8]) -> None:
    sheet = np.concatenate([strokes, 255 - strokes])
    found = binarize.find(np.stack([sheet] * 3, axis=-1)).strokes
    assert agreement(found[: len(strokes)], strokes) > 0.9
    assert agreement(found[len(strokes) :], strokes) > 0.9


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_paper_has_no_ink(level: int) -> None:
    assert not binarize.find(np.full((200, 300, 3), level, np.uint8)).strokes.any()


def test_grainy_blank_paper_has_next_to_no_ink() -> None:
    grain = np.random.default_rng(0).normal(200, 6, (400, 300, 1)).clip(0, 255).astype(np.uint8)
    assert binarize.find(grain.repeat(3, axis=2)).strokes.mean() < 0.001


def test_the_width_of_strokes_is_measured() -> None:
    page = np.full((300, 300, 3), 255, np.uint8)
    cv2.circle(page, (150, 150), 90, (0, 0, 0), 12)
    assert binarize.find(page).stroke_px == pytest.approx(12, rel=0.25)
    thin = np.full((300, 300, 3), 255, np.uint8)
    cv2.circle(thin, (150, 150), 90, (0, 0, 0), 1)
    found = binarize.find(thin)
    assert found.strokes.any()
    assert found.stroke_px < 4


def test_a_small_photo_with_a_shadow_is_not_on_even_paper(strokes: NDArray[np.uint8]) -> None:
    """Half the paper is darker than the ink is: yet the ink is found, and no more."""
    small = cv2.resize(
        strokes, None, fx=116 / strokes.shape[0], fy=116 / strokes.shape[0], interpolation=cv2.INTER_AREA
    )
    paper = np.linspace(225, 110, small.shape[1])[None] + np.linspace(0, -25, small.shape[0])[:, None]
    photo = paper * (1 - 0.5 * small / 255)
    found = binarize.find(np.repeat(photo.astype(np.uint8)[..., None], 3, axis=2)).strokes
    wanted = small > 100
    assert (found & wanted).sum() > 0.9 * wanted.sum()
    assert (found & ~wanted).sum() < 0.5 * wanted.sum()


def test_large_ink_is_shrunk_and_small_is_not(mnist: Dataset) -> None:
    """By a whole number, so that strokes stay at least 10 px wide, and with all that is written."""
    row = drawn.row(mnist, "258", 4, 12)
    small = binarize.find(255 - np.pad(np.dstack([row] * 3), ((20, 20), (20, 20), (0, 0))))
    assert binarize.shrunk(small) is small
    large = binarize.find(
        255 - np.kron(np.pad(np.dstack([row] * 3), ((20, 20), (20, 20), (0, 0))), np.ones((8, 8, 1), np.uint8))
    )
    less = binarize.shrunk(large)
    assert 10 <= less.stroke_px < 20
    times = large.stroke_px / less.stroke_px
    assert times == round(times)
    back = np.kron(less.strokes, np.ones((int(times), int(times)), bool))
    whole = large.strokes[: back.shape[0], : back.shape[1]]
    assert (back & whole).sum() > 0.9 * (back | whole).sum()
