"""Models that are not what they say, say what cannot be, or never end: built around a small network of ten classes."""

import json
import os
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from attack.cases import Cases, Rng, damaged, drawn
from attack.graphs import GRAPHS

SURROGATE = '"\\ud800"'
# What a number's place may hold, as written.
NUMBERS = (
    *("0", "-1", "0.0", "-0.0", "1e-320", "1e-30", "1e308", "1e999", "-1e999", "NaN", "Infinity", "-Infinity"),
    *("null", "true", '"1"', '"warm"', "[]", "[1]", "{}", "", " ", "1" * 401, "-" + "9" * 5_000, "1e" + "9" * 400),
    *("[" * 1_000 + "]" * 1_000, "[" * 100_000, SURROGATE, '{"a": NaN}', "0x10", "1_000", "\x1b[31m1", "١"),
)
TEN = [str(n) for n in range(10)]
CLASS_NAMES: dict[str, Any] = {
    "none": [],
    "nine": TEN[:9],
    "eleven": [*TEN, "10"],
    "twice": [*TEN[:9], "0"],
    "numbers": list(range(10)),
    "nulls": [None] * 10,
    "lists": [[]] * 10,
    "nested": [{"a": [1]}] * 10,
    "empty": [""] * 10,
    "blanks": [" " * (n + 1) for n in range(10)],
    "newlines": [f"{n}\nerror: x" for n in range(10)],
    "tabs": [f"{n}\t" for n in range(10)],
    "escapes": [f"\x1b[3{n}m{n}" for n in range(10)],
    "bell": [f"{n}\x07" for n in range(10)],
    "c1": [f"{n}\x9b" for n in range(10)],
    "long": [str(n) * 100_000 for n in range(10)],
    "words": [f"word{n}" for n in range(10)],
    "right-to-left": [f"\u202e{n}" for n in range(10)],
    "markup": [f"<script>alert({n})</script>" for n in range(10)],
    "rich": [f"[bold]{n}[/bold]" for n in range(10)],
    "text": "0123456789",
    "object": {str(n): n for n in range(10)},
    "number": 10,
    "null": None,
    "huge-numbers": [10**400 + n for n in range(10)],
}
KEYS = (
    "recipe",
    "data",
    "seed",
    "validation",
    "parameters",
    "epochs",
    "elapsed_s",
    "calibrated_from",
    "backend",
    "teachers",
)
KEY_VALUES = ("[]", '"x"', "NaN", "1" * 401, "[" * 5_000, "null", '{"name": {"a": 1}, "sha256": 5}', SURROGATE)
SERVED = ("class-names-escapes", "class-names-markup", "temperature-0", "rejection-threshold-9", "graph-weights-nan")
SERVED_TOO = ("graph-loop-endless", "graph-divided-by-zero", "graph-rows-fewer", "graph-fails-inside", "file-empty")


def cases(seed: int) -> Cases:
    """Metadata, graphs, and bytes."""
    found = Cases("models", seed)
    for n, number in enumerate(NUMBERS):
        _metadata(found, f"temperature-{n}", {"temperature": number})
        if n % 2:
            _metadata(found, f"rejection-threshold-{n}", {"rejection": f'{{"threshold": {number}}}'})
        else:
            _metadata(found, f"rejection-{n}", {"rejection": number})
    for name, names in CLASS_NAMES.items():
        _metadata(found, f"class-names-{name}", {"class_names": json.dumps(names, ensure_ascii=name != "c1")})
    for name, text in _more_names().items():
        _metadata(found, f"class-names-{name}", {"class_names": text})
    for k, key in enumerate(KEYS):
        for n, value in enumerate(KEY_VALUES):
            if (k + n) % 2 == 0:
                _metadata(found, f"key-{key}-{n}", {key: value})
    _metadata(found, "keys-many", {f"key{n}": "1" for n in range(50_000)})
    _metadata(found, "keys-odd", {"": "1", "\x1b[31m": "1", "a" * 100_000: "1", "__class__": "1"})
    _metadata(found, "value-huge", {"notes": "x" * 50_000_000})
    for name, graph in GRAPHS.items():
        found.add(f"graph-{name}", "model", "model.onnx", partial(_graph, graph), heavy=True)
    damaged(
        found, "bytes", network, "model", "model.onnx", {"truncated": 8, "flipped": 16, "overwritten": 8, "lying": 8}
    )
    for name, write in FILES.items():
        found.add(f"file-{name}", "model", "model.onnx", write)
    return found


