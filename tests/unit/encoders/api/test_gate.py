"""The gate in a loop whose clock jumps to the next timer: hours pass in milliseconds, and always alike."""

from __future__ import annotations

import asyncio
import selectors

import pytest

from semascope.encoders.api.gate import Gate
from semascope.encoders.api.pacing import Pacer


class JumpingSelector(selectors.SelectSelector):
    """Does not wait for what is due later: moves the clock instead."""

    time = 0.0

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("nothing will ever happen in this loop")
        self.time += timeout
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.time


def run(coroutine):
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(coroutine)


def now():
    return asyncio.get_running_loop().time()


def test_requests_go_in_the_order_in_which_they_came_and_at_the_even_rate():
    async def job():
        gate, gone = Gate(Pacer(requests_per_minute=60, burst_requests=1.25)), []

        async def send(name):
            ticket = await gate.enter(1)
            gone.append((name, now(), ticket.held))
            gate.answered(ticket, 1)

        await asyncio.gather(*(send(name) for name in range(5)))
        return gone

    gone = run(job())
    assert [name for name, _, _ in gone] == [0, 1, 2, 3, 4]
    assert [time for _, time, _ in gone] == pytest.approx([0, 1, 2, 3, 4])
    assert [held for _, _, held in gone] == [False, True, True, True, True]


def test_an_answer_that_frees_room_wakes_who_waits():
    async def job():
        gate = Gate(Pacer(tokens_per_minute=1000, margin=0))
        first = await gate.enter(1000)
        asyncio.get_running_loop().call_later(
            90, gate.answered, first, 100
        )  # what was reserved was far too much
        await gate.enter(400)
        return now()

    assert run(job()) == pytest.approx(90)


def test_who_is_cancelled_has_reserved_nothing_and_the_next_goes():
    async def job():
        gate = Gate(Pacer(requests_per_minute=2, burst_requests=2))
        first, _ = await gate.enter(1), await gate.enter(1)
        gate.answered(first, 1)
        waiting = [asyncio.create_task(gate.enter(1)) for _ in range(3)]
        await asyncio.sleep(10)
        waiting[0].cancel()
        waiting[1].cancel()
        await waiting[2]
        return now(), gate.under_way, [task.cancelled() for task in waiting]

    time, under_way, cancelled = run(job())
    assert time == pytest.approx(
        60.3
    )  # the second went at 0.25, when both could not arrive together; then the answer came
    assert under_way == 2
    assert cancelled == [True, True, False]


def test_a_failure_and_a_withdrawal_wake_who_waits():
    async def job():
        gate = Gate(Pacer(tokens_per_minute=1000, margin=0))
        first = await gate.enter(900)
        asyncio.get_running_loop().call_later(5, gate.failed, first)
        second = asyncio.create_task(gate.enter(900))
        await second
        failed_at = now()
        asyncio.get_running_loop().call_later(70, gate.withdraw, second.result())
        await gate.enter(900)
        return failed_at, now()

    failed_at, withdrawn_at = run(job())
    assert failed_at == pytest.approx(65.05)
    assert withdrawn_at == pytest.approx(failed_at + 70)


def test_a_closure_holds_back_who_waits_already():
    async def job():
        gate = Gate(Pacer(requests_per_minute=60, burst_requests=1.25))
        gate.answered(await gate.enter(1), 1)
        waiting = asyncio.create_task(gate.enter(1))  # would go after a second
        await asyncio.sleep(0.5)
        gate.close_for(30)
        await waiting
        return now()

    assert run(job()) == pytest.approx(30.5)
