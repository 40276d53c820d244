"""What every response gets, even a refusal: a request id, security headers, a log line, and metrics."""

import logging
import random
import re
import time
from dataclasses import dataclass, field

from mnistry.server.metrics import Metrics

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
    """One request and its response so far; `given` is the id that its client sent, "" for none.

    It `waits` while its client holds back the body until the server asks for it (Expect: 100-continue).
    """

    given: str = ""
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    received: int = 0
    sent: int = 0
    waits: bool = False
    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = self.given if ID.fullmatch(self.given) else f"{random.getrandbits(128):032x}"

    def headers(self, own: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """A response's own headers, with those of every response that it does not set itself."""
        names = {name for name, _ in own}
        added = [header for header in RAW if header[0] not in names]
        return [*own, *added, (b"x-request-id", self.id.encode())]


class Access:
    """Records each exchange when it is over."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def note(self, exchange: Exchange, client: str | None, method: str | None, path: str | None, route: str) -> None:
        """Update the metrics and write a log line; `method` and `path` are None if a malformed request has none."""
        took = time.perf_counter() - exchange.started
        self._metrics.requests.labels(route, exchange.status).inc()
        self._metrics.seconds.labels(route).observe(took)
        if log.isEnabledFor(logging.INFO):
            fields: dict[str, object] = {
                "request_id": exchange.id,
                "client": client,
                "method": method,
                "path": path,
                "status": exchange.status,
                "elapsed_ms": round(1000 * took, 2),
                "received": exchange.received,
                "sent": exchange.sent,
            }
            record = logging.LogRecord(log.name, logging.INFO, "", 0, "request", None, None)
            record.fields = fields
            log.handle(record)  # as log.info does, without its search for the calling line
