"""Pages of coloured blocks, found by a detector that sees nothing but their pixels: each is found once, where it is."""

import numpy as np
import pytest

import ink_detector
from ink_detector import Box, InkDetector
from mnistry.ocr import find_glyphs as module
from mnistry.ocr import merge, peaks
from mnistry.ocr.find_glyphs import Glyphs, find_glyphs
from mnistry.ocr.peaks import Candidates
from mnistry.ocr.views import BUDGET_PX, whole


def middles(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def assert_found(found: Candidates, boxes: list[Box], values: str, off_px: float = 1.0) -> None:
    """Each block has one candidate of its value, whose sides are at most so far from the block's own."""
    x, y, width, height = np.array(boxes, float).reshape(-1, 4).T
    wanted = np.stack([x, y, x + width, y + height], axis=1) - 0.5
    assert len(found) == len(wanted)
    apart = np.abs(middles(wanted)[:, None] - middles(found.boxes)[None]).max(axis=2)
    nearest = apart.argmin(axis=1)
    assert len(set(nearest.tolist())) == len(wanted)
    assert np.abs(found.boxes[nearest] - wanted).max() <= off_px
    assert [found.glyph[k].argmax() for k in nearest] == [int(value) for value in values]


def scattered(height: int, width: int, tall: int, n: int, seed: int) -> tuple[np.ndarray, list[Box], str]:
    """A page of blocks at random places, none of which touch."""
    rng = np.random.default_rng(seed)
    page, boxes = ink_detector.paper(height, width), []
    taken = np.zeros((height, width), bool)
    for _ in range(n):
        h, w = int(tall * rng.uniform(0.9, 1.1)), int(tall * rng.uniform(0.4, 0.8))
        x, y = int(rng.integers(0, width - w)), int(rng.integers(0, height - h))
        around = np.s_[max(0, y - tall // 2) : y + h + tall // 2, max(0, x - tall // 2) : x + w + tall // 2]
        if not taken[around].any():
            taken[y : y + h, x : x + w] = True
            boxes.append((x, y, w, h))
    values = "".join(str(v) for v in rng.integers(0, 10, len(boxes)))
    for box, value in zip(boxes, values, strict=True):
        ink_detector.block(page, value, box)
    return page, boxes, values


@pytest.mark.parametrize("tall", [8, 12, 20, 35, 60, 130, 250])
def test_each_glyph_is_found_once_at_any_size(tall: int) -> None:
    page, boxes, values = scattered(300, 420, tall, 60, tall)
    assert_found(find_glyphs(page, InkDetector()).candidates, boxes, values, max(1.0, tall / 20))


@pytest.mark.parametrize("seed", range(3))
def test_small_glyphs_of_a_large_page_are_found_once_each(seed: int) -> None:
    """They lie in many tiles, and on the borders of these."""
    page, boxes, values = scattered(800, 1000, 13, 300, seed)
    detect = InkDetector()
    glyphs = find_glyphs(page, detect)
    assert len(detect.seen) > 10
    assert glyphs.left_out == []
    assert_found(glyphs.candidates, boxes, values)


@pytest.mark.parametrize("x", range(380, 420, 3))
def test_a_glyph_is_found_wherever_tiles_meet(x: int) -> None:
    """One line across the page, moved on pixel by pixel."""
    page = ink_detector.paper(120, 900)
    boxes = ink_detector.block_row(page, "0123456789" * 5, x - 370, 50, (7, 11), 11)
    glyphs = find_glyphs(page, InkDetector())
    assert len(glyphs.views) > 4
    assert_found(glyphs.candidates, boxes, "0123456789" * 5)


def test_tiled_equals_whole() -> None:
    page = ink_detector.paper(420, 500)
    boxes = [box for y in range(6, 400, 22) for box in ink_detector.block_row(page, "8317" * 8, 5, y, (7, 12), 15)]
    glyphs = find_glyphs(page, InkDetector())
    tiles = [view for view in glyphs.views if view.scale > 1]
    assert len(tiles) > 4
    at_once = whole(page, tiles[0].scale)
    found = peaks.candidates(InkDetector()(at_once.pixels), at_once, 0)
    found = found.part(merge.distinct(found))
    assert len(found) == len(boxes)
    order, other = (np.lexsort(np.round(middles(one.boxes)).T) for one in (found, glyphs.candidates))
    assert np.abs(found.boxes[order] - glyphs.candidates.boxes[other]).max() <= 1
    assert np.array_equal(found.glyph.argmax(axis=1)[order], glyphs.candidates.glyph.argmax(axis=1)[other])
    assert_found(glyphs.candidates, boxes, "8317" * 8 * 18)


@pytest.mark.parametrize("tall", [20, 40, 90])
@pytest.mark.parametrize("x", [20, 203, 206])
def test_ones_side_by_side_are_found_apart(tall: int, x: int) -> None:
    """0.3 of their height from middle to middle."""
    page = ink_detector.paper(160, 640)
    boxes = ink_detector.block_row(page, "111", x, 30, (max(2, tall // 8), tall), 0.3 * tall)
    found = find_glyphs(page, InkDetector()).candidates
    assert found.glyph.argmax(axis=1).tolist() == [1, 1, 1]
    wanted = sorted(x + width / 2 - 0.5 for x, _, width, _ in boxes)
    assert np.abs(np.sort(middles(found.boxes)[:, 0]) - wanted).max() <= max(1, tall / 40)


def test_a_glyph_that_touches_the_picture_s_edge_is_found() -> None:
    page = ink_detector.paper(30, 50)
    box = ink_detector.block(page, "4", (0, 0, 20, 30))
    assert_found(find_glyphs(page, InkDetector()).candidates, [box], "4")


@pytest.mark.parametrize("paper", [(255, 255, 255), (230, 240, 215)])
def test_padding_of_another_colour_is_no_ink(paper: tuple[int, int, int]) -> None:
    page = ink_detector.paper(70, 50, paper)
    box = ink_detector.block(page, "4", (12, 20, 20, 30))
    assert_found(find_glyphs(page, InkDetector()).candidates, [box], "4")


SHAPES = ((1, 1), (3, 5000), (5000, 3), (40, 10_000), (10_000, 40), (17, 19), (4000, 6000), (31, 1021), (2, 2))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dense", [False, True])
def test_no_picture_costs_more_than_the_budget(shape: tuple[int, int], dense: bool) -> None:
    """Nor does any raise. Dense text is as small as a thumbnail can tell, or as fits; what is not read is said."""
    height, width = shape
    page = ink_detector.paper(height, width)
    tall = max(1, min(height - 2, round(max(shape) / 120)))
    wide = max(1, tall // 2)
    if dense:
        rows, columns = np.arange(height) % (2 * tall) < tall, np.arange(width) % (2 * wide) < wide
        page[rows[:, None] & columns] = 20
    detect = InkDetector()
    glyphs = find_glyphs(page, detect)
    assert detect.px <= BUDGET_PX
    assert len(glyphs.views) == len(glyphs.maps) == len(detect.seen)
    assert dense or len(glyphs.candidates) == len(glyphs.left_out) == 0
    assert all(0 <= a < c <= width and 0 <= b < d <= height for a, b, c, d in glyphs.left_out)


def test_a_page_of_three_thousand_loses_none_unsaid() -> None:
    page = ink_detector.paper(2400, 1800)
    rng = np.random.default_rng(0)
    lines = ["".join(str(v) for v in rng.integers(0, 10, 60)) for _ in range(50)]
    boxes = [
        b for k, line in enumerate(lines) for b in ink_detector.block_row(page, line, 50, 50 + 46 * k, (17, 27), 28)
    ]
    detect = InkDetector()
    glyphs = find_glyphs(page, detect)
    assert detect.px <= BUDGET_PX
    assert glyphs.left_out == []
    assert_found(glyphs.candidates, boxes, "".join(lines), 2.5)


def unsaid(glyphs: Glyphs, boxes: list[Box]) -> int:
    """How many blocks were neither found nor lie in an area that was left out."""
    found, lost = middles(glyphs.candidates.boxes), 0
    for x, y, width, height in boxes:
        at = np.array([x + width / 2, y + height / 2])
        seen = len(found) and np.abs(found - at).max(axis=1).min() < height / 3
        lost += not seen and not any(a <= at[0] <= c and b <= at[1] <= d for a, b, c, d in glyphs.left_out)
    return lost


def test_what_is_too_much_is_said() -> None:
    page = ink_detector.paper(4000, 3000)
    boxes = [b for y in range(20, 3960, 50) for b in ink_detector.block_row(page, "70" * 49, 20, y, (17, 30), 30)]
    detect = InkDetector()
    glyphs = find_glyphs(page, detect)
    assert detect.px <= BUDGET_PX
    assert 0 < len(glyphs.candidates) < len(boxes)
    assert glyphs.left_out
    assert unsaid(glyphs, boxes) == 0


def test_what_is_hardly_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ink_detector.paper(60, 60)
    ink_detector.block(page, "4", (20, 20, 14, 28))
    monkeypatch.setattr(module, "MIN_HEAT", 0.97)
    assert len(find_glyphs(page, InkDetector()).candidates) == 0
