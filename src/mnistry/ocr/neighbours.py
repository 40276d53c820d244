"""Points → pairs of those that are near each other: what merging, linking and cutting out look at, and no more."""

import numpy as np
from numpy.typing import NDArray

FEW = 48  # so many points are compared all with all: that is faster than a grid

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def pairs(points: NDArray[np.floating], reach: NDArray[np.floating]) -> Pairs:
    """Return each pair of points (n, 2) once, whose distances in x and in y are both within one's reach (n,).

    A point looks into a grid of cells as large as its reach, rounded up to a power of two: into its own cell and the
    eight around it.
    """
    if len(points) <= FEW:
        one, other = np.triu_indices(len(points), 1)
        return _near(points, np.maximum(reach[one], reach[other]), one, other)
    octaves = np.ceil(np.log2(np.maximum(reach, 1e-3)))
    found = [_of_octave(points, reach, octaves == octave, 2.0**octave) for octave in np.unique(octaves)]
    return np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found])


def _of_octave(
    points: NDArray[np.floating], reach: NDArray[np.floating], asking: NDArray[np.bool_], side: float
) -> Pairs:
    """Return pairs of an `asking` point and one in its reach, whose own reach is not larger."""
    columns, rows = np.floor((points - points.min(axis=0)) / side).astype(np.int64).T
    wide = int(columns.max()) + 3
    cells = rows * wide + columns
    order = np.argsort(cells, kind="stable")
    found, in_order = [], cells[order]
    asked = np.flatnonzero(asking)
    for row in (-wide, 0, wide):
        first = np.searchsorted(in_order, cells[asked] + row - 1, "left")
        counts = np.searchsorted(in_order, cells[asked] + row + 1, "right") - first
        one = np.repeat(asked, counts)
        other = order[np.arange(len(one)) + np.repeat(first - (np.cumsum(counts) - counts), counts)]
        once = (reach[other] < reach[one]) | ((reach[other] == reach[one]) & (other > one))
        found.append(_near(points, reach[one[once]], one[once], other[once]))
    return np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found])


def _near(
    points: NDArray[np.floating], reach: NDArray[np.floating], one: NDArray[np.int64], other: NDArray[np.int64]
) -> Pairs:
    near = (np.abs(points[one] - points[other]) <= reach[:, None]).all(axis=1)
    return one[near], other[near]


def of_each(n: int, found: Pairs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return `starts` (n + 1,) and `others`: those near point k are `others[starts[k] : starts[k + 1]]`."""
    one, other = np.concatenate(found), np.concatenate(found[::-1])
    order = np.argsort(one, kind="stable")
    return np.searchsorted(one[order], np.arange(n + 1)), other[order]
