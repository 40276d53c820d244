"""Photos taken sideways or upside down: whether a picture is read better turned, and its page as given."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnistry.ocr.decode import Picture
from mnistry.ocr.evidence import Evidence, Networks, scored
from mnistry.ocr.find_glyphs import Glyphs, glyphs_of
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.page import Box, Page
from mnistry.ocr.read_page import SEEN, read_page
from mnistry.ocr.views import View

ON_ITS_SIDE = (2, 3, 4, 5, 7)  # digits that look like none when they lie on their side
ON_ITS_HEAD = (3, 4, 7)  # digits that look like none when they stand on their head: 2 and 5 may
QUARTERS = (1, 2, 3)
MAX_NEIGHBOURS = 1_000  # glyphs among which the nearest are sought

Look = Callable[[list[View]], Evidence]


@dataclass(frozen=True)
class TurnParameters:
    """When a picture is turned; chosen on drawn pages so that none of 200 upright ones is (benchmarks/turned.py)."""

    certain: float = 0.7  # probability that both networks give a digit which counts
    least: int = 3  # digits that count, once turned: more than twice as many as before, more than with another turn
    share: float = 0.1  # of all glyphs, at least, or it may be a page of words
    clear: float = 0.6  # of all glyphs: if so many are certain digits, the upright reading is not doubted
    level: float = 0.5  # of all glyphs, at least, have their nearest neighbour beside them: words on their side do not
    candidates: int = 4  # with fewer, faint ones too, there is too little to tell
    sample_px: int = 500_000  # of what was looked at, to look at again in each position


PARAMETERS = TurnParameters()


@dataclass(frozen=True)
class _Counts:
    """Candidates, faint ones too, and glyphs; certain digits, and those that look like none in another position.

    `level` is the share of glyphs that stand in level lines: the nearest one is beside them, not above or below.
    """

    candidates: int
    glyphs: int
    digits: int
    not_on_side: int
    not_on_head: int
    level: float


def read(picture: Picture, networks: Networks, min_confidence: float) -> tuple[Page, Picture, Glyphs | None]:
    """Read a picture as `read_page` does, turned if that is clearly better.

    Return the page of the picture as given, the picture as it was read, and what was seen of that: None if the
    classifier alone read it.
    """
    page, seen = read_page(picture, networks, min_confidence)
    if not seen:
        return page, picture, None

    def look(views: list[View]) -> Evidence:
        return scored(glyphs_of(views, [networks.detect(view.pixels) for view in views], []), networks)

    height, width = picture.pixels.shape[:2]
    degrees = best_turn(seen, width, height, look) if networks.names == DIGITS else 0
    if degrees:
        del page, seen  # its maps take much memory
        picture = turned_picture(picture, degrees)
        page, seen = read_page(picture, networks, min_confidence)
        page = page_as_given(page, degrees)
    return page, picture, seen.glyphs if seen else None


def best_turn(upright: Evidence, width: int, height: int, look: Look, usual: TurnParameters = PARAMETERS) -> int:
    """Return by how many degrees the picture is to be turned clockwise: 0, or 90, 180 or 270 if that is clearly better.

    `upright` is what was seen of the picture's `width` × `height` px as they are. If it leaves no doubt, this is all.
    Else the views of it that have most glyphs are looked at in the three other positions: those of a turn that count
    are digits that would look like none before it. So 0, 1, 6, 8 and 9 alone are never turned.
    """
    before = _counts(upright, usual.certain)
    doubt = before.not_on_head < usual.least or before.not_on_side < usual.share * before.glyphs
    doubt = doubt and before.digits < usual.clear * max(1, before.glyphs)
    if not (doubt and before.candidates >= usual.candidates):
        return 0
    views, counts = _sample(upright, usual.sample_px), [before]
    for quarter in QUARTERS:
        views = [turned_view(view, height if quarter % 2 else width) for view in views]
        counts.append(_counts(look(views), usual.certain))
    better = [quarter for quarter in QUARTERS if _is_better(quarter, counts, usual)]
    return 90 * max(better, key=lambda quarter: counts[quarter].not_on_side, default=0)


def _counts(seen: Evidence, certain: float) -> _Counts:
    found = seen.glyphs.candidates
    glyphs = found.heat >= SEEN
    both = np.minimum(np.exp(found.glyph[:, : len(DIGITS)]), seen.scores.probabilities)
    sure = (both >= certain) & (glyphs & (seen.scores.log_odds >= 0))[:, None]
    return _Counts(
        candidates=len(found),
        glyphs=int(glyphs.sum()),
        digits=int(sure.sum()),
        not_on_side=int(sure[:, ON_ITS_SIDE].sum()),
        not_on_head=int(sure[:, ON_ITS_HEAD].sum()),
        level=_level(found.boxes[glyphs]),
    )


def _level(boxes: NDArray[np.float32]) -> float:
    middles = (boxes[:MAX_NEIGHBOURS, :2] + boxes[:MAX_NEIGHBOURS, 2:]) / 2
    if len(middles) < 2:
        return 0.0
    apart = np.abs(middles[:, None] - middles)
    distances = apart.sum(axis=2) + np.diag(np.full(len(middles), np.inf, np.float32))
    across, down = apart[np.arange(len(middles)), distances.argmin(axis=1)].T
    return float((across > down).mean())


def _is_better(quarter: int, counts: list[_Counts], usual: TurnParameters) -> bool:
    numbers = [one.not_on_head if quarter == 2 else one.not_on_side for one in counts]
    n, before = numbers.pop(quarter), numbers[0]
    clearly = n >= usual.least + 2 * before and n >= usual.least + max(numbers)
    now = counts[quarter]
    return clearly and now.not_on_side >= usual.share * now.glyphs and now.level >= usual.level


def _sample(seen: Evidence, most_px: int) -> list[View]:
    """Return the views in which most glyphs were found, up to so many pixels, but at least one view."""
    numbers = np.bincount(seen.glyphs.candidates.view, minlength=len(seen.glyphs.views))
    chosen: list[View] = []
    for k in np.argsort(-numbers, kind="stable").tolist():
        view = seen.glyphs.views[k]
        most_px -= view.pixels.shape[0] * view.pixels.shape[1]
        if numbers[k] and (most_px >= 0 or not chosen):
            chosen.append(view)
    return chosen


def turned_view(view: View, height: int) -> View:
    """Return the view of a picture of `height` px, when it is turned clockwise by 90°."""
    tall = view.pixels.shape[0]
    left, top, right, bottom = view.core
    return View(
        np.ascontiguousarray(np.rot90(view.pixels, -1)),
        view.scale,
        height * view.scale - tall - view.top,
        view.left,
        (tall - 1 - bottom, left, tall - 1 - top, right),
    )


def turned_picture(picture: Picture, degrees: int) -> Picture:
    """Return the picture turned clockwise by 90, 180 or 270 degrees."""
    pixels = np.ascontiguousarray(np.rot90(picture.pixels, -degrees // 90))
    width, height = (picture.height, picture.width) if degrees % 180 else (picture.width, picture.height)
    return Picture(pixels, width, height)


def page_as_given(page: Page, degrees: int) -> Page:
    """Return the page of a picture that was turned clockwise with boxes, width and height of the picture as given."""

    def as_given(box: Box) -> Box:
        return box_as_given(box, degrees, page.width, page.height)

    lines = tuple(
        replace(
            line,
            digits=tuple(replace(digit, box=as_given(digit.box)) for digit in line.digits),
            signs=tuple(replace(sign, box=as_given(sign.box)) for sign in line.signs),
        )
        for line in page.lines
    )
    rejected = tuple(replace(piece, box=as_given(piece.box)) for piece in page.rejected)
    width, height = (page.height, page.width) if degrees % 180 else (page.width, page.height)
    return replace(page, lines=lines, rejected=rejected, width=width, height=height, turned=degrees)


def box_as_given(box: Box, degrees: int, width: int, height: int) -> Box:
    """Return a box of a picture turned clockwise, then `width` × `height` px, in px of the picture as given."""
    x, y, wide, tall = box
    if degrees == 90:
        return y, width - x - wide, tall, wide
    if degrees == 180:
        return width - x - wide, height - y - tall, wide, tall
    if degrees == 270:
        return height - y - tall, x, tall, wide
    return box
