from collections.abc import Callable

import numpy as np
import pytest

from mnistry.training.synthetic.pages import clutter
from mnistry.training.synthetic.pages.canvas import Canvas, inked
from mnistry.training.synthetic.pages.writers import Span
from page_materials import blank

BLACK = np.zeros(3, np.float32)
SEEDS = range(20)
SPAN = Span(60.0, 50.0, 120.0, 74.0)
EM_PX = 24.0


def empty() -> tuple[Canvas, np.ndarray]:
    canvas = blank(140, 200)
    return canvas, canvas.layer(BLACK)


def rows(cover: np.ndarray) -> np.ndarray:
    return np.flatnonzero((cover > 40).any(axis=1))


def test_rulings_run_across_the_page_at_their_pitch() -> None:
    upright = 0
    for seed in SEEDS:
        canvas, cover = empty()
        clutter.rulings(canvas, cover, 30.0, 10.0, np.random.default_rng(seed))
        shares = (cover > 40).mean(axis=1)
        assert (shares > 0.4).any()
        assert (cover > 40).mean() < 0.5
        upright += bool((cover > 40).mean(axis=0).max() > 0.8)
        if (cover > 40).mean(axis=0).max() < 0.5:  # ruled, not squared
            starts = 1 + np.count_nonzero(np.diff(np.flatnonzero(cover[:, 100] > 40)) > 5)
            assert starts == pytest.approx(140 / 30, abs=1.5)
    assert 0 < upright < len(SEEDS)


def test_a_margin_is_one_or_two_upright_lines() -> None:
    for seed in SEEDS:
        canvas, cover = empty()
        clutter.margin(canvas, cover, np.random.default_rng(seed))
        assert (cover.max(axis=1) > 40).all()
        assert (cover > 40).mean() < 0.1
        assert not cover[:, 120:].any()


def test_an_underline_lies_below_the_text_and_as_far_as_it_goes() -> None:
    for seed in SEEDS:
        _, cover = empty()
        clutter.underline(cover, SPAN, EM_PX, np.random.default_rng(seed))
        found = rows(cover)
        assert SPAN.bottom - 0.4 * EM_PX < found[0]
        assert found[-1] < SPAN.bottom + 0.8 * EM_PX
        columns = np.flatnonzero((cover > 40).any(axis=0))
        assert columns[0] < SPAN.left + 0.2 * EM_PX
        assert columns[-1] > SPAN.right - 0.2 * EM_PX


@pytest.mark.parametrize("draw", [clutter.encircle, clutter.frame])
def test_rings_and_frames_surround_the_text(draw: Callable[..., None]) -> None:
    for seed in SEEDS:
        _, cover = empty()
        draw(cover, SPAN, EM_PX, np.random.default_rng(seed))
        ink = cover > 40
        assert not ink[58:66, 70:110].any(), "not across the text"
        y, x = 62, 90
        for side in (ink[:y, x], ink[y + 1 :, x], ink[y, :x], ink[y, x + 1 :]):
            assert side.any() or draw is clutter.encircle
        assert np.ptp(np.flatnonzero(ink.any(axis=0))) > 55


def test_scribbles_lie_about_their_middle_and_return_their_points() -> None:
    for seed in range(60):
        _, cover = empty()
        points = clutter.scribble(cover, (100.0, 70.0), 30.0, np.random.default_rng(seed))
        ys, xs = np.nonzero(cover)
        assert len(points) >= 5
        assert np.abs(points - (100, 70)).max() < 40
        assert xs.min() >= points[:, 0].min() - 4
        assert ys.max() <= points[:, 1].max() + 4


def test_signatures_and_hatchings_leave_ink() -> None:
    drawn = 0
    for seed in SEEDS:
        canvas, cover = empty()
        clutter.signature(cover, (20.0, 70.0), EM_PX, np.random.default_rng(seed))
        assert np.ptp(np.nonzero(cover)[1]) > EM_PX
        canvas, cover = empty()
        clutter.hatching(canvas, cover, np.random.default_rng(seed))
        drawn += cover.any()
        assert not canvas.glyphs
    assert drawn > len(SEEDS) / 2


def covered(share: float) -> Canvas:
    """A square glyph of 100 pixels, of which a layer hides this share, and one beside it."""
    canvas = blank(20, 40)
    cover = canvas.layer(BLACK)
    square = inked(np.full((10, 10), 255, np.uint8), 5)
    assert square is not None
    for x in (5, 25):
        canvas.write(cover, square, x, 0, 10.0)
    canvas.layer(BLACK)[5 : 5 + round(10 * share), 5:15] = 255
    clutter.hide(canvas, 1)
    return canvas


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_what_is_hidden_loses_its_pixels_and_its_share_is_recorded(share: float) -> None:
    canvas = covered(share)
    assert (canvas.owner == 1).sum() == pytest.approx(100 * (1 - share))
    assert (canvas.owner == 2).sum() == 100
    assert [one.shown for one in canvas.glyphs] == pytest.approx([1 - share, 1.0])
    assert (canvas.strength > 0).sum() == (canvas.owner > 0).sum()


def test_things_cover_and_their_shadows_do_not_hide() -> None:
    hidden = 0
    for seed in SEEDS:
        canvas, _ = empty()
        canvas.owner[:] = 1
        square = inked(np.full((2, 2), 255, np.uint8), 5)
        assert square is not None
        canvas.write(canvas.layers[0][0], square, 5, 0, 10.0)
        before = len(canvas.layers)
        clutter.thing(canvas, np.random.default_rng(seed))
        shadow, body = canvas.layers[before][0], canvas.layers[before + 1][0]
        assert shadow.max(initial=0) <= 128
        clutter.hide(canvas, before)
        assert not canvas.owner[body > 128].any()
        hidden += bool((body > 128).any())
    assert hidden > len(SEEDS) / 2
