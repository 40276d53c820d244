import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from mnistry.data import idx
from mnistry.errors import DataError

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
FILE = idx.header(IMAGES.shape) + IMAGES.tobytes()


def test_header_is_the_published_one() -> None:
    assert idx.header((60000, 28, 28)) == struct.pack(">iiii", 2051, 60000, 28, 28)
    assert idx.header((60000,)) == struct.pack(">ii", 2049, 60000)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_reads_what_was_written(tmp_path: Path, pack: type[bytes]) -> None:
    path = tmp_path / "images"
    path.write_bytes(pack(FILE))
    assert np.array_equal(idx.read(path, 3), IMAGES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file with 3 axes of bytes: it starts with nothing, wanted 00000803"),
        (b"\x89PNG", "not an IDX file with 3 axes of bytes: it starts with 89504e47, wanted 00000803"),
        (idx.header((2,)) + b"\1\2", "not an IDX file with 3 axes of bytes: it starts with 00000801, wanted 00000803"),
        (FILE[:9], "truncated within its header: fetch it again"),
        (FILE[:-1], r"its header promises 24 bytes \(2, 3, 4\), it holds only 23: fetch it again"),
        (FILE + b"\0", r"its header promises 24 bytes \(2, 3, 4\), it holds more: fetch it again"),
        (gzip.compress(FILE, mtime=0)[:-9], "truncated or damaged gzip data .*: fetch it again"),
        (b"\x1f\x8bnot gzip", "truncated or damaged gzip data .*: fetch it again"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"^{path}: {message}$"):
        idx.read(path, 3)


def test_a_header_that_promises_the_moon_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    path.write_bytes(idx.header((2**31, 2**10, 2**10)) + b"\0")
    with pytest.raises(DataError, match=r"huge: 2,251,799,814 MB are too many: wanted at most [\d,]+ MB$"):
        idx.read(path, 3)
    path.write_bytes(idx.header((2, 2, 2)) + b"\0")
    with pytest.raises(DataError, match="it holds only 1"):
        idx.read(path, 3)


def test_an_empty_array_that_could_not_be(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_bytes(idx.header((0, 2**32 - 1, 2**32 - 1)))
    said = r"empty: its header promises \(0, 4294967295, 4294967295\), which no array can be: fetch it again$"
    with pytest.raises(DataError, match=said):
        idx.read(path, 3)
    path.write_bytes(idx.header((0, 28, 28)))
    assert idx.read(path, 3).shape == (0, 28, 28)


def test_a_file_that_unpacks_to_far_more_than_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(idx.header((200_000, 28, 28)) + bytes(200_000 * 784), 9))
    assert path.stat().st_size < 200_000
    with pytest.raises(
        DataError, match=r"bomb\.gz: holds 157 MB, packed into 0\.2 MB: wanted at most 100 times as many"
    ):
        idx.read(path, 3)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file or directory"):
        idx.read(tmp_path / "nothing", 3)
