"""Whether two paths to the same weights give the same rows, on texts that tell paths apart.

A path is whatever computes rows from a prompt: packed or plain, float32 or bfloat16, here or behind an API. Only the
encoder protocol is used.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from semascope.encoders.api.name import is_api
from semascope.encoders.protocol import UNLIMITED, InParts
from semascope.errors import ConfigError, NotServed, PromptsRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.encoders.protocol import Space
    from semascope.types import Vectors

Verdict = Literal["equal", "equal within bfloat16", "different"]
EQUAL = 1e-5
"""Largest absolute difference of two entries of unit-length float32 rows that counts as none: the sums of two ways
to compute differ by some 1e-6."""
SAME_DIRECTION = 0.999
"""Smallest cosine of two rows of which one was computed in bfloat16: rounding leaves MiniLM at 0.9998."""
LONGEST = 4_096
"""Tokens of the longest text that is tried unless more are asked for: 32,768 take minutes on a processor."""

_SENTENCE = "the tide tables of this harbour give high and low water at noon for every ship"
_LENGTHS = (2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233)  # words: few of one length, as in real texts
_FIXED = (
    ("empty", ""),
    ("blanks only", "   \t "),
    ("emoji", "⛵🌊👩‍👩‍👧 low tide 🏴‍☠️"),
    ("right to left", "جدول المد والجزر לוח הגאות"),
    ("both directions", "the word مد means tide, גאות too"),
    ("no blanks between words", "港の潮汐表は正午の満潮を示す。今天中午涨潮"),
    ("combining marks", "mare\u0301e haute a\u0300 midi, Fa\u0308lle"),
    ("newlines and a control character", "low\n\nwater\r\n\tat\x00noon\u200b"),
    ("special tokens spelled out", "[CLS] tide </s> <|endoftext|> [PAD] [MASK] <s> <pad> noon"),
    ("one word of 88 letters", "tide" * 22),
    ("one word of 300 letters", "tide" * 75),
    ("capitals and accents", "LOW WATER AT NOON, ÉLEVÉ"),
    ("a text given twice", "five ropes and an anchor"),
    ("the same text again", "five ropes and an anchor"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AwkwardText:
    """A prompt on which paths to the same weights have come apart somewhere, and what is awkward about it."""

    what: str
    prompt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AwkwardTexts:
    """Awkward prompts that fit an encoder's tokenizer and limit."""

    texts: tuple[AwkwardText, ...]
    left_out: tuple[str, ...]  # sentences: what could not be made for this encoder


