"""The Open Inference Protocol, `POST /read`, and what both answer to bad input."""

import io
import json
import re
import time
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

import drawn
import mnistry
import pdfs
from mnistry.data.dataset import Dataset
from mnistry.reader import Reader
from server.served import Served

INFER = "/v2/models/mnistry/infer"


def tensor(images: np.ndarray, **change: Any) -> dict[str, Any]:
    whole = {"name": "images", "datatype": "UINT8", "shape": list(images.shape), "data": images.ravel().tolist()}
    return {"inputs": [{**whole, **change}]}


@pytest.fixture(scope="module")
def images(mnist: Dataset) -> np.ndarray:
    return mnist.validation.images[:3]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v2", {"name": "mnistry", "version": mnistry.__version__, "extensions": []}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"live": True, "ready": True}),
        ("/v2/models/mnistry/ready", {"name": "mnistry", "ready": True}),
    ],
)
def test_it_says_what_it_is(server: Served, path: str, answer: dict[str, Any]) -> None:
    assert server.get(path).json() == answer


def test_the_model_is_described(server: Served) -> None:
    result = server.get("/v2/models/mnistry").json()
    assert result["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28, 1]}]
    assert [(one["name"], one["datatype"], one["shape"]) for one in result["outputs"]] == [
        ("logits", "FP32", [-1, 10]),
        ("probabilities", "FP32", [-1, 10]),
    ]
    assert result["platform"] == "onnx_onnxv1"


def test_tensors_are_classified_as_the_reader_does(server: Served, images: np.ndarray) -> None:
    reader = Reader()
    result = server.post(INFER, json=tensor(images) | {"id": "a-1"}).json()
    assert (result["model_name"], result["id"]) == ("mnistry", "a-1")
    given = {one["name"]: np.array(one["data"]).reshape(one["shape"]) for one in result["outputs"]}
    assert np.allclose(given["logits"], reader.logits(images), atol=1e-3)
    assert np.allclose(given["probabilities"], reader.classify(images), atol=1e-4)


def test_nested_data_and_chosen_outputs(server: Served, images: np.ndarray) -> None:
    asked = tensor(images[..., 0], data=images[..., 0].tolist()) | {"outputs": [{"name": "probabilities"}]}
    result = server.post(INFER, json=asked).json()
    (only,) = result["outputs"]
    assert (only["name"], only["shape"]) == ("probabilities", [3, 10])
    assert "id" not in result
    none = server.post(INFER, json=tensor(images[:0])).json()
    assert none["outputs"][0]["shape"] == [0, 10]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"name": "pixels"}, "the input is 'pixels' of 'UINT8': wanted 'images' of 'UINT8'"),
        ({"datatype": "FP32"}, "the input is 'images' of 'FP32': wanted 'images' of 'UINT8'"),
        ({"shape": [3, 784]}, "`shape` is [3, 784]: wanted [n, 28, 28, 1]"),
        ({"shape": [-1, 28, 28, 1]}, "`shape` is [-1, 28, 28, 1]: wanted [n, 28, 28, 1]"),
        ({"shape": [True, 28, 28, 1]}, "`shape` is [True, 28, 28, 1]: wanted [n, 28, 28, 1]"),
        ({"shape": [2, 28, 28, 1]}, "`data` are 2352 numbers: wanted 1568, as `shape` says"),
        ({"data": "AAAA"}, "`data` must be a list"),
        ({"data": [[1, 2], [3]]}, "`data` are 2 numbers: wanted 2352, as `shape` says"),
        (
            {"data": [[1] * 784, [2] * 784, [3] * 783]},
            "`data` must be lists within lists as long as `shape` says, [3, 28, 28, 1], or one flat list",
        ),
        ({"data": ["a" * 9_000, *[""] * 2351]}, "`data` must be whole numbers from 0 to 255"),
        ({"shape": [10**18, 28, 28, 1]}, "1000000000000000000 images at once: wanted at most 256"),
        ({"name": "x" * 9_000}, f"the input is '{'x' * 27}...{'x' * 28}' of 'UINT8': wanted 'images' of 'UINT8'"),
        ({"data": [256] * 2352}, "`data` must be whole numbers from 0 to 255"),
        ({"data": [-1] * 2352}, "`data` must be whole numbers from 0 to 255"),
        ({"data": [0.5] * 2352}, "`data` must be whole numbers from 0 to 255"),
        ({"data": [True] * 2352}, "`data` must be whole numbers from 0 to 255"),
        ({"data": ["a"] * 2352}, "`data` must be whole numbers from 0 to 255"),
        ({"data": [10**30] * 2352}, "`data` must be whole numbers from 0 to 255"),
    ],
)
def test_a_tensor_that_is_none_is_refused(
    server: Served, images: np.ndarray, change: dict[str, Any], detail: str
) -> None:
    answer = server.post(INFER, json=tensor(images, **change))
    said = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert said["detail"] == said["error"] == detail
    assert said["status"] == answer.status_code == (413 if "at once" in detail else 400)
    assert said["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is not JSON (Input is a zero-length, empty document: line 1 column 1 (char 0))"),
        (b"[" * 100_000, "the body is not JSON (depth limit exceeded"),
        (b"[1]", "the body must be a JSON object"),
        (b"{}", "`inputs` must be a list of one tensor, `images`"),
        (b'{"inputs": [1]}', "`inputs` must be a list of one tensor, `images`"),
        (b'{"id": 3}', "`id` must be a string"),
        (b'{"outputs": [{"name": "gradients"}]}', "there is no output 'gradients': wanted logits or probabilities"),
        (
            b'{"outputs": [{"name": "logits"}, {"name": "logits"}]}',
            "`outputs` names an output more than once: wanted logits or probabilities, or both",
        ),
        (b'{"outputs": 3}', "there is no output None: wanted logits or probabilities"),
    ],
)
def test_a_body_that_is_none_is_refused(server: Served, body: bytes, detail: str) -> None:
    answer = server.post(INFER, content=body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)


