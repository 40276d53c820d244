"""A line of work that has an end; tests/server/test_limits.py has a server with one."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mnistry.server.bounded_executor import BoundedExecutor
from mnistry.server.problems import ProblemError


def test_what_nobody_waits_for_any_more_keeps_its_place_until_it_is_done() -> None:
    gate = threading.Event()

    async def scenario() -> None:
        work = BoundedExecutor(ThreadPoolExecutor(1), 1, 1, 0.2)
        with pytest.raises(ProblemError, match=r"not done after 0\.2 s"):
            await work.do(gate.wait, 10)
        assert work.taken == 1
        gate.set()
        assert await work.do(str, 5) == "5"
        assert work.taken == 0

    asyncio.run(scenario())


def test_what_waits_in_line_and_gives_up_leaves_it_whole() -> None:
    gate = threading.Event()

    async def scenario() -> None:
        work = BoundedExecutor(ThreadPoolExecutor(1), 1, 3, 5.0)
        under_way = [asyncio.create_task(work.do(gate.wait, 10)) for _ in range(4)]
        await asyncio.sleep(0.05)
        assert (work.taken, work.full) == (4, True)
        with pytest.raises(ProblemError, match="4 requests are queued already"):
            await work.do(str, 5)
        under_way[3].cancel()  # one is done and one on its way: this one is queued
        await asyncio.sleep(0.05)
        assert (work.taken, work.full) == (3, False)
        gate.set()
        assert await asyncio.gather(*under_way[:3]) == [True] * 3

    asyncio.run(scenario())
