"""Answers for the pages of a file, read one at a time, so that other requests have their turn in between."""

import time
from collections.abc import Awaitable, Callable

import orjson

from mnistry.server.limits import Limits
from mnistry.server.problems import ProblemError
from mnistry.server.worker_tasks import Reading

BUSY = 503


async def answer(first: Reading, file: str, limits: Limits, read: Callable[[int], Awaitable[Reading]]) -> bytes:
    """Return the first page's answer as JSON, with the others' as its `pages`; `read` reads the page of a number.

    A page that cannot be read has an `error`. `left_out` says which pages are not among them, if any, and why.
    """
    if not first.pages.several:
        return first.json
    numbers, deadline = first.pages.numbers, time.monotonic() + limits.pages_s
    pages: list[bytes] = []
    reason = f"at most {limits.pages} pages are read"
    for number in numbers[1 : limits.pages]:
        if time.monotonic() > deadline:
            reason = f"no page is begun after {limits.pages_s:g} s"
            break
        try:
            pages.append((await read(number)).json)
        except ProblemError as problem:
            if problem.status == BUSY:
                reason = problem.detail
                break
            pages.append(orjson.dumps({"file": file, "page": number, "error": problem.detail}))
    unread, left_out = numbers[1 + len(pages) :], first.pages.left_out
    if unread:
        left_out = f"page {unread[0]} and those behind it: {reason}: send them in a file of their own"
    said = b"" if left_out is None else b',"left_out":' + orjson.dumps(left_out)
    return first.json[:-1] + b',"pages":[' + b",".join(pages) + b"]" + said + b"}"
