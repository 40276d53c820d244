"""The lines of ruled and squared paper, separated from what is written on them, and taken away.

They are thin, straight, go from one side of the picture to the other, and are never alone.
"""

import numpy as np
from numpy.typing import NDArray

THINNER = 3, 0.01  # than this, in px, or this share of the picture's shorter side
MAX_UPSCALE = 2  # times, at most, that rulings are broader in a picture that was enlarged: a tinier one has none
STEADY = 4  # times that: the length that noise is averaged over, along the line
MIN_CONTRAST = 3.0  # grey levels that a ruling stands out, averaged so; or as many sd of that average
SPAN = 0.6  # of the picture's width or height: how far rulings are seen
VOTES = 0.35  # …how much of one is seen in all
PART = 0.15  # …and what part of one is still taken away, where there are others
GAP = 0.1  # …where writing may hide them
COVERED = 0.7  # of a line, by thin ink; where rows of writing make a line, it is half
PART_COVERED = 0.5  # of a part of one
ASKEW = 12.0  # degrees from level or upright
TURN = np.pi / 720  # what lines are distinguished by: over the length of the small copy, a pixel
SQUEEZE, MIN_LENGTH = 4, 150  # times that the small copy is shorter along the lines, if so many px are left
LONG, FEWEST_LONG = 0.9, 2  # …or so many, if they are as long as that
FEWEST = 3
FEWEST_UPSCALED = 4  # in a small picture, where a 5 or an 8 can have three bars that are as long
TAKEN = 0.9  # of a ruling's strength is taken away
FINE_PX = 5.0  # what thin lines become in the small copy that lines are sought in


def without(strength: NDArray[np.uint8], upscale: float = 1.0) -> NDArray[np.uint8]:
    """The ink (h, w), bright on dark, without the rulings of the paper; where a stroke crosses one it stays whole.

    What is even, paper or not, plays no part: only how much a line stands out from what is beside it.
    The same array if there are no rulings. `upscale` is how many times larger than it was taken a picture is.
    """
    thin = max(round(THINNER[0] * np.clip(upscale, 1, MAX_UPSCALE)) | 1, int(THINNER[1] * min(strength.shape)) | 1)
    fewest = FEWEST_UPSCALED if upscale > 1 else FEWEST
    for upright in (False, True):
        rest = strength - _opened(strength, thin, upright)
        lines = _along_lines(_steady(rest, STEADY * thin | 1, upright), thin, upright, fewest)
        if lines is not None:
            # What is no broader than the rulings goes, so that a fine pen's strokes stay whole.
            widths = range(THINNER[0], thin + 1, 2)
            ridge = lines & (rest >= np.percentile(rest[lines], 75))
            most = TAKEN * np.median(rest[ridge])
            opened = (_opened(strength, width, upright) for width in widths)
            broad = next(some for some in opened if np.median((strength - some)[ridge]) >= most)
            strength = np.where(lines, broad, strength).astype(np.uint8)
    return strength


def _opened(strength: NDArray[np.uint8], width: int, upright: bool) -> NDArray[np.uint8]:
    """Without what is thinner than `width` px, measured across lines of that direction."""
    import cv2

    across = np.ones((1, width) if upright else (width, 1), np.uint8)
    return cv2.morphologyEx(strength, cv2.MORPH_OPEN, across).astype(np.uint8)


def _steady(thin: NDArray[np.uint8], length: int, upright: bool) -> NDArray[np.uint8]:
    """Where thin ink (h, w) goes on in one direction: 1, elsewhere 0."""
    import cv2

    mean = cv2.blur(thin.astype(np.float32), (1, length) if upright else (length, 1))
    few = mean[::4, ::4]
    middle = float(np.median(few))
    sd = 1.4826 * float(np.median(np.abs(few - middle)))
    return (mean > middle + MIN_CONTRAST * max(1.0, sd)).astype(np.uint8)


def _along_lines(mask: NDArray[np.uint8], thin: int, upright: bool, fewest: int) -> NDArray[np.bool_] | None:
    """The part of a mask (h, w) that lies along straight lines through the picture, if there are so many.

    Source: Matas, Galambos & Kittler 2000, Robust detection of lines using the progressive
    probabilistic Hough transform.
    """
    import cv2

    shrink = min(1.0, FINE_PX / thin)
    span = (mask.shape[0] if upright else mask.shape[1]) * shrink
    squeeze = float(np.clip(span / MIN_LENGTH, 1, SQUEEZE))  # what goes on for so long need not be seen at each pixel
    scale = (shrink, shrink / squeeze) if upright else (shrink / squeeze, shrink)
    size = max(1, round(mask.shape[1] * scale[0])), max(1, round(mask.shape[0] * scale[1]))
    reach = np.ones((max(1, round(1 / shrink)),) * 2, np.uint8)  # so that a fine line is not lost
    small = cv2.resize(cv2.dilate(mask, reach), size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    span /= squeeze
    found = cv2.HoughLinesP(small, 1, TURN, max(1, int(VOTES * span)), minLineLength=PART * span, maxLineGap=GAP * span)
    if found is None:
        return None
    lines = found.reshape(-1, 2, 2).astype(np.int32)
    along, aside = np.abs(lines[:, 1] - lines[:, 0]).T[:: -1 if upright else 1]
    straight = aside <= np.tan(np.deg2rad(ASKEW)) * squeeze * along
    covered = np.array([_covered(small, line) for line in lines])
    seen = straight & (covered >= COVERED)
    level = lines[..., ::-1] if upright else lines
    few, many = (_apart(level[seen & (along >= share * span)], span / 2, 2 * thin * shrink) for share in (LONG, SPAN))
    if few < FEWEST_LONG and many < fewest:
        return None
    parts = list(lines[straight & (covered >= PART_COVERED)])
    drawn = cv2.polylines(np.zeros(small.shape, np.uint8), parts, False, 1, 3)
    drawn = cv2.resize(drawn, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return (drawn > 0) & (cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0)


def _apart(lines: NDArray[np.int32], middle: float, least: float) -> int:
    """How many of some level lines, ((x, y), (x, y)) each, lie `least` px apart at x = `middle`: a stroke is one."""
    if not len(lines):
        return 0
    (x0, y0), (x1, y1) = lines.transpose(1, 2, 0)
    y = np.sort(y0 + (middle - x0) * (y1 - y0) / (x1 - x0))
    return 1 + int((np.diff(y) >= least).sum())


def _covered(mask: NDArray[np.uint8], line: NDArray[np.int32]) -> float:
    """The share of a line, ((x, y), (x, y)), that is in a mask (h, w)."""
    x, y = np.rint(np.linspace(*line, num=int(np.abs(line[1] - line[0]).max()) + 1)).astype(int).T
    return float(mask[y, x].mean())
