"""How long work shows itself: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from semascope.types import Step

_EVERY = 10.0  # seconds between plain lines


_drawing: list[ProgressDisplay] = []


@contextmanager
def nothing_drawn() -> Iterator[None]:
    """Whatever is drawn in this process stops meanwhile: somebody is asked."""
    with ExitStack() as stack:
        for display in _drawing:
            stack.enter_context(display.paused())
        yield


class ProgressDisplay:
    """Draws steps; use it as a context and pass ``display.show`` as the progress.

    Parameters
    ----------
    stream
        Standard error.
    clock
        Seconds, rising; a test gives its own.
    """

    def __init__(self, stream: TextIO, *, clock: object = None) -> None:
        self._stream = stream
        self._clock = clock if callable(clock) else time.monotonic
        self._terminal = stream.isatty()
        self._stage = ""
        self._began = 0.0
        self._first = 0
        self._said = 0.0
        self._cell = ""  # the last one told of
        self._points: deque[tuple[float, int]] = deque()  # when how much was done, of the window
        self._task: TaskID | None = None
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28, complete_style="cyan", finished_style="cyan"),
            TextColumn("{task.fields[state]}"),
            console=Console(file=stream),
            transient=True,
        )

    def __enter__(self) -> Self:
        if self._terminal:
            self._bar.start()
        _drawing.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _drawing.remove(self)
        if self._terminal:
            self._bar.stop()

    def show(self, step: Step) -> None:
        """Draw one step."""
        now = self._clock()
        fresh = step.stage != self._stage
        if fresh:
            self._stage, self._began, self._first, self._said = step.stage, now, step.done, now
            self._points.clear()
        began, first = self._since(step, now)
        state = describe(step, seconds=now - began, since=first)
        if self._terminal:
            self._draw(step, state, fresh=fresh)
        elif step.unit == "cells":
            if step.stage != self._cell:
                self._cell = step.stage
                self._write(f"{step.stage} ({step.done + 1} of {step.total})")
        elif now - self._said >= _EVERY or step.done == step.total:
            self._said = now
            self._write(f"{step.stage}: {state}")

    def _since(self, step: Step, now: float) -> tuple[float, int]:
        """When the rate's time began, and what was done by then: the window's beginning, or the stage's."""
        if step.window is None:
            return self._began, self._first
        self._points.append((now, step.done))
        while len(self._points) > 1 and self._points[1][0] <= now - step.window:
            self._points.popleft()
        if self._began > now - step.window:
            return self._began, self._first
        return self._points[0]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is drawn meanwhile: somebody is asked."""
        if self._terminal:
            self._bar.stop()
        yield
        if self._terminal:
            self._bar.start()

    def line(self, text: str) -> None:
        """Print a line that stays."""
        if self._terminal:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            self._write(text)

    def _write(self, line: str) -> None:
        with suppress(OSError):  # work does not end because nobody can be told of it
            self._stream.write(f"{line}\n")
            self._stream.flush()

    def _draw(self, step: Step, state: str, *, fresh: bool) -> None:
        if fresh or self._task is None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(step.stage, total=step.total, state="")
        self._bar.update(self._task, completed=step.done, state=state)


def describe(step: Step, *, seconds: float, since: int = 0) -> str:
    """Count, rate and the time left, in words.

    Examples
    --------
    >>> from semascope.types import Step
    >>> describe(Step(stage="encoding", done=300, total=900, unit="texts"), seconds=10.0)
    '300 of 900 texts, 30 a second, 20 s left'
    >>> describe(Step(stage="encoding", done=3, total=9, unit="texts", detail="41 tokens"), seconds=0.0)
    '3 of 9 texts, 41 tokens'
    """
    pace = _pace(step, seconds, since)
    return ", ".join(filter(None, [f"{step.done:,} of {step.total:,} {step.unit}", pace, step.detail]))


def _pace(step: Step, seconds: float, since: int) -> str:
    """Rate and time left; "" where nothing can be said yet."""
    done = step.done - since
    if seconds < 0.5 or done <= 0 or step.unit == "cells":
        return ""
    rate = done / seconds
    shown = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
    left = (step.total - step.done) / rate
    return f"{shown} a second" + (f", {spell_seconds(left)} left" if step.done < step.total else "")


def spell_seconds(seconds: float) -> str:
    """A duration as a person would say it.

    Examples
    --------
    >>> spell_seconds(0.42), spell_seconds(95), spell_seconds(7_300)
    ('0.4 s', '1 min 35 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3_600} h {whole % 3_600 // 60} min"
