"""What the classifier is given: the glyph's ink, and no other's."""

import numpy as np
import pytest

import ink_detector
from ink_detector import InkDetector
from mnistry.classifier.classifier import Classifier
from mnistry.data.dataset import Dataset
from mnistry.ocr import geometry, glyph_image, peaks
from mnistry.ocr.find_glyphs import Glyphs, find_glyphs
from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.glyph_image import CLEAR, FAINT
from mnistry.ocr.peaks import Maps
from mnistry.ocr.views import View
from mnistry.training.synthetic.pages.scene import Scene

EVERYWHERE = (-1e9, -1e9, 1e9, 1e9)


def scene(*shapes: tuple[str, int, int, np.ndarray], side: int = 96) -> Scene:
    """A scene of masks (h, w) at x, y; where two are on each other, the later one is on top."""
    owner = np.zeros((side, side), np.int16)
    boxes = []
    for number, (_, x, y, mask) in enumerate(shapes, 1):
        h, w = mask.shape
        owner[y : y + h, x : x + w][mask > 0] = number
        boxes.append((x - 0.5, y - 0.5, x + w - 0.5, y + h - 0.5))
    n = len(shapes)
    glyphs = np.array([GLYPHS.index(name) for name, *_ in shapes], np.int64)
    em = np.full(n, 30, np.float32)
    pixels = np.zeros((side, side, 3), np.uint8)
    nowhere = np.full(n, -1)
    return Scene(pixels, owner, glyphs, np.array(boxes, np.float32), em, np.ones(n, np.float32), nowhere, nowhere)


def glyphs_of(maps: Maps) -> Glyphs:
    """The glyphs of a single view."""
    view = View(np.zeros((*maps.ink.shape, 3), np.uint8), 1.0, 0.0, 0.0, EVERYWHERE)
    found = peaks.candidates(maps, view, 0)
    order = np.argsort(found.boxes[:, 0], kind="stable")
    return Glyphs(found.part(order), [view], [maps], [])


BAR = np.full((30, 4), 255, np.uint8)
ARCH = np.full((30, 20), 255, np.uint8)
ARCH[5:, 5:15] = 0


def test_the_image_is_the_glyph_in_mnist_s_geometry() -> None:
    (image,) = glyph_image.images(glyphs_of(ink_detector.maps_of(scene(("7", 30, 40, ARCH)))))
    assert np.array_equal(image, geometry.to_mnist(ARCH))


def test_glyphs_that_touch_are_apart() -> None:
    touching = scene(("7", 20, 30, ARCH), ("7", 40, 31, ARCH), ("1", 60, 30, BAR), ("1", 64, 30, BAR))
    images = glyph_image.images(glyphs_of(ink_detector.maps_of(touching)))
    wanted = [geometry.to_mnist(one) for one in (ARCH, ARCH, BAR, BAR)]
    assert all(np.array_equal(image, one) for image, one in zip(images, wanted, strict=True))


def test_a_neighbour_in_the_box_is_left_out() -> None:
    """A point under the arch of the digit before it, as in slanted writing."""
    point = np.full((5, 5), 255, np.uint8)
    images = glyph_image.images(glyphs_of(ink_detector.maps_of(scene(("7", 30, 30, ARCH), (".", 37, 52, point)))))
    assert np.array_equal(images[0], geometry.to_mnist(ARCH))
    assert np.array_equal(images[1], geometry.to_mnist(point))


def test_a_glyph_that_is_far_away_takes_nothing() -> None:
    """Whatever the maps say: it could not reach."""
    maps = ink_detector.maps_of(scene(("7", 10, 10, ARCH), ("1", 75, 60, BAR)))
    maps.owner[:, :25, :20] = 1000
    assert np.array_equal(glyph_image.images(glyphs_of(maps))[0], geometry.to_mnist(ARCH))


@pytest.mark.parametrize(("ink", "grey"), [(FAINT, 0), ((FAINT + CLEAR) / 2, 127), (CLEAR, 255), (1.0, 255)])
def test_doubtful_ink_is_grey(ink: float, grey: int) -> None:
    maps = ink_detector.maps_of(scene(("7", 30, 40, ARCH)))
    maps.ink[40:45, 35:45] = ink
    (image,) = glyph_image.images(glyphs_of(maps))
    wanted = ARCH.copy()
    wanted[:5, 5:15] = grey
    assert np.abs(image.astype(int) - geometry.to_mnist(wanted)).max() <= 1


def test_a_glyph_without_ink_is_blank() -> None:
    maps = ink_detector.maps_of(scene(("7", 30, 40, ARCH)))
    maps.ink[:] = 0
    (image,) = glyph_image.images(glyphs_of(maps))
    assert image.shape == (28, 28)
    assert not image.any()


def test_ink_too_faint_to_be_placed_is_blank() -> None:
    maps = ink_detector.maps_of(scene(("7", 30, 40, ARCH)))
    maps.ink[:] = 0
    maps.ink[40, 30] = maps.ink[68, 49] = FAINT + 0.003
    assert not glyph_image.images(glyphs_of(maps)).any()


@pytest.mark.parametrize("box", [(-30, -40, 8, 6), (80, 85, 130, 140), (-400, -400, -300, -300), (500, 10, 520, 40)])
def test_boxes_beyond_the_view_do_no_harm(box: tuple[int, int, int, int]) -> None:
    glyphs = glyphs_of(ink_detector.maps_of(scene(("7", 30, 40, ARCH))))
    glyphs.candidates.boxes[:] = box
    assert not glyph_image.images(glyphs).any()


def test_no_glyphs_have_no_images() -> None:
    found = find_glyphs(ink_detector.paper(40, 40), InkDetector())
    assert glyph_image.images(found).shape == (0, 28, 28)


@pytest.mark.parametrize("tall", [9, 14, 25, 45, 130])
def test_each_comes_from_the_view_it_was_found_in(mnist: Dataset, tall: int) -> None:
    """Small ones from tiles, large ones from a coarse thumbnail; the classifier knows them all."""
    page = ink_detector.paper(3 * tall, 22 * tall)
    ink_detector.digit_row(page, mnist, "0123456789", (tall, tall), tall, 2 * tall)
    glyphs = find_glyphs(page, InkDetector())
    order = np.argsort(glyphs.candidates.boxes[:, 0])
    found = glyph_image.images(glyphs)[order]
    assert Classifier().classify(found).argmax(axis=1).tolist() == list(range(10))