@dataclass(frozen=True, kw_only=True, slots=True)
class RowParity:
    """One awkward text by both paths."""

    what: str
    tokens: int  # as the first path counts them, before the cut
    cosine: float  # nan when a row is not finite
    difference: float  # largest absolute one of two entries; nan when a row is not finite
    holds: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Parity:
    """Two paths to the same weights, compared."""

    first: str
    second: str
    verdict: Verdict
    threshold: str  # which one was applied, and why
    worst: RowParity
    rows: tuple[RowParity, ...]
    left_out: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the two may stand in for one another."""
        return self.verdict != "different"


def precision_of(encoder: Path) -> str:
    """Arithmetic that an encoder states at the end of its fingerprint: ``float32``, ``bfloat16`` or a word of its own.

    Examples
    --------
    >>> from semascope.encoders.hashing import HashEncoder
    >>> precision_of(HashEncoder(8))
    'float32'
    """
    return encoder.fingerprint.rpartition("-")[2]


class Path(Protocol):
    """What is asked of the second of two paths: rows, and what they are of."""

    @property
    def space(self) -> Space: ...  # noqa: D102

    @property
    def fingerprint(self) -> str: ...  # noqa: D102

    def encode(self, prompts: Sequence[str]) -> Vectors: ...  # noqa: D102


class CountingPath(Path, Protocol):
    """What is asked of the first: it also fits the texts to its limit."""

    @property
    def max_tokens(self) -> int: ...  # noqa: D102

    @property
    def count_tokens(self) -> Callable[[Sequence[str]], list[int]]: ...  # noqa: D102


def compare(
    first: CountingPath,
    second: Path,
    *,
    names: tuple[str, str] = ("first", "second"),
    longest: int = LONGEST,
) -> Parity:
    """The verdict on two paths to the same weights, with every row and the worst one.

    Parameters
    ----------
    first, second
        Encoders whose ``space`` agrees: same weights, tokenizer, pooling, limit. Behind an API nobody knows the space: then
        equal rows are the proof that it is the same one.
    names
        What the two are called in the result.
    longest
        Tokens of the longest text that is tried, 1 or more; what is left out for it is stated.

    Returns
    -------
    Parity
        ``equal`` when no entry differs by more than ``EQUAL``. Where a side does not compute in float32, also ``equal
        within bfloat16`` when every cosine is ``SAME_DIRECTION`` or more. Else ``different``; so is a row that is not
        finite.

    Raises
    ------
    ConfigError
        When the spaces differ: the paths do not lead to the same weights. When ``longest`` is below 1.

    Examples
    --------
    >>> from semascope.encoders.hashing import HashEncoder
    >>> compare(HashEncoder(8), HashEncoder(8)).verdict
    'equal'
    """
    if longest < 1:
        raise ConfigError(f"longest is {longest}; it must be 1 or more tokens; {LONGEST} is usual")
    _check_space(first, second, names)
    awkward = awkward_texts(first, longest=longest)
    prompts = [text.prompt for text in awkward.texts]
    exact = _are_float32(first, second)
    (ones, refused), (others, refused_too) = (served_rows(path, prompts) for path in (first, second))
    if ones.shape != others.shape:
        raise ConfigError(
            f"{names[0]} has rows of {ones.shape[1]} numbers and {names[1]} of {others.shape[1]}: they are not of the same weights;"
            " name the same encoder on both sides"
        )
    without = {**refused, **refused_too}
    rows = tuple(
        _compare_rows(text.what, tokens, one, other, exact=exact)
        for place, (text, tokens, one, other) in enumerate(
            zip(awkward.texts, first.count_tokens(prompts), ones, others, strict=True)
        )
        if place not in without
    )
    if not rows:
        raise NotServed(f"no text has a row on both sides: {next(iter(without.values()))}")
    left_out = [*awkward.left_out, *(f"{awkward.texts[place].what}: {why}" for place, why in without.items())]
    return Parity(
        first=names[0],
        second=names[1],
        verdict=_verdict(rows),
        threshold=_threshold(first, second),
        worst=max(rows, key=lambda row: _badness(row, exact=exact)),
        rows=rows,
        left_out=tuple(left_out),
    )


def served_rows(path: Path, prompts: Sequence[str]) -> tuple[Vectors, dict[int, str]]:
    """(n, d) rows of a path, zeros where an API takes a text not at all, and by their places what it says of those."""
    if not isinstance(path, InParts):
        return path.encode(prompts), {}
    refused: dict[int, str] = {}
    parts = []
    try:
        for part in path.encode_parts(prompts):
            parts.append(part)
    except PromptsRefused as error:
        refused = dict(zip(error.places, error.says, strict=True))
    width = parts[0][1].shape[1] if parts else 0
    rows = np.zeros((len(prompts), width), dtype=np.float32)
    for places, found in parts:
        rows[places] = found
    return rows, refused


def awkward_texts(encoder: CountingPath, *, longest: int = LONGEST) -> AwkwardTexts:
    """The awkward texts for an encoder; those of a given number of tokens are fitted by its own count."""
    limit = encoder.max_tokens
    empty = encoder.count_tokens([""])[0]
    wanted = [("one token", empty + 1)]
    left_out = []
    if limit == UNLIMITED:
        left_out.append("texts at the limit: there is none, a text is read whole")
    elif limit + 1 <= longest:
        wanted += [
            ("one below the limit", limit - 1),
            ("exactly the limit", limit),
            ("one over the limit", limit + 1),
        ]
    else:
        left_out.append(
            f"texts at the limit of {limit:,} tokens: {longest:,} was the longest asked for"
            f" (--longest {limit + 1} tries them)"
        )
    texts = [AwkwardText(what=what, prompt=prompt) for what, prompt in _FIXED]
    for what, tokens in wanted:
        prompt = _of_tokens(tokens, encoder)
        if prompt is None:
            left_out.append(f"{what}: no text of {tokens:,} tokens could be made for this tokenizer")
        else:
            texts.append(AwkwardText(what=what, prompt=prompt))
    if 2 * limit <= longest:
        texts.append(AwkwardText(what="far over the limit", prompt=_words(2 * limit)))
    texts += [
        AwkwardText(what=f"mixed lengths, {words} words", prompt=_words(words))
        for words in _LENGTHS
        if words <= longest // 2
    ]
    return AwkwardTexts(texts=tuple(texts), left_out=tuple(left_out))


def _words(number: int) -> str:
    return " ".join(islice(cycle(_SENTENCE.split()), number))


def _of_tokens(tokens: int, encoder: CountingPath) -> str | None:
    """A text of so many tokens by the encoder's own count, special ones included; None when none was found."""
    low, high = 0, max(tokens, 1)
    while low < high:  # the most words that stay within; a word is a token or more
        middle = (low + high + 1) // 2
        if encoder.count_tokens([_words(middle)])[0] <= tokens:
            low = middle
        else:
            high = middle - 1
    text = _words(low)
    for _ in range(64):
        found = encoder.count_tokens([text])[0]
        if found == tokens:
            return text
        # A word of several tokens left a gap: single letters fill it.
        longer = f"{text} a".lstrip()
        if found > tokens or encoder.count_tokens([longer])[0] <= found:
            return None
        text = longer
    return None


