"""The door: names, other pages, ids, headers, and what is logged."""

import io
import json
import signal
import sys
from pathlib import Path

import pytest
from PIL import Image

from server.served import Served, served


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:99", "127.0.0.1:8000", "[::1]:8000", "192.168.1.7", "reader.example:80"]
)
def test_its_own_names_and_addresses_are_answered(server: Served, host: str) -> None:
    assert server.get("/v2", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", ""])
def test_a_name_that_is_not_its_own_is_refused(server: Served, host: str) -> None:
    """As a page does whose owner lets its name point to 127.0.0.1 (DNS rebinding)."""
    answer = server.get("/v2", headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["detail"] == f"Host {host!r} is not this server's name: mnistry serve --allow-host adds one"


def test_another_page_is_refused(server: Served) -> None:
    here = server.url.removeprefix("http://")
    for origin in (f"http://{here}", f"https://{here}"):
        assert server.post("/read", headers={"origin": origin, "host": here}).status_code == 400
    for origin in (
        "http://evil.example",
        "null",
        "http://localhost:1",
        "http://127.0.0.1.evil.example",
        "ext://a",
        f"ftp://{here}",
    ):
        answer = server.post("/read", headers={"origin": origin, "host": here})
        assert answer.status_code == 403
        assert answer.json()["detail"] == f"this request comes from another site, {origin}: wanted this server's own"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1]", "[127.0.0.1]", "[::1", "[zz]", "[1:2]", "a b", "user@localhost", "localhost:", "localhost:a", "localhost:65536", "a/b", "ü"],
)  # fmt: skip
def test_what_is_no_host_is_refused(server: Served, host: str) -> None:
    answer = server.get("/v2", headers={b"host": host.encode("latin-1")})
    if host == "localhost:":  # RFC 3986 allows a port without digits
        assert answer.status_code == 200
        return
    said = f"Host {host!r} is not a host: wanted a name or an address, optionally with a port"
    assert (answer.status_code, answer.json()["detail"]) == (400, said)


@pytest.mark.parametrize(
    "origin", ["://localhost", "localhost", "", "http://", "http://a/b", "http://a b", "NULL", "http://a:b"]
)
def test_what_is_no_origin_is_refused(server: Served, origin: str) -> None:
    answer = server.get("/v2", headers={"origin": origin})
    said = f"Origin {origin!r} is not an origin: wanted scheme://host, or null"
    assert (answer.status_code, answer.json()["detail"]) == (400, said)


@pytest.mark.parametrize("path", ["/", "/v2", "/nothing", "/docs", "/web/main.js"])
def test_every_answer_has_its_headers(server: Served, path: str) -> None:
    headers = server.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


def test_a_request_has_an_id_of_its_own_or_its_clients(server: Served) -> None:
    given = server.get("/v2", headers={"x-request-id": "abc.1"}).headers["x-request-id"]
    assert given == "abc.1"
    for strange in ("", "a b", "x" * 65, "ä"):
        own = server.get("/v2", headers={b"x-request-id": strange.encode()}).headers["x-request-id"]
        assert len(own) == 32
        assert own != strange


@pytest.mark.slow
def test_a_library_that_complains_of_a_picture_does_not_do_so_in_the_log(tmp_path: Path) -> None:
    """libtiff, of a fax whose lines make no sense: past Python, one by one."""
    out = io.BytesIO()
    Image.effect_noise((400, 400), 90).convert("1").save(out, "TIFF", compression="group3")
    fax = bytearray(out.getvalue())
    fax[200:4000:7] = bytes(len(range(200, 4000, 7)))
    with served(tmp_path / "log", processes=1) as server:
        assert server.post("/read", content=bytes(fax)).status_code in (200, 400)
        server.stop()
    assert server.log.count('"/read"') == 1


@pytest.mark.skipif(sys.platform == "win32", reason="it has no process groups to tell")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_processes_begin_ends_them_without_a_word(tmp_path: Path, times: int) -> None:
    with served(tmp_path / "log", processes=2) as server:
        assert server.stop(signal.SIGINT, times) == 0
    assert "error" not in server.log


def test_what_is_logged_and_what_is_not(tmp_path: Path, number: tuple[bytes, str]) -> None:
    with served(tmp_path / "log") as server:
        file = ("grandmother.png", number[0], "image/png")
        server.post("/read?min_confidence=0.123", files={"file": file}, headers={"x-request-id": "r1"})
        server.get("/v2", headers={"host": "evil.example", "x-request-id": "r2"})
        server.stop()
    logged = {line.get("request_id"): line for line in map(json.loads, server.log.splitlines())}
    line = logged["r1"]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/read", 200)
    assert line["received"] > len(number[0])
    assert line["sent"] > 100
    assert 0 < line["elapsed_ms"] < 60_000
    assert logged["r2"]["status"] == 421
    assert not {"grandmother", "0.123", number[1]} & set(server.log.replace("=", '"').split('"'))
    assert "grandmother" not in server.log
