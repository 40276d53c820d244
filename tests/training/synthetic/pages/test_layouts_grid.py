import itertools

import numpy as np

from mnistry.training.synthetic.pages import layouts_grid
from mnistry.training.synthetic.pages.materials import Materials
from page_materials import sheet

SEEDS = range(16)


def test_cells_of_a_table_s_row_are_numbered_and_stand_beside_each_other(materials: Materials) -> None:
    cells = []
    for seed in SEEDS:
        page = sheet(materials, seed)
        layouts_grid.table(page)
        for line in range(page.lines):
            row = [one for one in page.canvas.glyphs if one.line == line]
            cells.append(len({one.cell for one in row}))
            middles = [float(one.hull[:, 0].mean()) for one in row]
            assert [one.cell for one in row] == sorted(one.cell for one in row)
            for a, b in itertools.pairwise(row):
                if b.cell > a.cell:
                    assert b.hull[:, 0].min() > a.hull[:, 0].max() - 1, "no cell is written over"
            assert middles == sorted(middles)
    assert max(cells) >= 4
    assert 0 in cells


def test_boxes_of_a_comb_hold_a_digit_each(materials: Materials) -> None:
    lengths = []
    for seed in SEEDS:
        page = sheet(materials, seed)
        layouts_grid.comb(page)
        digits = [one for one in page.canvas.glyphs if one.glyph < 10]
        for line in {one.line for one in digits}:
            row = [one for one in digits if one.line == line]
            assert [one.cell for one in row] == sorted({one.cell for one in row})
            lengths.append(len(row))
        rulings = [cover for cover, _ in page.canvas.layers if (cover > 60).sum() > 100]
        assert len(rulings) >= 1
    assert max(lengths) >= 5


def test_sudokus_have_nine_cells_a_row_and_no_nought(materials: Materials) -> None:
    filled = []
    for seed in SEEDS:
        page = sheet(materials, seed, (400, 400), 24.0)
        layouts_grid.sudoku(page)
        assert page.lines == 9
        places = [(one.line, one.cell) for one in page.canvas.glyphs]
        assert len(set(places)) == len(places)
        assert {one.glyph for one in page.canvas.glyphs} <= set(range(1, 10))
        assert max(cell for _, cell in places) <= 8
        filled.append(len(places))
    assert 15 < np.mean(filled) < 50
