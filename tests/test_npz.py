import zipfile
from pathlib import Path

import numpy as np
import pytest

from mnistry import npz
from mnistry.errors import DataError


def test_reads_an_array(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.arange(5))
    assert npz.keys(path) == {"a"}
    assert np.array_equal(npz.read(path, "a"), np.arange(5))


def test_never_unpickles(tmp_path: Path) -> None:
    marker = tmp_path / "was here"

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (marker,)

    path = tmp_path / "trap.npz"
    np.savez(path, a=np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"trap\.npz: a cannot be read .*pickle"):
        npz.read(path, "a")
    assert not marker.exists()


def test_truncated(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(5000))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"a\.npz: not a readable npz archive"):
        npz.keys(path)
    with pytest.raises(DataError, match=r"a\.npz: a cannot be read"):
        npz.read(path, "a")


def test_members_that_are_no_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (9000000000000,)}   \n"
    huge = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("text", b"text")
        archive.writestr("header.npy", huge.replace(b"(9000000000000,)", b"(90000000000,,)("))
        archive.writestr("huge.npy", huge)
    with pytest.raises(DataError, match=r"a\.npz: text is not a NumPy array: make the file again"):
        npz.read(path, "text")
    for key in ("header", "huge"):
        with pytest.raises(DataError, match=rf"a\.npz: {key} cannot be read \("):
            npz.read(path, key)


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(5000, np.uint8))
    content = bytearray(path.read_bytes())
    content[2500] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz: a cannot be read \(Bad CRC-32"):
        npz.read(path, "a")
