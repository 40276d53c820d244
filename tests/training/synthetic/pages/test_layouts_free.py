import numpy as np

from mnistry.training.synthetic.pages import layouts_free
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.sheet import ANOTHER
from page_materials import sheet

SEEDS = range(16)


def test_nothing_to_read_is_nothing_but_drawings(materials: Materials) -> None:
    blank = drawings = 0
    for seed in range(60):
        page = sheet(materials, seed)
        layouts_free.empty(page)
        assert {one.glyph for one in page.canvas.glyphs} <= {ANOTHER}
        drawings += bool(page.canvas.glyphs)
        blank += not any(cover.any() for cover, _ in page.canvas.layers)
    assert drawings > 5
    assert blank > 5


def test_a_drawing_is_another_glyph_with_pixels_of_its_own(materials: Materials) -> None:
    for seed in range(40):
        page = sheet(materials, seed, (90, 90))
        cover = page.cover()
        layouts_free.drawing(page, cover, (33.0, 33.0), 24.0)
        (one,) = page.canvas.glyphs
        assert (one.glyph, one.line, one.cell) == (ANOTHER, -1, -1)
        ys, xs = np.nonzero(page.canvas.owner == 1)
        assert one.hull.min(axis=0).tolist() == [xs.min() + 0.5, ys.min() + 0.5]
        assert one.hull.max(axis=0).tolist() == [xs.max() + 0.5, ys.max() + 0.5]
        assert np.abs(one.hull - 45).max() < 30
        assert np.array_equal(page.canvas.owner == 1, cover > 96)


def test_scattered_glyphs_are_of_several_sizes(materials: Materials) -> None:
    sizes = []
    for seed in SEEDS:
        page = sheet(materials, seed)
        layouts_free.scattered(page)
        sizes.append([one.em_px for one in page.canvas.glyphs])
    assert np.mean([len(one) for one in sizes]) > 2.5
    assert np.mean([np.ptp(one) > 3 for one in sizes]) > 0.6


def test_a_display_shows_a_number_in_its_case(materials: Materials) -> None:
    for seed in SEEDS:
        page = sheet(materials, seed)
        layouts_free.display(page)
        glyphs = page.canvas.glyphs
        assert any(one.glyph < 10 for one in glyphs)
        assert len({one.line for one in glyphs}) == 1
        case = page.canvas.layers[0][0] > 128
        rows, columns = np.nonzero(page.canvas.owner)
        assert case[rows, columns].mean() > 0.9


def test_dark_segments_shimmer_where_the_lit_ones_are(materials: Materials) -> None:
    """The 8 behind a digit stands on its place, so that it is wider nowhere."""
    found = 0
    for seed in range(40):
        page = sheet(materials, seed)
        layouts_free.display(page)
        _, (ghosts, _), (cover, _), *_ = page.canvas.layers
        if not ghosts.any():
            continue
        found += 1
        assert ghosts.max() <= 60
        left = min(one.hull[:, 0].min() for one in page.canvas.glyphs if one.glyph < 10)
        assert np.flatnonzero(ghosts.max(axis=0) > 8).min() > left - 4
        assert (cover > 128).any()
    assert found > 5


def test_a_plot_has_numbers_at_both_axes(materials: Materials) -> None:
    for seed in SEEDS:
        page = sheet(materials, seed, (200, 260), 14.0)
        layouts_free.plot(page)
        glyphs = page.canvas.glyphs
        assert page.lines >= 2
        assert sum(one.glyph < 10 for one in glyphs) >= 2
        assert (page.canvas.layers[0][0] > 60).sum() > 200
