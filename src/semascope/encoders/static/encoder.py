"""Encoders that are a table of token vectors: no network, no torch, and some eighty times faster than MiniLM.

The folder is described and its space known at once; the tokenizer and the table are loaded when the first prompt needs
them. A row does not depend on its batch, not in its last bit.
"""

from __future__ import annotations

import copy
import functools
import threading
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.data.seen import read_seen
from semascope.encoders.checkpoints.source import Source
from semascope.encoders.completing import disagreement, languages_of
from semascope.encoders.long import check_long
from semascope.encoders.protocol import Space
from semascope.encoders.static.folder import ARCHITECTURE, read_static
from semascope.encoders.static.means import plain_rows, unit_rows
from semascope.encoders.static.tokens import StaticTokens, slices
from semascope.encoders.static.weights import read_table, weights_of
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from semascope.encoders.entry import Entry
    from semascope.encoders.protocol import Lengths
    from semascope.encoders.static.folder import StaticFolder
    from semascope.encoders.static.weights import Table
    from semascope.types import Vectors

ENGINES = ("auto", "packed", "plain")
_loading = threading.Lock()  # not the encoder's: one that has not loaded yet can be sent to another process


class StaticEncoder:
    """A folder of model2vec, or of sentence-transformers with a ``StaticEmbedding``.

    Parameters
    ----------
    folder
        Holds the table and its tokenizer.
    name
        What it is called in tables and messages.
    source
        What ``load_encoder`` takes to make it again; "" takes the whole path of ``folder``.
    revision
        Of a hub id, as it was asked for; None for its main branch, and for all that has none.
    template
        Template family; part of the space.
    engine
        ``auto`` and ``packed`` add many texts up at once, ``plain`` one at a time and in float64, to compare with.
    listed
        Its line in the catalogue; None when it has none.
    remarks
        What else must be stated, for example how it was found in the catalogue.
    long
        What happens to a prompt over the limit, one of ``LONG_WAYS``; part of the space.
    """

    tolerance = 0.0
    precision = "float32"
    device = "cpu"
    batch_factor = 16  # texts that an embedding computes and stores at once, for each one of a network

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        source: str = "",
        revision: str | None = None,
        template: str = "plain",
        engine: str = "auto",
        listed: Entry | None = None,
        remarks: tuple[str, ...] = (),
        long: str = "truncate",
    ) -> None:
        if engine not in ENGINES:
            raise ConfigError(f"engine is {engine!r}; known are {', '.join(ENGINES)}; choose one of them")
        self.name = name
        # A folder may be given by a path that means another one tomorrow.
        self.source = source or str(folder.absolute())
        self._revision = revision
        self._held = _Held(folder, name=name)
        self.folder = self._held.folder
        self.listed = listed
        self.dim = self.folder.dim
        self.max_tokens = self.folder.max_tokens
        self.cut = self.folder.cut
        self.engine = "plain" if engine == "plain" else "packed"
        self.languages, said = _languages(self.folder.languages, listed)
        self.stated = (*self.folder.stated, *_disagreements(self.folder, listed), *said, *remarks)
        self.long = check_long(long)
        self._template = template

    def in_way(self, long: str) -> Self:
        """An encoder that reads long texts in another way, with the tokenizer and the table of this one."""
        if check_long(long) == self.long:
            return self
        other = copy.copy(self)
        other.long = check_long(long)
        other.__dict__.pop("space", None)
        return other

    @functools.cached_property
    def seen(self) -> NDArray[np.uint64]:
        """Digests of the texts that the folder's model was tuned on; (0,) where it does not say."""
        return read_seen(self.folder.folder)

    @functools.cached_property
    def space(self) -> Space:
        """Digest of table and tokenizer, limit, template and way of reading long texts."""
        return Space(
            weights=self._held.source.weights,
            tokenizer=self._held.source.tokenizer,
            pooling="mean",
            normalised=True,
            max_tokens=self.max_tokens,
            template=self._template,
            long=self.long,
        )

    @property
    def fingerprint(self) -> str:
        """Space and arithmetic: what decides a stored row."""
        return f"{self.space.digest}-{self.precision}"

    @property
    def table(self) -> Table:
        """The token vectors; loads them."""
        with _loading:
            return self._held.table

    def load(self) -> None:
        """Load the tokenizer and the table; nothing where that was done before."""
        _ = self.table

    def check_files(self) -> None:
        """Raise ``EncoderError``, naming the file, unless the files still hold what this encoder was read from."""
        self._held.source.check()

    @property
    def recipe(self) -> dict[str, str]:
        """What ``load_encoder`` takes to make it again."""
        return {
            "name": self.source,
            "template": self._template,
            "precision": self.precision,
            "long": self.long,
            "revision": self._revision or "",
        }

    @property
    def tokenizing_seconds(self) -> float:
        """Spent on tokenizing so far; prompts that come back soon are not tokenized again."""
        return self._held.tokens.seconds

    @property
    def characters(self) -> int:
        """Characters of a prompt that are tokenized where it is cut, see ``StaticTokens.characters``."""
        return self._held.tokens.characters

    @property
    def seconds_a_token(self) -> float:
        """What tokenizing took for each token so far; 0 before the first."""
        return self._held.tokens.seconds / max(1, self._held.tokens.made)

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """Tokens of each prompt before the cut, unknown ones included."""
        return self._held.tokens.counts(prompts)

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """Tokens of each prompt before the cut, those that are lost, those that are read, and those unknown."""
        return self._held.tokens.lengths(prompts, long=self.long)

    def tokens(self, prompts: Sequence[str]) -> list[list[str]]:
        """Pieces of each prompt that its row is made of, unknown ones included."""
        return self._held.tokens.pieces(prompts, long=self.long)

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """(n, d) float32 rows of unit length; zeros for a prompt of which nothing is left."""
        rows = np.zeros((len(prompts), self.dim), dtype=np.float32)
        if not len(prompts):
            return rows
        table, tokens = self.table, self._held.tokens
        add_up = plain_rows if self.engine == "plain" else unit_rows
        left_out = tokens.unknown if self.folder.rule == "model2vec" else None
        for part in slices(prompts):
            texts = tokens.read(prompts[part], long=self.long)
            rows[part] = add_up(table, texts, left_out=left_out, fallback=tokens.unknown)
        return rows


class _Held:
    """What the ways of reading long texts share: the files, the tokenizer and the table."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self.folder = read_static(folder)
        self.source = Source(self.folder, name=name, describe=functools.partial(read_static, folder))
        self.tokens = StaticTokens(self.folder, name=name, loading=self.source.unchanged)

    @functools.cached_property
    def table(self) -> Table:
        """The token vectors, checked against the tokenizer."""
        size = self.tokens.size
        with self.source.unchanged():
            return read_table(weights_of(self.folder.place), tokens=size)


def _disagreements(folder: StaticFolder, listed: Entry | None) -> list[str]:
    """What the folder and its line in the catalogue say differently: the folder's own is taken."""
    if listed is None:
        return []
    told = (
        ("width", folder.dim, listed.dim),
        ("tokens at most", folder.max_tokens, listed.max_tokens),
        ("architecture", ARCHITECTURE, listed.architecture),
    )
    return [disagreement(*each) for each in told if each[1] != each[2]]


def _languages(
    card: frozenset[str] | None, listed: Entry | None
) -> tuple[frozenset[str] | None, Sequence[str]]:
    """Languages of the folder's card and of the catalogue, and sentences where that must be said."""
    if listed is None or (card is not None and listed.languages_said):
        return card, ()  # the catalogue has no list, the folder's card does
    return languages_of(card, listed)
