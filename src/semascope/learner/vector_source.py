"""Where the vectors of a learner come from: its settings, its encoder, its memory, its store."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semascope.embedding.width import check_dim
from semascope.encoders.choices import stated_choices
from semascope.errors import ArtifactError, ConfigError
from semascope.learner.advice import advise
from semascope.learner.log import LOGGER
from semascope.learner.vectors import own_vectors, remembered, stored_or_encoded
from semascope.store.vectors import VectorStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.learner.encoder_choice import EncoderChoice
    from semascope.probes.card import Card
    from semascope.types import Array, Progress

DEFAULT_DIM = 768


class Own(NamedTuple):
    """Code of a user's own that makes vectors."""

    name: str
    function: Callable[[str], object]


class VectorSource:
    """Vectors of texts, under settings that may be changed by hand.

    Parameters
    ----------
    choice
        What is known of the encoder, which is loaded when the first text needs it.
    folder
        Of the vector store.
    instruction, dim
        Sentence of the task, and dimensions kept of each vector.
    own
        Says, at each call, whether vectors are made by code of a user's own.

    Attributes
    ----------
    memory
        Vectors of the encoder by text. Users may clear it.
    encoder
        None before it is loaded.
    lock
        Of everything that changes here.
    """

    def __init__(
        self,
        choice: EncoderChoice,
        folder: Path,
        *,
        instruction: str,
        dim: int,
        own: Callable[[], Own | None],
    ) -> None:
        self.choice, self.folder, self.instruction, self.dim = choice, folder, instruction, dim
        self.memory: dict[str, Array] = {}
        self.encoder: Encoder | None = None
        self.lock = threading.RLock()
        self._own = own
        self._made_with, self._changes = self._settings(), 0

    @property
    def custom(self) -> str:
        """Name of the code of a user's own that makes the vectors; "" for the encoder alone."""
        own = self._own()
        return own.name if own else ""

    def vectors(self, texts: list[str], progress: Progress | None = None) -> Array:
        """(n, d) vectors of n texts, one or more: float32 from the encoder, float64 from code of a user's own."""
        own = self._own()
        if own is None:
            return self.encoded(texts, progress)

        def after_first() -> None:
            # Where it builds on the encoder's vectors, those of the other texts come together.
            if texts[0] in self.memory:
                self.encoded(texts, progress)

        return own_vectors(texts, own.function, name=own.name, after_first=after_first)

    def encoded(self, texts: list[str], progress: Progress | None) -> Array:
        """(n, dim) float32 vectors of the encoder, from memory where they are."""
        self.changes()

        def make(missing: list[str]) -> dict[str, Array]:
            encoder = self._load()  # first: it may cap the width
            return stored_or_encoded(
                missing,
                encoder=encoder,
                store=self._store,
                instruction=self.instruction,
                dim=self.dim,
                progress=progress,
            )

        return remembered(texts, self.memory, make)

    def changes(self) -> int:
        """How often settings were changed by hand: vectors that were made before a change are of another space."""
        if self._made_with != self._settings():
            with self.lock:
                if self._made_with != (now := self._settings()):  # a model was being loaded
                    LOGGER.debug("instruction or embedding_dim was changed: vectors and fit are dropped")
                    self.memory, self._made_with = {}, now
                    self._changes += 1
                    self._state_choices()
        return self._changes

    def proved(self, card: Card, path: str | Path) -> Encoder | None:
        """The encoder of a saved model, when vectors are made here as they were for it; None where it had none.

        Raises
        ------
        ArtifactError
            When the encoder is not found unchanged, or other code makes the vectors.
        """
        if card.custom != self.custom:
            made, here = (
                f"class {name!r}" if name else "the encoder alone" for name in (card.custom, self.custom)
            )
            raise ArtifactError(
                f"the vectors of {path} were made by {made}; this learner's are made by {here}; load it with the same class"
            )
        return self.choice.load_saved(card) if card.encoder else self.encoder

    def take(self, card: Card, encoder: Encoder | None, *, dim: int, known: dict[str, Array]) -> None:
        """Make vectors as a card says from now on, with those of some texts in memory."""
        with self.lock:
            before = self.encoder and self.encoder.fingerprint, self._settings()
            self.encoder, self.instruction, self.dim = encoder, card.sentence, dim
            # Another one, not the same one emptied: a thread that is embedding puts old vectors into the old one.
            self.memory = {} if card.custom else dict(known)
            self._made_with = self._settings()
            if before != (self.encoder and self.encoder.fingerprint, self._made_with):
                self._changes += 1

    def _settings(self) -> tuple[str, int]:
        """What may be changed by hand and changes every vector."""
        return self.instruction, self.dim

    def _load(self) -> Encoder:
        with self.lock:
            if self.encoder is None:
                self.encoder = self.choice.load()
                LOGGER.debug("encoder %s, %d dims", self.encoder.name, self.encoder.dim)
                self.dim = self.choice.cap(self.dim, self.encoder, default=DEFAULT_DIM)
                self._made_with = self._settings()
                check_dim(self.dim, self.encoder)
                self._state_choices()
            return self.encoder

    def _state_choices(self) -> None:
        """Say what the encoder was not trained for; of a model that is loaded it was said when it was made."""
        if self.encoder is not None:
            advise(stated_choices(self.encoder, instruction=self.instruction, dims=[self.dim]))

    @functools.cached_property
    def _store(self) -> VectorStore:
        return VectorStore(self.folder)


def check_width(dim: int) -> int:
    """Dimensions to keep, 1 or more."""
    if isinstance(dim, bool) or not isinstance(dim, int | np.integer) or dim < 1:
        raise ConfigError(f"embedding_dim is {dim!r}; it must be a whole number, 1 or more")
    return int(dim)


def make_folder(folder: Path) -> Path:
    """The folder of a store, made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cache_dir {folder} cannot be created ({error.strerror or error}); it must be a folder that can be written to; name another"
        ) from error
    return folder
