"""An encoder whose rows are those of another one, mended."""

from __future__ import annotations

import copy
import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semascope.encoders.protocol import FromFiles, Mends, Tuned
from semascope.errors import EncoderError
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from semascope.encoders.protocol import Encoder, Lengths, Space
    from semascope.encoders.remedied.remedy import Remedy
    from semascope.types import Vectors

# What some encoders say besides the protocol, and this one says where its base does. A Matryoshka width of the base's line in
# the catalogue is not among them: a remedy turns the dims that it was trained for.
_OF_BASE = frozenset({"characters", "cut", "decode", "device", "precision", "tokens"})


@dataclass(frozen=True, kw_only=True, slots=True)
class FittedOn:
    """What a remedy was fitted on; "" where that is not known."""

    data: str = ""  # name of the file
    digest: str = ""  # of its rows
    instruction: str = ""  # sentence that its texts were read under
    precision: str = ""  # that the encoder computed in


class RemediedEncoder:
    """Reads as ``base`` does; its rows are then mended by a remedy, at full width.

    Parameters
    ----------
    base
        Of the remedy's width; no remedied encoder itself.
    remedy
        Fitted on rows of ``base``.
    name
        What it is called; "" takes both names.
    source
        What ``load_encoder`` takes to make it again: the whole path of a folder. "" for one that was not kept yet.
    fitted_on
        What the remedy was fitted on.

    Raises
    ------
    EncoderError
        When the remedy is of another width, or ``base`` is remedied itself.

    Examples
    --------
    >>> from semascope.encoders.hashing import HashEncoder
    >>> from semascope.encoders.remedied.remedy import Remedy
    >>> centre = Remedy(name="centre", mean=np.array([0.5, 0, 0, 0], dtype=np.float32), matrix=None, fitted_on=9)
    >>> encoder = RemediedEncoder(HashEncoder(4), centre)
    >>> encoder.name, encoder.space.remedy.split()[0], encoder.encode(["ebb"]).shape
    ('hash:4-centre', 'centre', (1, 4))
    """

    def __init__(
        self,
        base: Encoder,
        remedy: Remedy,
        *,
        name: str = "",
        source: str = "",
        fitted_on: FittedOn | None = None,
    ) -> None:
        if isinstance(base, Mends):
            raise EncoderError(
                f"encoder {base.name!r} is remedied already; a remedy mends rows as an encoder gives them; take its base"
                f" {base.base.name!r}"
            )
        if remedy.dim != base.dim:
            raise EncoderError(
                f"remedy {remedy.name!r} takes rows of {remedy.dim} dims; encoder {base.name!r} gives {base.dim}; take the encoder"
                " that it was fitted on"
            )
        self.base, self.remedy = base, remedy
        self.fitted_on = fitted_on or FittedOn()
        self.name = name or f"{base.name}-{remedy.name}"
        self.source = source or self.name
        self.dim, self.max_tokens, self.languages = base.dim, base.max_tokens, base.languages
        self.stated = (*base.stated, _said(base, remedy, self.fitted_on))

    def __getattr__(self, name: str) -> Any:
        if name not in _OF_BASE:
            raise AttributeError(name)
        return getattr(self.base, name)

    def in_way(self, long: str) -> Self:
        """The same remedy on the base that reads long texts in another way."""
        base = self.base.in_way(long)
        if base is self.base:
            return self
        other = copy.copy(self)
        other.base = base
        return other

    @functools.cached_property
    def _mark(self) -> str:
        return self.remedy.mark

    @property
    def space(self) -> Space:
        """That of the base, with the remedy."""
        return replace(self.base.space, remedy=self._mark)

    @property
    def fingerprint(self) -> str:
        """Space, and the arithmetic of the base: what decides a row."""
        return self.space.digest + self.base.fingerprint.removeprefix(self.base.space.digest)

    @functools.cached_property
    def tolerance(self) -> float:
        """How far an entry of a row may move with its batch; see ``Remedy.tolerance``."""
        return self.remedy.tolerance(self.base.tolerance)

    @property
    def seen(self) -> NDArray[np.uint64]:
        """Digests of the texts that the base was tuned on: a remedy is fitted without scores, and is no tuning."""
        return self.base.seen if isinstance(self.base, Tuned) else np.zeros(0, dtype=np.uint64)

    @property
    def recipe(self) -> dict[str, str]:
        """What ``load_encoder`` takes to make it again; all but the name goes to the base."""
        return {**(self.base.recipe if isinstance(self.base, FromFiles) else {}), "name": self.source}

    def check_files(self) -> None:
        """Raise ``EncoderError`` unless the base's files still hold what it was read from; the remedy is held in memory."""
        if isinstance(self.base, FromFiles):
            self.base.check_files()

    def load(self) -> None:
        """Make the base ready to encode."""
        self.base.load()

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """As the base counts them."""
        return self.base.count_tokens(prompts)

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """As the base reads them."""
        return self.base.lengths(prompts)

    def mend(self, rows: Vectors) -> Vectors:
        """(n, d) rows out of those of the base; zero where the base's is zero, or is the mean that is taken away."""
        mended = self.remedy.apply(rows)
        mended[~rows.any(axis=1)] = 0
        return mended

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """(n, d) float32 rows of unit length; zeros where ``mend`` leaves them."""
        return self.mend(self.base.encode(prompts))


def _said(base: Encoder, remedy: Remedy, fitted_on: FittedOn) -> str:
    of = f" of {fitted_on.data}" if fitted_on.data else ""
    under = f", read under the instruction {fitted_on.instruction!r}" if fitted_on.instruction else ""
    rows = count(remedy.fitted_on, "row")
    return f"remedy {remedy.name}: rows of {base.name} are mended, as it was fitted on {rows}{of}{under}"
