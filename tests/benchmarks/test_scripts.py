"""The scripts that measure run, and write their record."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "shorter", "result"),
    [
        ("profile_step", "STEPS = 5", {"step_ms", "compiled", "sgemm_gflop_s", "shares"}),
        ("startup", "PAIRS = 1", {"ratio_median", "first_step_s_median", "pairs"}),
        ("one_picture", "PAIRS = 1", {"ratio_median", "read_s_median", "imports_s_median", "pairs"}),
    ],
)
def test_the_scripts_that_measure_run(tmp_path: Path, script: str, shorter: str, result: set[str]) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import pathlib, {script} as script; "
        f"script.RECORD = pathlib.Path({str(tmp_path / 'record.json')!r}); script.{shorter}; script.main()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    record = json.loads((tmp_path / "record.json").read_text())
    assert result <= record.keys()


@pytest.mark.slow
def test_killed_at_random_moments_and_resumed() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPTS / "kill.py", "--times", "20", "--seed", "1"], text=True, capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("same weights") == 20
