"""The command line from its first moment: Ctrl-C while modules load, streams, and one exit status."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as for mypy; nothing is imported here that takes time: until ``entry`` runs, nobody listens to Ctrl-C
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType


CRASHED = 70
"""Exit status of a fault of ours, as sysexits.h has it."""


def entry() -> None:
    """Console script."""
    try:
        code = _load_and_run()
    except KeyboardInterrupt:
        code = _interrupted()
    except Exception:  # python's own status for it would be 1, which `semascope switch` means something by
        import traceback

        traceback.print_exc()
        code = CRASHED
    sys.exit(code)


def _load_and_run() -> int:
    import signal

    # a job in the background does not
    listening = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listening:
        signal.signal(signal.SIGINT, _leave)
    from semascope.cli.freed_memory import keep_freed_memory
    from semascope.cli.processor import choose_kernels

    choose_kernels()
    keep_freed_memory()
    from semascope.cli import verbs  # noqa: F401 (loaded while nothing is at work that Ctrl-C could leave half done)

    if listening:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return main(sys.argv[1:])


def _leave(number: int, frame: FrameType | None) -> None:
    """Stop at once: an exception would be caught, or shown, by whatever module is being loaded."""
    os.write(2, b"\nstopped: nothing was begun\n")
    os._exit(130)


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit status: 0 fine, 2 bad input or no room for the answer, 130 interrupted."""
    from semascope.cli.streams import end_streams, show_anything

    show_anything()
    return end_streams(lambda: _run(arguments))


def _run(arguments: Sequence[str]) -> int:
    from semascope.cli.agreeing import agrees
    from semascope.embedding.consent import asking

    with asking(agrees) as asked:
        code = _run_command(arguments)
    for bill in asked.sent():
        print(f"note: {bill}, by all that this command sent", file=sys.stderr)
    return code


def _run_command(arguments: Sequence[str]) -> int:
    import shlex
    import warnings

    from semascope.cli.verbs import command
    from semascope.errors import SemascopeError

    warnings.showwarning = _warn  # one line, without the path of a source file
    try:
        code = command().main(
            args=list(arguments),
            prog_name="semascope",
            standalone_mode=False,
            obj=shlex.join(["semascope", *arguments]),  # kept with what it makes
        )
    except SemascopeError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        if type(error).__module__.split(".")[0] in ("click", "typer") and hasattr(error, "format_message"):
            return _complain(error.format_message())
        if type(error).__name__ == "Abort":  # what older typer makes of Ctrl-C, and of a no to a question
            return _interrupted()
        raise
    if code == 130:  # what newer typer makes of Ctrl-C
        return _interrupted()
    return code if isinstance(code, int) else 0


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {message}", file=sys.stderr)


def _complain(message: str) -> int:
    if message:  # none where the help was printed in its place
        print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return 2


def _interrupted() -> int:
    print("\nstopped: what was finished is kept; run the same command again to go on", file=sys.stderr)
    return 130
