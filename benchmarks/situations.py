"""How well everyday situations are read, kind by kind: records/situations.json.

    python benchmarks/situations.py --list                        # the kinds
    python benchmarks/situations.py --samples 3 --sheet FOLDER    # a taste, with pictures of what was misread
    python benchmarks/situations.py --kinds notebook,sudoku
    python benchmarks/situations.py --record                      # all kinds, written down

The pictures are drawn in `everyday`: MNIST's test images, fonts, strokes, surfaces and layouts that no network here
learns from. Digits right are those with the right value in the right place, as a share of the digits written or read,
whichever are more; lines are exact when their digits are, in reading order; signs and spaces do not count. A number is
right when all of its digits are. Groups are means over their kinds.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import bundled
from everyday import contact, kit
from everyday.judge import Verdict, calibration_error, judge, lines_of
from everyday.kinds import GROUPS, KINDS, NOTHING
from everyday.sample import Kind, Sample
from mnistry.reader import Reader
from mnistry.run import folder as runs
from mnistry.training import provenance

RECORD = Path(__file__).parents[1] / "records" / "situations.json"
SAMPLES, SEED = 20, 10_000
SHARES = ("digits_right", "recall", "precision", "lines_exact", "numbers_right", "pictures_exact")
PAGE_COUNTS_AS = 40  # digits, in the calibration error: one dense page shall not outweigh all other pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=SAMPLES, help="pictures of each kind (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="(default: %(default)s)")
    parser.add_argument("--kinds", type=_kinds, default=KINDS, help="names, separated by commas, or a group")
    parser.add_argument("--sheet", type=Path, help="a folder for contact sheets, and for pictures that were misread")
    parser.add_argument("--model", type=Path, help="a classifier other than the bundled one")
    parser.add_argument("--detector", type=Path, help="a detector other than the bundled one")
    parser.add_argument("--record", action="store_true", help="write records/situations.json")
    parser.add_argument("--list", action="store_true", help="name the kinds, and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{kind.name:22} {kind.group:20} {kind.what}" for kind in KINDS))
        return
    changed = {"samples": SAMPLES, "seed": SEED, "kinds": KINDS, "model": None, "detector": None}
    if options.record and any(getattr(options, name) != usual for name, usual in changed.items()):
        parser.error(
            f"--record is of all kinds with the bundled networks: leave out {', '.join(f'--{n}' for n in changed)}"
        )
    if options.record and (provenance.commit() or "+").endswith("+"):
        sys.exit("error: the checkout has changes that are not committed: commit them, then record")
    given = {"model": options.model, "detector": options.detector}
    reader = Reader(**{name: value for name, value in given.items() if value is not None})
    rows, verdicts = measure(reader, options.kinds, options.samples, options.seed, options.sheet)
    result = {"groups": grouped(rows), "ece": calibration(verdicts), "kinds": rows}
    print(table(rows, result["groups"]), f"\nECE {result['ece']}")
    if options.record:
        record = {
            "what": "pictures of everyday situations, read",
            "command": "python benchmarks/situations.py --record",
        }
        record |= {"samples": SAMPLES, "seed": SEED, **bundled.describe(), **result}
        runs.replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


def _kinds(text: str) -> tuple[Kind, ...]:
    names = text.split(",")
    known = {kind.name for kind in KINDS} | set(GROUPS)
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r}: wanted kinds or groups that --list names")
    return tuple(kind for kind in KINDS if kind.name in names or kind.group in names)


def measure(
    reader: Reader, kinds: Sequence[Kind], samples: int, seed: int, folder: Path | None = None
) -> tuple[list[dict[str, Any]], list[Verdict]]:
    """Draw and read so many pictures of each kind; return a row of figures for each kind, and all verdicts."""
    stock, rows, every = kit.figures(), [], []
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        verdicts, small = [], []
        for place in range(samples):
            sample = draw(kind, stock, seed, place)
            lines = lines_of(reader.read(sample.pixels))
            verdicts.append(judge(sample, lines))
            if folder:
                small.append(contact.small(sample))
            if folder and not verdicts[-1].exact:
                contact.failure(sample, lines, folder, f"{kind.name}-{place}")
        if folder:
            contact.sheet(small, folder / f"{kind.name}.png")
        rows.append({"name": kind.name, "group": kind.group, "what": kind.what, **scored(kind, verdicts)})
        print(line_of(rows[-1]), file=sys.stderr, flush=True)
        every += verdicts
    return rows, every


def draw(kind: Kind, stock: kit.Stock, seed: int, place: int) -> Sample:
    """Draw one picture; it depends on nothing but the kind's name, the seed and its place."""
    rng = np.random.default_rng((seed, zlib.crc32(kind.name.encode()), place))
    return kind.draw(kit.Kit(stock, rng))


def scored(kind: Kind, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return a kind's figures: shares over all of its pictures."""
    result: dict[str, Any] = {"pictures": len(verdicts)}
    if kind.group == NOTHING:
        return result | {"nothing_read": sum(not verdict.found for verdict in verdicts) / len(verdicts)}
    total = {
        name: sum(getattr(verdict, name) for verdict in verdicts)
        for name in Verdict.__annotations__
        if "trusted" not in name
    }
    most = sum(max(verdict.digits, verdict.found) for verdict in verdicts)
    most_lines = sum(max(verdict.lines, verdict.found_lines) for verdict in verdicts)
    return result | {
        "digits": total["digits"],
        "digits_right": total["right"] / most,
        "recall": total["right"] / total["digits"],
        "precision": total["right"] / max(1, total["found"]),
        "lines": total["lines"],
        "lines_exact": total["exact_lines"] / most_lines,
        "numbers": total["numbers"],
        "numbers_right": total["right_numbers"] / total["numbers"],
        "pictures_exact": sum(verdict.exact for verdict in verdicts) / len(verdicts),
    }


def grouped(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the means over the kinds of each group."""
    found = []
    for group in GROUPS:
        own = [row for row in rows if row["group"] == group]
        shares = ("nothing_read",) if group == NOTHING else SHARES
        if own:
            found.append(
                {"name": group, "kinds": len(own), **{s: float(np.mean([row[s] for row in own])) for s in shares}}
            )
    return found


def calibration(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    """Return the calibration error of digits, and of lines if they have a confidence, digit-less pictures included."""
    digits = [(pair, min(1.0, PAGE_COUNTS_AS / one.found)) for one in verdicts for pair in one.trusted]
    lines = [pair for one in verdicts for pair in one.trusted_lines]
    return {
        "digits": calibration_error([pair for pair, _ in digits], [weight for _, weight in digits]),
        "lines": calibration_error(lines, [1.0] * len(lines)) if lines else None,
    }


def table(rows: Sequence[dict[str, Any]], groups: Sequence[dict[str, Any]]) -> str:
    """Return all figures as text."""
    head = f"{'':22} " + " ".join(f"{name.replace('_', ' '):>14}" for name in SHARES)
    return "\n".join([head, *map(line_of, rows), "", *map(line_of, groups)])


def line_of(row: dict[str, Any]) -> str:
    """Return one row of figures as text."""
    if "nothing_read" in row:
        return f"{row['name']:22} nothing read in {100 * row['nothing_read']:.1f} %"
    return f"{row['name']:22} " + " ".join(f"{100 * row[name]:>14.1f}" for name in SHARES)


if __name__ == "__main__":
    main()
