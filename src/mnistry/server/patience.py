"""uvicorn's protocol, with an end to its patience: for clients that send slowly, without end, or do not listen."""

import asyncio
import json
import re
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mnistry.server.access import Access, Exchange
from mnistry.server.limits import Limits
from mnistry.server.problems import KIND, said

PART = 4_096  # bytes of a head that are looked at together


class Patient(HttpToolsProtocol):
    """As uvicorn's, with the limits of `limited`."""

    limits = Limits()
    access: Access
    _head: asyncio.TimerHandle | None = None  # runs while a request's head is not whole
    _head_bytes = _headers = 0  # of one request, what follows its body (its trailers) included
    _silent_bytes = 0  # since anything came to its end: a header, a chunk, a part of a body
    _spoke = False
    _in_body = False  # the last request's head is whole, and its end has not come
    _taking: asyncio.TimerHandle | None = None  # runs while the client does not take what it is sent
    _rest: asyncio.TimerHandle | None = None  # runs while the rest of a refused body is passed over

    def connection_made(self, transport: Any) -> None:
        """A new connection: there may be too many."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.limits.connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        for timer in (self._head, self._taking, self._rest):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes, which may be part of a head, or of nothing."""
        while self._head is not None and len(data) > PART and not self.transport.is_closing():
            self._feed(data[:PART])  # so that a long header is noticed while it comes
            data = data[PART:]
        if not self.transport.is_closing():
            self._feed(data)
        idle = self.cycle is None or self.cycle.response_complete
        if self._head is None and idle and self.timeout_keep_alive_task is None:
            self._await_head()  # they were no request, yet made uvicorn wait for one, without end

    def _feed(self, data: bytes) -> None:
        """Count what comes to no end: httptools keeps a header until it is whole, and goes on over spaces."""
        self._spoke = False
        super().data_received(data)
        self._silent_bytes = 0 if self._spoke else self._silent_bytes + len(data)
        if self._silent_bytes > self.limits.head:
            self._refuse_long()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._stop_rest()
        self._head_bytes = self._headers = 0
        self._spoke, self._in_body = True, False
        self._await_head()

    def on_url(self, url: bytes) -> None:
        """A part of its address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of it; those that come after its body tell nothing that anyone here asks for."""
        self._headers += 1
        self._count(len(name) + len(value) + 4)  # a colon, a space, and the line's end
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        if self._head is not None:
            self._head.cancel()
            self._head = None
        if len(self.pipeline) >= self.limits.pipelined:
            self.transport.abort()
            raise ValueError("too many requests at once")
        self._check_target()
        super().on_headers_complete()
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._spoke = True
        super().on_body(body)

    def on_chunk_header(self) -> None:
        """A chunk of its body begins."""
        self._spoke = True

    def on_message_complete(self) -> None:
        """Its body is whole."""
        self._stop_rest()
        self._spoke, self._in_body = True, False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered, perhaps before its body was there."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._rest = self.loop.call_later(self.limits.rest_s, self.transport.close)

    def pause_writing(self) -> None:
        """The client takes nothing."""
        super().pause_writing()
        self._taking = self.loop.call_later(self.limits.take_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It does again."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """No next request came; perhaps not even the last answer was taken."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._refuse(400, msg.removesuffix("."))

    def _await_head(self) -> None:
        if self._head is None:
            self._head_bytes = 0
            self._head = self.loop.call_later(self.limits.head_s, self.transport.abort)

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _check_target(self) -> None:
        """Only a path, or an address of this server's, is asked for. Source: RFC 9112, 3.2."""
        if self.url.startswith(b"/"):
            return
        scheme, _, rest = self.url.partition(b"://")
        if scheme.lower() not in (b"http", b"https") or not rest:
            self._refuse(400, f"{self.url[:60].decode('latin-1')!r} is not asked for here: wanted a path")
            raise ValueError("not a path")
        authority = re.split(rb"[/?#]", rest, maxsplit=1)[0]
        hosts = [value for name, value in self.headers if name == b"host"]
        if hosts and hosts[0].lower() != authority.lower():
            self._refuse(400, "this request is for another host than its header Host says")
            raise ValueError("two hosts")

    def _count(self, size: int) -> None:
        self._spoke = True
        self._head_bytes += size
        if self._head_bytes > self.limits.head:
            self._refuse_long()
            raise ValueError("the head of this request is too long")  # for httptools, in the middle of it
        if self._headers > self.limits.headers:
            self._refuse(431, f"this request has more than {self.limits.headers} headers")
            raise ValueError("too many headers")

    def _refuse_long(self) -> None:
        self._refuse(431, f"the head of this request is longer than {self.limits.head} bytes")

    def _refuse(self, status: int, detail: str) -> None:
        """Answer, and hang up; or hang up alone, where another answer is under way that this one would be taken for."""
        if self.transport.is_closing():
            return
        exchange = Exchange()
        exchange.status = status
        body = json.dumps(said(status, detail, exchange.id)).encode()
        own = [
            (b"content-type", KIND.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        lines += [name + b": " + value for name, value in exchange.headers(own)]
        if self._may_answer():
            self.transport.write(b"\r\n".join([*lines, b"", body]))
            exchange.sent = len(body)
        self.access.note(exchange, self.client[0] if self.client else None, None, None, "other")
        self.transport.close()

    def _may_answer(self) -> bool:
        """Whether what is sent now is taken for the answer to what is refused now."""
        if self.cycle is None or self.cycle.response_complete:
            return True
        return self._in_body and not self.cycle.response_started and not self.pipeline


def limited(limits: Limits, access: Access) -> type[Patient]:
    """The protocol with these limits."""
    return type("Limited", (Patient,), {"limits": limits, "access": access})
