import math
import os
from pathlib import Path

import pytest

from mnistry.errors import RunError
from mnistry.run.history import as_text, read_history
from mnistry.safety.limits import LIMITS

HEADER = "epoch,loss,accuracy,validation_loss\n"


def test_a_run_that_diverged_tells_of_it(tmp_path: Path) -> None:
    """An empty cell is a number that is not there."""
    path = tmp_path / "history.csv"
    assert read_history(path) == []
    path.write_text(HEADER + "1,nan,0.5,\n2,inf,-inf,1e999\n")
    first, second = read_history(path)
    assert (first["epoch"], first["accuracy"]) == (1, 0.5)
    assert math.isnan(first["loss"])
    assert math.isnan(first["validation_loss"])
    assert second == {"epoch": 2, "loss": math.inf, "accuracy": -math.inf, "validation_loss": math.inf}
    path.write_text(as_text([second]))
    assert read_history(path) == [second]


def test_a_detector_has_a_score_in_place_of_an_accuracy(tmp_path: Path) -> None:
    rows = [{"epoch": 1.0, "loss": 0.5, "silence": 1.0, "score": 0.25}]
    (tmp_path / "history.csv").write_text(as_text(rows))
    assert read_history(tmp_path / "history.csv") == rows


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"", "its columns are []: wanted accuracy, epoch, loss and others, once each"),
        (b"\n1,2,3\n", "its columns are []: wanted accuracy, epoch, loss and others, once each"),
        (b"epoch,loss\n1,2\n", "its columns are ['epoch', 'loss']: wanted accuracy, epoch, loss and others, once each"),
        (b"loss,epoch,loss,accuracy\n", "its columns are ['loss', 'epoch', 'loss', 'accuracy']: wanted accuracy, epoch, loss and others, once each"),
        (HEADER.encode() + b"1,2,3,4\n1,2,3\n", "row 2 has 3 cells: wanted 4"),
        (HEADER.encode() + b"1,2,3,4,5\n", "row 1 has 5 cells: wanted 4"),
        (HEADER.encode() + b"1,2,3,four\n", "a cell holds 'four': wanted a number"),
        (HEADER.encode() + b"x" * 200_000, "field larger than field limit (131072)"),
        (HEADER.encode() + b'"1,2', "unexpected end of data"),
        (b"epoch,loss,accuracy\n1e308,1,1\n", "an epoch is 1e+308: wanted 1 to 10000"),
        (b"epoch,loss,accuracy\n0,1,1\n", "an epoch is 0: wanted 1 to 10000"),
        (b"epoch,loss,accuracy\n,1,1\n", "an epoch is nan: wanted 1 to 10000"),
        (HEADER.encode() + b"1,2,3,4\n" * (LIMITS.epochs + 1), "it has 10001 rows: wanted 10000 at most"),
    ],
)  # fmt: skip
def test_what_is_no_history_is_said(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        read_history(path)
    assert str(caught.value) == f"{path}: cannot be read ({reason}): fix or remove it"


def test_what_is_no_regular_file_or_too_large_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 1_000_000_000)
    for name, reason in (
        ("fifo", "not a regular file"),
        ("folder", "Is a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("dangling", "No such file or directory"),
        ("large", "larger than 4 MB"),
    ):
        with pytest.raises(RunError) as caught:
            read_history(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: cannot be read ({reason}): fix or remove it"
