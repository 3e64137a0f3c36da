"""What a line of progress says: count, pace, what is left, and what it costs."""

from __future__ import annotations

import io

from semascope.types import Step
from semascope.words.progress import ProgressDisplay, nothing_drawn


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def lines(steps, **more):
    """Of (seconds, done), as plain lines."""
    clock, stream = Clock(), io.StringIO()
    with ProgressDisplay(stream, clock=clock) as display:
        for at, done in steps:
            clock.now = at
            display.show(Step(stage="encoding", done=done, total=10_000, unit="texts", **more))
    return stream.getvalue().splitlines()


def test_the_rate_is_that_of_the_whole_stage():
    assert lines([(0, 0), (100, 6_000), (200, 6_200)])[-1] == (
        "encoding: 6,200 of 10,000 texts, 31 a second, 2 min 3 s left"
    )


def test_within_a_window_the_rate_is_that_of_the_last_seconds():
    steps = [(0, 0), (100, 6_000), (140, 6_080), (170, 6_140), (200, 6_200)]
    assert lines(steps, window=60.0)[-1] == (
        "encoding: 6,200 of 10,000 texts, 2.0 a second, 31 min 40 s left"
    )


def test_a_stage_that_is_younger_than_the_window_is_taken_whole():
    assert lines([(0, 0), (20, 100)], window=60.0)[-1].startswith(
        "encoding: 100 of 10,000 texts, 5.0 a second"
    )


def test_a_pause_of_the_provider_shows_in_what_is_left():
    steps = [(second, 50 * second) for second in range(0, 100, 5)] + [(160, 4_760)]
    rate = (4_760 - 4_750) / (160 - 95)  # since the last point that is a minute old
    assert f", {rate:.1f} a second" in lines(steps, window=60.0)[-1]


def test_a_detail_comes_last():
    assert lines([(0, 0), (20, 100)], detail="41 tokens, 0.02 USD")[-1].endswith(" left, 41 tokens, 0.02 USD")


def test_nothing_is_drawn_while_somebody_is_asked():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    with ProgressDisplay(stream) as display:
        display.show(Step(stage="encoding", done=1, total=9, unit="texts"))
        with nothing_drawn():
            assert not display._bar.live.is_started
        assert display._bar.live.is_started
    with nothing_drawn():  # nobody draws any more
        pass
