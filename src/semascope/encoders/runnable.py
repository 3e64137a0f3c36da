"""Whether an encoder of the catalogue can be run here, said before its weights are fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import EncoderError

if TYPE_CHECKING:
    from semascope.encoders.entry import Entry


def check_runs(entry: Entry | None, *, trusted: bool) -> None:
    """Raise ``EncoderError`` for a line of the catalogue that would be refused once it is fetched.

    Parameters
    ----------
    entry
        None for a model that the catalogue does not know: its folder says what it is.
    trusted
        Whether code that comes with a checkpoint may run.

    Examples
    --------
    >>> check_runs(None, trusted=False)
    """
    if entry is None:
        return
    if entry.refused:
        raise EncoderError(f"encoder {entry.name!r} is in the catalogue and is not run: {entry.refused}")
    if entry.own_code and not entry.native and not trusted:
        raise EncoderError(
            f"encoder {entry.name!r} brings its own code ({entry.own_code}); it runs only when it is trusted; read it, then"
            " give --trust-remote-code (trust_remote_code=True), or choose another encoder"
        )
