"""`mnistry serve` on the command line: where it listens, what it says, and --check."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from conftest import Cli
from server.served import running


def test_it_says_where_it_is_and_ends_well(tmp_path: Path, cli: Cli) -> None:
    with running(sys.executable, "-m", "mnistry", "serve", "--port", "0", stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/v2/health/live", timeout=60).json() == {"live": True}
        port = url.rpartition(":")[2]
        address = f"http://127.0.0.1:{port}/v2/health/ready"
        check = partial(cli, "serve", "--check", "--port", port, env={"http_proxy": "http://127.0.0.1:1"})
        deadline = time.monotonic() + 60
        while (done := check()).returncode and time.monotonic() < deadline:
            assert done.stderr.startswith(f"error: {address}: not ready (no worker is ready")
        assert (done.returncode, done.stdout) == (0, f"{address}: ready\n")
        taken = cli("serve", "--port", port)
        assert taken.returncode == 2
        assert taken.stderr.startswith(f"error: 127.0.0.1:{port}: cannot listen there (")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="browsers are told by DISPLAY on Linux alone")
@pytest.mark.parametrize("display", [":0", ""])
def test_the_page_is_opened_where_there_is_a_screen(tmp_path: Path, display: str) -> None:
    """By a browser that asks for it, and does not return before it is answered."""
    browser, asked = tmp_path / "browser", tmp_path / "asked"
    browser.write_text(
        f"#!{sys.executable}\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[1])\n"
        f"open({str(asked)!r}, 'w').write(sys.argv[1])\n"
    )
    browser.chmod(0o755)
    command = (sys.executable, "-m", "mnistry", "serve", "--port", "0", "--open")
    environment = {**os.environ, "BROWSER": f"{browser} %s", "DISPLAY": display, "WAYLAND_DISPLAY": ""}
    with running(*command, stderr=subprocess.DEVNULL, env=environment) as it:
        assert it.stdout is not None
        url = it.stdout.readline().strip()
        assert httpx.get(f"{url}/v2/health/live", timeout=60).json() == {"live": True}
        deadline = time.monotonic() + (20 if display else 1)
        while not (asked.exists() and asked.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        it.send_signal(signal.SIGTERM)
        assert it.wait(30) == 0
    assert (asked.read_text().strip() if asked.exists() else "") == (url if display else "")


def test_no_server_is_said(cli: Cli) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = cli("serve", "--check", "--port", port)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: http://127.0.0.1:{port}/v2/health/ready: no server is up there (")


class Other(BaseHTTPRequestHandler):
    answer = (200, b"[1]")

    def do_GET(self) -> None:
        self.send_response(self.answer[0])
        self.end_headers()
        self.wfile.write(self.answer[1])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, b"[1]"), "something answers, but not as mnistry does"),
        ((404, b"nothing here"), "something answers, but not as mnistry does"),
        ((503, b'{"detail": "the queue is full"}'), "not ready (the queue is full)"),
    ],
)
def test_what_does_not_say_that_it_is_ready_is_not(cli: Cli, answer: tuple[int, bytes], said: str) -> None:
    with HTTPServer(("127.0.0.1", 0), type("Such", (Other,), {"answer": answer})) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        done = cli("serve", "--check", "--port", other.server_port)
        other.shutdown()
    assert done.returncode == 1
    assert done.stderr == f"error: http://127.0.0.1:{other.server_port}/v2/health/ready: {said}\n"


def test_what_is_no_model_is_said(tmp_path: Path, cli: Cli) -> None:
    done = cli("serve", "--model", tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        f"error: {tmp_path}: no model there: wanted a model.onnx, or a folder with one, as mnistry train makes it\n",
    )
    done = cli("serve", "--host", "no.such.host.example")
    assert done.returncode == 2
    assert "no.such.host.example:8000: cannot listen there (" in done.stderr


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn"])
def test_without_the_extra_it_says_which(tmp_path: Path, cli: Cli, missing: str) -> None:
    (tmp_path / missing).mkdir()
    (tmp_path / missing / "__init__.py").write_text(f"raise ModuleNotFoundError(name='{missing}')")
    path = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    done = cli("serve", env={"PYTHONPATH": path})
    assert done.returncode == 2
    assert done.stderr == f"error: serving needs {missing}, which is not installed: pip install 'mnistry[serve]'\n"
