"""The pages of one request: what each failure and each limit leaves out."""

import asyncio
import json

import pytest

from mnistry.ocr.document import Pages
from mnistry.server import pages
from mnistry.server.limits import Limits
from mnistry.server.problems import ProblemError, busy
from mnistry.server.worker_tasks import Reading


def reading(number: int, found: Pages) -> Reading:
    return Reading(json.dumps({"page": number}).encode(), 1, 0, found)


def answered(found: Pages, limits: Limits, failing: dict[int, ProblemError] | None = None) -> dict[str, object]:
    async def read(number: int) -> Reading:
        if problem := (failing or {}).get(number):
            raise problem
        return reading(number, Pages((number,)))

    return json.loads(asyncio.run(pages.answer(reading(1, found), "a.tif", limits, read)))


def test_one_page_is_answered_as_it_was() -> None:
    assert answered(Pages(), Limits()) == {"page": 1}


def test_others_are_beside_it() -> None:
    assert answered(Pages((1, 2, 4)), Limits()) == {"page": 1, "pages": [{"page": 2}, {"page": 4}]}


@pytest.mark.parametrize(
    ("limits", "failing", "read", "reason"),
    [
        (Limits(pages=2), {}, [2], "at most 2 pages are read"),
        (Limits(pages_s=-1), {}, [], "no page is begun after -1 s"),
        (Limits(), {3: busy("the queue is full")}, [2], "the queue is full"),
    ],
)
def test_what_is_left_out_is_said(
    limits: Limits, failing: dict[int, ProblemError], read: list[int], reason: str
) -> None:
    answer = answered(Pages((1, 2, 3, 4)), limits, failing)
    assert answer["pages"] == [{"page": number} for number in read]
    after = len(read) + 2
    assert answer["left_out"] == f"page {after} and those behind it: {reason}: send them in a file of their own"


def test_what_was_left_out_before_is_said_too() -> None:
    assert answered(Pages((1, 2), "too many frames"), Limits())["left_out"] == "too many frames"


def test_a_page_that_fails_stops_no_others() -> None:
    answer = answered(Pages((1, 2, 3)), Limits(), {2: ProblemError(422, "this picture: not done within 10 s")})
    error = {"file": "a.tif", "page": 2, "error": "this picture: not done within 10 s"}
    assert answer == {"page": 1, "pages": [error, {"page": 3}]}
