"""What an embedding cost and what happened to the texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from semascope.embedding.bill import in_all

if TYPE_CHECKING:
    from semascope.embedding.bill import Bill
    from semascope.types import Ints, Mask, Vectors

_SUMMED = (
    "rows", "distinct", "hits", "shared", "tokens", "truncated_rows", "tokens_lost", "split_rows", "windows",
    "read_tokens", "unknown_tokens",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What an embedding cost and what happened to the texts."""

    rows: int
    distinct: int  # distinct prompts
    hits: int  # distinct prompts that the store had at the start
    shared: int  # distinct prompts that another process or thread stored meanwhile
    tokens: int  # of all rows, before any cut
    truncated_rows: int  # rows that lost tokens
    tokens_lost: int  # tokens that the encoder did not see
    split_rows: int  # rows that were read in several windows
    windows: int  # of those rows
    # of all rows, as they go through the network: with what windows repeat, without what is cut
    read_tokens: int
    empty_rows: tuple[int, ...]  # rows without a visible character; they are encoded like any other
    repaired_rows: tuple[int, ...]  # rows whose lone surrogates became U+FFFD
    seconds: float  # all of it
    encode_seconds: float  # inside the encoder
    encoded_tokens: int  # went through the network in this call, counted in the same way
    unknown_rows: tuple[int, ...] = ()  # rows that say something, but nothing that the vocabulary holds
    unknown_tokens: int = 0  # of all rows, read but not in the vocabulary; 0 where the encoder does not tell
    bills: tuple[Bill, ...] = ()  # what was sent, one a currency; () of an encoder for which nobody is paid

    @property
    def tokens_lost_share(self) -> float:
        """Tokens lost as a share of all tokens, in [0, 1]."""
        return self.tokens_lost / self.tokens if self.tokens else 0.0

    @property
    def bill(self) -> Bill | None:
        """Of one encoder; None where nobody is paid, and of several currencies."""
        return self.bills[0] if len(self.bills) == 1 else None

    @property
    def encoded(self) -> int:
        """Distinct prompts that the encoder computed in this call."""
        return self.distinct - self.hits - self.shared


@dataclass(frozen=True, kw_only=True, slots=True)
class Embedded:
    """Vectors with their account."""

    vectors: Vectors  # (n, d), unit length, row i belongs to text i
    tokens: Ints  # (n,) before any cut
    truncated: Mask  # (n,) rows that lost tokens
    account: Account


def added(one: Account, other: Account) -> Account:
    """One account of two embeddings, the rows of the second behind those of the first."""
    return replace(
        one,
        **{name: getattr(one, name) + getattr(other, name) for name in _SUMMED},
        empty_rows=one.empty_rows + other.empty_rows,
        unknown_rows=one.unknown_rows + other.unknown_rows,
        repaired_rows=one.repaired_rows + other.repaired_rows,
        seconds=one.seconds + other.seconds,
        encode_seconds=one.encode_seconds + other.encode_seconds,
        encoded_tokens=one.encoded_tokens + other.encoded_tokens,
        bills=tuple(in_all([*one.bills, *other.bills])),
    )
