"""Runs the application under uvicorn: the listening socket, logging, and the drain at shutdown."""

import signal
import socket
import sys
from collections.abc import Callable, Collection
from math import ceil

import uvicorn

from mnistry.errors import RunError
from mnistry.reader import Reader
from mnistry.server.app import application
from mnistry.server.limits import Limits
from mnistry.server.middleware import log_as_json
from mnistry.server.timeouts import limited
from mnistry.server.worker_tasks import spare_the_collector


def serve(
    reader: Reader,
    host: str,
    port: int,
    limits: Limits,
    hosts: Collection[str] = (),
    processes: int = 2,
    listening: Callable[[str], object] = print,
) -> None:
    """Serve until SIGTERM or Ctrl-C, then drain. Raises `RunError` if it cannot listen at `host` and `port`.

    `listening` is called with the address once the server accepts requests.
    """
    listener = listen(host, port)
    app = application(reader, limits, {*hosts, host}, processes)
    config = uvicorn.Config(
        app,
        http=limited(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=ceil(limits.drain_s),
    )
    log_as_json()
    spare_the_collector()
    address = f"http://{_name(host)}:{listener.getsockname()[1]}"
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises the signal again after its shutdown
        signal.signal(number, _end)
    _Server(config, lambda: listening(address)).run(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn's server, which also reports that it has started: from then on a signal makes it drain."""

    def __init__(self, config: uvicorn.Config, begun: Callable[[], object]) -> None:
        super().__init__(config)
        self._begun = begun

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, then report it."""
        await super().startup(sockets)
        if not self.should_exit:
            self._begun()
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down. After a second Ctrl-C uvicorn skips the lifespan's end, and the workers would keep running."""
        await super().shutdown(sockets)
        if self.force_exit:
            await self.lifespan.shutdown()


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket. Raises `RunError` if there can be none."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except (OSError, OverflowError, UnicodeError) as error:
        raise RunError(f"{host}:{port}: cannot listen there ({getattr(error, 'strerror', None) or error})") from error


def _end(*_: object) -> None:
    sys.exit(0)


def _name(host: str) -> str:
    """The host as a browser on this computer writes it in a URL."""
    if host in ("127.0.0.1", "0.0.0.0", "::1", "::", ""):
        return "localhost"
    return f"[{host}]" if ":" in host else host
