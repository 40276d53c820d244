from collections.abc import Callable

import numpy as np
import pytest

from mnistry.training.synthetic.pages.layouts import LAYOUTS
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.sheet import Sheet
from page_materials import sheet


def test_shares_add_up_to_a_page() -> None:
    assert sum(share for _, share in LAYOUTS) == pytest.approx(1.0)
    assert all(share > 0 for _, share in LAYOUTS)


@pytest.mark.parametrize("layout", [layout for layout, _ in LAYOUTS], ids=lambda layout: layout.__name__)
def test_layouts_fill_pages_of_any_size_in_any_size_of_writing(
    materials: Materials, layout: Callable[[Sheet], None]
) -> None:
    for seed, (size, em_px) in enumerate(
        [((160, 240), 24.0), ((20, 160), 15.0), ((160, 20), 40.0), ((4, 4), 140.0), ((90, 90), 6.0), ((60, 80), 140.0)]
    ):
        page = sheet(materials, seed, size, em_px)
        layout(page)
        canvas = page.canvas
        assert canvas.owner.max(initial=0) <= len(canvas.glyphs)
        assert {one.line for one in canvas.glyphs} <= set(range(-1, page.lines))
        assert all((one.line >= 0) == (one.cell >= 0) for one in canvas.glyphs)
        assert all(0.2 * em_px < one.em_px < 3 * em_px for one in canvas.glyphs)
        assert all(np.isfinite(one.hull).all() and one.hull.shape[1:] == (2,) for one in canvas.glyphs)


@pytest.mark.parametrize("layout", [layout for layout, _ in LAYOUTS], ids=lambda layout: layout.__name__)
def test_the_same_seed_lays_out_the_same(materials: Materials, layout: Callable[[Sheet], None]) -> None:
    pages = [sheet(materials, 9) for _ in range(2)]
    for page in pages:
        layout(page)
    assert pages[0].canvas.flattened().tobytes() == pages[1].canvas.flattened().tobytes()
