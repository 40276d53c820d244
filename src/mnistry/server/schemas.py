"""The shapes of requests and answers, for the API's description; nothing is checked by them at run time."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Box = Annotated[list[int], Field(min_length=4, max_length=4, description="x, y, width, height in px of the picture")]
Share = Annotated[float, Field(ge=0, le=1)]


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457)."""

    title: str
    status: int
    detail: str
    error: str = Field(description="as `detail`, for clients of the Open Inference Protocol")
    request_id: str | None = None


class Digit(BaseModel):
    """One digit of a picture; the confidence is calibrated."""

    value: str
    confidence: Share
    box: Box
    probabilities: dict[str, Share]


class Line(BaseModel):
    """Digits from left to right."""

    text: str
    digits: list[Digit]


class Rejected(BaseModel):
    """Ink that was not taken for a digit."""

    box: Box
    confidence: Share
    reason: Literal["not a digit", "low confidence"]


class Page(BaseModel):
    """What a picture says, as `mnistry read --json` has it."""

    file: str
    text: str
    width: int
    height: int
    lines: list[Line]
    rejected: list[Rejected]
    model: str


class ServerMetadata(BaseModel):
    """GET /v2."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    """A tensor's name, type and shape; -1 is any number."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """GET /v2/models/mnistry."""

    model_config = ConfigDict(protected_namespaces=())
    name: str
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class InputTensor(BaseModel):
    """Images (n, 28, 28, 1), white ink on black; `data` flat, row by row, or nested."""

    name: Literal["images"]
    datatype: Literal["UINT8"]
    shape: list[int] = Field(examples=[[1, 28, 28, 1]])
    data: list[Any]


class OutputWanted(BaseModel):
    """One of the outputs by its name."""

    name: Literal["logits", "probabilities"]


class InferRequest(BaseModel):
    """POST /v2/models/mnistry/infer."""

    id: str | None = None
    inputs: list[InputTensor] = Field(min_length=1, max_length=1)
    outputs: list[OutputWanted] | None = None


class OutputTensor(BaseModel):
    """(n, classes), row by row."""

    name: str
    datatype: Literal["FP32"]
    shape: list[int]
    data: list[float]


class InferResponse(BaseModel):
    """What the network says."""

    model_config = ConfigDict(protected_namespaces=())
    model_name: str
    id: str | None = None
    outputs: list[OutputTensor]


class Ready(BaseModel):
    """Whether the server takes requests."""

    live: bool
    ready: bool


class ModelReady(BaseModel):
    """Whether the model does."""

    name: str
    ready: bool


class Live(BaseModel):
    """Whether it is."""

    live: bool
