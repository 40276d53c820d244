import numpy as np
import pytest

from mnistry.ocr.glyph_classes import GLYPHS
from mnistry.ocr.peaks import STRIDE, TEXT_STRIDE
from mnistry.training.detector import targets
from mnistry.training.detector.targets import (
    ANSWERED,
    MIN_DOUBT,
    MIN_NEAR,
    NARROWEST,
    TEXT_PX,
    UNIT_PX,
    UNSURE,
    Targets,
)
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene

HEIGHT, WIDTH = 96, 128
Box = tuple[float, float, float, float]


def page(*glyphs: tuple[str, Box], em_px: float = 24.0, seen: float = 1.0) -> Scene:
    """A scene of solid boxes."""
    owner = np.zeros((HEIGHT, WIDTH), np.int16)
    for number, (_, (left, top, right, bottom)) in enumerate(glyphs, 1):
        owner[round(top) : round(bottom), round(left) : round(right)] = number
    n = len(glyphs)
    return Scene(
        np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        owner,
        np.array([GLYPHS.index(name) for name, _ in glyphs], np.int64),
        np.array([box for _, box in glyphs], np.float32).reshape(-1, 4),
        np.full(n, em_px, np.float32),
        np.full(n, seen, np.float32),
        np.zeros(n, np.int64),
        np.arange(n),
    )


def of(one: Scene) -> dict[str, np.ndarray]:
    return {name: array[0] for name, array in vars(targets.stacked([one])).items()}


def centre(box: Box) -> tuple[int, int]:
    """Row and column of the cell whose first pixel is nearest to a box's middle."""
    left, top, right, bottom = box
    return round((top + bottom) / 4 - 0.25), round((left + right) / 4 - 0.25)


SEVEN: Box = (40.0, 30.0, 54.0, 54.0)


def test_one_glyph_is_one_peak_at_its_middle() -> None:
    maps = of(page(("7", SEVEN)))
    row, column = centre(SEVEN)
    assert np.argwhere(maps["heat"] == 255).tolist() == [[row, column]]
    falling = maps["heat"][row, column : column + 8].astype(int)
    assert (np.diff(falling) < 0)[: np.count_nonzero(falling)].all()
    assert np.count_nonzero(maps["heat"][:, column]) > np.count_nonzero(maps["heat"][row]), "as high as the glyph is"
    assert maps["asked"].all()


@pytest.mark.parametrize("box", [SEVEN, (40.6, 29.3, 52.1, 55.9), (0.0, 0.0, 13.0, 20.0), (115.0, 72.0, 128.0, 96.0)])
def test_its_box_follows_from_each_cell_that_knows_it(box: Box) -> None:
    maps = of(page(("7", box)))
    rows, columns = np.nonzero(maps["near"])
    assert len(rows) >= 1
    for row, column in zip(rows, columns, strict=True):
        log_w, log_h, dx, dy = maps["geometry"][row, column].astype(float)
        w, h = UNIT_PX * np.exp(log_w), UNIT_PX * np.exp(log_h)
        x, y = (column + dx + 0.25) * STRIDE, (row + dy + 0.25) * STRIDE
        assert (x - w / 2, y - h / 2, x + w / 2, y + h / 2) == pytest.approx(box, abs=0.06)
        assert maps["glyph"][row, column] == 7
        assert maps["near"][row, column] >= MIN_NEAR


def test_ones_are_widened_and_others_are_not() -> None:
    boxes = np.array([[10, 10, 12, 30], [10, 10, 12, 30], [10, 10, 25, 30]], np.float32)
    glyphs = np.array([GLYPHS.index(name) for name in ("1", "/", "1")])
    before = boxes.copy()
    found = targets.widened(boxes, glyphs)
    assert found[0] == pytest.approx([11 - NARROWEST * 10, 10, 11 + NARROWEST * 10, 30])
    assert np.array_equal(found[1:], before[1:])
    assert np.array_equal(boxes, before)
    row, column = centre((10, 10, 12, 30))
    width = of(page(("1", (10, 10, 12, 30))))["geometry"][row, column, 0]
    assert UNIT_PX * np.exp(float(width)) == pytest.approx(NARROWEST * 20, rel=0.01)


