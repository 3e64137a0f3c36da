"""Why a service does not take a request that is well formed: it has no room, or is not ready."""

from __future__ import annotations

from semascope.errors import ConfigError, SemascopeError
from semascope.words.numbers import count


class Overloaded(SemascopeError, RuntimeError):
    """There is no room for more: the same request can be sent again after ``seconds``."""

    def __init__(self, held: int, *, most: int, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"{count(held, 'text')} wait, and at most {most:,} may; send the request again in {seconds:.0f} s"
        )


class FieldRefused(ConfigError):
    """A field of a request that cannot be used as it is.

    ``param`` names it, and ``code`` is a word for programs, as in the errors of OpenAI.
    """

    def __init__(self, message: str, *, param: str, code: str | None = None) -> None:
        self.param, self.code = param, code
        super().__init__(message)


class NotThere(SemascopeError, LookupError):
    """Nothing of this name is served; ``param`` and ``code`` as of ``FieldRefused``."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        self.param, self.code = param, code
        super().__init__(message)


class NotScored(SemascopeError, ValueError):
    """A text that has no score, such as an empty one."""


class TooMuch(SemascopeError, ValueError):
    """More texts, or a longer one, than are accepted."""
