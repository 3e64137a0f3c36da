"""The one path in two steps, for a service: what is known of each prompt at once, and the rows of those that are left.

As ``path.py``: prompts, store, encoder, checks, remedy. The first step loads no weights and takes microseconds a prompt; the
second is what an encoder takes its time for. Threads share them out, and prompts of different callers go through the
second one together.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.embedding.path import from_store
from semascope.embedding.prompts import stored_keys
from semascope.encoders.protocol import InSteps, Mends, stored_as
from semascope.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.store.vectors import VectorStore
    from semascope.types import Array, Mask, Vectors

_log = logging.getLogger(__name__)

_GROUP_TOKENS = 4_096  # of an encoder that does not say


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Begun:
    """One prompt behind the first step."""

    row: Array | None  # (d,) where the store has it
    tokens: int  # of the prompt, special ones included, before any cut
    lost: int  # not seen by the encoder
    computed: int  # go through the network, 0 where the store has the row
    is_unknown: bool  # the encoder's vocabulary holds nothing of it
    part: Any = None  # what is left to compute; None where nothing is


class PathInSteps:
    """Rows of one encoder, step by step.

    Parameters
    ----------
    encoder
        Any encoder that computes here; one that somebody is paid for goes by ``embed``.
    store
        Asked first, never written to; None computes everything.
    """

    def __init__(self, encoder: Encoder, store: VectorStore | None) -> None:
        self.encoder, self._reader, self._store = encoder, stored_as(encoder), store
        self._steps = self._reader if isinstance(self._reader, InSteps) else None

    @property
    def threads(self) -> int:
        """How many threads may take the second step at once to the encoder's best."""
        return 1 if self._steps is None else self._steps.worker_count

    def group_tokens(self) -> int:
        """Tokens that one of them computes at its best; loads the weights."""
        return _GROUP_TOKENS if self._steps is None else self._steps.group_tokens()

    def load(self) -> None:
        """Load what computes, and compute a short prompt on the calling thread: alone, and with all cores."""
        if self._steps is None:
            self._reader.load()
            return
        unstored = PathInSteps(self.encoder, None)
        warm = unstored.begin(["warm"])
        for cores in {1, self.threads}:
            unstored.compute(warm, cores=cores)

    def begin(self, prompts: Sequence[str]) -> list[Begun]:
        """The first step."""
        reader, kept = self._reader, list(prompts)
        if self._steps is not None:
            tokenized = self._steps.tokenize(kept)
            lengths, parts = tokenized.lengths, tokenized.parts
        else:
            lengths, parts = reader.lengths(kept), kept
        rows, found = self._stored(kept)
        unknown = (
            np.zeros(len(kept), dtype=bool) if lengths.unknown is None else lengths.unknown == lengths.encoded
        )
        return [
            Begun(
                row=rows[place] if there else None,
                tokens=tokens,
                lost=lost,
                computed=0 if there else encoded,
                is_unknown=nothing,
                part=None if there else parts[place],
            )
            for place, (there, tokens, lost, encoded, nothing) in enumerate(
                zip(
                    found,
                    lengths.tokens.tolist(),
                    lengths.lost.tolist(),
                    lengths.encoded.tolist(),
                    unknown.tolist(),
                    strict=True,
                )
            )
        ]

    def compute(self, begun: Sequence[Begun], *, cores: int = 1) -> tuple[Vectors, Mask]:
        """(n, d) rows of n prompts that the store does not have, and (n,) whether each is one: the second step.

        Rows are at the encoder's full width. One that is not finite, or zero, says nothing of its prompt and is no row.
        ``cores`` compute together, where the encoder takes steps.
        """
        parts = [each.part for each in begun]
        if self._steps is not None:
            rows = self._steps.compute(parts, cores=cores)
        else:
            rows = self._reader.encode(parts)
        rows = self._mended(rows)
        good: Mask = np.isfinite(rows).all(axis=1) & (np.abs(rows).max(axis=1, initial=0) > 0)
        return rows, good

    def _stored(self, prompts: list[str]) -> tuple[Vectors, list[bool]]:
        """Rows that the store has, and which it has."""
        store, reader = self._store, self._reader
        nothing = np.zeros((0, 0), dtype=np.float32), [False] * len(prompts)
        if store is None:
            return nothing
        try:
            rows, found = from_store(stored_keys(reader, prompts), len(prompts), encoder=reader, store=store)
        except StoreError as error:  # what is damaged is set aside by now; the rows are computed
            _log.warning("%s", error)
            return nothing
        return (self._mended(rows), found.tolist()) if found.any() else nothing

    def _mended(self, rows: Vectors) -> Vectors:
        return self.encoder.mend(rows) if isinstance(self.encoder, Mends) else rows
