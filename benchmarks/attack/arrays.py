"""Arrays whose headers are not what they should be, and arrays that are no data set together."""

import pickle
import struct
from functools import cache
from typing import Any

import numpy as np

from mnistry.data import load_dataset

Arrays = dict[str, Any]


@cache
def base() -> Arrays:
    """240 images of MNIST to learn from, 60 as its test images."""
    train, held = load_dataset().train, load_dataset().validation
    arrays = {"x_train": train.images[:240, ..., 0], "y_train": train.labels[:240].astype(np.uint8)}
    return {**arrays, "x_test": held.images[:60, ..., 0], "y_test": held.labels[:60].astype(np.uint8)}


def npy(header: str, body: bytes = b"", version: bytes = b"\1\0", length: int | None = None) -> bytes:
    """An array's file, its header as it is written."""
    text = header.encode("utf-8", "surrogatepass") + b"\n"
    size = struct.pack("<H" if version == b"\1\0" else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + version + size + text + body


def described(descr: str = "'|u1'", shape: str = "(240, 28, 28)", order: str = "False", **options: Any) -> bytes:
    return npy(f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}", bytes(188_160), **options)


class _Shown:
    """What, unpickled, would print."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("unpickled: this must never be seen",)


HEADERS: dict[str, bytes] = {
    "size-vast": described(shape=f"({10**30}, 28, 28)"),
    "size-2-63": described(shape=f"({2**63},)"),
    "size-product": described(shape=f"({2**32}, {2**32}, 2)"),
    "size-terabyte": described(shape=f"({2**30}, 28, 28)"),
    "size-5000-digits": described(shape="(" + "9" * 5_000 + ",)"),
    "size-negative": described(shape="(-1, 28, 28)"),
    "size-zero-vast": described(shape=f"(0, {2**62}, {2**62})"),
    "size-number": described(shape="240"),
    "size-true": described(shape="(True, 28, 28)"),
    "size-words": described(shape="('a',)"),
    "axes-65": described(shape="(1,) * 65"),
    "axes-70": described(shape=str((1,) * 70)),
    "order": described(order="True"),
    "order-2": described(order="2"),
    "type-object": described(descr="'|O'"),
    "type-record": described(descr="[('a', '<u4'), ('b', '|u1', (3,))]"),
    "type-record-deep": described(descr="[('a', " * 60 + "'<u4'" + ")]" * 60),
    "type-text-vast": described(descr="'<U200000000'", shape="(1,)"),
    "type-bytes-vast": described(descr="'|S2147483647'", shape="(1,)"),
    "type-empty": described(descr="'|S0'"),
    "type-void": described(descr="'|V0'"),
    "type-time": described(descr="'<M8[s]'", shape="(30, 28, 28)"),
    "type-none": described(descr="None"),
    "type-unknown": described(descr="'<q99'"),
    "type-list": described(descr="[[[]]]"),
    "type-comma": described(descr="'u1,u1'"),
    "deep": npy("(" * 5_000 + ")" * 5_000),
    "deep-minus": npy("-" * 9_000 + "1"),
    "long": npy("{'a': '" + "x" * 60_000 + "'}"),
    "longer": npy("{" + " " * 5_000_000 + "}", version=b"\2\0"),
    "length-4-gigabytes": described(version=b"\2\0", length=2**32 - 1),
    "length-0": described(length=0),
    "code": npy("__import__('os').system('echo unpickled')"),
    "keys": npy("{'descr': '|u1'}"),
    "list": npy("[1, 2]"),
    "surrogate": npy("{'descr': '\ud800'}", version=b"\3\0"),
    "null": npy("\0\0\0"),
    "open": npy("{'descr': '|u1', 'shape': ("),
    "version-9": described(version=b"\x09\x09"),
    "magic": b"\x93NUMPX\1\0",
    "nothing": b"",
    "pickled": b"\x80\4." + pickle.dumps(_Shown()),
    "pickled-object": npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", pickle.dumps([_Shown()])),
    "short": npy("{'descr': '|u1', 'fortran_order': False, 'shape': (240, 28, 28), }", b"abc"),
}


def sets() -> dict[str, Arrays]:
    """Arrays that are no data set together."""
    return {
        **{f"without-{key}": {key: None} for key in ("x_train", "y_train", "x_test", "y_test")},
        "extra": {"other": np.zeros(3)},
        **_images(),
        **_labels(),
        **_names(),
        **_validation(),
    }


def _images() -> dict[str, Arrays]:
    """Images of another type, shape or number."""
    x, y = base()["x_train"], base()["y_train"]
    return {
        "x-flat": {"x_train": x.reshape(240, -1)},
        "x-of-5-axes": {"x_train": x[..., None, None]},
        "x-of-no-axes": {"x_train": np.uint8(1)},
        "x-colours": {"x_train": np.repeat(x[..., None], 3, axis=3)},
        "x-of-5-colours": {"x_train": np.repeat(x[..., None], 5, axis=3)},
        "x-no-colours": {"x_train": x[..., None][..., :0]},
        "x-no-pixels": {"x_train": x[:, :0, :0]},
        "x-one-pixel": {"x_train": x[:, :1, :1], "x_test": base()["x_test"][:, :1, :1]},
        "x-none": {"x_train": x[:0], "y_train": y[:0]},
        "x-one": {"x_train": x[:1], "y_train": y[:1]},
        "x-other-size": {"x_test": base()["x_test"][:, :20, :20]},
        "x-many": {"x_train": x[:100]},
        "x-numbers": {"x_train": x / 255},
        "x-gaps": {"x_train": np.full(x.shape, np.nan)},
        "x-signed": {"x_train": x.astype(np.int8)},
        "x-wide": {"x_train": x.astype(">u8")},
        "x-complex": {"x_train": x.astype(complex)},
        "x-bool": {"x_train": x > 0},
        "x-text": {"x_train": x[:, 0, 0].astype(str)},
        "x-objects": {"x_train": np.array([None] * 240, object)},
        "x-columns-first": {"x_train": np.asfortranarray(x)},
    }


def _labels() -> dict[str, Arrays]:
    """Labels of another type, shape or range."""
    y = base()["y_train"]
    return {
        "y-signed": {"y_train": y.astype(np.int64) - 5},
        "y-vast": {"y_train": y.astype(np.int64) * 10**17},
        "y-unsigned-vast": {"y_train": np.full(240, 2**64 - 1, np.uint64)},
        "y-1000": {"y_train": y.astype(np.int64) * 111},
        "y-numbers": {"y_train": y / 2},
        "y-gaps": {"y_train": np.full(240, np.nan)},
        "y-one-hot": {"y_train": np.eye(10)[y]},
        "y-column": {"y_train": y[:, None]},
        "y-of-no-axes": {"y_train": np.int64(3)},
        "y-text": {"y_train": y.astype(str)},
        "y-bool": {"y_train": y > 4},
        "y-time": {"y_train": y.astype("<M8[s]")},
        "y-one-class": {"y_train": y * 0, "y_test": base()["y_test"] * 0},
        "y-test-more": {"y_test": base()["y_test"] + 20},
    }


def _names() -> dict[str, Arrays]:
    """Class names that are none."""
    names = np.array([*"0123456789"])
    return {
        "names-empty-many": {"class_names": np.zeros(2**24, "<U0")},
        "names-beyond-unicode": {"class_names": np.full(10, 0xFFFFFFFF, np.uint32).view("<U1")},
        "names-100000": {"class_names": np.arange(100_000).astype(str)},
        "names-fewer": {"class_names": names[:5]},
        "names-more": {"class_names": np.array([str(n) for n in range(3_000)])},
        "names-twice": {"class_names": np.array(["a"] * 10)},
        "names-empty": {"class_names": np.array([""] * 10)},
        "names-blank": {"class_names": np.array([" " * (n + 1) for n in range(10)])},
        "names-numbers": {"class_names": np.arange(10)},
        "names-bytes": {"class_names": names.astype("S")},
        "names-escape": {"class_names": np.array([f"\x1b[3{n}m\n{n}" for n in range(10)])},
        "names-long": {"class_names": np.array([str(n) * 100_000 for n in range(10)])},
        "names-table": {"class_names": names[:, None]},
        "names-objects": {"class_names": names.astype(object)},
        "names-surrogate": {"class_names": np.frombuffer(struct.pack("<10I", *range(0xD800, 0xD80A)), "<U1")},
        "names-no-character": {"class_names": np.frombuffer(struct.pack("<10I", *range(2**31, 2**31 + 10)), "<U1")},
    }


def _validation() -> dict[str, Arrays]:
    """Validation images that do not go with the others."""
    x, y = base()["x_train"], base()["y_train"]
    return {
        "validation-other-size": {"x_validation": x[:9, :9, :9], "y_validation": y[:9]},
        "validation-more-classes": {"x_validation": x, "y_validation": y + 40},
        "validation-none": {"x_validation": x[:0], "y_validation": y[:0]},
    }
