"""Batches form while others are under way, and what goes wrong in one reaches all who wait for it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from mnistry.server.batcher import Batcher
from mnistry.server.bounded_executor import BoundedExecutor
from mnistry.server.problems import ProblemError


def lengths(bodies: list[bytes]) -> list[int]:
    return [len(body) for body in bodies]


def run(scenario: Callable[[BoundedExecutor], Awaitable[None]]) -> None:
    async def main() -> None:
        work = BoundedExecutor(ThreadPoolExecutor(1), 1, 1, 5.0)
        await scenario(work)

    asyncio.run(main())


def test_what_waits_is_handed_on_together_and_each_gets_its_own() -> None:
    gate, sizes = threading.Event(), []

    def task(bodies: list[bytes]) -> list[int]:
        gate.wait(5)
        return lengths(bodies)

    async def scenario(work: BoundedExecutor) -> None:
        batches = Batcher(task, work, 5.0, waiting=9, max_bytes=6)
        batches.sizes = sizes.append
        asked = [asyncio.create_task(batches.answer(b"x" * n)) for n in (1, 2, 3, 4, 9, 1)]
        await asyncio.sleep(0.05)
        gate.set()
        assert await asyncio.gather(*asked) == [1, 2, 3, 4, 9, 1]

    run(scenario)
    assert sizes == [3, 1, 1, 1]  # 1 + 2 + 3 bytes; then 4, since 9 is more than goes with it; 9 alone; and 1


def test_an_error_reaches_all_of_a_batch_and_no_other() -> None:
    def task(bodies: list[bytes]) -> list[int]:
        if b"bad" in bodies:
            raise ValueError("broken")
        return lengths(bodies)

    async def scenario(work: BoundedExecutor) -> None:
        batches = Batcher(task, work, 5.0, waiting=9, max_bytes=6)
        found = await asyncio.gather(
            *(batches.answer(body) for body in (b"bad", b"one", b"two", b"six")), return_exceptions=True
        )
        assert [type(one) for one in found] == [ValueError, ValueError, int, int]

    run(scenario)


def test_a_line_that_is_full_and_an_answer_that_does_not_come_are_503() -> None:
    gate = threading.Event()

    def task(bodies: list[bytes]) -> list[int]:
        gate.wait(5)
        return lengths(bodies)

    async def scenario(work: BoundedExecutor) -> None:
        batches = Batcher(task, work, 0.2, max_bytes=1, waiting=2)
        under_way = []
        for _ in range(3):  # one that is answered, two queued
            under_way.append(asyncio.create_task(batches.answer(b"x")))
            await asyncio.sleep(0.02)
        with pytest.raises(ProblemError, match="2 requests are queued already") as caught:
            await batches.answer(b"x")
        assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
        found = await asyncio.gather(*under_way, return_exceptions=True)
        assert [str(one) for one in found] == ["not done after 0.2 s: try again later"] * 3
        gate.set()
        await asyncio.sleep(0.1)
        assert await batches.answer(b"xx") == 2  # there is room again

    run(scenario)
