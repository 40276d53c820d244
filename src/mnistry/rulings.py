"""The lines of ruled and squared paper, told from what is written on them, and taken away.

They are thinner than the writing, straight, long, and never alone.
"""

import numpy as np
from numpy.typing import NDArray

THIN = 0.4  # of the writing's strokes
THICK_PX = 5.0  # strokes that a thinner line can be told from
LONGEST_GAP = 4.0  # strokes' widths: where writing hides a ruling
SHORTEST = 0.35  # of the picture's shorter side: what a ruling spans at least
ASKEW = 12.0  # degrees from level or upright
FEWEST = 3
LEFT_OVER = 2.5  # strokes' widths: what is longer is not left over where two cross
ON_RULING = 0.7  # of a stroke's ink: it is part of the ruling
STROKE_PX = 6.0  # of the small copy that they are sought in


def without(
    strokes: NDArray[np.bool_], strength: NDArray[np.uint8], stroke_px: float, least: float
) -> NDArray[np.bool_]:
    """The strokes (h, w) without the rulings of the paper; where a stroke crosses a ruling it stays whole.

    `strength` (h, w) is how much a pixel stands out, in grey levels, `least` what is more than noise,
    `stroke_px` how wide the writing's strokes are.
    """
    import cv2

    if stroke_px < THICK_PX or not strokes.any():
        return strokes
    side = max(3, int(THIN * stroke_px) | 1)
    ink = (strength > least).astype(np.uint8)
    thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    thick = cv2.dilate(thick, np.ones((3, 3), np.uint8))
    thin = (ink > thick).astype(np.uint8)
    shrink = min(1.0, STROKE_PX / stroke_px)
    size = max(1, round(strokes.shape[1] * shrink)), max(1, round(strokes.shape[0] * shrink))
    reach = np.ones((max(1, round(1 / shrink)),) * 2, np.uint8)
    small = cv2.resize(cv2.dilate(thin, reach), size, interpolation=cv2.INTER_NEAREST)
    lines = _lines(small.astype(np.uint8))
    if len(lines) < FEWEST:
        return strokes
    drawn = np.zeros(small.shape, np.uint8)
    for x0, y0, x1, y1 in lines:
        cv2.line(drawn, (int(x0), int(y0)), (int(x1), int(y1)), 1, 3)
    along = cv2.resize(drawn, strokes.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return _without_crossings(strokes & ~(along & (thin > 0)), along, LEFT_OVER * stroke_px)


def _without_crossings(strokes: NDArray[np.bool_], along: NDArray[np.bool_], most_px: float) -> NDArray[np.bool_]:
    """Strokes but for small ones that lie on rulings for the most part: what is left of them where two cross."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)
    parts = labels.astype(np.int32)
    whole, on = (np.bincount(parts[mask], minlength=count) for mask in (strokes, strokes & along))
    large = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) > most_px
    kept = large | (on < ON_RULING * whole)
    kept[0] = False
    return kept[parts]


def _lines(thin: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Straight lines across much of a mask (h, w), level or upright, nearly: (n, 4) x0 y0 x1 y1.

    Source: Matas, Galambos & Kittler 2000, Robust detection of lines using the progressive
    probabilistic Hough transform.
    """
    import cv2

    shortest = SHORTEST * min(thin.shape)
    found = cv2.HoughLinesP(
        thin, 1, np.pi / 360, max(20, int(0.5 * shortest)), minLineLength=shortest, maxLineGap=LONGEST_GAP * STROKE_PX
    )
    if found is None:
        return np.empty((0, 4), np.int32)
    lines = found.reshape(-1, 4).astype(np.int32)
    across, down = np.abs(lines[:, 2] - lines[:, 0]), np.abs(lines[:, 3] - lines[:, 1])
    return lines[np.minimum(across, down) <= np.tan(np.deg2rad(ASKEW)) * np.maximum(across, down)]
