"""Every limit, reached: what is refused, and that the server goes on."""

import io
import json
import re
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from server.pictures import slow_page
from server.served import Served, served

SCAN = b"\xff\xda"
INFER = "/v2/models/mnistry/infer"


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height), 255).save(out, "PNG")
    return out.getvalue()


def talk(server: Served, said: bytes, wait: float = 10) -> bytes:
    """Send bytes as they are, and listen until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as connection:
        connection.sendall(said)
        heard = b""
        try:
            while part := connection.recv(65536):
                heard += part
        except ConnectionResetError:
            pass
        return heard


def well(server: Served) -> bool:
    return server.get("/v2/health/live").json()["live"] is True


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory):
    limits = {
        "body": 100_000,
        "tensors": 50_000,
        "picture_px": 1_000_000,
        "images": 3,
        "head": 4_000,
        "head_s": 0.5,
        "body_s": 0.7,
    }
    with served(tmp_path_factory.mktemp("strict") / "log", processes=1, **limits) as running:
        running.post("/read", content=picture(9, 9))  # the processes have begun
        yield running


def test_a_large_body_is_refused_before_it_is_read(strict: Served) -> None:
    answer = strict.post("/read", content=b"x" * 100_001)
    assert (answer.status_code, answer.json()["detail"]) == (413, "the body is larger than 100000 bytes")
    assert strict.post("/read", content=b"x" * 100_000).status_code == 415
    head = f"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {10**12}\r\n\r\n"
    assert b"413 " in talk(strict, head.encode()).split(b"\r\n")[0]


def test_a_large_body_of_unsaid_length_is_refused_too(strict: Served) -> None:
    answer = strict.post("/read", content=(b"x" * 10_000 for _ in range(11)))
    assert (answer.status_code, answer.json()["detail"]) == (413, "the body is larger than 100000 bytes")
    assert well(strict)


def test_a_large_infer_request_is_refused(strict: Served) -> None:
    answer = strict.post(INFER, content=b"[" * 50_001)
    assert (answer.status_code, answer.json()["detail"]) == (413, "the body is larger than 50000 bytes")
    assert strict.post(INFER, content=b"[" * 50_000).status_code == 400


def test_a_picture_of_too_many_pixels_is_refused(strict: Served) -> None:
    """A few hundred bytes can hold a picture of a gigapixel."""
    answer = strict.post("/read", content=picture(1001, 1000))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "the picture: 1001 × 1000 px are too many: wanted at most 1 megapixels"
    assert strict.post("/read", content=picture(1000, 1000)).status_code == 200


def test_a_jpeg_of_many_scans_is_refused(strict: Served) -> None:
    """Each scan is decoded over all of the picture, though it may hold but a few bytes."""
    out = io.BytesIO()
    Image.new("L", (64, 64), 255).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole[whole.rfind(SCAN) : -2]
    room = 32 - whole.count(SCAN)
    others = np.random.default_rng(0).bytes(1000) + 40 * SCAN  # as a film that a phone appends

    def ask(more: int) -> httpx.Response:
        return strict.post("/read", content=whole[:-2] + last * more + whole[-2:] + others)

    assert ask(room).status_code == 200
    answer, said = ask(room + 1), "this JPEG has too many scans: wanted at most 32"
    assert (answer.status_code, answer.json()["detail"]) == (413, f"the picture: {said}")


def test_a_tiff_that_holds_a_jpeg_of_many_scans_is_refused(strict: Served) -> None:
    """libtiff reads the JPEG in it, and counts its scans itself."""
    out = io.BytesIO()
    Image.new("L", (64, 64), 255).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole[whole.rfind(SCAN) : -2]

    def ask(scans: int) -> httpx.Response:
        jpeg = whole[:-2] + last * (scans - whole.count(SCAN)) + whole[-2:]
        # Width, height, bits, compression 7 (JPEG), white is 1, where the strip begins, rows in it, its bytes.
        result = {256: 64, 257: 64, 258: 8, 259: 7, 262: 1, 273: 8 + 2 + 8 * 12 + 4, 278: 64, 279: len(jpeg)}
        entries = b"".join(
            struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value) for tag, value in result.items()
        )
        tiff = struct.pack("<2sHIH", b"II", 42, 8, len(result)) + entries + bytes(4) + jpeg
        return strict.post("/read", content=tiff)

    assert ask(32).status_code == 200
    answer = ask(33)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("the picture: this picture cannot be decoded (")
    assert well(strict)


def test_too_many_images_at_once_are_refused(strict: Served) -> None:
    def ask(n: int) -> httpx.Response:
        tensor = {"name": "images", "datatype": "UINT8", "shape": [n, 28, 28, 1], "data": [0] * (784 * n)}
        return strict.post(INFER, json={"inputs": [tensor]})

    assert ask(3).status_code == 200
    assert (ask(4).status_code, ask(4).json()["detail"]) == (413, "4 images at once: wanted at most 3")


def test_a_long_head_is_refused(strict: Served) -> None:
    lines = "".join(f"X-{i}: {'a' * 90}\r\n" for i in range(50))
    heard = talk(strict, f"GET /v2 HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
    assert heard.startswith(b"HTTP/1.1 431 ")
    heard = talk(strict, b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 431 ")
    with socket.create_connection(("127.0.0.1", strict.port), timeout=5) as connection:
        connection.sendall(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: ")
        heard = b""
        while not heard:  # one header without end
            connection.sendall(b"a" * 500)
            connection.settimeout(0.01)
            with suppress(TimeoutError):
                heard = connection.recv(1000)
        assert heard.startswith(b"HTTP/1.1 431 ")
    assert well(strict)


def test_a_connection_that_says_nothing_is_closed(strict: Served) -> None:
    """Empty lines between requests are no request, nor do they keep a connection open."""
    with socket.create_connection(("127.0.0.1", strict.port), timeout=10) as connection:
        connection.sendall(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200 ")
        began = time.monotonic()
        with suppress(ConnectionResetError, BrokenPipeError):
            while time.monotonic() - began < 8:
                connection.sendall(b"\r\n")
                connection.settimeout(0.1)
                with suppress(TimeoutError):
                    if not connection.recv(1000):
                        break
        assert time.monotonic() - began < 5


def test_many_requests_at_once_on_one_connection_are_refused(strict: Served) -> None:
    one = b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert talk(strict, one * 200 + one.replace(b"Host", b"Connection: close\r\nHost")).count(b"HTTP/1.1 200") < 100
    few = talk(strict, one * 5 + one.replace(b"Host", b"Connection: close\r\nHost"))
    assert few.count(b"HTTP/1.1 200") == 6


def test_a_refused_body_costs_the_next_request_nothing(strict: Served) -> None:
    """The rest of a body that is refused is passed over, within a second, and the connection goes on."""
    with httpx.Client(timeout=60) as client:
        for _ in range(3):
            assert client.post(f"{strict.url}/read", content=b"x" * 100_001).status_code == 413
            time.sleep(0.4)
            assert client.get(f"{strict.url}/v2").status_code == 200


def test_a_head_that_does_not_come_is_not_waited_for(strict: Served) -> None:
    for said in (b"", b"GET /v2 HTTP/1.1\r\nHost: loc"):
        began = time.monotonic()
        assert talk(strict, said) == b""
        assert 0.3 < time.monotonic() - began < 5


def test_a_body_that_does_not_come_is_not_waited_for(strict: Served) -> None:
    began = time.monotonic()
    heard = talk(strict, b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
    assert b"408 " in heard.split(b"\r\n")[0]
    assert b"the body did not arrive within 0.7 s" in heard
    assert 0.5 < time.monotonic() - began < 5


def test_bodies_that_come_in_together_have_an_end(tmp_path: Path) -> None:
    head = b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n"
    with served(tmp_path / "log", bodies=100_000) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head + b"x" * 59_000)  # and goes on holding them
            time.sleep(0.3)
            answer = server.post("/read", content=b"x" * 60_000)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.json()["detail"] == "too many request bodies are in memory: try again later"
        time.sleep(0.3)
        assert server.post("/read", content=b"x" * 60_000).status_code == 415  # there is room again


def test_the_rest_of_a_refused_body_is_not_listened_to_for_long(tmp_path: Path) -> None:
    with served(tmp_path / "log", body=1000, rest_s=0.5) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
            began = time.monotonic()
            heard = b""
            while part := connection.recv(65536):
                heard += part
        assert heard.startswith(b"HTTP/1.1 413 ")
        assert 0.3 < time.monotonic() - began < 5


@pytest.mark.slow
def test_beyond_the_queue_a_request_is_asked_to_come_again(tmp_path: Path) -> None:
    with served(tmp_path / "log", processes=1, waiting=1) as server:
        page = slow_page()
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: server.post("/read", content=page), range(6)))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses.count(200) >= 2
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(refused) == 6 - statuses.count(200) > 0
        assert refused[0].headers["retry-after"] == "1"
        assert refused[0].json()["detail"] == "2 requests are queued already: try again later"
        assert server.post("/read", content=page).status_code == 200  # there is room again


def test_an_answer_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    with served(tmp_path / "log", processes=1, answer_s=0.05) as server:
        answer = server.post("/read", content=slow_page())
        assert (answer.status_code, answer.json()["detail"]) == (503, "not done after 0.05 s: try again later")
        assert answer.headers["retry-after"] == "1"


def test_more_connections_than_there_may_be_are_closed(tmp_path: Path) -> None:
    with served(tmp_path / "log", connections=3) as server:
        open_ones = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        with pytest.raises(httpx.TransportError):
            server.get("/v2")
        for connection in open_ones:
            connection.close()
        time.sleep(0.2)
        assert well(server)


@pytest.mark.slow
def test_a_client_that_does_not_take_its_answer_is_let_go(tmp_path: Path) -> None:
    with served(tmp_path / "log", take_s=0.5) as server:
        server.get("/page/test-set.png")  # so that it is made
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(10 * b"GET /page/test-set.png HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(2)
            heard = 0
            connection.settimeout(5)
            try:
                while part := connection.recv(65536):
                    heard += len(part)
            except ConnectionResetError:
                pass
        assert 0 < heard < 10_000_000  # of 17 MB, that no kernel keeps
        assert well(server)


def working(server: Served) -> int:
    """How many pictures are being read, or wait for it."""
    found = re.search(r"^mnistry_work (\d+)", server.get("/metrics").text, re.MULTILINE)
    assert found
    return int(found[1])


def test_requests_under_way_are_finished_when_the_server_is_asked_to_stop(tmp_path: Path) -> None:
    with served(tmp_path / "log", processes=1) as server:
        page = slow_page()
        with ThreadPoolExecutor(4) as pool:
            under_way = [pool.submit(server.post, "/read", content=page) for _ in range(4)]
            while working(server) + sum(future.done() for future in under_way) < 4:
                time.sleep(0.01)
            assert not all(future.done() for future in under_way)
            assert server.stop() == 0
            assert [future.result().status_code for future in under_way] == [200] * 4
        with pytest.raises(httpx.TransportError):
            server.get("/v2")
    logged = [json.loads(line) for line in server.log.splitlines()]
    assert [line["status"] for line in logged if line.get("path") == "/read"] == [200] * 4


def test_what_does_not_end_does_not_keep_a_server_that_is_asked_to_stop(tmp_path: Path) -> None:
    with served(tmp_path / "log", drain_s=1) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
            time.sleep(0.3)
            began = time.monotonic()
            server.stop()
            assert 0.5 < time.monotonic() - began < 8  # without an end, the body's 15 s
            head, _, body = connection.recv(10_000).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert json.loads(body)["detail"] == "the server is shutting down: this request was not done after 1 s"
    assert "traceback" not in server.log


@pytest.mark.slow
def test_so_is_what_takes_the_page_seconds(tmp_path: Path) -> None:
    with served(tmp_path / "log", processes=1) as server, ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(server.get, "/page/test-set")
        time.sleep(0.5)
        assert server.stop() == 0
        assert len(under_way.result().json()["labels"]) == 10_000
    assert "traceback" not in server.log


@pytest.mark.slow
def test_one_who_hangs_up_in_line_leaves_room(tmp_path: Path) -> None:
    """One picture is read and one on its way to be; those who hang up behind them keep neither place nor bytes."""
    with served(tmp_path / "log", processes=1, waiting=2) as server:
        page = slow_page(100)
        head = b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(page)
        with ThreadPoolExecutor(2) as pool:
            before = [pool.submit(server.post, "/read", content=page) for _ in range(2)]
            time.sleep(0.3)
            for _ in range(5):
                with socket.create_connection(("127.0.0.1", server.port)) as connection:
                    connection.sendall(head + page)
                    time.sleep(0.05)
            while "mnistry_work 2.0" not in server.get("/metrics").text:
                assert not any(future.done() for future in before)
            time.sleep(0.3)
            assert not any(future.done() for future in before)  # so it was not one of them that left room
            assert [future.result().status_code for future in before] == [200] * 2


@pytest.mark.slow
def test_hanging_up_costs_nobody_else_anything(tmp_path: Path) -> None:
    with served(tmp_path / "log", processes=1) as server:
        page = slow_page()
        for said in (page, page[:100]):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(
                    b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(page) + said
                )
        assert server.post("/read", content=page).status_code == 200
        server.stop()
    assert "traceback" not in server.log
