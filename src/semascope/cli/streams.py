"""Standard output and standard error: they show whatever they are given, and a full or closed one ends quietly."""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

NEAREST = "semascope.nearest"
"""Name of what a stream does with a character that its encoding does not have."""

_NEAREST = {
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2010": "-", "\u202f": " ", "\u00a0": " ", "\u00b1": "+/-",
    "\u00d7": "x", "\u2026": "...", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00b7": "-",
    "\u221e": "inf", "\u2192": "->", "\u2264": "<=", "\u2265": ">=", "\u2500": "-", "\u2501": "-", "\u2502": "|",
}  # fmt: skip


def show_anything() -> None:
    """Let both streams show what their encoding can, and something near for the rest: a minus stays a minus."""
    codecs.register_error(NEAREST, _nearest)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=NEAREST)


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(_NEAREST.get(character, "?") for character in lost), error.end


def end_streams(run: Callable[[], int]) -> int:
    """The exit status of ``run`` with all that it printed on its way; 2 where that could not be written.

    A reader that has closed (``| head``) has what it wanted: nothing is said, and the status is 0.
    """
    try:
        code = run()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BrokenPipeError:
        code = 0
    except SystemExit as error:  # what rich and typer make of a closed pipe
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        code = 0
    except OSError as error:
        if not (_is_stuck(sys.stdout) or _is_stuck(sys.stderr)):
            raise
        with suppress(OSError):  # standard error may be what is full
            print(
                f"error: the output cannot be written ({error.strerror}); what was finished is kept; make room, or send it"
                " elsewhere",
                file=sys.stderr,
                flush=True,
            )
        code = 2
    for stream in (sys.stdout, sys.stderr):
        if _is_stuck(stream):
            _let_go(stream)
    return code


def _is_stuck(stream: TextIO | None) -> bool:
    """Whether it still holds what it cannot write."""
    try:
        if stream is not None:
            stream.flush()
    except OSError:
        return True
    return False


def _let_go(stream: TextIO) -> None:
    """What the stream holds goes nowhere, or Python would complain of it once more at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