def _check_space(first: Path, second: Path, names: tuple[str, str]) -> None:
    if is_api(first.space.weights) or is_api(second.space.weights):
        return
    one, other = asdict(first.space), asdict(second.space)
    fields = [field for field in one if one[field] != other[field]]
    if fields:
        told = "; ".join(f"{field} {_short(one[field])} and {_short(other[field])}" for field in fields)
        raise ConfigError(
            f"{names[0]} and {names[1]} are not paths to the same weights: they differ in {told};"
            " parity compares two ways to compute one encoder; name the same encoder on both sides"
        )


def _short(value: object) -> str:
    written = repr(value)
    return written if len(written) <= 24 else f"{written[:13]}...'"


def _are_float32(first: Path, second: Path) -> bool:
    return precision_of(first) == precision_of(second) == "float32"


def _threshold(first: Path, second: Path) -> str:
    if _are_float32(first, second):
        return f"largest absolute difference {EQUAL:f} at most, because both sides compute in float32"
    known = dict.fromkeys((precision_of(first), precision_of(second)))
    sides = " and ".join("what the provider takes" if one == "api" else one for one in known)
    return (
        f"cosine {SAME_DIRECTION} or more, because the sides compute in {sides}: rounding alone moves a row's entries;"
        f" called equal when none moves by more than {EQUAL:f}"
    )


def _compare_rows(what: str, tokens: int, one: Vectors, other: Vectors, *, exact: bool) -> RowParity:
    """Two rows (d,) of one text."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    difference, cosine = float("nan"), float("nan")
    if np.isfinite(one).all() and np.isfinite(other).all():
        difference = float(np.abs(one - other).max())
        lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
        # A text without a token is a row of zeros, which has no direction: it equals only another one.
        cosine = float(one @ other) / lengths if lengths else float(difference == 0)
    holds = difference <= EQUAL or (not exact and cosine >= SAME_DIRECTION)
    return RowParity(what=what, tokens=tokens, cosine=cosine, difference=difference, holds=holds)


def _verdict(rows: Sequence[RowParity]) -> Verdict:
    if not all(row.holds for row in rows):
        return "different"
    return "equal" if all(row.difference <= EQUAL for row in rows) else "equal within bfloat16"


def _badness(row: RowParity, *, exact: bool) -> float:
    if np.isnan(row.difference):
        return float("inf")
    return row.difference if exact else -row.cosine
