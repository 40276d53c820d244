"""benchmarks/hostile.py: its inputs come from the seed alone, its verdicts can fail, and the program withstands some."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are watched in /proc")


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import hostile

    return hostile


def test_there_are_a_thousand_and_each_has_a_name_of_its_own(hostile: ModuleType) -> None:
    cases = hostile.cases(0)
    assert len(cases) >= 1_000
    assert max(Counter(case.name for case in cases).values()) == 1
    assert {case.kind for case in cases} == {
        *("pictures", "lies", "extremes", "documents", "places", "models", "archives", "folders", "runs", "requests"),
    }
    small = hostile.select(cases, small=True, only=None)
    assert {case.kind for case in small} == {case.kind for case in cases}
    assert len(small) <= 10 * hostile.SMALL
    assert [case.name for case in hostile.select(cases, small=False, only="flipped")] == [
        case.name for case in cases if "flipped" in case.name
    ]


def test_the_same_seed_gives_the_same_inputs_and_another_gives_others(hostile: ModuleType, tmp_path: Path) -> None:
    def made(seed: int, name: str) -> dict[str, bytes]:
        cases = [case for case in hostile.cases(seed) if case.kind in ("pictures", "archives") and not case.heavy][::12]
        return {case.name: case.make(tmp_path / name).read_bytes() for case in cases}

    first = made(0, "a")
    assert len(first) > 20
    assert made(0, "b") == first
    others = made(1, "c")
    assert set(others).isdisjoint(first)
    assert sum(a != b for a, b in zip(first.values(), others.values(), strict=True)) > 15


@pytest.mark.parametrize(
    ("code", "verdict", "why"),
    [
        ("1 / 0", "traceback", "ZeroDivisionError: division by zero"),
        ("import os; os.kill(os.getpid(), 11)", "traceback", "signal 11"),
        ("import sys; sys.exit('error: something went wrong inside mnistry (X)')", "traceback", "something went wrong inside mnistry (X)"),
        ("import time; time.sleep(60)", "hang", "passed its bound of time after 3 s"),
        ("import time; print('x' * 200_000_000, flush=True); time.sleep(30)", "hang", "passed its bound of output"),
        ("import time; a = bytearray(b'x') * 1_600_000_000; time.sleep(2)", "memory", " MB"),
        ("import sys; sys.exit(3)", "status", "exit status 3"),
        ("import sys; sys.exit(1)", "status", "exit status 1 without an error"),
        ("import sys; print('error: a', file=sys.stderr)", "status", "exit status 0 with 'error: a'"),
        ("import sys; print('odd', file=sys.stderr)", "status", "stderr has a line that is no error: 'odd'"),
        ("import sys; sys.exit('error: a\\nerror: b')", "status", "2 errors, the second 'error: b'"),
        ("print('\\x1b[31m')", "status", "stdout has the control character '\\x1b'"),
        ("print('{\"a\": NaN}')", "status", "stdout is not JSON (NaN is not valid JSON)"),
        ("print('{}\\n{}')", "status", "exit status 0 with 2 objects"),
        ("import subprocess, time; subprocess.Popen(['sleep', '30'], stdout=-3, stderr=-3); time.sleep(2); print('{}')", "hang", "left 1 proc"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)  # fmt: skip
def test_each_fault_gets_its_verdict(hostile: ModuleType, code: str, verdict: str, why: str) -> None:
    from attack import process, verdicts

    ended = process.bounded([sys.executable, "-c", code], 3 if "sleep(60)" in code else 60)
    found = verdicts.verdicts(ended, verdicts.Wanted(objects=True))
    assert why in dict(found)[verdict]


def test_what_ends_well_gets_none(hostile: ModuleType) -> None:
    from attack import process, verdicts

    done = process.bounded([sys.executable, "-c", "print('{}')"], 10)
    assert verdicts.verdicts(done, verdicts.Wanted(objects=True)) == []
    refused = process.bounded(
        [sys.executable, "-c", "import sys; print('error: no', file=sys.stderr); sys.exit(2)"], 10
    )
    assert verdicts.verdicts(refused, verdicts.Wanted()) == []


@pytest.mark.slow
def test_some_of_each_kind_do_no_harm(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPTS / "hostile.py", "--small", "--keep", tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("0 of ")


def test_the_recorded_attack_found_nothing() -> None:
    record = json.loads((SCRIPTS.parent / "records" / "hostile.json").read_text())
    assert record["inputs"] == sum(kind["inputs"] for kind in record["kinds"].values()) >= 1_000
    assert record["failed"] == 0
    assert all(not found for kind in record["kinds"].values() for found in kind["verdicts"].values())
    assert all(kind["peak_mb"] <= 1_500 for kind in record["kinds"].values())
