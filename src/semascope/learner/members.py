"""The members of an ensemble: which may be one, and what holds of all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from semascope.errors import ConfigError
from semascope.learner.fit import Fit
from semascope.learner.head_member import HeadMember
from semascope.learner.learner import ValueLearner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.learner.fitters import Fitted
    from semascope.learner.model import Model
    from semascope.learner.vector_source import VectorSource
    from semascope.types import Floats

Member: TypeAlias = ValueLearner | HeadMember


class Team:
    """The models of k members that learn the same examples."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        self.models: tuple[Model, ...] = tuple(member._core for member in members)

    @property
    def target(self) -> str:
        """What the scores are called."""
        return self.models[0].target

    def model(self, place: object) -> Model:
        """The model of the member at that place."""
        k = len(self.models)
        if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < k:
            raise ConfigError(
                f"member is {place!r}; it must be the place of one of the {k} members; count from 0"
            )
        return self.models[place]

    def note_suggested(self, texts: list[str]) -> None:
        """Let all members remember that these texts were suggested."""
        for model in self.models:
            model.note_suggested(texts)

    def check_same_examples(self) -> None:
        """Refuse members that hold different examples."""
        first = self.models[0].examples
        for place, model in enumerate(self.models):
            other = model.examples
            if (other.texts, other.scores) != (first.texts, first.scores):
                raise ConfigError(
                    f"members 0 and {place} hold different examples ({len(first)} and {len(other)}); all must hold the"
                    " same, or none; add them through the ensemble"
                )

    def fits(self) -> list[Fitted]:
        """What each member is fitted to; all know the same examples."""
        fits = [model.fitted() for model in self.models]
        first = fits[0]
        for place, fit in enumerate(fits):
            if fit.texts != first.texts or fit.scores.tolist() != first.scores.tolist():
                raise ConfigError(
                    f"members 0 and {place} were trained on different examples; all must know the same; call train()"
                )
        return fits

    def ridges(self) -> list[Fit] | None:
        """The fits, when all members are ridge."""
        fits = self.fits()
        ridges = [fit for fit in fits if isinstance(fit, Fit)]
        return ridges if len(ridges) == len(fits) else None

    def check_ridge(self, verb: str, instead: str) -> None:
        """Refuse what only ridges can do."""
        for place, member in enumerate(self.members):
            if isinstance(member, HeadMember) and member.name != "ridge":
                raise ConfigError(
                    f"{verb} was asked of an ensemble whose member {place} is head {member.name!r}; it is exact for ridge"
                    f" only; {instead}, or leave that member out"
                )

    def is_trained(self) -> bool:
        """Whether all members can predict."""
        return all(model.fit is not None for model in self.models)

    def spaces(self) -> list[int]:
        """Number of the space (encoder, instruction, width) whose vectors each member reads, in order of appearance."""
        known: dict[tuple[object, ...], int] = {}
        found = []
        for model in self.models:
            card = model.card()
            own = (id(model.source),)
            key = own if card.custom else (card.fingerprint, card.sentence, card.role, card.dim)
            found.append(known.setdefault(key, len(known)))
        return found

    def readers(self) -> list[int]:
        """Place of the first member of each space."""
        spaces = self.spaces()
        return [spaces.index(space) for space in range(max(spaces) + 1)]

    def predict(self, texts: list[str], progress: object) -> list[Floats]:
        """(n,) scores by each member."""
        return [member.predict_many(texts, progress=progress) for member in self.members]  # type: ignore[arg-type]

    def catch_up(self) -> None:
        """Let all members learn what they have not seen."""
        for model in self.models:
            model.catch_up()

    def take_back(self) -> None:
        """Let all members be without the example that was added last."""
        for model in self.models:
            model.take_back()

    def was_guided(self) -> bool:
        """Whether an example that was suggested has been learnt."""
        return any(model.was_guided() for model in self.models)


def source_of(member: Member) -> VectorSource:
    """What makes a member's vectors."""
    return member._core.source


def check_members(members: Sequence[ValueLearner | HeadMember | str]) -> tuple[Member, ...]:
    """The members, names made into heads on the learner before them."""
    if isinstance(members, str) or not members:
        raise ConfigError(
            f"members is {members!r}; it must hold one learner or more; give a list of learners"
        )
    found: list[Member] = []
    learner: ValueLearner | None = None
    for place, given in enumerate(members):
        member = _member(given, place, learner)
        if isinstance(member, ValueLearner):
            learner = member
        if any(member is other for other in found):
            raise ConfigError(
                f"member {place} is there already; examples would reach it twice; make another learner, or give weights"
            )
        found.append(member)
    return tuple(found)


def _member(given: object, place: int, learner: ValueLearner | None) -> Member:
    """A member as it was given, or a head by that name on the vectors of ``learner``."""
    if isinstance(given, ValueLearner | HeadMember):
        return given
    if not isinstance(given, str):
        raise ConfigError(
            f"member {place} is {type(given).__name__}; it must be a ValueLearner, a HeadMember or the name of a head;"
            " for others average their predictions yourself"
        )
    if learner is None:
        raise ConfigError(
            f"member {place} is head {given!r} without a learner before it whose vectors it could read; put one"
            " before it, or use HeadMember(head, learner)"
        )
    return HeadMember(given, learner)
