"""Members of a saved ensemble brought back to life: every encoder is proved before anything changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.examples import Examples
from semascope.learner.head_member import HeadMember
from semascope.learner.learner import ValueLearner
from semascope.learner.learner_saving import take_saved
from semascope.learner.model_file import SavedLearner
from semascope.learner.model_parts import to_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.learner.ensemble_file import SavedEnsemble, SavedMember
    from semascope.learner.members import Member
    from semascope.learner.vector_source import VectorSource
    from semascope.probes.card import Card


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
    proved = [
        _prove(readers[place]._vector_source, each.card, path, encoders)
        for place, each in enumerate(saved.members)
    ]
    members: dict[int, Member] = {}
    done: set[int] = set()
    for place, each in enumerate(saved.members):  # learners first: heads may read their vectors
        if each.sort == "learner":
            reader = readers[place]
            take_saved(_as_learner(saved, each), reader._core, proved[place], path)
            members[place] = reader
            done.add(id(reader))
    for place, each in enumerate(saved.members):
        if each.sort == "head":
            reader = readers[place]
            if id(reader) not in done:
                _take_space(reader, saved, each, proved[place])
                done.add(id(reader))
            members[place] = _as_head(saved, each, reader)
    return tuple(members[place] for place in range(len(saved.members)))


def _take_space(
    reader: ValueLearner, saved: SavedEnsemble, member: SavedMember, encoder: Encoder | None
) -> None:
    """Let a learner make the vectors that a saved head reads."""
    known = Examples.of(saved.examples, saved.spaces[member.space]).known
    reader._vector_source.take(member.card, encoder, dim=member.embedding_dim, known=known)
    reader.target = member.card.targets[0].name


def _as_head(saved: SavedEnsemble, member: SavedMember, reader: ValueLearner) -> HeadMember:
    found = HeadMember(member.card.head, reader, measure=member.measure, seed=member.seed)
    fitted, vectors = saved.examples[: saved.fitted], saved.spaces[member.space]
    texts, scores = [each.text for each in fitted], np.array([each.score for each in fitted])
    fit = found._score_fitter.known(member.head, texts, vectors, scores)
    found._core.take(fit, Examples.of(saved.examples, vectors), suggested=member.suggested)
    return found


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
    source: VectorSource, card: Card, path: str | Path, encoders: dict[tuple[str, ...], Encoder | None]
) -> Encoder | None:
    """The encoder of a card; members of one space share it, so that its weights are loaded once."""
    key = (card.encoder, card.fingerprint, card.custom)
    if key in encoders and source.custom == card.custom:
        return encoders[key]
    encoders[key] = source.proved(card, path)
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
