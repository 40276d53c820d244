import zipfile
from pathlib import Path

import numpy as np
import pytest

from mnistry.data import npz
from mnistry.errors import DataError
from mnistry.safety import memory


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
    with pytest.raises(DataError, match=r"a\.npz: not a readable npz archive"):
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


def test_an_archive_of_very_many_files_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(20_000):
            archive.writestr(f"{n}.npy", b"")
    whole = path.read_bytes()
    listed = whole[-10:-6]
    assert int.from_bytes(listed, "little") > npz.MAX_DIRECTORY
    wanted = r"a\.npz: not a readable npz archive \(it lists too many files, or is of the kind for more than 4 GB\)$"
    with pytest.raises(DataError, match=wanted):
        npz.keys(path)
    with zipfile.ZipFile(path, "a") as archive:  # with something behind the list
        archive.comment = b"comment" * 9_000
    with pytest.raises(DataError, match=wanted):
        npz.keys(path)
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        archive.writestr("a.npy", b"")
    content = path.read_bytes()
    path.write_bytes(content[:-22] + b"PK\6\7" + bytes(16) + content[-22:])
    with pytest.raises(DataError, match=wanted):
        npz.keys(path)


def member_of(path: Path) -> bytearray:
    """The whole archive of one array, to damage."""
    np.savez(path, a=np.arange(5000))
    return bytearray(path.read_bytes())


def test_what_is_encrypted_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    content = member_of(path)
    content[6] |= 1
    content[content.rindex(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz: a is encrypted: wanted an archive as NumPy writes it$"):
        npz.read(path, "a")


@pytest.mark.parametrize("method", [1, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, 99])
def test_what_numpy_does_not_pack_so_is_said(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.npz"
    content = member_of(path)
    content[8:10] = content[(at := content.rindex(b"PK\1\2") + 10) : at + 2] = method.to_bytes(2, "little")
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"a\.npz: a is packed by method {method}: wanted it stored or deflated$"):
        npz.read(path, "a")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({'9' * 5000},)}}", "a cannot be read"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}", "a cannot be read"),
        (f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({2**62}, {2**62})}}", "its header promises"),
        (f"{{'descr': '|V{2**30}', 'fortran_order': False, 'shape': (2,)}}", "its header promises 2147483"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "it holds pickled objects"),
        ("[" * 3000, "a cannot be read"),
        ("", "a cannot be read"),
    ],
    ids=["digits", "negative", "huge", "wide", "objects", "deep", "empty"],
)  # fmt: skip
def test_a_header_that_is_no_array_s(tmp_path: Path, header: str, said: str) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
    for ask in (npz.read, npz.header):
        with pytest.raises(DataError, match=r"a\.npz: a cannot be read \(.*: fetch or make the file again$") as caught:
            ask(path, "a")
        assert said in str(caught.value)


def test_a_header_tells_of_an_array_that_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.zeros((30, 28, 28), np.uint8))
    found = npz.header(path, "a")
    assert (found.shape, found.dtype, found.size_bytes) == ((30, 28, 28), np.uint8, 30 * 784)
    with pytest.raises(DataError, match=r"a\.npz: b is not in it$"):
        npz.header(path, "b")


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.zeros(200_000_000, np.uint8))
    monkeypatch.setattr(np.lib.format, "read_array", None)
    with pytest.raises(DataError, match=r"a\.npz: a: holds 200 MB, packed into 0\.2 MB: wanted at most 100 times as"):
        npz.read(path, "a")


def test_as_much_as_emnist_is_taken() -> None:
    memory.check_unpacked(814_255 * 784, 200_000_000, "EMNIST byclass")  # its images and the size of its file
    with pytest.raises(DataError, match=r"^x: [\d,]+ MB are too many: wanted at most [\d,]+ MB$"):
        memory.check_unpacked(max(memory.memory_bytes() // 2, 4_000_000_000) + 1, 2**40, "x")
