"""What is no request as RFC 9112 has it: an answer like any other, or none, and the server goes on."""

import json
import re
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from server.pictures import slow_page
from server.served import Served, served

GET = b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /read HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def talk(server: Served, said: bytes, wait: float = 10) -> bytes:
    """Send bytes as they are, and listen until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as connection:
        heard = b""
        with suppress(ConnectionError):
            for at in range(0, len(said), 20_000):
                connection.sendall(said[at : at + 20_000])
                time.sleep(0.01)
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                heard += part
        return heard


def answered(heard: bytes) -> tuple[int, dict[str, str], dict[str, object]]:
    """Status, headers and JSON of the one answer there is."""
    head, _, body = heard.partition(b"\r\n\r\n")
    assert body.count(b"HTTP/1.1 ") == 0
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert len(body) == int(headers["content-length"])
    return int(first.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize(
    ("said", "status", "detail"),
    [
        (GET + b"Host: localhost\r\n\r\n", 400, "two headers Host: wanted at most one"),
        (GET + b"Origin: null\r\nOrigin: null\r\n\r\n", 400, "two headers Origin: wanted at most one"),
        (b"GET /v2 HTTP/1.1\r\n\r\n", 400, "the Host header is missing"),
        (b"GET /v2 HTTP/1.0\r\n\r\n", 421, "Host '' is not this server's name: mnistry serve --allow-host adds one"),
        (GET.replace(b"/v2", b"http://evil.example/v2") + b"\r\n", 400, "the request target and the Host header name different hosts"),
        (GET.replace(b"/v2", b"http://localhost:1/v2") + b"\r\n", 400, "the request target and the Host header name different hosts"),
        (GET.replace(b"/v2", b"ftp://localhost/v2") + b"\r\n", 400, "'ftp://localhost/v2' is not a path of this server: wanted a path"),
        (b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 501, "CONNECT is not supported: this server is not a proxy"),
        (b"CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501, "CONNECT is not supported: this server is not a proxy"),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "'*' is not a path of this server: wanted a path"),
        (GET + b"".join(b"X: %d\r\n" % n for n in range(100)) + b"\r\n", 431, "the request has more than 100 headers"),
        (GET + 5_000 * b"a:b\r\n" + b"\r\n", 431, None),
        (GET + b"X: " + 40_000 * b"a", 431, "the request head is longer than 32000 bytes"),
        (GET + b"X:" + 80_000 * b" " + b"a\r\n\r\n", 431, "the request head is longer than 32000 bytes"),
        (b"GET /" + 40_000 * b"a" + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431, "the request head is longer than 32000 bytes"),
        (GET + b"X : a\r\n\r\n", 400, "not an HTTP request (Invalid header token)"),
        (GET + b"X: a\0b\r\n\r\n", 400, "not an HTTP request"),
        (GET + b"X: a\r\n folded\r\n\r\n", 400, "not an HTTP request"),
        (POST + b"Content-Length: +5\r\n\r\nhello", 400, "not an HTTP request (Invalid character in Content-Length)"),
        (POST + b"Content-Length: -1\r\n\r\n", 400, "not an HTTP request (Invalid character in Content-Length)"),
        (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400, "not an HTTP request"),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "not an HTTP request"),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400, "not an HTTP request (Invalid method encountered)"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, None),
        (GET.replace(b"1.1", b"2.0") + b"\r\n", 505, "HTTP/2.0 is not supported: wanted HTTP/1.1"),
        (GET.replace(b"1.1", b"0.9") + b"\r\n", 505, "HTTP/0.9 is not supported: wanted HTTP/1.1"),
        (b"GET /v2\r\n\r\n", 505, "HTTP/0.9 is not supported: wanted HTTP/1.1"),
        (b"GET /\xe9 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "not an HTTP request (Invalid char in url path)"),
        (CHUNKED.replace(b"1.1", b"1.0") + b"0\r\n\r\n", 400, "Transfer-Encoding is not allowed in an HTTP/1.0 request"),
        (CHUNKED.replace(b"chunked", b"gzip, chunked") + b"0\r\n\r\n", 501, "Transfer-Encoding 'gzip, chunked' is not supported: wanted chunked"),
        (GET + b"X: " + 3_000_000 * b"a", 431, "the request head is longer than 32000 bytes"),
        (CHUNKED + b"zz\r\n", 400, "not an HTTP request (Invalid character in chunk size)"),
        (CHUNKED + b"0\r\n" + 5_000 * b"a:b\r\n", 431, None),
        (CHUNKED + b"0\r\nX: " + 80_000 * b"a", 413, "more than 32000 bytes between the parts of this body, or after it"),
        (CHUNKED + b"5;" + 200_000 * b"a", 413, "more than 32000 bytes between the parts of this body, or after it"),
    ],
    ids=lambda value: repr(value)[:48] if isinstance(value, bytes) else "",
)  # fmt: skip
def test_what_is_no_request_is_answered_as_any_other(
    server: Served, said: bytes, status: int, detail: str | None
) -> None:
    found, headers, result = answered(talk(server, said))
    assert (found, result["status"]) == (status, status)
    assert detail is None or str(result["detail"]).startswith(detail)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-request-id"] == result["request_id"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    began = time.monotonic()
    assert server.get("/v2/health/live").json() == {"live": True}
    assert time.monotonic() - began < 1


def test_an_address_of_its_own_is_answered(server: Served) -> None:
    for target, host in (
        (b"http://localhost/v2", b"localhost"),
        (b"http://localhost", b"localhost"),
        (b"HTTP://LOCALHOST:8000/v2?x", b"localhost:8000"),
    ):
        heard = talk(server, b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        assert heard.startswith(b"HTTP/1.1 200 ")


def test_a_head_in_many_pieces_is_counted_once(server: Served) -> None:
    """One that is just short enough, byte by byte, and after a body of which it shares a packet."""
    lines = b"".join(b"X-%02d: %s\r\n" % (n, 300 * b"a") for n in range(95))
    head = GET + b"Connection: close\r\n" + lines + b"\r\n"
    assert 29_000 < len(head) < 32_000
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for at in range(0, len(head), 997):
            connection.sendall(head[at : at + 997])
            time.sleep(0.001)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200 ")
    body = POST + b"Content-Length: 50000\r\n\r\n" + 50_000 * b"x"
    assert talk(server, body + head).count(b"HTTP/1.1 ") == 2


def test_what_is_sent_after_a_body_says_nothing(server: Served) -> None:
    """Trailers are no headers: neither a second Host nor an id is taken from them."""
    trailers = b"Host: evil.example\r\nX-Request-ID: mine\r\n\r\n"
    heard = talk(server, CHUNKED.replace(b"Host", b"Connection: close\r\nHost") + b"1\r\nx\r\n0\r\n" + trailers)
    assert answered(heard)[0] == 415
    assert b"mine" not in heard


def statuses(heard: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", heard)]


def test_a_refusal_waits_for_its_turn(tmp_path: Path) -> None:
    """What is no request comes while the one before it is still answered: that answer is whole, and comes first."""
    page = slow_page()
    with served(tmp_path / "log", processes=1) as server:
        whole = POST + b"Content-Length: %d\r\n\r\n" % len(page) + page
        heard = talk(server, whole + b"no request at all\r\n\r\n", wait=60)
        assert statuses(heard) == [200, 400]
        assert statuses(talk(server, GET + b"\r\n" + GET + b"X : a\r\n\r\n" + GET + b"\r\n")) == [200, 400]
        server.stop()
    assert server.log.count('"status":400') == 2


@pytest.mark.parametrize("framing", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"])  # fmt: skip
@pytest.mark.parametrize("after", [b"", GET + b"Connection: close\r\n\r\n"])
def test_who_asks_for_another_protocol_is_answered_in_this_one(server: Served, framing: bytes, after: bytes) -> None:
    """As Java's HTTP client does first: its body is a body, and no request of its own."""
    asked = b"Upgrade: h2c\r\nConnection: Upgrade" + (b"" if after else b", close") + b"\r\n"
    heard = talk(server, POST + asked + framing + after)
    assert statuses(heard) == ([415, 200] if after else [415])
    hidden = b"Content-Length: %d\r\n\r\n" % len(GET + b"\r\n") + GET + b"\r\n"
    assert statuses(talk(server, POST + b"Upgrade: h2c\r\nConnection: Upgrade, close\r\n" + hidden)) == [415]


