import itertools

import numpy as np

from mnistry.training.synthetic.pages import layouts_text
from mnistry.training.synthetic.pages.canvas import Placed
from mnistry.training.synthetic.pages.materials import Materials
from page_materials import sheet

SEEDS = range(16)


def box(one: Placed) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = one.hull.min(axis=0), one.hull.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def covering(one: Placed, other: Placed) -> float:
    """How much of the smaller of two boxes is in the other."""
    a, b = box(one), box(other)
    wide, high = (min(a[k + 2], b[k + 2]) - max(a[k], b[k]) for k in (0, 1))
    areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return max(0.0, wide) * max(0.0, high) / max(1.0, min(areas))


def test_rows_run_from_top_to_bottom(materials: Materials) -> None:
    long = 0
    for seed in SEEDS:
        page = sheet(materials, seed)
        layouts_text.rows(page)
        lines = {one.line for one in page.canvas.glyphs}
        tops = [np.mean([one.hull[:, 1].mean() for one in page.canvas.glyphs if one.line == k]) for k in sorted(lines)]
        assert tops == sorted(tops)
        long += len(lines) > 1
    assert long > len(SEEDS) / 2


def test_a_few_texts_do_not_cover_each_other(materials: Materials) -> None:
    counts = []
    for seed in range(60):
        page = sheet(materials, seed)
        layouts_text.few(page)
        glyphs = page.canvas.glyphs
        counts.append(len({one.line for one in glyphs}))
        assert all(covering(a, b) < 0.5 for a in glyphs for b in glyphs if a.line < b.line)
    assert set(counts) >= {1, 2}


def test_strings_of_digits_touch(materials: Materials) -> None:
    pairs = []
    for seed in SEEDS:
        page = sheet(materials, seed)
        layouts_text.touching(page)
        glyphs = page.canvas.glyphs
        assert all(one.glyph < 10 for one in glyphs)
        pairs.extend(box(a)[2] + 1 - box(b)[0] for a, b in itertools.pairwise(glyphs) if a.line == b.line)
        sizes = [sum(one.line == k for one in glyphs) for k in range(page.lines)]
        assert max(sizes) <= 6
    assert np.mean(np.array(pairs) >= 0) > 0.9


def test_columns_are_numbers_one_below_the_other(materials: Materials) -> None:
    for seed in SEEDS:
        page = sheet(materials, seed, (200, 120))
        layouts_text.column(page)
        assert all(one.glyph < 10 for one in page.canvas.glyphs)
        assert page.lines >= 3


def test_words_have_no_digit(materials: Materials) -> None:
    glyphs = 0
    for seed in SEEDS:
        page = sheet(materials, seed)
        layouts_text.words(page)
        assert all(one.glyph >= 10 for one in page.canvas.glyphs)
        glyphs += len(page.canvas.glyphs)
    assert glyphs > 10 * len(SEEDS)


def test_a_glyph_alone_is_a_digit_or_a_letter_that_is_none(materials: Materials) -> None:
    found = []
    for seed in range(80):
        page = sheet(materials, seed)
        layouts_text.alone(page)
        assert len(page.canvas.glyphs) <= 1, "a Greek font may lack a Latin letter"
        for one in page.canvas.glyphs:
            left, top, right, bottom = box(one)
            assert -5 < left < right < page.canvas.width + 5
            assert -10 < top < bottom < page.canvas.height + 10
            found.append(one.glyph)
    assert set(range(10)) <= set(found)
    assert 0.5 < np.mean(np.array(found) < 10) < 0.8