def test_a_picture_is_read_as_on_the_command_line(server: Served, number: tuple[bytes, str]) -> None:
    data, says = number
    raw = server.post("/read", content=data)
    form = server.post("/read", files={"file": ("scan.png", data, "image/png")})
    assert raw.json()["text"] == says
    expected = json.loads(json.dumps(Reader().read(data).as_json()))
    assert raw.json() == {"file": "-", **expected, "model": "model.onnx"}
    assert form.json() == {**raw.json(), "file": "scan.png"}


@pytest.fixture(scope="module")
def pages(mnist: Dataset) -> list[Image.Image]:
    return [Image.fromarray(255 - np.pad(drawn.row(mnist, digit, 3), 9)) for digit in "750"]


def saved(form: str, *pages: Image.Image) -> bytes:
    """From copies, because Pillow remembers how an image was encoded before."""
    out = io.BytesIO()
    first, *others = (page.copy() for page in pages)
    first.save(out, form, save_all=True, append_images=others)
    return out.getvalue()


@pytest.mark.parametrize(("form", "kind"), [("PDF", "application/pdf"), ("TIFF", "image/tiff"), ("GIF", "image/gif")])
def test_the_pages_behind_the_first_are_answered_too(
    server: Served, pages: list[Image.Image], form: str, kind: str
) -> None:
    data = saved(form, *pages)
    raw = server.post("/read", content=data, headers={"content-type": kind}).json()
    assert raw.keys() == {"file", "page", "text", "width", "height", "lines", "rejected", "model", "pages"}
    assert [(one["page"], one["text"]) for one in (raw, *raw["pages"])] == [(1, "7"), (2, "5"), (3, "0")]
    expected = [page.as_json() for page in Reader().read_pages(data)]
    assert raw["pages"] == [{"file": "-", **json.loads(json.dumps(one)), "model": "model.onnx"} for one in expected[1:]]
    form_answer = server.post("/read", files={"file": ("a.file", data, kind)}).json()
    assert [one["file"] for one in (form_answer, *form_answer["pages"])] == ["a.file"] * 3


def test_a_page_that_cannot_be_read_has_an_error(server: Served, pages: list[Image.Image]) -> None:
    thin = Image.new("L", (2_000, 9), 255)
    answer = server.post("/read", content=saved("TIFF", pages[0], thin, pages[1]))
    said = "page 2 of the picture: 2000 × 9 px is too thin: wanted sides of at most 200 to 1"
    assert (answer.status_code, answer.json()["pages"][0]) == (200, {"file": "-", "page": 2, "error": said})
    assert answer.json()["pages"][1]["text"] == "5"
    answer = server.post("/read", content=saved("TIFF", thin, *pages))
    said = "page 1 of the picture: 2000 × 9 px is too thin: wanted sides of at most 200 to 1"
    assert (answer.status_code, answer.json()["detail"]) == (413, said)


def test_fifty_pages_are_read_and_what_is_left_out_is_said(server: Served) -> None:
    answer = server.post("/read", content=saved("TIFF", *[Image.new("1", (40, 40), 1)] * 52)).json()
    assert [one["page"] for one in answer["pages"]] == list(range(2, 51))
    said = "page 51 and those behind it: at most 50 pages are read: send them in a file of their own"
    assert answer["left_out"] == said


