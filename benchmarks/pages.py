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

import paper
from mnistry import run as runs
from mnistry.dataset import load
from mnistry.reader import Reader
from mnistry.training import provenance

RECORD = Path(__file__).parents[1] / "records" / "pages.json"
PAGES = 200


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
        record |= {**provenance.describe(), **results}
        runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def measure(reader: Reader, pages: int, *, touching: bool, keep: Path | None = None) -> dict[str, Any]:
    """Digits right by edit distance, pairs right where both of their digits are, over so many pages."""
    data_set = load()
    digits = wrong = pairs = pairs_right = 0
    elapsed_s = 0.0
    for seed in range(pages):
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
            right = len(line) == len(found)
            pairs_right += sum(right and line[i : i + 2] == found[i : i + 2] for i in range(0, len(line), 2))
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
    row = list(range(len(found) + 1))
    for i, a in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(found, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


if __name__ == "__main__":
    main()
