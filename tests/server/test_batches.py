"""Batches form while the network is busy, and what goes wrong in one reaches all who wait for it."""

import asyncio
import threading
from collections.abc import Callable

import numpy as np
import pytest

from mnistry.server.batches import Batches
from mnistry.server.problems import ProblemError
from mnistry.server.work import Work


def images(n: int, value: int) -> np.ndarray:
    return np.full((n, 2, 2, 1), value, np.uint8)


def first_pixel(batch: np.ndarray) -> np.ndarray:
    return batch[:, 0, 0].astype(np.float32)


def run(scenario: Callable[[Work], object]) -> None:
    async def main() -> None:
        work = Work(1, 1, 5.0)
        try:
            await scenario(work)  # pyright: ignore[reportGeneralTypeIssues]
        finally:
            work.close()

    asyncio.run(main())


def test_what_waits_is_looked_at_together_and_each_gets_its_own() -> None:
    gate, sizes = threading.Event(), []

    def classify(batch: np.ndarray) -> np.ndarray:
        gate.wait(5)
        return first_pixel(batch)

    async def scenario(work: Work) -> None:
        batches = Batches(classify, work, 5.0, most=6)
        batches.sizes = sizes.append
        asked = [asyncio.create_task(batches.logits(images(n, n))) for n in (1, 2, 3, 4)]
        await asyncio.sleep(0.05)
        gate.set()
        for n, logits in zip((1, 2, 3, 4), await asyncio.gather(*asked), strict=True):
            assert logits.ravel().tolist() == [n] * n

    run(scenario)
    assert sizes == [6, 4]  # the first four tasks are in line before the first batch is begun: 1 + 2 + 3, then 4


def test_an_error_reaches_all_of_a_batch_and_no_other() -> None:
    def classify(batch: np.ndarray) -> np.ndarray:
        if (batch == 1).any():
            raise ValueError("broken")
        return first_pixel(batch)

    async def scenario(work: Work) -> None:
        batches = Batches(classify, work, 5.0, most=2)
        found = await asyncio.gather(*(batches.logits(images(1, v)) for v in (1, 2, 3, 4)), return_exceptions=True)
        assert [type(one) for one in found] == [ValueError, ValueError, np.ndarray, np.ndarray]

    run(scenario)


def test_a_line_that_is_full_and_an_answer_that_does_not_come_are_503() -> None:
    gate = threading.Event()

    def classify(batch: np.ndarray) -> np.ndarray:
        gate.wait(5)
        return first_pixel(batch)

    async def scenario(work: Work) -> None:
        batches = Batches(classify, work, 0.2, most=1, waiting=2)
        under_way = []
        for _ in range(3):  # one that is looked at, two in line
            under_way.append(asyncio.create_task(batches.logits(images(1, 1))))
            await asyncio.sleep(0.02)
        with pytest.raises(ProblemError, match="2 images are in line already") as caught:
            await batches.logits(images(1, 1))
        assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
        found = await asyncio.gather(*under_way, return_exceptions=True)
        assert [str(one) for one in found] == ["not done after 0.2 s: try again later"] * 3
        gate.set()
        await asyncio.sleep(0.1)
        assert (await batches.logits(images(1, 7))).ravel().tolist() == [7]  # there is room again

    run(scenario)


def test_more_than_a_whole_line_is_looked_at_where_nobody_waits() -> None:
    async def scenario(work: Work) -> None:
        batches = Batches(first_pixel, work, 5.0, most=1, waiting=2)
        assert len(await batches.logits(images(9, 1))) == 9

    run(scenario)
