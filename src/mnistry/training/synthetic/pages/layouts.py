"""How a synthetic page is laid out: the layouts, each with its share of the pages."""

from collections.abc import Callable

from mnistry.training.synthetic.pages.layouts_free import display, empty, plot, scattered
from mnistry.training.synthetic.pages.layouts_grid import comb, sudoku, table
from mnistry.training.synthetic.pages.layouts_text import alone, column, few, rows, touching, words
from mnistry.training.synthetic.pages.sheet import Sheet

LAYOUTS: tuple[tuple[Callable[[Sheet], None], float], ...] = (
    (rows, 0.17),
    (few, 0.13),
    (alone, 0.06),
    (table, 0.08),
    (comb, 0.07),
    (sudoku, 0.02),
    (column, 0.05),
    (touching, 0.12),
    (scattered, 0.05),
    (display, 0.05),
    (plot, 0.03),
    (words, 0.09),
    (empty, 0.08),
)
