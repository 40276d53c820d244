"""Parses and writes the bodies of the Open Inference Protocol, version 2: tensors in, tensors out.

Source: Open Inference Protocol (formerly KServe V2), github.com/kserve/open-inference-protocol,
specification/protocol/inference_rest.md.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from math import prod
from reprlib import Repr
from typing import Any, TypedDict, TypeGuard

import numpy as np
import orjson
from numpy.typing import NDArray

import mnistry
from mnistry.reader import Reader
from mnistry.server.problems import ProblemError

MODEL = "mnistry"
OUTPUTS = ("logits", "probabilities")
_SHORT = Repr()
_SHORT.maxstring = 60


class TensorJson(TypedDict):
    """A tensor's name, type and shape; -1 stands for any size."""

    name: str
    datatype: str
    shape: list[int]


class ServerJson(TypedDict):
    """The answer to GET /v2."""

    name: str
    version: str
    extensions: list[str]


class ModelJson(TypedDict):
    """The answer to GET /v2/models/mnistry."""

    name: str
    platform: str
    inputs: list[TensorJson]
    outputs: list[TensorJson]


def server() -> ServerJson:
    """The answer to GET /v2."""
    return {"name": "mnistry", "version": mnistry.__version__, "extensions": []}


def model(reader: Reader) -> ModelJson:
    """The answer to GET /v2/models/mnistry. `probabilities` are calibrated; `logits` are the network's own."""
    outputs: list[TensorJson] = [
        {"name": name, "datatype": "FP32", "shape": [-1, len(reader.class_names)]} for name in OUTPUTS
    ]
    return {
        "name": MODEL,
        "platform": "onnx_onnxv1",
        "inputs": [{"name": "images", "datatype": "UINT8", "shape": [-1, *reader.image_shape]}],
        "outputs": outputs,
    }


class Request:
    """A checked infer request: `images` (n, h, w, c) uint8, the names of the wanted `outputs`, `id` as sent.

    Raises `ProblemError` 400 for an invalid request, 413 for more than `max_images` images.
    """

    def __init__(self, body: bytes, reader: Reader, max_images: int) -> None:
        request = _object(body)
        self.id = request.get("id")
        if self.id is not None and not isinstance(self.id, str):
            raise ProblemError(400, "`id` must be a string")
        self.outputs = _outputs(request)
        inputs = request.get("inputs")
        if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
            raise ProblemError(400, "`inputs` must be a list of one tensor, `images`")
        self.images = _images(inputs[0], reader.image_shape, max_images)


def outputs(reader: Reader, images: list[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """Logits and probabilities for several requests, computed as one batch: (n, 2, classes) for each request."""
    if not images:
        return []
    logits = reader.logits(np.concatenate(images))
    both = np.stack([logits, reader.calibrated(logits)], axis=1)
    ends = np.cumsum([len(some) for some in images])[:-1]
    return np.split(both, ends)


def response(request: Request, outputs: NDArray[np.float32]) -> bytes:
    """The answer to a request, as JSON; the second axis of `outputs` (n, 2, classes) has the order of `OUTPUTS`."""
    n, _, classes = outputs.shape
    tensors = [
        {"name": name, "datatype": "FP32", "shape": [n, classes], "data": outputs[:, i].ravel()}
        for i, name in ((OUTPUTS.index(name), name) for name in request.outputs)
    ]
    sent = {} if request.id is None else {"id": request.id}
    return orjson.dumps({"model_name": MODEL, **sent, "outputs": tensors}, option=orjson.OPT_SERIALIZE_NUMPY)


def _object(body: bytes) -> Mapping[str, object]:
    try:
        request = orjson.loads(body)
    except ValueError as error:
        raise ProblemError(400, f"the body is not JSON ({error})") from error
    if not isinstance(request, dict):
        raise ProblemError(400, "the body must be a JSON object")
    return request


def _outputs(request: Mapping[str, object]) -> Sequence[str]:
    wanted = request.get("outputs")
    if wanted is None or wanted == []:
        return OUTPUTS
    names = (
        [one.get("name") if isinstance(one, dict) else None for one in wanted] if isinstance(wanted, list) else [None]
    )
    if len(names) > len(OUTPUTS) or len(set(map(str, names))) < len(names):
        raise ProblemError(400, f"`outputs` names an output more than once: wanted {' or '.join(OUTPUTS)}, or both")
    if strange := [name for name in names if name not in OUTPUTS]:
        raise ProblemError(400, f"there is no output {_short(strange[0])}: wanted {' or '.join(OUTPUTS)}")
    return names  # pyright: ignore[reportReturnType]


def _images(tensor: Mapping[str, object], image_shape: tuple[int, int, int], max_images: int) -> NDArray[np.uint8]:
    """The images of a tensor with flat or nested data. Raises `ProblemError` as `Request` does."""
    name, datatype, shape = (tensor.get(key) for key in ("name", "datatype", "shape"))
    if (name, datatype) != ("images", "UINT8"):
        raise ProblemError(400, f"the input is {_short(name)} of {_short(datatype)}: wanted 'images' of 'UINT8'")
    if not _is_shape(shape) or tuple(shape[1:]) not in (image_shape, image_shape[:2] if image_shape[2] == 1 else ()):
        raise ProblemError(400, f"`shape` is {_short(shape)}: wanted [n, {', '.join(map(str, image_shape))}]")
    if shape[0] > max_images:
        raise ProblemError(413, f"{shape[0]} images at once: wanted at most {max_images}")
    if not isinstance(data := tensor.get("data"), list):
        raise ProblemError(400, "`data` must be a list")
    values = _flat(data, shape)
    if set(map(type, values)) - {int}:
        raise ProblemError(400, "`data` must be whole numbers from 0 to 255")
    try:
        return np.frombuffer(bytes(values), np.uint8).reshape(-1, *image_shape)
    except ValueError as error:
        raise ProblemError(400, "`data` must be whole numbers from 0 to 255") from error


def _is_shape(shape: object) -> TypeGuard[list[int]]:
    return isinstance(shape, list) and bool(shape) and all(type(size) is int and size >= 0 for size in shape)


def _flat(data: list[Any], shape: list[int]) -> list[Any]:
    """The numbers of a tensor, row by row, from one flat list or from nested lists, as long as `shape` says."""
    if shape[0] and len(data) == shape[0] and isinstance(data[0], list):
        for size in shape[1:]:
            if any(not isinstance(row, list) or len(row) != size for row in data):
                raise ProblemError(
                    400, f"`data` must be lists within lists as long as `shape` says, {shape}, or one flat list"
                )
            data = list(chain.from_iterable(data))
    if len(data) != prod(shape):
        raise ProblemError(400, f"`data` are {len(data)} numbers: wanted {prod(shape)}, as `shape` says")
    return data


def _short(value: Any) -> str:
    """A value for an error text, shortened if it is long."""
    return _SHORT.repr(value)
