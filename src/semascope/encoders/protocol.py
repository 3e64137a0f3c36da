"""What every encoder promises; checked for all of them in ``tests/contract``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from semascope.encoders.api.meter import Meter
    from semascope.encoders.api.purse import Purse
    from semascope.types import Ints, Vectors


UNLIMITED = 1_000_000_000
"""``max_tokens`` of an encoder that reads a text whole, however long: no text has as many tokens."""

KNOWN_PROMPT = "At 12:07 the tide turns; über Nacht fällt das WASSER, 潮."
"""Each encoder must give it the same row again; short, and of what tokenizers treat differently: digits, capitals, accents,
another script."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """Everything that decides where a text lies, apart from the arithmetic: what an artifact must match."""

    weights: str  # digest of the weights, or model and revision behind an API
    tokenizer: str  # digest of the files that turn text into tokens
    pooling: str  # "mean", "cls", "last"; "none" where the encoder makes one vector by itself
    normalised: bool  # rows have unit length
    max_tokens: int  # tokens after which a prompt is cut
    template: str  # template family
    long: str = "truncate"  # what happens to a longer prompt
    remedy: str = ""  # its name and the digest of its map; "" where rows are as the encoder gives them

    @property
    def fields(self) -> dict[str, str | bool | int]:
        """What a card says of it; ``remedy`` only where there is one, so that those without have the digest they always had."""
        found: dict[str, str | bool | int] = asdict(self)
        if not self.remedy:
            del found["remedy"]
        return found

    @property
    def digest(self) -> str:
        """32 hexadecimal digits that differ whenever a field does."""
        fields = json.dumps(self.fields, sort_keys=True)
        return hashlib.blake2b(fields.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Lengths:
    """Tokens of n prompts, and what becomes of them."""

    tokens: Ints  # (n,) special ones included, before any cut
    lost: Ints  # (n,) not seen by the encoder
    # (n,) that go through the network: what windows repeat is counted each time, and each piece of a word cut in two
    encoded: Ints
    windows: Ints  # (n,) sequences that the prompt is read in
    unknown: Ints | None = None  # (n,) of those encoded, tokens that its vocabulary lacks; None: not counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokenized:
    """n prompts that a tokenizer has read and nothing has computed yet."""

    lengths: Lengths
    parts: Sequence[
        Any
    ]  # (n,) what is computed of each prompt; only the encoder that made it knows what it is


class Encoder(Protocol):
    """Turns each prompt into one vector.

    Every implementation keeps three promises: rows follow the order of ``prompts``; a row does not depend on its
    neighbours in the batch beyond ``tolerance``; equal fingerprints mean equal rows, within ``tolerance``.
    """

    @property
    def name(self) -> str: ...  # what it is called; what loads it again is ``source_of`` in naming.py

    @property
    def space(self) -> Space: ...  # what an artifact must match

    @property
    def fingerprint(self) -> str: ...  # space and precision: all that changes a stored row

    @property
    def dim(self) -> int: ...  # full width

    @property
    def max_tokens(self) -> int: ...

    @property
    def tolerance(self) -> float: ...  # how far an entry of a row may move with its batch

    @property
    def languages(self) -> frozenset[str] | None: ...  # ISO 639-1 codes it was trained for; None: not stated

    @property
    def stated(self) -> tuple[str, ...]: ...  # what was read or assumed about it, one sentence each

    def load(self) -> None:
        """Make ready to encode: what takes long is done once, here or at the first ``encode``."""
        ...

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """Tokens of each prompt as the encoder counts them, special ones included, before any cut."""
        ...

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """Tokens of each prompt before the cut, those that are lost, and those that are computed."""
        ...

    def in_way(self, long: str) -> Encoder:
        """An encoder that reads long texts in another way, with the weights and threads of this one."""
        ...

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """(n, d) float32, row i belongs to prompt i; (0, d) for no prompts."""
        ...


@runtime_checkable
class InParts(Protocol):
    """What an encoder promises besides when its rows get ready one part after the other, and what is ready was paid for."""

    def encode_parts(self, prompts: Sequence[str]) -> Iterator[tuple[Ints, Vectors]]:
        """Places among ``prompts`` with their rows, each place once, in any order, as soon as they are ready.

        What was handed over is stored at once and stays, whatever fails after it.
        """
        ...


@runtime_checkable
class InSteps(Protocol):
    """What an encoder promises besides when reading and computing prompts are steps that threads can share out.

    ``compute(tokenize(prompts).parts)`` is ``encode(prompts)`` within ``tolerance``, and parts of several calls may be
    computed together.
    """

    @property
    def worker_count(self) -> int: ...  # threads that compute at once to its best

    def group_tokens(self) -> int:
        """Tokens that one of them computes at once, at most. Loads what computes, so it is no property: whether an
        encoder has one is asked of encoders that nobody needs yet.
        """
        ...

    def tokenize(self, prompts: Sequence[str]) -> Tokenized:
        """The first step, each prompt tokenized once where it is not over the limit."""
        ...

    def compute(self, parts: Sequence[Any], *, cores: int = 1) -> Vectors:
        """(n, d) float32 rows of n parts: the second step, on the calling thread and as many cores as it is given."""
        ...


@runtime_checkable
class Billed(Protocol):
    """What an encoder promises besides when somebody is paid for each of its rows."""

    @property
    def price(self) -> float | None: ...  # of a million tokens; None: not known

    @property
    def currency(self) -> str: ...  # of the price; "" where it is not known

    @property
    def refusal(
        self,
    ) -> str: ...  # why nothing can be asked of it, such as a key that is missing; "" where it can

    def meter(self, most: Purse | None = None) -> Meter:
        """For one call of ``encode_parts``: counts what that call sends, and holds it to ``most`` and to what the process may spend."""
        ...

    def encode_parts(
        self, prompts: Sequence[str], *, meter: Meter | None = None
    ) -> Iterator[tuple[Ints, Vectors]]:
        """As of ``InParts``, with what it costs."""
        ...

    def expected_seconds(self, *, texts: int, tokens: int) -> float:
        """How long so many texts with so many tokens in all take, before one is sent."""
        ...


class BilledEncoder(Encoder, Billed, Protocol):
    """Both, for annotations: whether something is one is asked of ``Billed``, which looks at no width."""


@runtime_checkable
class Tuned(Protocol):
    """What an encoder says besides when it may have been tuned on texts that others want to judge it by."""

    @property
    def seen(
        self,
    ) -> NDArray[np.uint64]: ...  # sorted digests of those texts, see ``data/seen.py``; (0,) for none


@runtime_checkable
class Remade(Protocol):
    """What an encoder promises besides when what makes its rows may change under its name: it can be made again, and looked at."""

    @property
    def recipe(self) -> Mapping[str, str]: ...  # what ``load_encoder`` takes to make it again


@runtime_checkable
class FromFiles(Protocol):
    """What an encoder promises besides when its weights lie in files: those may change under it."""

    def check_files(self) -> None:
        """Raise ``EncoderError`` unless the files still hold what this encoder was read from.

        Its fingerprint is that of what it was read from. Called before rows are stored; costs microseconds where
        nothing was written.
        """
        ...

    @property
    def recipe(self) -> Mapping[str, str]: ...  # what ``load_encoder`` takes to make it again


@runtime_checkable
class Marks(Protocol):
    """What an encoder says besides when the row of a long prompt depends on more than its fingerprint says."""

    def known_as(self, prompts: Sequence[str]) -> Sequence[str]:
        """The prompts as a store knows them: each as it is, or with what else its row depends on."""
        ...


@runtime_checkable
class Mends(Protocol):
    """What an encoder says besides when its rows are those of another one, mended: a store keeps those of the other alone."""

    @property
    def base(self) -> Encoder: ...  # the other one; no ``Mends`` itself

    def mend(self, rows: Vectors) -> Vectors:
        """(n, d) rows out of those of ``base``, at unit length; zero where a row is left without a direction."""
        ...


def stored_as(encoder: Encoder) -> Encoder:
    """The encoder whose rows a store keeps for this one: itself, or the one whose rows it mends."""
    return encoder.base if isinstance(encoder, Mends) else encoder
