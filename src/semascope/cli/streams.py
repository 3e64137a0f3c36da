"""Standard output and standard error: they show whatever they are given, and a full or closed one ends quietly."""

from __future__ import annotations

import codecs
import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

NEAREST = "semascope.nearest"
"""Name of what a stream does with a character that its encoding does not have."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_NEAREST = {
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2010": "-", "\u202f": " ", "\u00a0": " ", "\u00b1": "+/-",
    "\u00d7": "x", "\u2026": "...", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00b7": "-",
    "\u221e": "inf", "\u2192": "->", "\u2264": "<=", "\u2265": ">=", "\u2500": "-", "\u2501": "-", "\u2502": "|",
}  # fmt: skip


def show_anything() -> None:
    """Let both streams show what their encoding can, and something near for the rest: a minus stays a minus."""
    codecs.register_error(NEAREST, _nearest)
    # Closed on purpose (`>&-`): what is printed goes nowhere.
    sys.stdout, sys.stderr = (stream or _nowhere() for stream in (sys.stdout, sys.stderr))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=NEAREST)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf8")


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
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = 0
    except SystemExit as error:  # what rich and typer make of a closed pipe
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        code = 0
    except OSError as error:
        # Every other writer says itself what it could not write, and an error about a file has its name.
        if error.filename is not None or error.errno not in _NO_ROOM:
            raise
        code = _complain_of(error)
    for stream in (sys.stdout, sys.stderr):
        _let_go_if_stuck(stream)
    return code


def _complain_of(error: OSError) -> int:
    with suppress(OSError):  # standard error may be what is full
        print(
            f"error: the output cannot be written ({error.strerror}); what was finished is kept; make room, or send it"
            " elsewhere",
            file=sys.stderr,
            flush=True,
        )
    return 2


def _let_go_if_stuck(stream: TextIO) -> None:
    """What the stream cannot write goes nowhere, or Python would complain of it once more at its end."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