def serves(name: str) -> bool:
    """Whether a model is served as well."""
    return name.rpartition("-s")[0] in (*SERVED, *SERVED_TOO)


@cache
def network() -> bytes:
    """The small network: 784 pixels, ten logits, and metadata as mnistry writes them."""
    return base().SerializeToString()


def base() -> onnx.ModelProto:
    """A new one, to be changed."""
    weights = np.random.default_rng(7).normal(0, 0.01, (784, 10)).astype(np.float32)
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["numbers"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
    ]
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", 28, 28, 1])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])
    graph = helper.make_graph(nodes, "small", [images], [logits], [numpy_helper.from_array(weights, "weights")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    helper.set_model_props(model, {"class_names": json.dumps(TEN), "temperature": "1.0", "seed": "0"})
    return model


def _metadata(found: Cases, name: str, result: dict[str, str]) -> None:
    found.add(name, "model", "model.onnx", partial(_with_metadata, result))


def _with_metadata(result: dict[str, str], path: Path, rng: Rng) -> None:
    model = base()
    helper.set_model_props(model, {**{one.key: one.value for one in model.metadata_props}, **result})
    path.write_bytes(model.SerializeToString())


def _more_names() -> dict[str, str]:
    """Class names that are best given as they are written."""
    return {
        "million": json.dumps([str(n) for n in range(1_000_000)]),
        "surrogates": "[" + ", ".join([SURROGATE] * 10) + "]",
        "surrogates-differ": "[" + ", ".join(f'"\\ud80{n}"' for n in range(10)) + "]",
        "deep": "[" * 3_000 + "]" * 3_000,
        "deep-within": json.dumps(TEN[:9])[:-1] + ", " + "[" * 900 + "]" * 900 + "]",
        "cut": '["0", "1"',
        "nan": "[" + ", ".join(["NaN"] * 10) + "]",
        "null-character": json.dumps([f"{n}\0" for n in range(10)]),
    }


def _graph(change: Callable[[onnx.ModelProto, Path], onnx.ModelProto | None], path: Path, rng: Rng) -> None:
    model = base()
    path.write_bytes((change(model, path) or model).SerializeToString())


def _sparse(size: int, path: Path, rng: Rng) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _link(target: str, path: Path, rng: Rng) -> None:
    path.symlink_to(target)


FILES: dict[str, Any] = {
    "operator-not-utf8": lambda path, rng: path.write_bytes(network().replace(b"MatMul", b"M\xff\xfeMul")),
    "name-not-utf8": lambda path, rng: path.write_bytes(network().replace(b"images", b"im\xff\xfees")),
    "key-not-utf8": lambda path, rng: path.write_bytes(network().replace(b"class_names", b"class\xffnames")),
    "empty": b"",
    "text": b"no model\n" * 1_000,
    "npz": b"PK\3\4" + bytes(1_000),
    "pickle": b"\x80\4\x95\x12\0\0\0\0\0\0\0\x8c\5posix\x94\x8c\6system\x94\x93\x94.",
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(1_000),
    "ones": b"\xff" * 10_000,
    "groups": b"\x0b" * 200_000,
    "nested": b"".join(b"\x3a\xff\xff\xff\x7f" for _ in range(20_000)),
    "noise": drawn(lambda rng: rng.bytes(100_000)),
    "zeros-300-megabytes": partial(_sparse, 300_000_000),
    "zeros-10-gigabytes": partial(_sparse, 10_000_000_000),
    "folder": lambda path, rng: path.mkdir(),
    "pipe": lambda path, rng: os.mkfifo(path),
    "loop": partial(_link, "model.onnx"),
    "dangling": partial(_link, "nowhere"),
    "link-to-zero": partial(_link, "/dev/zero"),
}
