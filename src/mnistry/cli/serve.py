"""`mnistry serve`: serves the API and the web page."""

import json
import os
import sys
import threading
import webbrowser
from http.client import HTTPException
from pathlib import Path
from typing import Annotated
from urllib import request
from urllib.error import HTTPError

import typer

from mnistry import reading_process
from mnistry.assets import MODEL
from mnistry.cli.data import DetectorOption
from mnistry.errors import needs_extra, say_error
from mnistry.run.model_file import model_file
from mnistry.safety.cores import available_cores

CHECKED_S = 5.0
OTHER = "something answers, but not as mnistry does"


def serve(
    host: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 lets other computers in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8000,
    model: Annotated[
        Path | None, typer.Option(help="A model.onnx or a run folder.", show_default="the bundled one")
    ] = None,
    detector: DetectorOption = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Pictures read at once.", show_default="one per core, at most 8")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A name that clients use for this computer; again for more.")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser, if there is one.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Say whether a server is up there, and exit.")] = False,
) -> int:
    """Serve the API, and the page to draw on, until Ctrl-C or SIGTERM."""
    if check:
        return _check(host, port)
    path = model_file(model) if model else MODEL
    if path != MODEL:
        reading_process.check_model(path)
    with needs_extra("serve", "serving"):
        from mnistry.server import Limits
        from mnistry.server.serve import serve
    from mnistry.reader import Reader

    serve(
        Reader(path, threads=1, detector=model_file(detector) if detector else None),
        host,
        port,
        Limits(),
        allow_host or (),
        processes or min(available_cores(), 8),
        listening=_show if open_page else print,
    )
    return 0


def _show(address: str) -> None:
    """Print the address and open it in a browser, unless that would be one that runs in this terminal."""
    print(address, flush=True)
    if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()  # some wait for the browser


def _check(host: str, port: int) -> int:
    """Return 0 if a server says that it is ready, otherwise 1."""
    address = f"http://{'[' + host + ']' if ':' in host else host}:{port}/v2/health/ready"
    opener = request.build_opener(request.ProxyHandler({}))  # without any proxy
    try:
        with opener.open(address, timeout=CHECKED_S) as response:
            ready = json.load(response)["ready"] is True
    except HTTPError as answer:
        return _no(address, _why(answer))
    except (ValueError, TypeError, LookupError, HTTPException):
        return _no(address, OTHER)
    except OSError as problem:
        return _no(address, f"no server is up there ({getattr(problem, 'reason', problem)})")
    print(f"{address}: {'ready' if ready else 'not ready'}")
    return int(not ready)


def _why(answer: HTTPError) -> str:
    """Return the reason that a server gives for not being ready."""
    try:
        return f"not ready ({json.load(answer)['detail']})"
    except (ValueError, TypeError, LookupError, HTTPException, OSError):
        return OTHER


def _no(address: str, why: str) -> int:
    say_error(f"{address}: {why}")
    return 1
