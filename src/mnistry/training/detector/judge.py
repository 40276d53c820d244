"""Judges what was found on pages against the truth: digits, lines, and silence where there are no digits."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from mnistry.lineage import PageScores
from mnistry.ocr import lines
from mnistry.ocr.find_glyphs import Glyphs
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.line_parameters import PARAMETERS, LineParameters
from mnistry.training.detector.targets import ANSWERED
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene

OVERLAP = 0.5  # IoU of a right digit's box with the true one
MIN_HEAT = 0.4  # probability of a digit's centre, from which on it is read
MIN_DIGIT = 0.5  # …and of its being a digit
FALSE_ALARM = -2  # in place of a line's number


@dataclass(frozen=True)
class Verdict:
    """Counts over pages: true digits, digits found, digits right; true lines, lines exact; empty pages, silent ones."""

    true: int = 0
    found: int = 0
    right: int = 0
    lines: int = 0
    exact: int = 0
    empty: int = 0
    silent: int = 0

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))

    @property
    def digits_right(self) -> float:
        """Digits right, as a share of those that are there or were found, whichever are more."""
        return _share(self.right, max(self.true, self.found))

    @property
    def lines_exact(self) -> float:
        """The share of lines whose digits are all right, with none beside them."""
        return _share(self.exact, self.lines)

    @property
    def silence(self) -> float:
        """The share of pages without digits on which none was found."""
        return _share(self.silent, self.empty)

    @property
    def score(self) -> float:
        """What an epoch is chosen by."""
        return self.digits_right * self.lines_exact * self.silence

    @property
    def scores(self) -> PageScores:
        """The shares and the counts, as records hold them."""
        shares = {name: getattr(self, name) for name in ("score", "digits_right", "lines_exact", "silence")}
        return PageScores(**shares, **vars(self))


def _share(part: int, whole: int) -> float:
    """Return the share; of nothing, all is right."""
    return part / whole if whole else 1.0


@dataclass(frozen=True, eq=False)
class Found:
    """The digits found on a page: values (n,) and boxes (n, 4), left, top, right, bottom in px."""

    values: NDArray[np.int64]
    boxes: NDArray[np.float64]


def digits_of(glyphs: Glyphs) -> Found:
    """Return the digits as the detector alone sees them, without a classifier."""
    found = glyphs.candidates
    which = np.exp(found.glyph[:, : len(DIGITS)])
    chosen = np.flatnonzero((found.heat >= MIN_HEAT) & (which.sum(axis=1) >= MIN_DIGIT))
    return Found(which[chosen].argmax(axis=1), found.boxes[chosen].astype(np.float64))


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was found on a page beside its truth.

    `sure` and `unsure` (true glyphs,) are the digits that count, and those that count neither way, because they are
    cut off or too small or large. `partner` (found,) is the true glyph that each found box overlaps most, -1 for none.
    """

    sure: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    partner: NDArray[np.int64]

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which of the found digits count: all but those on an unsure one (found,)."""
        return (self.partner < 0) | ~np.append(self.unsure, False)[self.partner]


def compare(scene: Scene, found: Found) -> Comparison:
    """Match what was found on a page with its true digits."""
    is_digit = scene.glyphs < len(DIGITS)
    sure = is_digit & (scene.seen >= MIN_SEEN) & (scene.em_px >= ANSWERED[0]) & (scene.em_px <= 4 * ANSWERED[1])
    overlaps = iou(found.boxes, scene.boxes)
    nearest = overlaps.argmax(axis=1) if len(scene.boxes) else np.zeros(len(found.boxes), np.int64)
    partner = np.where(overlaps.max(axis=1, initial=0) >= OVERLAP, nearest, -1)
    return Comparison(sure, is_digit & ~sure & (scene.seen > 0), partner)


def rightly_found(scene: Scene, found: Found, by: Comparison) -> NDArray[np.int64]:
    """Return the true digits that were found with their value (n,); one that was found twice counts once."""
    on = by.partner >= 0
    chosen = by.partner[on]
    return np.unique(chosen[by.sure[chosen] & (scene.glyphs[chosen] == found.values[on])])


def judge(scene: Scene, found: Found, usual: LineParameters = PARAMETERS) -> Verdict:
    """Compare what was found on a page with its truth; digits are put into lines as `usual`."""
    by = compare(scene, found)
    n_found = int(by.counted.sum())
    if not (scene.glyphs < len(DIGITS)).any():
        return Verdict(empty=1, silent=int(n_found == 0))
    n_lines, exact = _lines(scene, found, by, usual)
    return Verdict(int(by.sure.sum()), n_found, len(rightly_found(scene, found, by)), n_lines, exact)


def _lines(scene: Scene, found: Found, by: Comparison, usual: LineParameters) -> tuple[int, int]:
    """Return how many whole lines there are, and how many were found exactly.

    The digits of an exact line follow each other in one line that was found; texts beside it may stand there, too.
    """
    texts: dict[int, list[str]] = {}
    for line in lines.linked(found.boxes, usual):
        of = [int(scene.lines[by.partner[k]]) if by.partner[k] >= 0 else FALSE_ALARM for k in line]
        for number, places in groupby(range(len(line)), key=of.__getitem__):
            own = list(places)
            beside = [*of[max(0, own[0] - 1) : own[0]], *of[own[-1] + 1 : own[-1] + 2]]
            said = "" if FALSE_ALARM in beside else "".join(str(found.values[line[place]]) for place in own)
            texts.setdefault(number, []).append(said)
    sure, unsure = by.sure, by.unsure
    whole = [n for n in np.unique(scene.lines[sure]).tolist() if n >= 0 and not unsure[scene.lines == n].any()]
    exact = 0
    for number in whole:
        own = np.flatnonzero((scene.lines == number) & sure)
        own = own[np.argsort(scene.boxes[own, 0] + scene.boxes[own, 2], kind="stable")]
        exact += texts.get(number) == ["".join(str(scene.glyphs[k]) for k in own)]
    return len(whole), exact


def iou(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the intersection over union of each pair of boxes (n, m)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(one[:, 2:] - one[:, :2]).prod(axis=1) for one in (a, b)]
    return shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9)
