"""What came of one input: in a command, or in a request to a server."""

import time
from dataclasses import dataclass, field

from hostile_answers import Answer, misanswered
from hostile_cases import Case
from hostile_run import Ended
from hostile_serve import REQUEST_S, Served, unwell
from hostile_verdicts import Verdict


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
    try:
        answers = server.ask(request, number, limit_s)
    except OSError as error:
        answers, refused = [Answer()], [("hang", f"no connection: {error}")]
    else:
        refused = []
    elapsed_s = time.monotonic() - began
    found = dict([*unwell(server), *misanswered(answers, fine), *refused])
    return Outcome(case, how, list(found.items()), elapsed_s, server.peak_mb)


def outcome_of(case: Case, how: str, ended: Ended, found: list[Verdict]) -> Outcome:
    """That of a command."""
    return Outcome(case, how, found, ended.elapsed_s, ended.peak_mb)
