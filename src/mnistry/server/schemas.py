"""Models of requests and responses for the OpenAPI description only; nothing is validated with them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Box = Annotated[list[int], Field(min_length=4, max_length=4, description="x, y, width, height in px of the picture")]
Share = Annotated[float, Field(ge=0, le=1)]


class ProblemDetails(BaseModel):
    """Problem details of an error (RFC 9457)."""

    title: str
    status: int
    detail: str
    error: str = Field(description="as `detail`, for clients of the Open Inference Protocol")
    request_id: str | None = None


class Digit(BaseModel):
    """One digit of a picture; its confidence is calibrated."""

    value: str
    confidence: Share
    box: Box
    probabilities: dict[str, Share]


class Sign(BaseModel):
    """One sign of a line, e.g. a comma."""

    value: str
    confidence: Share
    box: Box


class Line(BaseModel):
    """One line of digits, from left to right; `confidence` is the probability that its text is exact."""

    text: str
    digits: list[Digit]
    signs: list[Sign] = []
    confidence: Share | None = None


class Rejected(BaseModel):
    """Ink that was rejected as not a digit, or for low confidence."""

    box: Box
    confidence: Share
    reason: Literal["not a digit", "low confidence"]


Number = Annotated[int, Field(ge=1, description="the page's number in a file of several; a frame's in an animation")]


class Page(BaseModel):
    """The digits of a picture or a page, in the format of `mnistry read --json`."""

    file: str
    page: Number | None = None
    text: str
    width: int
    height: int
    turned: Literal[0, 90, 180, 270] = Field(0, description="degrees that it was turned clockwise before it was read")
    lines: list[Line]
    rejected: list[Rejected]
    model: str


class PageFailure(BaseModel):
    """A page that could not be read."""

    file: str
    page: Number
    error: str


class Document(Page):
    """The digits of a picture, or of the first page of several; the answers for the others are `pages`."""

    pages: list[Page | PageFailure] | None = None
    left_out: str | None = Field(None, description="which pages are not among them, and why")


class ServerMetadata(BaseModel):
    """The server's name and version (GET /v2)."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    """A tensor's name, type and shape; -1 stands for any size."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """The model's input and output tensors (GET /v2/models/mnistry)."""

    model_config = ConfigDict(protected_namespaces=())
    name: str
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class InputTensor(BaseModel):
    """Images (n, 28, 28, 1), white ink on black; `data` is one flat list, row by row, or nested lists."""

    name: Literal["images"]
    datatype: Literal["UINT8"]
    shape: list[int] = Field(examples=[[1, 28, 28, 1]])
    data: list[Any]


class OutputWanted(BaseModel):
    """An output to return, by its name."""

    name: Literal["logits", "probabilities"]


class InferRequest(BaseModel):
    """Images to classify (POST /v2/models/mnistry/infer)."""

    id: str | None = None
    inputs: list[InputTensor] = Field(min_length=1, max_length=1)
    outputs: list[OutputWanted] | None = None


class OutputTensor(BaseModel):
    """One row for each image, (n, classes); `data` is one flat list, row by row."""

    name: str
    datatype: Literal["FP32"]
    shape: list[int]
    data: list[float]


class InferResponse(BaseModel):
    """The outputs of the network."""

    model_config = ConfigDict(protected_namespaces=())
    model_name: str
    id: str | None = None
    outputs: list[OutputTensor]


class Ready(BaseModel):
    """Whether the server can take pictures."""

    live: bool
    ready: bool


class ModelReady(BaseModel):
    """Whether the model can take tensors."""

    name: str
    ready: bool


class Live(BaseModel):
    """Whether the server runs."""

    live: bool
