import errno
import os
from pathlib import Path

import pytest

from mnistry.safety import regular_file


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("a")
    for name in ("a", "link"):
        with regular_file.open_regular(tmp_path / name) as file:
            assert file.read() == b"abc"
        assert regular_file.read_bytes(str(tmp_path / name), 3) == b"abc"


def test_what_is_none_is_refused_at_once_and_named(tmp_path: Path) -> None:
    """A FIFO to which nobody writes would be waited for; /dev/zero has no end."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name, number, reason in (
        ("fifo", errno.EINVAL, "not a regular file"),
        ("/dev/zero", errno.EINVAL, "not a regular file"),
        (".", errno.EISDIR, "Is a directory"),
        ("loop", errno.ELOOP, "Too many levels of symbolic links"),
        ("dangling", errno.ENOENT, "No such file or directory"),
        ("a\0b", errno.EINVAL, "not a name that a file can have"),
    ):
        with pytest.raises(OSError) as caught:  # noqa: PT011
            regular_file.read_bytes(tmp_path / name, 10)
        found = caught.value
        assert (found.errno, found.filename, regular_file.why(found)) == (number, str(tmp_path / name), reason)


def test_nothing_beyond_the_bound_is_read(tmp_path: Path) -> None:
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 2_000_000_000_000)  # more than any memory holds
    with pytest.raises(OSError) as caught:  # noqa: PT011
        regular_file.read_bytes(tmp_path / "large", 1_500_000)
    assert (caught.value.errno, regular_file.why(caught.value)) == (errno.EFBIG, "larger than 1.5 MB")


def test_why_is_never_empty() -> None:
    assert regular_file.why(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) == "No space left on device"
    assert regular_file.why(OSError("disk full")) == "disk full"
    assert regular_file.why(OSError()) == "OSError"