def test_two_ones_that_touch_are_two_peaks() -> None:
    """At the least distance at which they are written, of the smallest size that is answered for."""
    em = ANSWERED[0] + 1
    first: Box = (40.0, 30.0, 43.0, 30.0 + em)
    second: Box = (40.0 + 0.32 * em, 30.0, 43.0 + 0.32 * em, 30.0 + em)
    maps = of(page(("1", first), ("1", second), em_px=em))
    assert np.argwhere(maps["heat"] == 255).tolist() == [list(centre(first)), list(centre(second))]
    between = maps["heat"][centre(first)[0], centre(first)[1] + 1 : centre(second)[1]]
    assert between.size
    assert between.min() < 200


@pytest.mark.parametrize("em_px", [UNSURE[0] + 0.1, ANSWERED[0] - 0.1, ANSWERED[1] + 0.1, UNSURE[1] - 0.1])
def test_of_sizes_just_beyond_those_answered_for_nothing_is_asked(em_px: float) -> None:
    maps = of(page(("7", SEVEN), em_px=em_px))
    assert not maps["heat"].any()
    assert not maps["near"].any()
    left, top, right, bottom = (round(px / STRIDE) for px in SEVEN)
    assert not maps["asked"][top:bottom, left:right].any()
    assert maps["asked"][: top - 1].all()
    assert maps["asked"][:, right + 2 :].all()
    assert not maps["owned"].any()


@pytest.mark.parametrize("em_px", [UNSURE[0] - 1, UNSURE[1] + 1])
def test_still_smaller_and_larger_glyphs_are_not_to_be_found(em_px: float) -> None:
    maps = of(page(("7", SEVEN), em_px=em_px))
    assert not maps["heat"].any()
    assert maps["asked"].all()
    left, top, right, bottom = (round(px / STRIDE) for px in SEVEN)
    assert (maps["ink"][top:bottom, left:right] == 255).all(), "whose ink it is is not asked either"


def test_a_glyph_that_is_cut_off_is_not_asked_for_and_its_rest_is_nothing_to_be_found() -> None:
    row, column = centre(SEVEN)
    for seen in (MIN_SEEN - 0.01, MIN_DOUBT + 0.01):
        maps = of(page(("7", SEVEN), seen=seen))
        assert not maps["heat"].any()
        assert not maps["asked"][row, column]
    for seen in (MIN_DOUBT - 0.01, 0.05):
        maps = of(page(("7", SEVEN), seen=seen))
        assert not maps["heat"].any()
        assert maps["asked"].all()


def test_a_glyph_beside_an_unsure_one_is_still_asked_for() -> None:
    one, other = page(("7", SEVEN)), page(("5", (38.0, 28.0, 80.0, 80.0)), em_px=50.0)
    both = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in vars(one)
        if name not in ("pixels", "owner")
    }
    maps = of(Scene(one.pixels, one.owner, **both))
    row, column = centre(SEVEN)
    assert maps["heat"][row, column] == 255
    assert maps["asked"][row, column]
    assert not maps["asked"][row, column + 8]


