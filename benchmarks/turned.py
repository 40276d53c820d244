"""How often a drawn page that lies on its side or stands on its head is read turned, and an upright one wrongly.

    python benchmarks/turned.py --detector PATH            # prints the figures
    python benchmarks/turned.py --detector PATH --record   # writes records/turned.json, too

Pages of the validation split, of which no network here learns: 200 upright; and the first 60 with at least five digits
that look like none when they lie on their side (2, 3, 4, 5, 7), and with more digits than other glyphs, turned by each
angle. `ocr.turned.PARAMETERS` were chosen on these pages.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

import bundled
from mnistry.detector.detector import Detector
from mnistry.ocr.decode import Picture
from mnistry.ocr.glyph_classes import DIGITS
from mnistry.ocr.turned import ON_ITS_SIDE, turned_picture
from mnistry.reader import Reader
from mnistry.safety.atomic_write import replace
from mnistry.training.detector.sources import split_materials
from mnistry.training.synthetic.pages import scene
from mnistry.training.synthetic.pages.materials import Materials
from mnistry.training.synthetic.pages.scene import MIN_SEEN, Scene

RECORD = Path(__file__).parents[1] / "records" / "turned.json"
PAGES, TURNED, TELLING = 200, 60, 5
SIZES = ((480, 640), (640, 480), (600, 800), (360, 480), (800, 600), (1600, 1200))
SMALLEST_EM, LARGEST_EM = 18, 90  # px
SEED = 28_700
ANGLES = (90, 180, 270)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--detector", type=Path, required=True, help="a detector's model.onnx")
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.name}")
    options = parser.parse_args()
    detector = Detector(options.detector)
    figures = measure(Reader(detector=detector), split_materials("validation"))
    print(json.dumps(figures))
    if options.record:
        result = {
            "what": "drawn pages that are read turned, upright and not",
            "command": "python benchmarks/turned.py --detector PATH --record",
            "chosen": "The parameters of ocr.turned, on these pages.",
            **bundled.describe(),
            "detector": {"commit": detector.metadata.commit, "seed": detector.metadata.seed},
            **figures,
        }
        replace(RECORD, lambda part: part.write_text(json.dumps(result, indent=1) + "\n"))


def measure(reader: Reader, of: Materials) -> dict[str, dict[str, int]]:
    """Read the pages; count by how much each was turned, by the angle that would have been right."""
    counts = {angle: Counter[int]() for angle in (0, *ANGLES)}
    for number in range(PAGES):
        page = drawn(number, of)
        height, width = page.pixels.shape[:2]
        some = sum(counts[90].values()) < TURNED and tells(page)
        for right in (0, *ANGLES) if some else (0,):
            picture = turned_picture(Picture(page.pixels, width, height), (360 - right) % 360)
            counts[right][reader.read_picture(picture).turned] += 1
    return {
        f"by_{right}": {
            "pages": found.total(),
            "right": found[right],
            "left_as_given": found[0],
            "wrong": found.total() - found[right] - (found[0] if right else 0),
        }
        for right, found in counts.items()
    }


def drawn(number: int, of: Materials) -> Scene:
    """Draw a page."""
    rng = np.random.default_rng((SEED, number))
    height, width = SIZES[number % len(SIZES)]
    em = np.exp(rng.uniform(np.log(SMALLEST_EM), np.log(min(LARGEST_EM, height / 5))))
    return scene.draw(height, width, of, rng, float(em))


def tells(page: Scene) -> bool:
    """Whether enough digits that can be seen would look like none on their side, and few other glyphs are there."""
    is_digit = page.glyphs < len(DIGITS)
    telling = np.isin(page.glyphs, ON_ITS_SIDE) & (page.seen >= MIN_SEEN)
    return int(telling.sum()) >= TELLING and is_digit.sum() > (~is_digit).sum()


if __name__ == "__main__":
    main()
