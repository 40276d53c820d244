"""How the command line ends: one line, a status, and never a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from conftest import Cli
from mnistry.cli import program
from mnistry.errors import PictureError, RunError


def ended(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Status and stderr of a program that raises."""
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise error

    sys.argv = ["program"]
    with pytest.raises(SystemExit) as caught:
        program.run(app)
    return caught.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (RunError("a  b\nc"), 2, "error: a b c\n"),
        (PictureError("\x1b[31mred\x9b\u202e.png: no"), 1, "error: \\x1b[31mred\\x9b\\u202e.png: no\n"),
        (FileNotFoundError(2, "No such file or directory", "a.png"), 2, "error: a.png: No such file or directory\n"),
        (OSError(28, "No space left on device"), 2, "error: standard output: No space left on device\n"),
        (OSError(9, "Bad file descriptor", 5), 2, "error: Bad file descriptor\n"),
        (MemoryError(), 2, "error: this takes more memory than there is\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(32, "Broken pipe"), 1, ""),
        (
            KeyError("x"),
            2,
            "error: something went wrong inside mnistry (KeyError: 'x'): please report it; MNISTRY_DEBUG=1 shows where\n",
        ),
        (RecursionError("deep"), 2, "error: something went wrong inside mnistry (RecursionError: deep): please report it;"
         " MNISTRY_DEBUG=1 shows where\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)  # fmt: skip
def test_every_failure_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, status: int, said: str
) -> None:
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.delenv("MNISTRY_DEBUG", raising=False)
    assert ended(error, capsys) == (status, said)


def test_a_very_long_message_loses_its_middle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [])
    _, said = ended(RunError("begun " + "x" * 1_000_000 + " ended"), capsys)
    assert said.startswith("error: begun x")
    assert said.endswith("x ended\n")
    assert len(said) < 1_100


def test_what_nobody_foresaw_can_be_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setenv("MNISTRY_DEBUG", "1")
    with pytest.raises(KeyError, match="x"):
        ended(KeyError("x"), capsys)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_cannot_be_written_is_said() -> None:
    command = [sys.executable, "-m", "mnistry", "data", "list", "--json"]
    for unbuffered in ("", "1"):
        environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
        assert (done.stderr, done.returncode) == ("error: standard output: No space left on device\n", 2)


def test_a_reader_that_has_read_enough_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mnistry", "data", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        said = listing.stderr.read()
        assert (listing.wait(30), said) == (1, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="it has no process groups to tell")
def test_ctrl_c_ends_reading_without_a_word(tmp_path: Path) -> None:
    """It reaches all processes of the terminal's group; here while a picture is waited for on standard input."""
    command = [sys.executable, "-m", "mnistry", "read", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as reading:
        time.sleep(2)
        os.killpg(reading.pid, signal.SIGINT)
        assert reading.stderr is not None
        assert (reading.stderr.read(), reading.wait(30)) == (b"", 130)


def test_its_memory_is_bound(cli: Cli, tmp_path: Path) -> None:
    code = (
        "import resource, sys, mnistry.cli\nfrom mnistry.cli import data\n"
        "data.app.registered_commands[0].callback = lambda: print(resource.getrlimit(resource.RLIMIT_DATA)[0])\n"
        "sys.argv = ['mnistry', 'data', 'list']\nmnistry.cli.main()"
    )
    if sys.platform != "linux":
        pytest.skip("bound on Linux alone")
    from mnistry.safety import memory

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0.7 < int(done.stdout) / memory.memory_bytes() < 0.8