def test_ink_is_that_of_glyphs_and_its_owner_is_where_the_glyph_is() -> None:
    boxes: tuple[Box, Box] = (SEVEN, (60.0, 31.0, 75.0, 53.0))
    one = page(*zip("73", boxes, strict=True))
    maps = of(one)
    pixels = maps["ink"].reshape(HEIGHT // 2, WIDTH // 2, 2, 2).transpose(0, 2, 1, 3).reshape(HEIGHT, WIDTH)
    assert np.array_equal(pixels, one.owner > 0)
    assert np.array_equal(maps["owned"], (one.owner.reshape(HEIGHT // 2, 2, WIDTH // 2, 2) > 0).any(axis=(1, 3)))
    for row, column in np.argwhere(maps["owned"]):
        dx, dy = maps["owner"][row, column].astype(float) * UNIT_PX
        x, y = column * STRIDE + 0.5 + dx, row * STRIDE + 0.5 + dy
        number = one.owner[row * 2 : row * 2 + 2, column * 2 : column * 2 + 2].max()
        left, top, right, bottom = boxes[number - 1]
        assert (x, y) == pytest.approx(((left + right) / 2, (top + bottom) / 2), abs=0.05)


def test_where_text_is_and_how_high() -> None:
    maps = of(page(("7", SEVEN)))
    rows, columns = np.nonzero(maps["text"])
    assert (rows.min(), rows.max()) == (30 // TEXT_STRIDE, 53 // TEXT_STRIDE)
    assert (columns.min(), columns.max()) == (40 // TEXT_STRIDE, 53 // TEXT_STRIDE)
    assert UNIT_PX * np.exp(maps["text_height"][rows, columns].astype(float)) == pytest.approx(24, rel=0.01)
    assert set(np.unique(of(page(("7", SEVEN), em_px=TEXT_PX[1] + 1))["text"])) == {0, 255}
    assert not of(page(("7", SEVEN), seen=0.05))["text"].any()


def test_a_blank_page_has_nothing() -> None:
    maps = of(page())
    assert maps["asked"].all()
    assert not any(maps[name].any() for name in ("heat", "near", "owned", "ink", "text"))


@pytest.fixture(scope="module")
def drawn(materials: Materials) -> tuple[list[Scene], Targets]:
    scenes = [scene.draw(HEIGHT, WIDTH, materials, np.random.default_rng(k)) for k in range(48)]
    return scenes, targets.stacked(scenes)


def test_targets_of_scenes_have_their_shapes_and_types(drawn: tuple[list[Scene], Targets]) -> None:
    n, h, w = 48, HEIGHT // STRIDE, WIDTH // STRIDE
    shapes = {name: (array.shape, array.dtype) for name, array in vars(drawn[1]).items()}
    assert shapes == {
        "pictures": ((n, HEIGHT, WIDTH, 3), np.uint8),
        "heat": ((n, h, w), np.uint8),
        "asked": ((n, h, w), bool),
        "glyph": ((n, h, w), np.uint8),
        "geometry": ((n, h, w, 4), np.float16),
        "near": ((n, h, w), np.uint8),
        "owner": ((n, h, w, 2), np.float16),
        "owned": ((n, h, w), bool),
        "ink": ((n, h, w, 4), np.uint8),
        "text": ((n, HEIGHT // TEXT_STRIDE, WIDTH // TEXT_STRIDE), np.uint8),
        "text_height": ((n, HEIGHT // TEXT_STRIDE, WIDTH // TEXT_STRIDE), np.float16),
    }
    assert all(np.isfinite(array).all() for array in vars(drawn[1]).values())


def test_each_answered_glyph_of_a_scene_has_its_peak(drawn: tuple[list[Scene], Targets]) -> None:
    answered = 0
    for k, one in enumerate(drawn[0]):
        found = targets.answered(one)
        boxes = targets.widened(one.boxes, one.glyphs)[found]
        middles = np.stack([boxes[:, [1, 3]].sum(axis=1), boxes[:, [0, 2]].sum(axis=1)], axis=1) / 4 - 0.25
        cells = np.clip(np.round(middles), 0, (HEIGHT // 2 - 1, WIDTH // 2 - 1)).astype(int)
        peaks = np.argwhere(drawn[1].heat[k] == 255)
        assert {tuple(cell) for cell in cells} == {tuple(cell) for cell in peaks}
        assert drawn[1].asked[k][tuple(cells.T)].all()
        answered += len(cells)
    assert answered > 60


def test_ink_of_a_scene_is_asked_where_it_is_of_a_size_to_be_read(drawn: tuple[list[Scene], Targets]) -> None:
    for k, one in enumerate(drawn[0]):
        ink = drawn[1].ink[k].reshape(HEIGHT // 2, WIDTH // 2, 2, 2).transpose(0, 2, 1, 3).reshape(HEIGHT, WIDTH)
        em = np.concatenate([[0], one.em_px])[one.owner]
        seen = np.concatenate([[0], one.seen])[one.owner]
        wanted = (em >= UNSURE[0]) & (em <= UNSURE[1]) & (seen > 0.08)
        assert (ink[wanted] == 1).all()
        assert (ink[one.owner == 0] == 0).all()
        assert (ink[(one.owner > 0) & ~wanted] == 255).all()
