"""The container file and the systemd unit, as far as they can be tried without a container engine and systemd."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Cli

DEPLOY = Path(__file__).parents[1] / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
UNIT = (DEPLOY / "mnistry.service").read_text(encoding="utf-8")


def starts() -> list[list[str]]:
    """Every command line of mnistry in the two files."""
    lists = [line[line.index("[") :] for line in CONTAINER if line.startswith(("ENTRYPOINT", "HEALTHCHECK"))]
    unit = next(line.partition("=")[2] for line in UNIT.splitlines() if line.startswith("ExecStart="))
    return [*map(json.loads, lists), shlex.split(unit)]


def test_a_wheel_is_made_from_what_the_container_copies(tmp_path: Path) -> None:
    for line in CONTAINER:
        if line.startswith("COPY "):
            *sources, to = shlex.split(line)[1:]
            for source in sources:
                there, here = DEPLOY.parent / source, tmp_path / to.lstrip("/")
                if there.is_dir():
                    shutil.copytree(there, here, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    here.mkdir(parents=True, exist_ok=True)
                    shutil.copy(there, here)
    source = tmp_path / "source"
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, source]
    subprocess.run(build, check=True, capture_output=True)
    assert list(tmp_path.glob("mnistry-*.whl"))
    assert (source / "constraints.txt").exists()


@pytest.mark.parametrize("start", starts(), ids=" ".join)
def test_the_server_has_the_options_it_is_started_with(start: list[str], cli: Cli) -> None:
    program, *arguments = start
    assert Path(program).name == "mnistry"
    done = cli(*arguments, "--help")
    assert (done.returncode, done.stderr) == (0, "")


def test_stopping_and_a_lack_of_memory_are_left_to_the_server() -> None:
    assert {"KillMode=mixed", "OOMPolicy=continue"} <= set(UNIT.splitlines())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "mnistry.service"
    unit.write_text(UNIT.replace("/opt/mnistry/bin/mnistry", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
