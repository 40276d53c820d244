import errno
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from mnistry.errors import DataError, RunError
from mnistry.safety.atomic_write import replace, writing


@contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """As on a full disk, except for the reason: what grows beyond this is File too large."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def save_array(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, a=np.zeros(100_000))


WRITERS: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(bytes(100_000)),
    lambda path: path.write_text("a" * 100_000),
    save_array,
]


@pytest.mark.parametrize("write", WRITERS)
def test_what_cannot_be_written_is_named_and_the_old_file_stays(
    write: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "a.npz", Path("a.npz")):
        path.write_text("old")
        with largest_file(10_000), pytest.raises(OSError) as caught:  # noqa: PT011
            replace(path, write)
        assert (caught.value.errno, caught.value.strerror) == (errno.EFBIG, "File too large")
        assert caught.value.filename == str(path)
        assert path.read_text() == "old"
        assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]
        replace(path, write)
        assert path.stat().st_size >= 100_000


def test_a_folder_that_is_not_there_is_said_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "a.txt"
    with pytest.raises(FileNotFoundError) as caught:
        replace(path, lambda part: part.write_text(""))
    assert (caught.value.strerror, caught.value.filename) == ("No such file or directory", str(path))


def test_another_file_that_failed_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        replace(tmp_path / "a.txt", lambda part: part.write_bytes(Path("/nowhere/b").read_bytes()))
    assert caught.value.filename == str(tmp_path / "a.txt")
    assert caught.value.strerror == "No such file or directory: /nowhere/b"


def test_an_error_without_a_number_keeps_its_reason(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        part.write_text("half of the n")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full") as caught:
        replace(tmp_path / "a.txt", fail)
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, str(tmp_path / "a.txt"))
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_mnistry_names_the_file_not_the_draft(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        raise DataError(f"{part}: is not what it should be")

    with pytest.raises(DataError) as caught:
        replace(tmp_path / "a.txt", fail)
    assert str(caught.value) == f"{tmp_path / 'a.txt'}: is not what it should be"


def test_an_error_about_a_file_in_the_folder_says_what_to_do_then(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught, writing(tmp_path, "make room"):
        replace(tmp_path / "a", lambda part: (_ for _ in ()).throw(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
    assert str(caught.value) == f"{tmp_path / 'a'}: cannot be written (No space left on device): make room"
    for other in (OSError("no file at all"), FileNotFoundError(errno.ENOENT, "No such file", "/nowhere/b")):
        with pytest.raises(OSError) as raised, writing(tmp_path, "make room"):  # noqa: PT011
            raise other
        assert raised.value is other
