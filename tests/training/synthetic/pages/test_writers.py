import numpy as np
import pytest

from mnistry.ocr.glyph_classes import GLYPHS, class_index
from mnistry.training.synthetic.pages import writers
from mnistry.training.synthetic.pages.canvas import Canvas
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.writers import MIN_APART, Span, Writer, random_writer
from page_materials import blank, dejavu

BLACK = np.zeros(3, np.float32)
KINDS = ("mnist", "strokes", "hand", "print", "display", "segments")


def written(by: Writer, text: str, seed: int = 0, em_px: float = 24.0, **more: float) -> tuple[Canvas, Span]:
    canvas = blank(round(4 * em_px), round((len(text) + 3) * 1.5 * em_px))
    rng = np.random.default_rng(seed)
    span = writers.write(canvas, canvas.layer(BLACK), text, by, (em_px, em_px), em_px, rng, **more)  # pyright: ignore[reportArgumentType]
    return canvas, span


def edges(canvas: Canvas) -> np.ndarray:
    """Left and right edge of each glyph's ink, px (n, 2)."""
    return np.array([[one.hull[:, 0].min() - 0.5, one.hull[:, 0].max() + 0.5] for one in canvas.glyphs])


def printer(gap: float = 0.1) -> Writer:
    return Writer((dejavu(),), 0.0, 1.0, 0.0, gap, (0, 0, 0, 0), True)


@pytest.mark.parametrize("kind", KINDS)
def test_writers_write_every_character(materials: Materials, kind: str) -> None:
    text = "0123456789,.-'/:+×÷=<>%()#*$€£Aß"
    for seed in range(3):
        by = random_writer(materials, np.random.default_rng(seed), kind=kind)
        canvas, _ = written(by, text, seed)
        assert [one.glyph for one in canvas.glyphs] == [class_index(character) for character in text]
        assert set(np.unique(canvas.owner)) - {0} <= set(range(1, len(text) + 1))
        assert by.printed == (kind in ("print", "display", "segments"))


@pytest.mark.parametrize("overlap", [0.1, 0.25, 0.4])
@pytest.mark.parametrize("em_px", [16.0, 24.0, 40.0])
def test_glyphs_overlap_by_the_share_that_is_asked(materials: Materials, overlap: float, em_px: float) -> None:
    by = random_writer(materials, np.random.default_rng(4), kind="mnist")
    shares, asked = [], []
    for seed in range(12):
        canvas, _ = written(by, "38052964", seed, em_px, overlap=overlap)
        found = edges(canvas)
        narrower = np.minimum(np.diff(found, axis=1)[:-1, 0], np.diff(found, axis=1)[1:, 0])
        shares.extend((found[:-1, 1] - found[1:, 0]) / narrower)
        asked.extend(abs((found[:-1, 1] - found[1:, 0]) - overlap * narrower) <= 1)
    assert np.median(shares) == pytest.approx(overlap, abs=0.04)
    assert np.mean(asked) > 0.9, "within a pixel, but for narrow ones"


@pytest.mark.parametrize("overlap", [0.0, 0.4])
def test_ones_are_never_nearer_than_the_least_distance(materials: Materials, overlap: float) -> None:
    nearest = []
    for seed in range(40):
        for kind in ("mnist", "strokes", "print", "segments"):
            by = random_writer(materials, np.random.default_rng(seed), kind=kind)
            canvas, _ = written(by, "1111", seed, 20.0, overlap=overlap)
            apart = np.diff(edges(canvas).mean(axis=1))
            assert (apart >= MIN_APART * 20).all(), kind
            nearest.append(apart.min())
    assert min(nearest) < MIN_APART * 20 + 1


def test_the_gap_is_that_between_inks() -> None:
    for gap in (0.1, 0.5):
        found = edges(written(printer(gap), "2345", em_px=40.0)[0])
        assert (found[1:, 0] - found[:-1, 1]) == pytest.approx(gap * 40, abs=0.6)


def test_words_are_cells_of_a_line() -> None:
    canvas, _ = written(printer(), "12 3 45", line=7, cell=2)
    assert [one.line for one in canvas.glyphs] == [7] * 5
    assert [one.cell for one in canvas.glyphs] == [2, 2, 3, 4, 4]
    found = edges(canvas)
    gaps = found[1:, 0] - found[:-1, 1]
    assert gaps[[1, 2]].min() > 2 * gaps[[0, 3]].max()


def test_the_span_is_where_the_text_stands() -> None:
    canvas, span = written(printer(), "4807", em_px=30.0)
    rows, columns = np.nonzero(canvas.owner)
    assert (span.left, span.right) == pytest.approx((columns.min(), columns.max() + 1), abs=1)
    assert (span.top, span.bottom) == pytest.approx((rows.min(), rows.max() + 1), abs=2)


def test_a_turned_line_falls_to_the_right() -> None:
    canvas, span = written(printer(), "8888888888", em_px=20.0, turn=0.1)
    hulls = [one.hull.mean(axis=0) for one in canvas.glyphs]
    (x0, y0), (x1, y1) = hulls[0], hulls[-1]
    assert (y1 - y0) / (x1 - x0) == pytest.approx(np.tan(0.1), abs=0.02)
    assert span.bottom > 20 + 20 + 0.8 * np.tan(0.1) * (x1 - x0)


def test_printed_lines_stand_on_one_line_and_written_ones_sway(materials: Materials) -> None:
    def sway(by: Writer) -> float:
        canvas, _ = written(by, "0" * 12, 3)
        return float(np.std([one.hull[:, 1].max() for one in canvas.glyphs]))

    assert sway(printer()) == 0
    hands = [sway(random_writer(materials, np.random.default_rng(seed), kind="strokes")) for seed in range(6)]
    assert np.median(hands) > 0.5


def test_what_no_alphabet_has_is_left_out() -> None:
    canvas, _ = written(printer(), "1\u4e002")
    assert [GLYPHS[one.glyph] for one in canvas.glyphs] == ["1", "2"]


def test_writing_stops_at_the_page_s_edge() -> None:
    canvas = blank(60, 100)
    writers.write(canvas, canvas.layer(BLACK), "8" * 60, printer(), (5, 10), 24.0, np.random.default_rng(0))
    assert 4 <= len(canvas.glyphs) < 10


def test_other_scripts_have_letters_and_digits(materials: Materials) -> None:
    for script, text in (("greek", "ωΣ5"), ("cyrillic", "жЯ5"), ("arabic", "بم5")):
        by = random_writer(materials, np.random.default_rng(1), script)
        assert [GLYPHS[one.glyph] for one in written(by, text)[0].glyphs] == ["other", "other", "5"]


def test_digits_are_the_first_ten_classes() -> None:
    assert [writers.is_digit(k) for k in range(len(GLYPHS))] == [True] * 10 + [False] * (len(GLYPHS) - 10)
