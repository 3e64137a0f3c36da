"""An ensemble into what its file holds; ``ensemble_loading.py`` is the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.learner.ensemble_file import SavedEnsemble, SavedMember, ensemble_card
from semascope.learner.head_member import HeadMember

if TYPE_CHECKING:
    from semascope.learner.ensemble_file import Weighting
    from semascope.learner.members import Member, Team
    from semascope.types import Floats


def to_saved(
    team: Team, *, weighting: Weighting, weights: Floats, mses: Floats, residuals: Floats
) -> SavedEnsemble:
    """What the file of an ensemble holds: all examples, those of the fits first.

    Raises
    ------
    DataError
        When examples of the fits were changed by hand.
    """
    fits, spaces = team.fits(), team.spaces()
    members = tuple(_saved_member(*each) for each in zip(team.members, spaces, strict=True))
    vectors = tuple(fits[place].vectors for place in team.readers())
    n, examples = len(fits[0].texts), tuple(team.models[0].examples.all())
    if [example.text for example in examples[:n]] != fits[0].texts:
        raise DataError("training_texts were changed since training; call train() before saving")
    shown = ", ".join(f"{weight:.4g}" for weight in weights)
    return SavedEnsemble(
        card=ensemble_card(members, vectors, note=f"weights of the members: {shown}"),
        members=members,
        spaces=vectors,
        weighting=weighting,
        weights=weights,
        mses=mses,
        residuals=residuals if len(residuals) == n else np.full(n, np.nan),
        examples=examples,
        fitted=n,
    )


def _saved_member(member: Member, space: int) -> SavedMember:
    model = member._core
    head = model.fitter.head_of(model.fitted(), model.target)
    measure, seed = (member.measure, member.seed) if isinstance(member, HeadMember) else ("", 0)
    return SavedMember(
        sort="head" if isinstance(member, HeadMember) else "learner",
        card=model.card().model_copy(update={"head": head.name}),
        head=head,
        space=space,
        embedding_dim=model.source.dim,
        measure=measure,
        seed=seed,
        suggested=tuple(sorted(model.suggested)),
    )
