"""How well pages of known truth are read: digits apart, and pairs that touch.

python benchmarks/pages.py              # 200 pages of each, written to records/pages.json
python benchmarks/pages.py --pages 10   # a taste; nothing is written
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import bundled
import paper
from mnistry.data import load_dataset
from mnistry.reader import Reader
from mnistry.run import folder as runs

RECORD = Path(__file__).parents[1] / "records" / "pages.json"
PAGES = 200
FIRST = 10_000  # seeds: with lower ones the reader was made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--keep", type=Path, help="a folder for the pages that were misread")
    options = parser.parse_args()
    reader = Reader()
    results = {
        "apart": measure(reader, options.pages, touching=False, keep=options.keep),
        "touching": measure(reader, options.pages, touching=True, keep=options.keep),
    }
    for name, result in results.items():
        print(
            f"{name:9} {100 * result['digits_right']:.2f} % of {result['digits']} digits, "
            f"{100 * result['pairs_right']:.2f} % of {result['pairs']} pairs right, "
            f"{result['digits_per_s']:.0f} digits/s"
        )
    if options.pages == PAGES:
        record = {"what": "pages of validation digits read", "command": "python benchmarks/pages.py"}
        record |= {**bundled.describe(), **results}
        runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def measure(
    reader: Reader, pages: int, *, touching: bool, first: int = FIRST, keep: Path | None = None
) -> dict[str, Any]:
    """Digits right by edit distance, pairs right where both of their digits are, over `pages` pages."""
    data_set = load_dataset()
    digits = wrong = pairs = pairs_right = 0
    elapsed_s = 0.0
    for seed in range(first, first + pages):
        rng = np.random.default_rng((seed, touching))
        sheet = paper.sheet(
            data_set,
            rng,
            paper.random_paper(rng),
            int(rng.integers(1, 6)),
            2 * int(rng.integers(1, 6)),
            touching=touching,
        )
        started = time.perf_counter()
        read = reader.read(sheet.pixels).text.replace(" ", "").split("\n")
        elapsed_s += time.perf_counter() - started
        wanted = list(sheet.lines)
        off = distance("\n".join(wanted), "\n".join(read))
        digits, wrong = digits + sum(map(len, wanted)), wrong + off
        for line, found in zip(wanted, read + [""] * len(wanted), strict=False):
            pairs += len(line) // 2
            places = aligned(line, found)
            ends = zip(places[::2], places[1::2], strict=True)
            pairs_right += sum(a is not None and b == a + 1 for a, b in ends)
        if off and keep:
            keep.mkdir(parents=True, exist_ok=True)
            from PIL import Image

            Image.fromarray(sheet.pixels).save(keep / f"{'touching' if touching else 'apart'}-{seed}.png")
            print(seed, touching, wanted, read)
    return {
        "pages": pages,
        "digits": digits,
        "digits_right": 1 - wrong / digits,
        "pairs": pairs,
        "pairs_right": pairs_right / pairs,
        "digits_per_s": digits / elapsed_s,
    }


def distance(wanted: str, found: str) -> int:
    """The edit distance: insertions, deletions and changes. Source: Levenshtein 1966."""
    return int(_distances(wanted, found)[-1, -1])


def aligned(wanted: str, found: str) -> list[int | None]:
    """For each character that is wanted its place in what was found; None where another or none was."""
    apart = _distances(wanted, found)
    places: list[int | None] = [None] * len(wanted)
    i, j = len(wanted), len(found)
    while i and j:
        if wanted[i - 1] == found[j - 1] and apart[i, j] == apart[i - 1, j - 1]:
            i, j = i - 1, j - 1
            places[i] = j
        elif apart[i, j] == apart[i - 1, j - 1] + 1:
            i, j = i - 1, j - 1
        elif apart[i, j] == apart[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return places


def _distances(wanted: str, found: str) -> NDArray[np.int64]:
    """Between the beginnings of both, of every length: (len(wanted) + 1, len(found) + 1)."""
    apart = np.add.outer(np.arange(len(wanted) + 1), np.arange(len(found) + 1))
    for i, a in enumerate(wanted, 1):
        for j, b in enumerate(found, 1):
            apart[i, j] = min(apart[i - 1, j] + 1, apart[i, j - 1] + 1, apart[i - 1, j - 1] + (a != b))
    return apart


if __name__ == "__main__":
    main()
