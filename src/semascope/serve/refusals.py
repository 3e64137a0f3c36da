"""Requests that are well formed and not answered, each with its status."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from semascope.errors import ConfigError, DataError, SemascopeError
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator


class Refusal(SemascopeError):
    """A request that a service does not answer, for a reason that is not in the artifact.

    Attributes
    ----------
    status
        Of HTTP.
    seconds
        After which the same request may be answered; None where waiting does not help.
    code
        A word for programs; None for none.
    param
        The field that is to blame; None for none.
    """

    status = 400
    seconds: float | None = None
    code: str | None = None
    param: str | None = None

    def __init__(self, message: str, *, param: str | None = None) -> None:
        self.param = param
        super().__init__(message)


class Overloaded(Refusal, RuntimeError):
    """There is no room for more."""

    status = 429
    code = "overloaded"

    def __init__(self, held: int, *, most: int, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"{count(held, 'text')} wait, and at most {most:,} may; send the request again in {seconds:.0f} s"
        )


class NotReady(Refusal, RuntimeError):
    """The service starts or stops."""

    status = 503
    seconds = 1.0


class FieldRefused(Refusal, ValueError):
    """A field of a request that cannot be used as it is."""

    def __init__(self, message: str, *, param: str, code: str | None = None) -> None:
        self.code = code
        super().__init__(message, param=param)


@contextmanager
def blaming(param: str) -> Iterator[None]:
    """Makes what the library refuses inside the block a refusal of this field."""
    try:
        yield
    except (ConfigError, DataError) as error:
        raise FieldRefused(str(error), param=param) from error


class NotThere(Refusal, LookupError):
    """Nothing of this name is served."""

    status = 404
    code = "model_not_found"


class NotScored(Refusal, ValueError):
    """A text that has no score, such as an empty one."""


class TooMuch(Refusal, ValueError):
    """More texts, or a longer one, than are accepted."""

    status = 413


class NotAllowed(Refusal, PermissionError):
    """What this service was not started for, such as learning."""

    status = 403


class Conflict(Refusal, ValueError):
    """A request id that stands for another request already."""

    status = 409
    code = "request_id_used"


class NotLearnt(Refusal, RuntimeError):
    """Nothing was learnt, because it cannot be written down: the same request can be sent again later."""

    status = 503
    seconds = 5.0
    code = "not_learnt"


class NoVector(Refusal, ValueError):
    """A text for which the encoder gives no row."""
