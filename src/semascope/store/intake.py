"""Rows of an encoder on their way into the store: they get in while they are what its fingerprint says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from semascope.encoders.protocol import KNOWN_PROMPT, FromFiles, Remade
from semascope.errors import EncoderError
from semascope.store.canary import Canary, allowed_distance, distance

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.store.keys import Keys
    from semascope.store.vectors import VectorStore
    from semascope.types import Vectors

# Canaries that each encoder of this process has reproduced.
_proved: WeakKeyDictionary[Encoder, set[tuple[int, ...]]] = WeakKeyDictionary()


class Intake:
    """Puts rows of one encoder into a store; encoders whose weights lie in files are held to them.

    Parameters
    ----------
    store
        Gets the rows.
    encoder
        Makes them; loaded before ``begin``.
    """

    def __init__(self, store: VectorStore, encoder: Encoder) -> None:
        self._store = store
        self._encoder = encoder
        self._unwritten: Canary | None = None

    def begin(self) -> None:
        """Before the first batch: the encoder gives the store's canary again, where there is one.

        It reads one short prompt, by itself, so that no other text of a batch moves its row; once for each encoder.

        Raises
        ------
        EncoderError
            When the row is another one: rows of this encoder do not go with the stored ones.
        """
        encoder, store = self._encoder, self._store
        if not isinstance(encoder, Remade):
            return
        there = store.canary_stamp(encoder.fingerprint)
        if there is not None and there in _proved.get(encoder, ()):
            return
        canary = Canary(
            fingerprint=encoder.fingerprint,
            prompt=KNOWN_PROMPT,
            encoder=encoder.recipe,
            written=datetime.now(UTC).isoformat(timespec="seconds"),
            rows_before=store.count(encoder.fingerprint),
            vector=encoder.encode([KNOWN_PROMPT])[0],
        )
        if there is None:
            self._unwritten = canary
        else:
            self._prove(canary)

    def put(self, keys: Keys, rows: Vectors) -> None:
        """Store finite rows of the encoder.

        Raises
        ------
        EncoderError
            When a file that the encoder was read from has changed: nothing is stored then.
        """
        if isinstance(self._encoder, FromFiles):
            self._encoder.check_files()
        if self._unwritten is not None:
            self._store.put_canary(self._unwritten)
            self._prove(self._unwritten)  # somebody else's, if that came first
            self._unwritten = None
        self._store.put(self._encoder.fingerprint, keys, rows)

    def _prove(self, ours: Canary) -> None:
        there = self._store.canary_stamp(ours.fingerprint)
        stored = self._store.canary(ours.fingerprint)
        # cleared meanwhile, or of other words
        if stored is None or there is None or stored.prompt != ours.prompt:
            return
        apart = distance(stored.vector, ours.vector)
        allowed = allowed_distance(self._encoder.tolerance, len(ours.vector))
        if apart > allowed:
            raise EncoderError(
                f"encoder {self._encoder.name!r} gives the store's canary prompt another row than the one kept with"
                f" fingerprint {ours.fingerprint}: distance {apart:.2g}, rounding moves it by {allowed:.2g} at most (it was"
                f" written by {stored.encoder.get('name', 'an encoder')!r}, {stored.written}); the stored vectors and its own"
                f" do not go together; remove the stored ones (semascope store clear --fingerprint {ours.fingerprint}"
                f" --store {self._store.root}) or use another store"
            )
        _proved.setdefault(self._encoder, set()).add(there)


def copy_canary(store: VectorStore, *, of: Encoder, to: Encoder) -> None:
    """Give rows that were copied from one way of reading long texts to another their canary too: a prompt that fits."""
    canary = store.canary(of.fingerprint)
    fits = to.count_tokens([KNOWN_PROMPT])[0] <= to.max_tokens
    if canary is not None and fits and isinstance(to, Remade) and not store.canary_stamp(to.fingerprint):
        before = store.count(to.fingerprint)
        store.put_canary(replace(canary, fingerprint=to.fingerprint, encoder=to.recipe, rows_before=before))
