"""Pieces of lines → lines in reading order: a table's rows across, blocks of running lines one column at a time.

Source: Nagy & Seth 1984, Hierarchical Representation of Optically Scanned Documents (the XY cut).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.line_parameters import PARAMETERS, LineParameters

LEVEL, ASKEW = 0.25, 0.75  # heights: pieces of a table's row differ by less than that, others overlap by more


@dataclass(frozen=True, eq=False)
class Pieces:
    """n pieces of lines on a level page: left and right ends, the middle of their height, and their digits' height."""

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    middle: NDArray[np.float64]
    height: NDArray[np.float64]


def in_order(pieces: Pieces, usual: LineParameters = PARAMETERS) -> list[list[int]]:
    """Return lines, each of one or more pieces from left to right, in reading order.

    Blocks of running lines that are further apart than `usual.column` are columns, left first. Pieces at one height are
    a line if they are as near as neighbours of a line, or a table's row: other rows then have writing above or below
    them all.
    """
    return _Reading(pieces, usual).lines(np.arange(len(pieces.left)))


class _Reading:
    """Puts pieces in order; each method takes the places of those that it is about."""

    def __init__(self, pieces: Pieces, usual: LineParameters) -> None:
        self._of, self._usual = pieces, usual

    def lines(self, block: NDArray[np.int64]) -> list[list[int]]:
        """Return the lines of a block: by the rows that have a gutter in common, in columns or row by row."""
        found: list[list[int]] = []
        for rows in self._grouped(self._rows(block)):
            columns = self._columns(np.concatenate(rows))
            if len(columns) > 1:
                found += [line for part in columns for line in self.lines(part)]
            else:
                found += [line for row in rows for line in self._joined(row, block)]
        return found

    def _rows(self, block: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return the pieces at each height, from top to bottom, each row from left to right."""
        block = block[np.argsort(self._of.middle[block], kind="stable")]
        rows: list[list[int]] = []
        for k in block.tolist():
            if rows:
                first = rows[-1][0]
                apart = self._of.middle[k] - self._of.middle[first]
                if apart <= self._usual.overlap * min(self._of.height[k], self._of.height[first]):
                    rows[-1].append(k)
                    continue
            rows.append([k])
        return [np.array(sorted(row, key=lambda k: self._of.left[k])) for row in rows]

    def _grouped(self, rows: list[NDArray[np.int64]]) -> list[list[NDArray[np.int64]]]:
        """Return runs of rows that have a gutter in common; a row that shares none is alone."""
        groups: list[list[NDArray[np.int64]]] = []
        for row in rows:
            if groups and len(self._gutters(np.concatenate([*groups[-1], row]))):
                groups[-1].append(row)
            else:
                groups.append([row])
        return groups

    def _gutters(self, block: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the wide empty strips from top to bottom of a block (n, 2): where each begins and ends."""
        order = block[np.argsort(self._of.left[block], kind="stable")]
        ends, starts = np.maximum.accumulate(self._of.right[order])[:-1], self._of.left[order][1:]
        wide = starts - ends > self._usual.column * np.median(self._of.height[block])
        return np.stack([ends[wide], starts[wide]], axis=1)

    def _columns(self, block: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return a block's columns; it is one if none of its gutters has running lines on both sides."""
        gutters = self._gutters(block)
        place = np.searchsorted(gutters[:, 0], self._of.left[block])
        parts = [block[place == k] for k in range(len(gutters) + 1)]
        columns = [parts[0]]
        for before, after, (end, start) in zip(parts, parts[1:], gutters, strict=False):
            if self._are_columns(before, after, float(start - end)):
                columns.append(after)
            else:
                columns[-1] = np.concatenate([columns[-1], after])
        return columns

    def _are_columns(self, before: NDArray[np.int64], after: NDArray[np.int64], gutter: float) -> bool:
        """Whether two blocks with a gutter between them are read one after the other, not row by row.

        Running lines are longer than the gutter is wide, or do not stand at each other's heights.
        """
        if min(len(self._rows(before)), len(self._rows(after))) < 2:
            return False
        shorter = min(float(np.median(self._of.right[part] - self._of.left[part])) for part in (before, after))
        return shorter >= gutter or not self._are_level(before, after)

    def _are_level(self, some: NDArray[np.int64], others: NDArray[np.int64]) -> bool:
        """Whether pieces stand at the heights of others, as in a table: more do than overlap with one askew."""
        apart = np.abs(self._of.middle[some][:, None] - self._of.middle[others][None])
        apart /= np.minimum(self._of.height[some][:, None], self._of.height[others][None])
        return bool((apart <= LEVEL).sum() > ((apart > LEVEL) & (apart <= ASKEW)).sum())

    def _joined(self, row: NDArray[np.int64], block: NDArray[np.int64]) -> list[list[int]]:
        """Return the lines of a row: its pieces are one if they are near, or stand in columns of a table."""
        lines = [[int(row[0])]]
        others = np.setdiff1d(block, row)
        for k in row[1:].tolist():
            before = lines[-1][-1]
            if self._may_follow(before, k) and (self._are_near(before, k) or self._are_cells(before, k, others)):
                lines[-1].append(k)
            else:
                lines.append([k])
        return lines

    def _may_follow(self, one: int, other: int) -> bool:
        of, usual = self._of, self._usual
        lower, higher = sorted((of.height[one], of.height[other]))
        level = (lower + higher) / 2 - abs(of.middle[one] - of.middle[other]) >= usual.overlap * lower
        return bool(level and higher <= usual.ratio * lower and of.left[other] >= of.right[one])

    def _are_near(self, one: int, other: int) -> bool:
        of = self._of
        return bool(of.left[other] - of.right[one] <= self._usual.gap * max(of.height[one], of.height[other]))

    def _are_cells(self, one: int, other: int, others: NDArray[np.int64]) -> bool:
        """Whether two pieces are cells of a table: both have writing above or below, and it is level."""
        of = self._of
        near = [others[(of.left[others] < of.right[k]) & (of.right[others] > of.left[k])] for k in (one, other)]
        return all(map(len, near)) and self._are_level(np.append(near[0], one), np.append(near[1], other))
