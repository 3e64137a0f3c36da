"""Coroutines and a number of lanes that changes."""

from __future__ import annotations

import asyncio

from semascope.encoders.api.lane_keeper import LaneKeeper


class Limit:
    """Lanes whose limit a test sets."""

    def __init__(self, limit):
        self.limit = limit


def test_no_more_than_the_limit_and_in_order():
    async def job():
        keeper, order, most = LaneKeeper(Limit(3)), [], 0

        async def work(name):
            nonlocal most
            await keeper.enter()
            order.append(name)
            most = max(most, keeper.taken)
            await asyncio.sleep(0)
            keeper.leave()

        await asyncio.gather(*(work(name) for name in range(20)))
        return order, most, keeper.taken

    assert asyncio.run(job()) == (list(range(20)), 3, 0)


def test_a_limit_that_grows_lets_several_go_and_one_that_shrinks_lets_none():
    async def job():
        limit = Limit(2)
        keeper, gone = LaneKeeper(limit), []

        async def work(name):
            await keeper.enter()
            gone.append(name)

        tasks = [asyncio.create_task(work(name)) for name in range(8)]
        await asyncio.sleep(0)
        counts = [len(gone)]
        for lanes in (5, 2, 2, 2, 2):
            limit.limit = lanes
            keeper.leave()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            counts.append(len(gone))
        for task in tasks:
            task.cancel()
        return counts

    # 2 go; then 1 is left and 4 may come; then 4, 3, 2 are left of a limit of 2, and 1, so that one may come.
    assert asyncio.run(job()) == [2, 6, 6, 6, 6, 7]


def test_who_is_cancelled_takes_no_lane_even_when_it_was_just_given_one():
    async def job():
        keeper = LaneKeeper(Limit(1))
        await keeper.enter()
        first, second, third = (asyncio.create_task(keeper.enter()) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        keeper.leave()  # the lane is now the first's, which is cancelled before it runs
        first.cancel()
        await asyncio.wait_for(third, 1)
        return keeper.taken, first.cancelled(), second.cancelled()

    assert asyncio.run(job()) == (1, True, True)
