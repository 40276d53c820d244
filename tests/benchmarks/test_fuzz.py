"""benchmarks/fuzz.py: its targets, without a fuzzer, and with one where it is installed."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnistry.errors import PictureError

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fuzz.py"
TARGETS = ("decode", "pages", "npz", "idx", "metadata", "strict_json")


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_what_becomes_of_them_do_no_harm(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Some bytes of each are changed, taken out or repeated, again and again: whatever is raised is raised on purpose."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import fuzz

    monkeypatch.setattr(fuzz, "scratch", lambda: tmp_path)
    target = fuzz.TARGETS[name]
    rng = np.random.default_rng(0)
    for seed in target.seeds():
        target.call(seed) if name in ("npz", "metadata") else fuzz.tried(target, seed)
        for _ in range(15):
            data = bytearray(seed)
            for _ in range(rng.integers(1, 5)):
                at = int(rng.integers(len(data)))
                match rng.integers(3):
                    case 0:
                        data[at] = rng.integers(256)
                    case 1:
                        del data[at : at + int(rng.integers(1, 9))]
                    case _:
                        data[at:at] = data[at : at + 8]
                data = data or bytearray(b"\0")
            fuzz.tried(target, bytes(data))


def test_a_target_that_raises_anything_else_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import fuzz

    target = fuzz.Target(lambda data: [][0], PictureError, list)
    with pytest.raises(IndexError):
        fuzz.tried(target, b"")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_the_fuzzer_finds_its_way() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "npz", "--minutes", "0.1"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "'findings': []" in done.stdout
    assert int(done.stdout.split("'coverage': ")[1].split(",")[0]) > 100


def test_without_the_fuzzer_it_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "atheris.py").write_text("raise ModuleNotFoundError(name='atheris')")
    done = subprocess.run(
        [sys.executable, SCRIPT, "npz"], capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path), "PATH": ""}
    )
    said = "error: fuzzing needs atheris, which is not installed: pip install atheris\n"
    assert (done.stderr, done.returncode) == (said, 1)
