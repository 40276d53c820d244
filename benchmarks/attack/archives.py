"""npz archives: damaged as a zip, as an array within it, as a data set; and such as unpack to much."""

import io
import pickle
import zipfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from attack.arrays import HEADERS, Arrays, base, npy, sets
from attack.cases import Cases, Rng, damaged, drawn

TIMES = {"truncated": 6, "flipped": 14, "overwritten": 8, "lying": 4, "stretched": 3}


def cases(seed: int) -> Cases:
    """All of them."""
    found = Cases("archives", seed)
    for name, packing in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        damaged(found, f"npz-{name}", partial(archive, packing), "data", "a.npz", TIMES)
    for name, change in ZIPS.items():
        found.add(f"zip-{name}", "data", "a.npz", drawn(lambda rng, change=change: change(rng)))
    for name, header in HEADERS.items():
        found.add(f"header-{name}", "data", "a.npz", drawn(lambda rng, header=header: _with_header(header)))
    for name, arrays in sets().items():
        found.add(f"set-{name}", "data", "a.npz", drawn(lambda rng, arrays=arrays: saved({**base(), **arrays})))
    for name, write in BOMBS.items():
        found.add(f"bomb-{name}", "data", "a.npz", write, heavy=True)
    return found


@cache
def archive(packing: int = zipfile.ZIP_STORED) -> bytes:
    """An npz as it should be."""
    return saved(base(), packing)


def saved(arrays: Arrays, packing: int = zipfile.ZIP_STORED) -> bytes:
    """An npz of arrays; one that is `bytes` is put in as it is; one that is None is left out."""
    members: list[tuple[str, bytes]] = []
    for name, array in arrays.items():
        if array is not None:
            out = io.BytesIO()
            if isinstance(array, bytes):
                out.write(array)
            else:
                np.save(out, array, allow_pickle=True)
            members.append((f"{name}.npy", out.getvalue()))
    return _zipped(members, packing)


