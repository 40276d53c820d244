"""Every limit of the server, on sizes, counts and times, in one place."""

from dataclasses import dataclass

from mnistry.safety.limits import LIMITS

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Limits of one server. What exceeds one is refused with the status in brackets.

    In bytes: `body` of a request [413], `tensors` of an infer request's body [413], `bodies` of all requests under
    way [503], `memory` that a worker may use beyond what it uses once it has started [413], `head` of a request, its
    line and headers [431].

    Counts: `picture_px` of a picture, in pixels, before it is decoded [413; `mnistry.safety.limits` has its other
    limits], `pages` of one file [left out, and said so], `images` of one infer request [413], `headers` of a request
    [431], `connections` at once [closed], requests `pipelined` on one connection before its first is answered [closed].

    Queues: `waiting` pictures behind those being read, and infer `requests` [503, with Retry-After].

    In seconds: `head_s` for a client to send a request's head [closed; 408 while an earlier request is being
    answered], `body_s` to send its body [408], `answer_s` until the answer is ready, or that of a page [503], `read_s`
    for one page in its worker [422], `pages_s` after which no further page of a file is begun [left out, and said so],
    `take_s` for which a client may leave the write buffer full [closed], `rest_s` for which the rest of a refused body
    is discarded [closed], `drain_s` for requests under way to end at shutdown [503].
    """

    body: int = 16 * MB
    tensors: int = 4 * MB
    bodies: int = 256 * MB
    picture_px: int = 50_000_000
    pages: int = 50
    memory: int = LIMITS.reading_bytes
    images: int = 256
    head: int = 32_000
    headers: int = 100
    connections: int = 512
    pipelined: int = 16
    waiting: int = 64
    requests: int = 1_024
    head_s: float = 5.0
    body_s: float = 15.0
    answer_s: float = 20.0
    read_s: float = LIMITS.reading_s
    pages_s: float = 30.0
    take_s: float = 15.0
    rest_s: float = 1.0
    drain_s: float = 20.0
