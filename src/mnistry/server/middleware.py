"""The middleware: checks, times, counts and logs every request, and adds an id and headers to its response."""

import asyncio
import ipaddress
import logging
import re
import sys
import time
from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnistry.server.access import Access, Exchange
from mnistry.server.limits import Limits
from mnistry.server.problems import CLOSE, ProblemError, answer, busy

HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::(\d{0,5}))?", re.ASCII)
MAX_PORT = 65_535
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(.+)", re.ASCII)
ASKED_FOR = {
    b"host": 0,
    b"origin": 1,
    b"x-request-id": 2,
    b"content-length": 3,
    b"expect": 4,
}  # the headers that are checked here, and their index in `found`
log = logging.getLogger("mnistry.server")


class RequestMiddleware:
    """An ASGI app that wraps another one."""

    def __init__(self, app: ASGIApp, limits: Limits, access: Access, hosts: Collection[str] = ()) -> None:
        self._app, self._limits, self.access = app, limits, access
        self._held = 0  # bytes of the bodies of all requests under way
        self._hosts = {"localhost", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; pass lifespan events on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found: tuple[list[str], ...] = ([], [], [], [], [])
        for name, value in scope["headers"]:
            if (which := ASKED_FOR.get(name)) is not None:
                found[which].append(value.decode("latin-1"))
        hosts, origins, ids, sizes, expected = found
        exchange = Exchange(ids[0] if ids else "")
        exchange.waits = bool(expected)
        scope["request_id"] = exchange.id
        recording = self._recording(exchange, send)
        try:
            if (problem := scope.get("problem")) is not None:  # the protocol refused it as malformed
                raise problem
            self._check(hosts, origins, scope["http_version"])
            said = int(sizes[0]) if sizes and sizes[0].isdecimal() else 0
            await self._app(scope, self._bounded(exchange, scope, receive, said), recording)
        except ProblemError as problem:  # refused here, or while its body arrived
            if exchange.status:
                raise
            await answer(problem.status, problem.detail, exchange.id, problem.headers)(scope, receive, recording)
        except asyncio.CancelledError:  # cancelled at shutdown: it outlasted the drain
            if not exchange.status:
                detail = f"the server is shutting down: this request was not done after {self._limits.drain_s:g} s"
                await answer(503, detail, exchange.id, CLOSE)(scope, receive, recording)
        finally:
            self._held -= exchange.received
            route = getattr(scope.get("route"), "path", "other")
            self.access.note(
                exchange, (scope.get("client") or (None,))[0], scope["method"] or None, scope["path"] or None, route
            )

    def _check(self, hosts: list[str], origins: list[str], version: str) -> None:
        """Check that a browser means this server (DNS rebinding), and that no other page sent the request (CSRF).

        A name that an attacker's DNS points here is not among the hosts; no DNS points an address elsewhere. What no
        browser could send is refused first: RFC 9112, 3.2 (Host), RFC 6454, 7 (Origin).
        """
        if len(hosts) > 1 or len(origins) > 1:
            raise ProblemError(400, f"two headers {'Host' if len(hosts) > 1 else 'Origin'}: wanted at most one", CLOSE)
        if not hosts and version != "1.0":  # HTTP/1.0 does not require it: the name is empty
            raise ProblemError(400, "the Host header is missing", CLOSE)
        host = hosts[0] if hosts else ""
        if (name := host_name(host)) is None:
            raise ProblemError(400, f"Host {host!r} is not a host: wanted a name or an address, optionally with a port")
        if name.lower() not in self._hosts and not _is_address(name):
            raise ProblemError(421, f"Host {host!r} is not this server's name: mnistry serve --allow-host adds one")
        if not origins:
            return
        origin = origins[0]
        match = ORIGIN.fullmatch(origin)
        if origin != "null" and (match is None or not host_name(match[1])):
            raise ProblemError(400, f"Origin {origin!r} is not an origin: wanted scheme://host, or null")
        scheme, _, authority = origin.lower().partition("://")
        if scheme not in ("http", "https") or authority != host.lower():
            raise ProblemError(403, f"this request comes from another site, {origin}: wanted this server's own")

    def _bounded(self, exchange: Exchange, scope: Scope, receive: Receive, said: int) -> Receive:
        """`receive` with the limits on a body's time and size; `said` is its Content-Length, 0 if unknown."""
        deadline = exchange.started + self._limits.body_s
        whole, too_large = False, ProblemError(413, f"the body is larger than {self._limits.body} bytes")

        async def received() -> Message:
            nonlocal whole
            if whole:  # only a disconnect can follow: no timeout
                return await receive()
            try:
                if said > self._limits.body:
                    raise too_large
                exchange.waits = False
                async with asyncio.timeout(deadline - time.perf_counter()):
                    message = await receive()
            except TimeoutError:
                raise ProblemError(408, f"the body did not arrive within {self._limits.body_s:g} s", CLOSE) from None
            if (problem := scope.get("problem")) is not None:  # the protocol refused the rest of the body
                raise problem
            size = len(message.get("body", b""))
            exchange.received += size
            self._held += size
            if exchange.received > self._limits.body:
                raise too_large
            if self._held > self._limits.bodies:
                raise busy("too many request bodies are in memory: try again later")
            whole = not message.get("more_body", False)
            return message

        return received

    def _recording(self, exchange: Exchange, send: Send) -> Send:
        """`send`, which adds the headers and counts the bytes."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = exchange.headers(message.get("headers", []))
                if exchange.waits:  # the body may follow or not: the next request's start is unknown
                    message["headers"].append((b"connection", b"close"))
            else:
                exchange.sent += len(message.get("body", b""))
            await send(message)

        return sent


class AsJson(logging.Formatter):
    """Formats a log record as one line of JSON: time, level, event, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The message and, if the record has them, its `fields`."""
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(said, default=str).decode()


def log_as_json() -> None:
    """Write all logs to stderr as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("mnistry.server", "uvicorn"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # not written, so not collected


@lru_cache(64)
def host_name(host: str) -> str | None:
    """The name or address in a Host header, without its port; None if malformed. Source: RFC 3986, 3.2.2."""
    match = HOST.fullmatch(host)
    if match is None or int(match[2] or 0) > MAX_PORT or (host.startswith("[") and not _is_address(match[1], 6)):
        return None
    return match[1]


@lru_cache(64)
def _is_address(name: str, version: int | None = None) -> bool:
    try:
        found = ipaddress.ip_address(name.strip("[]")).version
    except ValueError:
        return False
    return version in (None, found)