@pytest.mark.parametrize(
    ("second", "status"),
    [
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
        (GET.replace(b"1.1", b"2.0") + b"\r\n", 505),
        (GET + b"X: a\r\n" * 120 + b"\r\n", 431),
        (GET + b"X : a\r\n\r\n", 400),
        (b"CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501),
        (GET + b"Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n", 200),
    ],
)
@pytest.mark.parametrize("framing", [b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"])
def test_what_follows_is_judged_as_ever(server: Served, framing: bytes, second: bytes, status: int) -> None:
    first = (GET if framing == b"\r\n" else POST) + b"Upgrade: h2c\r\nConnection: Upgrade\r\n" + framing
    assert statuses(talk(server, first + second)) == [200 if framing == b"\r\n" else 415, status]


def test_who_closes_reads_that_its_body_is_too_large(tmp_path: Path) -> None:
    """As Python's urllib asks: it sends all of its body before it listens."""
    with served(tmp_path / "log", processes=1, body=100_000) as server:
        said = POST + b"Connection: close\r\nContent-Length: 17000000\r\n\r\n" + bytes(17_000_000)
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                connection.sendall(said)
                assert connection.recv(1_000).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_nobody_asked_for_is_not_waited_for(server: Served) -> None:
    """A client that asks whether its body is wanted may send it, or not, when it is refused at once."""
    for asked in (
        POST + b"Content-Length: 20000000\r\n",
        POST.replace(b"/read", b"/nothing") + b"Content-Length: 5\r\n",
    ):
        heard = talk(server, asked + b"Expect: 100-continue\r\n\r\n")
        assert answered(heard)[0] in (404, 413)
        assert answered(heard)[1]["connection"] == "close"


def test_a_head_that_does_not_come_to_its_end_leaves_the_answer_before_it(tmp_path: Path) -> None:
    page = slow_page()
    with served(tmp_path / "log", processes=1, head_s=0.5) as server:
        whole = POST + b"Content-Length: %d\r\n\r\n" % len(page) + page
        assert statuses(talk(server, whole + GET + b"\r\n" + GET, wait=60)) == [200, 200, 408]


def test_a_body_may_come_after_the_head_that_asks_for_another_protocol(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(POST + b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\n")
        for letter in b"hello":
            time.sleep(0.02)
            connection.sendall(bytes([letter]))
        assert connection.recv(1_000).startswith(b"HTTP/1.1 415 ")


def test_what_is_said_beside_a_body_is_bounded(tmp_path: Path) -> None:
    """Each chunk may say something beside its size, that nobody asks for."""
    with served(tmp_path / "log", processes=1, body=100_000) as server:
        heard = talk(server, CHUNKED + 200 * (b"1;" + 1_000 * b"x" + b"\r\na\r\n"))
        assert answered(heard)[2]["detail"] == "more than 100000 bytes between the parts of this body"


def test_a_refused_body_ends_its_request_once(tmp_path: Path) -> None:
    with served(tmp_path / "log", processes=1) as server:
        heard = talk(server, CHUNKED.replace(b"Host", b"X-Request-ID: mine\r\nHost") + b"5\r\nhello\r\nzz\r\n")
        assert answered(heard)[2]["request_id"] == "mine"
        server.stop()
    assert [line["status"] for line in map(json.loads, server.log.splitlines()) if line["event"] == "request"] == [400]


def test_what_is_no_request_is_logged_and_counted(tmp_path: Path) -> None:
    with served(tmp_path / "log") as server:
        result = answered(talk(server, b"nonsense\r\n\r\n"))[2]
        figures = server.get("/metrics").text
        server.stop()
    assert 'mnistry_requests_total{route="other",status="400"} 1.0' in figures
    line = next(
        line for line in map(json.loads, server.log.splitlines()) if line.get("request_id") == result["request_id"]
    )
    assert (line["event"], line["status"], line["method"], line["client"]) == ("request", 400, None, "127.0.0.1")
