"""The encoders of an index: loaded as its card says, held against it, and asked for rows in their role."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.embedding.path import embed
from semascope.embedding.prompts import write_prompts
from semascope.embedding.width import check_dim
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError
from semascope.probes.card_encoder import load_card_encoder
from semascope.probes.space_check import check_space
from semascope.retrieval.cutting.passages import cut_documents
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.embedding.account import Embedded
    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.cutting.passages import Count, Passages
    from semascope.retrieval.indexes.card import EncoderCard
    from semascope.retrieval.indexes.recipe import VectorsPart
    from semascope.store.vectors import VectorStore
    from semascope.types import Precision, Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """How encoders compute, and where they lie: nothing that changes what an index is."""

    encoders: Mapping[str, Encoder] = field(default_factory=dict)  # loaded ones by their name or source
    encoder: str = ""  # name or folder to load instead of what the card says, where there is one encoder
    precision: Precision = "auto"
    device: str = "auto"
    trust_remote_code: bool = False

    def new(self, part: VectorsPart) -> Encoder:
        """The encoder of a part that is being made."""
        given = self.encoders.get(part.called) or self.encoders.get(part.encoder)
        if given is None:
            given = load_encoder(
                part.encoder,
                called=part.called or part.encoder,
                precision=self.precision,
                device=self.device,
                trust_remote_code=self.trust_remote_code,
                long=part.long,
            )
        elif given.space.long != part.long:
            given = given.in_way(part.long)
        check_dim(part.dim, given)
        return given

    def refuse_idle(self, cards: Sequence[EncoderCard]) -> None:
        """Refuse an encoder that none of the cards asks for: nothing would come of it."""
        if not cards:
            named = repr(self.encoder) if self.encoder else ", ".join(map(repr, self.encoders))
            raise ConfigError(
                f"encoder is {named}, and this index searches by words alone; only one with vectors reads with an encoder; leave"
                " it out"
            )
        known = {name for card in cards for name in (card.called, card.encoder) if name}
        idle = [name for name in self.encoders if name not in known]
        if (
            idle and len(cards) + len(self.encoders) > 2
        ):  # a single one stands for the only one, whatever it is called
            raise ConfigError(
                f"encoders has {', '.join(map(repr, idle))}, and this index has {', '.join(map(repr, sorted(known)))}; only those"
                " are asked; leave the others out, or name them as the index does"
            )

    def saved(self, card: EncoderCard, *, only: bool) -> Encoder:
        """The encoder of a card, or the one that stands for it; ``only`` where the index has no other.

        Raises
        ------
        ArtifactError
            It is of another space; every field that differs is named.
        """
        given = self.encoders.get(card.called) or self.encoders.get(card.encoder)
        if given is None and only and len(self.encoders) == 1:
            (given,) = self.encoders.values()
        if self.encoder and not only:
            raise ConfigError(
                f"encoder is {self.encoder!r}, and this index has several; which one it stands for is not said; leave it out"
            )
        if given is None:
            given = load_card_encoder(
                card,
                self.encoder,
                precision=self.precision,
                device=self.device,
                trust_remote_code=self.trust_remote_code,
            )
        elif given.space.long != card.long:
            given = given.in_way(card.long)
        warning = check_space(card, given, what="index", changes="similarities")
        if warning:
            warnings.warn(warning, UserWarning, stacklevel=2)
        return given


@dataclass(kw_only=True, slots=True, eq=False)
class Encoders:
    """The encoders of an index's parts with vectors, each loaded when it is first asked."""

    cards: Sequence[EncoderCard]
    wish: Wish
    store: VectorStore | None
    loaded: dict[int, Encoder] = field(default_factory=dict)

    def of(self, part: int) -> Encoder:
        """The encoder of a part, proved to be of the card's space."""
        if part not in self.loaded:
            self.loaded[part] = self.wish.saved(self.cards[part], only=len(self.cards) == 1)
        return self.loaded[part]

    def queries(
        self, part: int, about: VectorsPart, texts: Sequence[str], *, progress: Progress = silent
    ) -> Embedded:
        """Rows of queries; ``about`` is the part's settings."""
        return embed(
            texts,
            encoder=self.of(part),
            instruction=about.instruction,
            role="query",
            dim=about.dim,
            store=self.store,
            progress=progress,
        )

    def documents(
        self,
        part: int,
        about: VectorsPart,
        texts: Sequence[str],
        *,
        keep: bool = True,
        progress: Progress = silent,
    ) -> Embedded:
        """Rows of documents, or of passages of them; without ``keep`` the store neither gives nor gets any."""
        return embed(
            texts,
            encoder=self.of(part),
            role="document",
            dim=about.dim,
            store=self.store if keep else None,
            progress=progress,
        )

    def passages(
        self, part: int, about: VectorsPart, texts: Sequence[str], *, progress: Progress = silent
    ) -> Passages | None:
        """Where documents are cut; None where they stay whole."""
        if about.passage is None:
            return None
        return cut_documents(texts, about.passage, count=prompt_counter(self.of(part)), progress=progress)


def prompt_counter(encoder: Encoder) -> Count:
    """Tokens of texts as an encoder counts them when they are documents, its template included."""

    def count(texts: Sequence[str]) -> list[int]:
        return encoder.count_tokens(write_prompts(texts, encoder=encoder, role="document")[0])

    return count
