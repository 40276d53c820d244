"""The protocol with timeouts and size limits, against clients that send slowly, endlessly, or do not read."""

import asyncio
from typing import Any

from mnistry.server.http_protocol import StrictHttpProtocol
from mnistry.server.limits import Limits
from mnistry.server.problems import CLOSE, ProblemError

PART = 4_096  # bytes of a head that are parsed at once


class TimeoutProtocol(StrictHttpProtocol):
    """A connection with the limits that `limited` sets."""

    _head: asyncio.TimerHandle | None = None  # runs while a request's head is incomplete
    _head_bytes = _headers = 0  # of one request, its trailers included
    _silent_bytes = 0  # since the parser last completed anything: a header, a chunk, a part of a body
    _framing_bytes = 0  # after the head, all that is not body: chunk sizes, chunk extensions, trailers
    _spoke = False  # whether the parser completed anything in this feed
    _taking: asyncio.TimerHandle | None = None  # runs while the client does not read what it is sent
    _rest: asyncio.TimerHandle | None = None  # runs while the rest of a refused body is discarded

    def connection_made(self, transport: Any) -> None:
        """A new connection, aborted if there are more than `limits.connections`."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.limits.connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed: cancel its timers."""
        for timer in (self._head, self._taking, self._rest):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, those of a head in small parts."""
        while self._head is not None and len(data) > PART and self.hears():
            self._feed(data[:PART])  # so that a long header is noticed while it arrives
            data = data[PART:]
        if self.hears():
            self._feed(data)
        idle = self.cycle is None or self.cycle.response_complete
        if self._head is None and idle and self.timeout_keep_alive_task is None and self.hears():
            self._await_head()  # bytes that start no request still end uvicorn's keep-alive timeout

    def _feed(self, data: bytes) -> None:
        """Parse bytes and bound endless input: httptools buffers a header until it is complete, and skips spaces."""
        self._spoke = False
        self._framing_bytes += len(data) if self._in_body else 0
        super().data_received(data)
        self._silent_bytes = 0 if self._spoke else self._silent_bytes + len(data)
        if self._silent_bytes > self.limits.head:
            self.refuse(self._too_long())
        elif self._in_body and self._framing_bytes > self.limits.body:
            self.refuse(ProblemError(413, f"more than {self.limits.body} bytes between the parts of this body", CLOSE))

    def refuse(self, problem: ProblemError) -> None:
        """Stop the timer for the head, then refuse."""
        self._stop_head()
        super().refuse(problem)

    def on_message_begin(self) -> None:
        """A request starts: reset its counters, and start the timer for its head."""
        super().on_message_begin()
        self._stop_rest()
        self._spoke = True
        self._head_bytes = self._headers = self._framing_bytes = 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        """A part of the request target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or a trailer."""
        self._headers += 1
        self._count(len(name) + len(value) + 4)  # colon, space, CRLF
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete. Abort if too many pipelined requests wait."""
        self._stop_head()
        if len(self.pipeline) >= self.limits.pipelined:
            self.transport.abort()
            raise ValueError("too many pipelined requests")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._spoke = True
        self._framing_bytes -= len(body)
        super().on_body(body)

    def on_chunk_header(self) -> None:
        """A chunk of the body starts."""
        self._spoke = True

    def on_message_complete(self) -> None:
        """The body is complete."""
        self._stop_rest()
        self._spoke = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The response is complete. If the body is not, wait `rest_s` seconds for its rest, then abort."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._rest = self.loop.call_later(self.limits.rest_s, self.transport.abort)

    def pause_writing(self) -> None:
        """The client does not read and the write buffer is full: abort after `take_s` seconds."""
        super().pause_writing()
        self._taking = self.loop.call_later(self.limits.take_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """No next request came. Abort if the client has not even read the last response."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _await_head(self) -> None:
        if self._head is None:
            self._head_bytes = 0
            self._head = self.loop.call_later(self.limits.head_s, self._head_is_late)

    def _head_is_late(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:  # an earlier request is still being answered
            self.refuse(ProblemError(408, f"the request head did not arrive within {self.limits.head_s:g} s", CLOSE))

    def _stop_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _count(self, size: int) -> None:
        self._spoke = True
        self._head_bytes += size
        if self._head_bytes > self.limits.head:
            raise self._too_long()  # passes through httptools, which called back
        if self._headers > self.limits.headers:
            raise ProblemError(431, f"the request has more than {self.limits.headers} headers", CLOSE)

    def _too_long(self) -> ProblemError:
        if self._in_body:
            detail = f"more than {self.limits.head} bytes between the parts of this body, or after it"
            return ProblemError(413, detail, CLOSE)
        return ProblemError(431, f"the request head is longer than {self.limits.head} bytes", CLOSE)


def limited(limits: Limits) -> type[TimeoutProtocol]:
    """The protocol with these limits."""
    return type("Limited", (TimeoutProtocol,), {"limits": limits})
