"""What a line is, and where it has spaces: all tunables of how glyphs become lines of text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LineParameters:
    """Distances in heights of a line's digits, set by hand and measured on generated pages with their true boxes.

    A fifth more or less of any of them changes few lines and spaces: `python benchmarks/line_parameters.py` wrote
    records/line_parameters.json.
    """

    overlap: float = 0.5  # of the lower of two neighbours: what their heights share at least
    ratio: float = 1.8  # of their sizes, at most
    gap: float = 3.0  # between them, at most
    column: float = 4.0  # between blocks that are columns, at least
    comb: float = 2.2  # from middle to middle, of digits in cells; closer ones are a comb, or a wide hand: one number
    space: float = 0.6  # between two numbers, at least
    sign_space: float = 0.35  # the same around an operator, which is written close to digits or clearly apart
    wider: float = 1.8  # times the line's median gap: a wider one is a space


PARAMETERS = LineParameters()
