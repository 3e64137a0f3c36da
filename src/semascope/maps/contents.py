"""What stands on a map: plain values that the numbers fill and the page draws. n texts, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Ints

Verdict = Literal["", "better", "worse", "equivalent", "unresolved"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A line under a panel."""

    name: str  # "trustworthiness"
    value: str  # ".94", written out
    interval: str = ""  # "95 % .93 to .95"; "" where none can be given
    verdict: Verdict = ""  # against the first panel
    reason: str = ""  # why there is no value, or what the value stands on


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Panel:
    """One space, drawn."""

    name: str  # short: "sentiment"
    caption: str  # the instruction's sentence, or what else made the space
    coordinates: Floats  # (n, 2), NaN where a text has no place
    neighbors: Ints | None = None  # (n, k) nearest texts in full dimension, itself not among them
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Labels:
    """Colours by label."""

    name: str
    codes: Ints  # (n,) place in ``names``; -1 where missing
    names: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Numbers:
    """Colours by number."""

    name: str
    values: Floats  # (n,), NaN where missing
    note: str = ""  # "out-of-fold prediction of ridge"
    diverging: bool = False  # around 0: a residual


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Region:
    """Texts worth a look together: one click selects them."""

    sentence: str
    rows: Ints  # (m,) places of the texts
    stands_out: bool = False  # from the rest, by more than chance


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What the numbers say, in two clauses without a capital or a full stop of their own."""

    first: str  # for large type: "'topic' separates the texts by kind best"
    rest: str = ""  # "what moves most is 80 texts"; "" where one clause says it all

    @property
    def headline(self) -> str:
        """The first clause as a sentence."""
        return _as_sentence(self.first)

    @property
    def standfirst(self) -> str:
        """The rest as a sentence of its own."""
        return _as_sentence(self.rest)

    @property
    def sentence(self) -> str:
        """Both as one sentence, for the terminal and ``map.json``."""
        return _as_sentence("; ".join(filter(None, (self.first, self.rest))))


def _as_sentence(clause: str) -> str:
    return f"{capital(clause)}." if clause else ""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MapContents:
    """Everything that a linked page shows."""

    title: str
    finding: Finding
    texts: Sequence[str]  # (n,)
    rows: Ints  # (n,) the row of each text in its file
    panels: tuple[Panel, ...]  # 1 or more
    colourings: tuple[Labels | Numbers, ...] = ()  # the first one is shown at first
    regions: tuple[Region, ...] = ()
    against: tuple[str, ...] = ()  # what each other space has in common with the first, one sentence each
    # what a reader must know: a shared start, an encoder not trained for instructions
    notes: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()  # what cannot be shown, and why
    command: str = ""  # that made it

    @property
    def sentence(self) -> str:
        """The finding as one sentence."""
        return self.finding.sentence
