"""Give the program a thousand hostile inputs and more, under a bound of memory and time: records/hostile.json.

    python benchmarks/hostile.py --seed 0 --record     # all of them: some 25 minutes on two cores
    python benchmarks/hostile.py --small               # some sixty, of all kinds
    python benchmarks/hostile.py --keep DIR            # leave those that failed there
    python benchmarks/hostile.py --only WORD           # those with WORD in their names, or of that kind

Pictures, models, data sets, run folders and requests, all made from the seed, go through `mnistry read`, `evaluate`,
`data check`, `train --resume` and `serve`. Each must be done or refused in time, in little memory, and with an error
of one line. A verdict on what is not: `traceback` (or a crash, or HTTP 500), `hang`, `memory` (a process of more than
1.5 GB), `status` (a wrong exit or HTTP status, or something printed that should not be). Linux only: it reads /proc.
Ends with status 1 if anything failed.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any

from attack import archives, documents, extremes, folders, lies, models, pictures, places, requests, run_folders
from attack.attack import Attack, Job
from attack.cases import Case
from attack.outcomes import Outcome
from attack.targets import prepare
from attack.verdicts import VERDICTS
from mnistry.safety.atomic_write import replace
from mnistry.training import provenance

RECORD = Path(__file__).parents[1] / "records" / "hostile.json"
KINDS = (
    *(pictures, lies, extremes, documents, places),
    *(models, archives, folders, run_folders, requests),
)
TOGETHER = 25  # pictures in a process, requests in a job
AT_ONCE = 2  # commands
SMALL = 7  # of each kind


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # as Ctrl-C: all that was begun is ended
    options = _options()
    chosen = select(cases(options.seed), options.small, options.only)
    if not chosen:
        sys.exit(f"error: no input has {options.only} in its name")
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        attack = Attack(Path(scratch), *prepare(Path(scratch), any(case.kind == "runs" for case in chosen)))
        try:
            for some in _done(jobs(attack, chosen)):
                outcomes += some
                _show(some)
        finally:
            attack.close()
        failed = {one.case.name: one.case for one in outcomes if one.verdicts}
        for case in failed.values() if options.keep else ():
            attack.keep(case, options.keep)
    found = summary(chosen, outcomes)
    _conclude(found)
    if options.record:
        _record(found, options.seed)
    sys.exit(bool(failed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0, help="same seed, same inputs (default: %(default)s)")
    parser.add_argument("--small", action="store_true", help=f"{SMALL} of each kind only")
    parser.add_argument("--only", metavar="WORD", help="a kind, or a part of a name")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a folder for the inputs that failed")
    parser.add_argument("--record", action="store_true", help="write records/hostile.json")
    options = parser.parse_args()
    if options.record and (options.small or options.only):
        parser.error("--record is of all inputs: leave out --small and --only")
    return options


def cases(seed: int) -> list[Case]:
    """All inputs."""
    return [case for kind in KINDS for case in kind.cases(seed)]


def select(every: Sequence[Case], small: bool, only: str | None) -> list[Case]:
    """All of them, some evenly spread over each kind, or those that are asked for."""
    if only:
        named = [case for case in every if only == case.kind]
        every = named or [case for case in every if only in case.name]
    if not small:
        return list(every)
    kinds = [[case for case in every if case.kind == kind] for kind in dict.fromkeys(case.kind for case in every)]
    return [of[n * len(of) // SMALL] for of in kinds for n in range(min(SMALL, len(of)))]


def jobs(attack: Attack, chosen: Sequence[Case]) -> list[Job]:
    """What is to be done, long jobs first; pictures and requests are taken together."""
    ways = {
        "extreme": attack.extreme,
        "document": attack.document,
        "place": attack.place,
        "model": attack.model,
        "data": attack.data_set,
    }
    found: list[Job] = []
    asked = _parts([case for case in chosen if case.attack.startswith("http")])
    found += [partial(attack.requests, some) for some in asked]
    found += [partial(attack.run, case) for case in chosen if case.attack.startswith("run ")]
    read = _parts([case for case in chosen if case.attack == "picture"])
    found += [partial(attack.batch, some, n % 2 == 1) for n, some in enumerate(read)]
    return found + [partial(ways[case.attack], case) for case in chosen if case.attack in ways]


def _done(every: Sequence[Job]) -> Iterator[list[Outcome]]:
    """What comes of jobs, as they are done."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for done in as_completed([pool.submit(job) for job in every]):
                yield done.result()
        except BaseException:  # a fault of this script's own, or Ctrl-C: the rest is not waited for
            pool.shutdown(cancel_futures=True)
            raise


def _parts(every: Sequence[Case]) -> Iterable[Sequence[Case]]:
    return (every[n : n + TOGETHER] for n in range(0, len(every), TOGETHER))


def _show(outcomes: Sequence[Outcome]) -> None:
    for one in outcomes:
        for verdict, why in one.verdicts:
            print(f"{one.case.name}: {one.how}: {verdict}: {why}", flush=True)


def summary(chosen: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Numbers, failures by verdict, the highest peak and the longest time: of each kind."""
    kinds: dict[str, Any] = {}
    for kind, inputs in Counter(case.kind for case in chosen).items():
        own = [one for one in outcomes if one.case.kind == kind]
        slowest = max(own, key=lambda one: one.elapsed_s)
        highest = max(own, key=lambda one: one.peak_mb)
        kinds[kind] = {
            "inputs": inputs,
            "tries": len(own),
            "failed": len({one.case.name for one in own if one.verdicts}),
            "verdicts": {verdict: _failures(own, verdict) for verdict in VERDICTS},
            "peak_mb": round(highest.peak_mb),
            "peak_of": f"{highest.case.name}: {highest.how}",
            "longest_s": round(slowest.elapsed_s, 1),
            "longest_of": f"{slowest.case.name}: {slowest.how}",
        }
    total = {key: sum(kind[key] for kind in kinds.values()) for key in ("inputs", "tries", "failed")}
    return {**total, "kinds": kinds}


def _failures(outcomes: Iterable[Outcome], verdict: str) -> dict[str, str]:
    return {f"{one.case.name}: {one.how}": why for one in outcomes for said, why in one.verdicts if said == verdict}


def _conclude(found: dict[str, Any]) -> None:
    for name, kind in found["kinds"].items():
        counts = ", ".join(f"{len(names)} {verdict}" for verdict, names in kind["verdicts"].items() if names)
        at_most = f"at most {kind['peak_mb']} MB and {kind['longest_s']} s"
        print(f"{name:<10} {kind['inputs']:>5} inputs, {kind['tries']:>5} tries, {at_most}: {counts or 'all well'}")
    print(f"{found['failed']} of {found['inputs']} inputs failed")


def _record(found: dict[str, Any], seed: int) -> None:
    record = {
        "what": "hostile inputs given to mnistry under a bound of memory and time",
        "command": f"python benchmarks/hostile.py --seed {seed} --record",
        "seed": seed,
        **found,
        **provenance.describe(),
    }
    replace(RECORD, lambda part: part.write_text(json.dumps(record, indent=1) + "\n"))


if __name__ == "__main__":
    main()
