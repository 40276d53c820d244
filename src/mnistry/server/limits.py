"""What a server takes on, and from where it refuses: every bound in one place."""

from dataclasses import dataclass

from mnistry.safety.limits import LIMITS

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bounds of one server; what goes beyond them is refused with the status in brackets.

    `body` of a request in bytes [413], `tensors` an infer request's own bound of it [413], `bodies` of all
    requests under way [503], `picture_px` of a picture before it is decoded [413; its other bounds are those of
    `mnistry.safety.limits`], `memory` in bytes that a process may take beyond what it holds when it begins [413],
    `images` of one infer request [413], `head` of a request, its line and headers, in bytes [431], the number of its
    `headers` [431], `connections` at once, and requests `pipelined` on one before its first is answered [closed].

    `waiting` pictures may stand in line behind those being read, and so many infer `requests` [503, with
    Retry-After].

    In seconds: `head_s` for a client to send a request's head [closed], `body_s` for its body [408],
    `answer_s` until the answer is there [503], `read_s` for one picture in the process that reads it [422], `take_s`
    for a client to take a part of it [closed], `rest_s` that the rest of a refused body is passed over
    [closed], `drain_s` for requests under way to end once the server is told to stop [503].
    """

    body: int = 16 * MB
    tensors: int = 4 * MB
    bodies: int = 256 * MB
    picture_px: int = 50_000_000
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
    take_s: float = 15.0
    rest_s: float = 1.0
    drain_s: float = 20.0
