"""What a head asks for, and where its body ends."""

import pytest

from mnistry.server.problems import ProblemError
from mnistry.server.request_head import check_framing, own_target

HERE = [(b"host", b"localhost:80")]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (b"/v2?a=b", b"/v2?a=b"),
        (b"//other/v2", b"//other/v2"),
        (b"http://localhost:80/v2?a=b", b"/v2?a=b"),
        (b"HTTPS://LOCALHOST:80", b"/"),
        (b"http://localhost:80?a=b", b"/?a=b"),
        (b"http://localhost:80#a", b"/#a"),
    ],
)
def test_a_whole_address_is_its_path(url: bytes, path: bytes) -> None:
    assert own_target(url, HERE) == path


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        (b"*", "'*' is not a path of this server: wanted a path"),
        (b"", "'' is not a path of this server: wanted a path"),
        (b"localhost:80", "'localhost:80' is not a path of this server: wanted a path"),
        (b"ftp://localhost:80/", "'ftp://localhost:80/' is not a path of this server: wanted a path"),
        (b"http://", "'http://' is not a path of this server: wanted a path"),
        (b"http://localhost/", "the request target and the Host header name different hosts"),
        (b"http://a@localhost:80/", "the request target and the Host header name different hosts"),
    ],
)
def test_anything_else_is_refused(url: bytes, detail: str) -> None:
    with pytest.raises(ProblemError) as caught:
        own_target(url, HERE)
    assert (caught.value.status, caught.value.detail) == (400, detail)
    assert caught.value.headers == {"Connection": "close"}


@pytest.mark.parametrize(
    ("version", "codings", "status"),
    [("1.1", [], 0), ("1.0", [], 0), ("1.1", [b" Chunked "], 0), ("2.0", [], 505), ("0.9", [], 505), ("1.0", [b"chunked"], 400)]
    + [("1.1", [coding], 501) for coding in (b"gzip, chunked", b"identity", b"chunked, chunked", b"")]
    + [("1.1", [b"chunked", b"chunked"], 501)],
)  # fmt: skip
def test_where_a_body_ends_is_clear(version: str, codings: list[bytes], status: int) -> None:
    headers = [*HERE, *((b"transfer-encoding", coding) for coding in codings)]
    if not status:
        check_framing(version, b"POST", headers)
        return
    with pytest.raises(ProblemError) as caught:
        check_framing(version, b"POST", headers)
    assert caught.value.status == status
