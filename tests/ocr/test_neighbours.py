import itertools

import numpy as np
import pytest

from mnistry.ocr.neighbours import FEW, of_each, pairs


def by_comparing_all(points: np.ndarray, reach: np.ndarray) -> set[tuple[int, int]]:
    apart = np.abs(points[:, None] - points[None]).max(axis=2)
    near = apart <= np.maximum(reach[:, None], reach[None])
    return {(i, j) for i, j in np.argwhere(near).tolist() if i < j}


@pytest.mark.parametrize("n", [0, 1, 2, FEW, FEW + 1, 400])
@pytest.mark.parametrize("spread", [0.0, 1.5])
def test_all_near_pairs_are_found_once(n: int, spread: float) -> None:
    rng = np.random.default_rng(n)
    points = rng.uniform(-200, 300, (n, 2))
    reach = 12 * np.exp(rng.normal(0, spread, n))
    one, other = pairs(points, reach)
    found = [tuple(sorted(pair)) for pair in zip(one.tolist(), other.tolist(), strict=True)]
    assert len(found) == len(set(found))
    assert set(found) == by_comparing_all(points, reach)


def test_points_on_each_other_and_on_the_borders_of_cells() -> None:
    points = np.array([(x, y) for x in range(0, 64, 8) for y in range(0, 64, 8)] * 2, float)
    reach = np.full(len(points), 8.0)
    one, other = pairs(points, reach)
    assert {tuple(sorted(p)) for p in zip(one.tolist(), other.tolist(), strict=True)} == by_comparing_all(points, reach)


def test_a_large_one_reaches_many_small_ones() -> None:
    points = np.concatenate([[[500.0, 500.0]], np.random.default_rng(0).uniform(0, 1000, (2000, 2))])
    reach = np.concatenate([[300.0], np.full(2000, 1e-6)])
    one, other = pairs(points, reach)
    assert set(one.tolist()) == {0}
    assert len(other) == (np.abs(points[1:] - 500).max(axis=1) <= 300).sum()


def test_of_each_point_its_neighbours() -> None:
    starts, others = of_each(4, (np.array([0, 2]), np.array([2, 3])))
    assert [sorted(others[a:b].tolist()) for a, b in itertools.pairwise(starts)] == [[2], [], [0, 3], [2]]
