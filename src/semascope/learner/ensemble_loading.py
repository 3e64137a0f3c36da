"""Members of a saved ensemble brought back to life: every encoder is proved before anything changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from semascope.learner.head_member import FittedHead, HeadMember
from semascope.learner.learner import ValueLearner
from semascope.learner.model_file import SavedLearner
from semascope.learner.model_parts import to_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.learner.ensemble_file import SavedEnsemble, SavedMember
    from semascope.probes.card import Card

Member: TypeAlias = ValueLearner | HeadMember


def revive(
    saved: SavedEnsemble, path: str | Path, existing: Sequence[Member], make: Callable[[], ValueLearner]
) -> tuple[Member, ...]:
    """The members of a saved ensemble, in its order.

    Parameters
    ----------
    existing
        Members to reuse: one takes over the saved member in its place when both are of a sort.
    make
        A new learner, for the others.

    Raises
    ------
    ArtifactError
        When a learner makes other vectors than the saved one; nothing is changed then.
    """
    readers = _readers(saved, existing, make)
    encoders: dict[tuple[str, ...], Encoder | None] = {}
    proved = {
        place: _prove(readers[place], each.card, path, encoders) for place, each in enumerate(saved.members)
    }
    members: list[Member | None] = [None] * len(saved.members)
    texts = tuple(example.text for example in saved.examples[: saved.fitted])
    done: set[int] = set()
    for place, each in enumerate(saved.members):  # learners first: heads may read their vectors
        if each.sort == "learner":
            readers[place]._take_over(_as_learner(saved, each), proved[place], path)
            members[place] = readers[place]
            done.add(id(readers[place]))
    for place, each in enumerate(saved.members):
        if each.sort == "learner":
            continue
        reader, vectors = readers[place], saved.spaces[each.space]
        if id(reader) not in done:
            known = dict(zip(texts, vectors, strict=True))
            reader._take_space(each.card, proved[place], embedding_dim=each.embedding_dim, vectors=known)
            done.add(id(reader))
        member = HeadMember(each.card.head, reader, measure=each.measure, seed=each.seed)
        scores = np.array([example.score for example in saved.examples[: saved.fitted]])
        fit = FittedHead(head=each.head, texts=texts, scores=scores, vectors=vectors)
        member._take_over(fit, saved.examples)
        members[place] = member
    return tuple(member for member in members if member is not None)


def _readers(
    saved: SavedEnsemble, existing: Sequence[Member], make: Callable[[], ValueLearner]
) -> list[ValueLearner]:
    """The learner that makes the vectors of each member: one for each saved learner; heads of a space share one."""
    found: dict[int, ValueLearner] = {}
    of_space: dict[int, ValueLearner] = {}
    for place, each in enumerate(saved.members):
        here = existing[place] if place < len(existing) else None
        if each.sort == "learner":
            found[place] = here if isinstance(here, ValueLearner) else make()
            of_space.setdefault(each.space, found[place])
    for place, each in enumerate(saved.members):
        here = existing[place] if place < len(existing) else None
        if each.sort == "head":
            if each.space not in of_space:
                taken = isinstance(here, HeadMember) and any(
                    here.learner is other for other in (*found.values(), *of_space.values())
                )
                of_space[each.space] = here.learner if isinstance(here, HeadMember) and not taken else make()
            found[place] = of_space[each.space]
    return [found[place] for place in range(len(saved.members))]


def _prove(
    reader: ValueLearner, card: Card, path: str | Path, encoders: dict[tuple[str, ...], Encoder | None]
) -> Encoder | None:
    """The encoder of a card; members of one space share it, so that its weights are loaded once."""
    key = (card.encoder, card.fingerprint, card.custom)
    if key in encoders and reader._own_class() == card.custom:
        return encoders[key]
    encoders[key] = reader._proved(card, path)
    return encoders[key]


def _as_learner(saved: SavedEnsemble, member: SavedMember) -> SavedLearner:
    return SavedLearner(
        card=member.card,
        ridge=to_line(member.head),  # type: ignore[arg-type]
        examples=saved.examples,
        fitted=saved.fitted,
        vectors=saved.spaces[member.space],
        embedding_dim=member.embedding_dim,
        suggested=member.suggested,
    )
