"""What came of one input: in a command, or in a request to a server."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from attack.answers import misanswered
from attack.cases import Case
from attack.process import Ended
from attack.served import LIVE_S, REQUEST_S, Served, unwell
from attack.verdicts import Verdict

MEANWHILE_S = 1.0  # between two looks at a server that is still busy with a request


@dataclass
class Outcome:
    """What came of one input in one command or request."""

    case: Case
    how: str
    verdicts: list[Verdict] = field(default_factory=list)
    elapsed_s: float = 0.0
    peak_mb: float = 0.0


def asked(
    case: Case,
    how: str,
    server: Served,
    request: bytes,
    fine: frozenset[int],
    limit_s: float = REQUEST_S,
    number: int = 1,
) -> Outcome:
    """Send a request, and judge the answers and what they leave of the server."""
    server.forget_peak()
    began = time.monotonic()
    meanwhile: list[Verdict] = []
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(server.ask, request, number, limit_s)
        while not wait([asking], MEANWHILE_S).done:
            if server.live_s() > LIVE_S:
                meanwhile = [("hang", f"not live within {LIVE_S:g} s meanwhile")]
        try:
            answers, refused = asking.result(), []
        except OSError as error:
            answers, refused = [], [("hang", f"no connection: {error}")]
    elapsed_s = time.monotonic() - began
    found = dict([*unwell(server), *misanswered(answers, fine), *refused, *meanwhile])
    return Outcome(case, how, list(found.items()), elapsed_s, server.peak_mb)


def outcome_of(case: Case, how: str, ended: Ended, found: list[Verdict]) -> Outcome:
    """That of a command."""
    return Outcome(case, how, found, ended.elapsed_s, ended.peak_mb)