def test_a_pdf_with_a_password_is_refused(server: Served) -> None:
    answer = server.post("/read", content=pdfs.encrypted())
    said = "the picture: this PDF is encrypted: wanted one that opens without a password: save a copy without it"
    assert (answer.status_code, answer.json()["detail"]) == (400, said)


def test_a_pdf_that_crashes_its_process_is_refused(server: Served) -> None:
    """Its page is a gigabyte of strokes, and PDFium ends the process where memory does."""
    strokes = zlib.compressobj(9)
    packed = b"".join(strokes.compress(b"q " * 1_000_000) for _ in range(60)) + strokes.flush()
    stream = b"<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(packed), packed)
    answer = server.post("/read", content=pdfs.page(b"").replace(b"<</Length 0>>\nstream\n\nendstream", stream))
    assert answer.status_code == 422, answer.text
    assert re.fullmatch(
        r"this picture: (the process has ended \(signal \d+\)|not done within .*)", answer.json()["detail"]
    )


def test_what_is_not_sure_enough_is_rejected(server: Served, number: tuple[bytes, str]) -> None:
    answer = server.post("/read", params={"min_confidence": 1}, content=number[0]).json()
    assert len(answer["text"]) < len(number[1])
    assert {piece["reason"] for piece in answer["rejected"]} == {"low confidence"}
    for wrong in ("2", "-0.1", "nan", "much"):
        answer = server.post("/read", params={"min_confidence": wrong}, content=number[0])
        assert answer.status_code == 400
        assert "min_confidence" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        ({"content": b""}, 400, "the body is empty: wanted a picture"),
        (
            {"content": b"hello"},
            415,
            "the picture: not a picture: wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF, HEIC or PDF",
        ),
        ({"files": {"image": ("a.png", b"1")}}, 400, "the form has no file `file`: wanted a picture"),
        ({"files": {"file": ("a.png", b"")}}, 400, "the file is empty: wanted a picture"),
        ({"data": {"file": "a"}, "files": {"other": b"1"}}, 400, "the form has no file `file`: wanted a picture"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "the form cannot be read"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=a"}}, 400, "the form"),
    ],
)
def test_what_is_no_picture_is_refused(server: Served, sent: dict[str, Any], status: int, detail: str) -> None:
    answer = server.post("/read", **sent)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"].startswith(detail)


def test_half_a_picture_is_said(server: Served, number: tuple[bytes, str]) -> None:
    answer = server.post("/read", content=number[0][: len(number[0]) // 2])
    assert answer.status_code == 400
    assert "cannot be decoded" in answer.json()["detail"]


def test_nothing_there_and_the_wrong_method(server: Served) -> None:
    answer = server.get("/nothing")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "nothing at /nothing: GET /docs lists the endpoints",
    )
    answer = server.get("/read")
    assert (answer.status_code, answer.json()["detail"]) == (405, "GET is not allowed for /read")
    assert answer.headers["allow"] == "POST"


def test_figures_for_prometheus(server: Served, number: tuple[bytes, str]) -> None:
    server.post("/read", content=number[0])
    server.get("/not/a/route")
    text = server.get("/metrics").text
    assert 'mnistry_requests_total{route="/read",status="200"}' in text
    assert 'mnistry_requests_total{route="other",status="404"}' in text
    assert 'mnistry_digits_total{taken_for="digit"}' in text
    assert "not/a/route" not in text


def test_the_api_describes_itself_and_its_page_is_whole(server: Served) -> None:
    result = server.get("/openapi.json").json()
    assert set(result["paths"]) == {
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/mnistry",
        "/v2/models/mnistry/ready",
        INFER,
        "/read",
        "/metrics",
    }
    for path in ("/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/web/docs.js"):
        assert server.get(path).status_code == 200


@pytest.mark.parametrize("charset", ["punycode", "undefined", "utf-7", "rot13", "x" * 900])
def test_a_form_in_another_encoding_is_refused_at_once(server: Served, charset: str) -> None:
    kind = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
    form = b'--x\r\nContent-Disposition: form-data; name="a-"\r\n\r\n' + 200_000 * b"a" + b"\r\n--x--\r\n"
    began = time.monotonic()
    answer = server.post("/read", content=form, headers=kind)
    assert time.monotonic() - began < 2
    said = f"the form's charset is {charset[:60]!r}: wanted utf-8"
    assert (answer.status_code, answer.json()["detail"]) == (400, said)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"us-ascii"'])
def test_a_form_may_say_its_usual_encoding(server: Served, number: tuple[bytes, str], charset: str) -> None:
    kind = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    answer = server.post("/read", content=head + number[0] + b"\r\n--x--\r\n", headers=kind)
    assert answer.json()["text"] == number[1]
