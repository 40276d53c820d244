import numpy as np
import pytest

from mnistry.training.synthetic.pages import sheet as module
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.sheet import ANOTHER, MAX_GLYPHS
from mnistry.training.synthetic.pages.writers import random_writer
from page_materials import sheet


def test_each_text_is_a_line_of_its_own(materials: Materials) -> None:
    page = sheet(materials, 0)
    cover, by = page.cover(), random_writer(materials, page.rng, kind="print")
    for k, text in enumerate(("12", "3")):
        module.write_on(cover, page, by, text, (20.0, 20.0 + 50 * k), 24.0)
    assert [one.line for one in page.canvas.glyphs] == [0, 0, 1]
    assert page.next_line() == 2


def test_a_page_is_full_at_some_count_and_a_line_has_room_for_its_width(materials: Materials) -> None:
    page = sheet(materials, 0)
    assert page.room(24.0) == 16
    assert page.room(2400.0) == 1
    by = random_writer(materials, page.rng, kind="print")
    assert not page.full()
    while len(page.canvas.glyphs) < MAX_GLYPHS:
        module.write_on(
            page.canvas.layers[0][0] if page.canvas.layers else page.cover(), page, by, "8" * 10, (5.0, 5.0), 12.0
        )
    assert page.full()


def test_covers_have_the_colour_of_pen_or_print(materials: Materials) -> None:
    page = sheet(materials, 0)
    page.cover()
    page.cover(printed=True)
    assert [colour.tolist() for _, colour in page.canvas.layers] == [[0, 0, 0], [90, 90, 90]]


def test_what_is_crossed_out_is_no_longer_to_be_read(materials: Materials) -> None:
    page = sheet(materials, 1)
    cover, by = page.cover(), random_writer(materials, page.rng, kind="print")
    module.write_on(cover, page, by, "12", (20.0, 20.0), 24.0)
    first = len(page.canvas.glyphs)
    span = module.write_on(cover, page, by, "345", (20.0, 70.0), 24.0)
    before = cover.copy()
    module.cancel(page, cover, span, first, 24.0)
    assert [one.glyph for one in page.canvas.glyphs] == [1, 2, ANOTHER, ANOTHER, ANOTHER]
    rows, columns = np.nonzero(cover > before)
    assert span.top - 12 < rows.min() < rows.max() < span.bottom + 12
    assert np.ptp(columns) > 0.9 * (span.right - span.left)


def test_marks_are_now_and_then_and_cross_out_only_what_may_be(materials: Materials) -> None:
    marks = cancelled = 0
    for seed in range(250):
        page = sheet(materials, seed)
        cover, by = page.cover(), random_writer(materials, page.rng, kind="print")
        span = module.write_on(cover, page, by, "5", (90.0, 60.0), 24.0)
        before = cover.copy()
        module.marked(page, cover, span, 24.0, 0 if seed % 2 else None)
        crossed = page.canvas.glyphs[0].glyph == ANOTHER
        assert not crossed or seed % 2
        cancelled += crossed
        marks += (cover > before).any() or any(layer.any() for layer, _ in page.canvas.layers[1:])
    assert marks / 250 == pytest.approx(0.14, abs=0.06)
    assert 0 < cancelled < 12


def test_scripts_are_mostly_latin() -> None:
    rng = np.random.default_rng(0)
    found = [module.random_script(rng) for _ in range(400)]
    assert found.count("latin") > 270
    assert set(found) == {"latin", "greek", "cyrillic", "arabic"}


def test_rulings_are_between_paper_and_ink(materials: Materials) -> None:
    for seed in range(20):
        colour = module.ruling_colour(sheet(materials, seed))
        assert colour.shape == (3,)
        assert 0 <= colour.min() <= colour.max() <= 255