def _zipped(members: list[tuple[str, bytes]], packing: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as file:
        for name, content in members:
            info = zipfile.ZipInfo(name)  # of 1980: the same bytes at any time
            info.compress_type = packing
            file.writestr(info, content)
    return out.getvalue()


def _with_header(header: bytes) -> bytes:
    return saved({**base(), "x_train": header})


def _patched(data: bytes, local: int, central: int, value: bytes) -> bytes:
    """A field of every member's header written over, at its place in the local and the central one."""
    array = bytearray(data)
    for mark, place in ((b"PK\3\4", local), (b"PK\1\2", central)):
        at = array.find(mark)
        while at >= 0:
            array[at + place : at + place + len(value)] = value
            at = array.find(mark, at + 4)
    return bytes(array)


def _torn(packing: int, rng: Rng) -> bytes:
    """Damage within what is packed."""
    array = bytearray(archive(packing))
    for _ in range(40):
        array[int(rng.integers(100, len(array) // 2))] = int(rng.integers(256))
    return bytes(array)


# local and central places: 6, 8 flags; 8, 10 method; 14, 16 checksum; 18, 20 packed; 22, 24 unpacked; 26, 28 name.
ZIPS: dict[str, Callable[[Rng], bytes]] = {
    "encrypted": lambda rng: _patched(archive(), 6, 8, b"\1\0"),
    "encrypted-strongly": lambda rng: _patched(archive(), 6, 8, b"\x41\0"),
    "patched-data": lambda rng: _patched(archive(), 6, 8, b"\x20\0"),
    "method-99": lambda rng: _patched(archive(), 8, 10, b"\x63\0"),
    "method-65535": lambda rng: _patched(archive(), 8, 10, b"\xff\xff"),
    "method-bzip2": lambda rng: _patched(archive(), 8, 10, b"\x0c\0"),
    "method-lzma": lambda rng: _patched(archive(), 8, 10, b"\x0e\0"),
    "method-deflate": lambda rng: _patched(archive(), 8, 10, b"\x08\0"),
    "method-zstd": lambda rng: _patched(archive(), 8, 10, b"\x5d\0"),
    "version-255": lambda rng: _patched(archive(), 4, 6, b"\xff\xff"),
    "checksum": lambda rng: _patched(archive(), 14, 16, bytes(4)),
    "packed-0": lambda rng: _patched(archive(), 18, 20, bytes(4)),
    "packed-4-gigabytes": lambda rng: _patched(archive(), 18, 20, b"\xfe\xff\xff\xff"),
    "packed-zip64": lambda rng: _patched(archive(), 18, 20, b"\xff\xff\xff\xff"),
    "unpacked-0": lambda rng: _patched(archive(), 22, 24, bytes(4)),
    "unpacked-4-gigabytes": lambda rng: _patched(archive(), 22, 24, b"\xfe\xff\xff\xff"),
    "name-long": lambda rng: _patched(archive(), 26, 28, b"\xff\xff"),
    "name-0": lambda rng: _patched(archive(), 26, 28, b"\0\0"),
    "offset": lambda rng: _patched(archive(), 0, 42, b"\xf0\xff\xff\x7f")[4:],
    **{
        f"torn-{name}-{n}": partial(_torn, packing)
        for name, packing in (("deflate", 8), ("bzip2", 12), ("lzma", 14))
        for n in range(3)
    },
    "whole-bzip2": lambda rng: archive(zipfile.ZIP_BZIP2),
    "whole-lzma": lambda rng: archive(zipfile.ZIP_LZMA),
    "members-100000": lambda rng: _zipped([(f"a{n}.npy", b"") for n in range(100_000)]),
    "names-odd": lambda rng: _zipped(
        [("../../x.npy", b""), ("\x1b[31m.npy", b""), ("a\nb.npy", b""), ("/x_train", b"")]
    ),
    "names-without-suffix": lambda rng: _zipped([(name, b"no array") for name in base()]),
    "names-folders": lambda rng: _zipped([(f"{name}.npy/", b"") for name in base()]),
    "names-twice": lambda rng: _zipped([(f"{name}{end}", b"x") for name in base() for end in ("", ".npy")]),
    "none": lambda rng: _zipped([]),
    "comment": lambda rng: archive()[:-2] + b"\xff\xff" + b"c" * 65_535,
    "before": lambda rng: b"MZ" * 50_000 + archive(),
    "end-only": lambda rng: archive()[-22:],
    "pickle": lambda rng: pickle.dumps({"x_train": 1}),
    "text": lambda rng: b"no archive\n" * 50,
    "empty": lambda rng: b"",
    "npy": lambda rng: npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", b"abc"),
}


def _zeros(size: int, packing: int, path: Path, rng: Rng) -> None:
    """An archive whose training images are zero bytes, which take little."""
    header = npy(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({size // 784}, 28, 28), }}")
    with zipfile.ZipFile(path, "w", packing, compresslevel=1 if packing == zipfile.ZIP_DEFLATED else None) as file:
        info = zipfile.ZipInfo("x_train.npy")
        info.compress_type = packing
        with file.open(info, "w", force_zip64=True) as member:
            member.write(header)
            for _ in range(size // 2**24):
                member.write(bytes(2**24))
        for name, array in base().items():
            if name != "x_train":
                out = io.BytesIO()
                np.save(out, array)
                file.writestr(zipfile.ZipInfo(f"{name}.npy"), out.getvalue())


def _tiny(number: int, path: Path, rng: Rng) -> None:
    """N images of one pixel each."""
    images, labels = np.zeros((number, 1, 1), np.uint8), (np.arange(number) % 10).astype(np.uint8)
    path.write_bytes(saved({**base(), "x_train": images, "y_train": labels}, zipfile.ZIP_DEFLATED))


BOMBS: dict[str, Callable[[Path, Rng], object]] = {
    "deflate-1-gigabyte": partial(_zeros, 10**9, zipfile.ZIP_DEFLATED),
    "deflate-3-gigabytes": partial(_zeros, 3 * 10**9, zipfile.ZIP_DEFLATED),
    "tiny-60000000": partial(_tiny, 60_000_000),
    "bzip2-half-a-gigabyte": partial(_zeros, 5 * 10**8, zipfile.ZIP_BZIP2),
    "lzma-half-a-gigabyte": partial(_zeros, 5 * 10**8, zipfile.ZIP_LZMA),
}
