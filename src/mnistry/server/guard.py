"""The door: every request gets an id, is checked, timed, counted and logged; every answer its headers."""

import asyncio
import ipaddress
import logging
import random
import re
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnistry.server.limits import Limits
from mnistry.server.metrics import Metrics
from mnistry.server.problems import ProblemError, answer, busy

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
log = logging.getLogger("mnistry.server")


@dataclass
class Exchange:
    """One request and its answer, as far as it has come."""

    id: str
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    received: int = 0
    sent: int = 0


class Guard:
    """An ASGI app before another one."""

    def __init__(self, app: ASGIApp, limits: Limits, metrics: Metrics, hosts: Collection[str] = ()) -> None:
        self._app, self._limits, self._metrics = app, limits, metrics
        self._held = 0  # bytes of bodies of requests under way
        self._hosts = {"localhost", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the app's own start and end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        exchange = Exchange(given if ID.fullmatch(given) else f"{random.getrandbits(128):032x}")
        scope["request_id"] = exchange.id
        telling = self._telling(exchange, send)
        try:
            self._check(headers)
            said = headers.get("content-length", "")
            await self._app(scope, self._bounded(exchange, receive, int(said) if said.isdecimal() else 0), telling)
        except ProblemError as problem:  # refused at the door, or while its body came in
            if exchange.status:
                raise
            await answer(problem.status, problem.detail, exchange.id, problem.headers)(scope, receive, telling)
        finally:
            self._held -= exchange.received
            self._told(exchange, scope)

    def _check(self, headers: Headers) -> None:
        """That the browser, if it is one, means this server, and no other page sent it here.

        A name that an attacker's DNS points here is not among the hosts; an address cannot be pointed.
        """
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if re.search(r":\d*$", host) else host
        if name.lower() not in self._hosts and not _is_address(name):
            raise ProblemError(421, f"Host {host!r} is not this server's name: mnistry serve --allow-host adds one")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            raise ProblemError(403, f"this request comes from another page, {origin}: it is not answered")

    def _bounded(self, exchange: Exchange, receive: Receive, said: int) -> Receive:
        """`receive`, for as long as a body may take, and as large as it may be; `said` to be so many bytes."""
        deadline = exchange.started + self._limits.body_s
        whole, too_large = False, ProblemError(413, f"the body is larger than {self._limits.body} bytes")

        async def received() -> Message:
            nonlocal whole
            if whole:  # only a hang-up is waited for: that may take as long as it will
                return await receive()
            try:
                if said > self._limits.body:
                    raise too_large
                async with asyncio.timeout(deadline - time.perf_counter()):
                    message = await receive()
            except TimeoutError:
                raise ProblemError(
                    408, f"the body was not there after {self._limits.body_s:g} s", {"Connection": "close"}
                ) from None
            size = len(message.get("body", b""))
            exchange.received += size
            self._held += size
            if exchange.received > self._limits.body:
                raise too_large
            if self._held > self._limits.bodies:
                raise busy("there is no room for this body now: try again later")
            whole = not message.get("more_body", False)
            return message

        return received

    def _telling(self, exchange: Exchange, send: Send) -> Send:
        """`send`, with headers added."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                own = message.get("headers", [])
                names = {name for name, _ in own}
                added = [header for header in RAW if header[0] not in names]
                message["headers"] = [*own, *added, (b"x-request-id", exchange.id.encode())]
            else:
                exchange.sent += len(message.get("body", b""))
            await send(message)

        return sent

    def _told(self, exchange: Exchange, scope: Scope) -> None:
        took = time.perf_counter() - exchange.started
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(route, exchange.status).inc()
        self._metrics.seconds.labels(route).observe(took)
        if log.isEnabledFor(logging.INFO):
            told = {
                "request_id": exchange.id,
                "client": (scope.get("client") or (None,))[0],
                "method": scope["method"],
                "path": scope["path"],
                "status": exchange.status,
                "elapsed_ms": round(1000 * took, 2),
                "received": exchange.received,
                "sent": exchange.sent,
            }
            record = logging.LogRecord(log.name, logging.INFO, "", 0, "request", None, None)
            record.told = told
            log.handle(record)  # as log.info does, which first looks for the line that called it


class AsJson(logging.Formatter):
    """A log record as one line of JSON: time, level, event, and what it tells."""

    def format(self, record: logging.LogRecord) -> str:
        """`record.told`, if there is such, beside the message."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(said, default=str).decode()


def log_as_json() -> None:
    """Everything that is logged, as lines of JSON on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("mnistry.server", "uvicorn"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # not told, so not asked for


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
