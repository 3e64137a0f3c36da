"""What can go wrong, in one place.

Every message has the form *what was given; what is accepted; what to do*. The command line prints it as one
line after ``error:`` and exits 2; any other exception is a defect of ours and keeps its traceback.
"""

from __future__ import annotations


class SemascopeError(Exception):
    """Base of every error that the user can act on."""


class ConfigError(SemascopeError, ValueError):
    """A setting that cannot be used."""


class IdTaken(ConfigError):
    """A request id that stands for another request already."""


class DataError(SemascopeError, ValueError):
    """A file, a column or a row that cannot be used."""


class EncoderError(SemascopeError, RuntimeError):
    """An encoder that cannot be loaded, or that failed on a text."""


class PromptTooLarge(EncoderError):
    """A prompt that does not fit in memory, even alone; ``place`` is its place among the prompts given."""

    def __init__(self, message: str, place: int) -> None:
        self.place = place
        super().__init__(message)


class PromptsRefused(EncoderError):
    """Prompts that get no vector, while the others have theirs: ``places`` among the prompts given, what is said of each."""

    def __init__(self, message: str, places: list[int], says: list[str]) -> None:
        self.places = places
        self.says = says
        super().__init__(message)


class NotServed(EncoderError):
    """An encoder behind an API that gives no vectors: what needs them fails, and all else can go on.

    ``for_all``: whether it would give none for other texts either.
    """

    def __init__(self, message: str, *, for_all: bool = True) -> None:
        self.for_all = for_all
        super().__init__(message)


class StoreError(SemascopeError, RuntimeError):
    """A vector store that cannot be read or written, or that holds a damaged segment."""


class ArtifactError(SemascopeError, ValueError):
    """A saved scorer that is damaged, foreign, or belongs to another space."""


class MissingExtra(SemascopeError, ImportError):
    """A package of an optional extra is not installed."""

    def __init__(self, purpose: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"{purpose} needs the extra {extra!r}; install it with: pip install 'semascope[{extra}]'"
        )
