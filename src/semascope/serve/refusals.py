"""Why a service does not take a request that is well formed: it has no room, or is not ready."""

from __future__ import annotations

from semascope.errors import SemascopeError
from semascope.words.numbers import count


class Overloaded(SemascopeError, RuntimeError):
    """There is no room for more: the same request can be sent again after ``seconds``."""

    def __init__(self, held: int, *, most: int, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"{count(held, 'text')} wait, and at most {most:,} may; send the request again in {seconds:.0f} s"
        )


class NotThere(SemascopeError, LookupError):
    """Nothing of this name is served."""


class NotScored(SemascopeError, ValueError):
    """A text that has no score, such as an empty one."""


class TooMuch(SemascopeError, ValueError):
    """More texts, or a longer one, than are accepted."""


class NotAllowed(SemascopeError, PermissionError):
    """What this service was not started for, such as learning."""


class Conflict(SemascopeError, ValueError):
    """A request id that stands for another request already."""


class NotLearnt(SemascopeError, RuntimeError):
    """Nothing was learnt, because it cannot be written down: the same request can be sent again later."""
