"""Bodies of infer requests: one tensor that is not as it should be, other members, and what is no message."""

import json
from typing import Any


def bodies() -> dict[str, bytes]:
    """Bodies of infer requests."""
    return {**_one_tensor(), **_messages(), **NO_MESSAGES}


def _tensor() -> dict[str, Any]:
    """An image of zeros, as it should be."""
    return {"name": "images", "datatype": "UINT8", "shape": [1, 28, 28, 1], "data": [0] * 784}


def _one_tensor() -> dict[str, bytes]:
    """With one tensor that is not as it should be."""
    zeros: list[Any] = [0] * 784

    def body(**changes: Any) -> bytes:
        return json.dumps({"inputs": [{**_tensor(), **changes}]}).encode()

    return {
        "nan": body(data=[float("nan"), *zeros[1:]]),
        "infinite": body(data=[float("inf"), *zeros[1:]]),
        "negative": body(data=[-1, *zeros[1:]]),
        "256": body(data=[256, *zeros[1:]]),
        "vast": body(data=[10**400, *zeros[1:]]),
        "fraction": body(data=[0.5, *zeros[1:]]),
        "true": body(data=[True, *zeros[1:]]),
        "null": body(data=[None, *zeros[1:]]),
        "words": body(data=["0", *zeros[1:]]),
        "short": body(data=zeros[:700]),
        "long": body(data=zeros * 2),
        "nested-deep": body(data=0).replace(b'"data": 0', b'"data": ' + b"[" * 100_000 + b"]" * 100_000),
        "nested-uneven": body(data=[[zeros, [0]]]),
        "nested-empty": body(data=[[]]),
        "shape-none": body(shape=[]),
        "shape-zero": body(shape=[0, 28, 28, 1]),
        "shape-zero-vast": body(shape=[0, 2**62, 2**62, 1]),
        "shape-negative": body(shape=[-1, -28, -28, -1]),
        "shape-vast": body(shape=[2**62, 28, 28, 1]),
        "shape-vaster": body(shape=[10**400, 28, 28, 1]),
        "shape-fraction": body(shape=[1.0, 28, 28, 1]),
        "shape-words": body(shape=["1", "28", "28", "1"]),
        "shape-true": body(shape=[True, 28, 28, True]),
        "shape-many": body(shape=[1] * 10_000),
        "type-other": body(datatype="FP32"),
        "type-nested": body(datatype={"a": [1]}),
        "name-other": body(name="\x1b[31m\n"),
        "name-long": body(name="x" * 1_000_000),
    }


def _messages() -> dict[str, bytes]:
    """With other members than there may be."""
    tensor = _tensor()
    return {
        "inputs-two": json.dumps({"inputs": [tensor, tensor]}).encode(),
        "inputs-none": b'{"inputs": []}',
        "inputs-word": b'{"inputs": "x"}',
        "inputs-null": b'{"inputs": [null]}',
        "outputs-twice": json.dumps({"inputs": [tensor], "outputs": [{"name": "logits"}] * 3}).encode(),
        "outputs-other": json.dumps({"inputs": [tensor], "outputs": [{"name": {"a": 1}}]}).encode(),
        "outputs-word": json.dumps({"inputs": [tensor], "outputs": "logits"}).encode(),
        "id-number": json.dumps({"inputs": [tensor], "id": 5}).encode(),
    }


NO_MESSAGES: dict[str, bytes] = {
    "list": b"[]",
    "word": b'"x"',
    "number": b"9" * 100_000,
    "empty": b"",
    "open": b'{"inputs": [',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep-objects": b'{"a":' * 50_000,
    "surrogate": b'{"inputs": "\\ud800"}',
    "not-utf8": b'{"inputs": "\xff"}',
    "utf16": '{"inputs": []}'.encode("utf-16"),
    "mark": b"\xef\xbb\xbf{}",
    "two": b"{}{}",
}
