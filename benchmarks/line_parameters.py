"""How well true boxes are put into lines and words, and what a fifth more or less of each parameter changes.

    python benchmarks/line_parameters.py             # 300 validation pages, written to records/line_parameters.json
    python benchmarks/line_parameters.py --pages 30  # a taste; nothing is written

The boxes are those of the pages' digits as they were drawn, so whatever is wrong is the fault of `ocr.lines`,
`ocr.columns` and `ocr.text` alone. A text is linked if its digits follow each other in one line; it is spelt right if
it has a space wherever a new word or cell begins, and nowhere else.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from mnistry.ocr.glyph_classes import DIGITS, GLYPHS, OTHER
from mnistry.ocr.line_parameters import PARAMETERS, LineParameters
from mnistry.ocr.page import Digit, Sign
from mnistry.ocr.text import line_text
from mnistry.safety import atomic_write
from mnistry.training import provenance
from mnistry.training.detector import judge, pages
from mnistry.training.detector.judge import Found, Verdict
from mnistry.training.synthetic.pages.scene import Scene

RECORD = Path(__file__).parents[1] / "records" / "line_parameters.json"
PAGES = 300
WHOLE = 0.9  # of each glyph of a text inside the picture, or its spaces are not judged
_IMAGE = np.zeros((28, 28), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=PAGES)
    options = parser.parse_args()
    drawn = list(pages.drawn("validation", options.pages))
    rows = [{"parameter": None, "times": 1.0, **measured(drawn, PARAMETERS)}]
    for one in fields(PARAMETERS):
        for times in (0.8, 1.2):
            changed = replace(PARAMETERS, **{one.name: times * getattr(PARAMETERS, one.name)})
            rows.append({"parameter": one.name, "times": times, **measured(drawn, changed)})
    for row in rows:
        print(
            f"{row['parameter'] or 'as they are':12} × {row['times']}: {row['linked']} of {row['texts']} texts linked, "
            f"{row['spelt']} of {row['whole']} spelt right"
        )
    if options.pages == PAGES:
        record = {
            "what": "true boxes of generated pages, put into lines and words",
            "command": "python benchmarks/line_parameters.py",
            "pages": PAGES,
            "rows": rows,
            **provenance.describe(),
        }
        atomic_write.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def measured(drawn: Sequence[Scene], usual: LineParameters) -> dict[str, Any]:
    """Count texts, those linked, those whole in the picture, and those of them that are spelt right."""
    verdict = sum((judge.judge(page, _true(page), usual) for page in drawn), Verdict())
    spelt = [wanted == line_text(digits, signs, show_signs=True, usual=usual) for wanted, digits, signs in texts(drawn)]
    return {"texts": verdict.lines, "linked": verdict.exact, "whole": len(spelt), "spelt": sum(spelt)}


def _true(page: Scene) -> Found:
    is_digit = (page.glyphs < len(DIGITS)) & (page.seen > 0)
    return Found(page.glyphs[is_digit], page.boxes[is_digit].astype(np.float64))


def texts(drawn: Sequence[Scene]) -> Iterator[tuple[str, list[Digit], list[Sign]]]:
    """Yield each text of digits and signs that is whole in its picture: as it is spelt, and its glyphs."""
    for page in drawn:
        for number in np.unique(page.lines[page.lines >= 0]).tolist():
            own = np.flatnonzero(page.lines == number)
            names = [GLYPHS[glyph] for glyph in page.glyphs[own]]
            if OTHER in names or len(own) < 2 or (page.seen[own] < WHOLE).any() or not set(names) & set(DIGITS):
                continue
            own = own[np.argsort(page.boxes[own, 0] + page.boxes[own, 2], kind="stable")]
            yield _text(page, own.tolist())


def _text(page: Scene, own: list[int]) -> tuple[str, list[Digit], list[Sign]]:
    spelt, digits, signs, before = "", list[Digit](), list[Sign](), own[0]
    for k in own:
        name = GLYPHS[page.glyphs[k]]
        left, top, right, bottom = page.boxes[k].round().astype(int).tolist()
        box = left, top, max(1, right - left), max(1, bottom - top)
        spelt += " " * int(page.cells[k] != page.cells[before]) + name
        before = k
        if name in DIGITS:
            digits.append(Digit(name, 1.0, box, {name: 1.0}, _IMAGE))
        else:
            signs.append(Sign(name, 1.0, box))
    return spelt, digits, signs


if __name__ == "__main__":
    main()
