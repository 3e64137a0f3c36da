"""What a tuning was worth, in a few sentences: unseen before seen, then words, what was forgotten, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.tuned.telling import searching, separating
from semascope.studies.tuned.telling.advice import advice_of, choosing_side, look_is_better
from semascope.studies.tuned.telling.forgotten import kept_words, lost_words
from semascope.words.numbers import count, fixed, seconds
from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.judging.forgetting import Forgot
    from semascope.studies.tuned.kinds.kind import Judged
    from semascope.studies.tuned.result import SidesTold
    from semascope.studies.tuned.training.train import Trained

_DECIMALS = 3  # of the choosing side's measure


def headline_of(
    plan: TunePlan,
    base: str,
    sides: SidesTold,
    trained: Trained,
    judged: Judged,
    forgot: Sequence[Forgot],
    *,
    width: int = 0,
) -> list[str]:
    """Sentences, most important first.

    Parameters
    ----------
    width
        Numbers of a vector; 0 leaves them out.
    """
    advice = advice_of(trained, judged.searched, judged.separation)
    found: list[str] = []
    if judged.searched is not None:
        found += [searching.answer(judged.searched, trained), searching.of_seen(judged.searched)]
    elif judged.separation is not None:
        found += [
            separating.answer(judged.separation, base, trained),
            separating.of_new_labels(judged.separation),
            separating.cosines_alone(judged.separation),
        ]
    if not look_is_better(trained, judged.searched):
        found.append(_no_look(plan, base, sides, choosing_side(trained, judged.searched)))
    if judged.searched is not None:
        found.append(searching.how_to_search(judged.searched, advice))
    elif not advice.tuned:
        found.append(f"Keep {base}.")
    found.append(lost_words(forgot, base))
    # who is told to keep the base has no use for what the other one did not forget
    found += [capital(" ".join(kept_words(forgot, base)))] if advice.tuned else []
    found.append(_cost(plan, trained, width))
    return [sentence for sentence in found if sentence]


def _no_look(plan: TunePlan, base: str, sides: SidesTold, side: tuple[float, float]) -> str:
    """That the choosing side is no better off; ``side`` is its measure before and after."""
    of = (
        ("choosing query", "choosing queries")
        if plan.flavour == "pairs"
        else ("choosing text", "choosing texts")
    )
    measure = f"{plan.measure} " if plan.flavour == "pairs" else ""
    return (
        f"What is kept is no better than {base} itself on the {count(sides.choosing, *of)} ({measure}"
        f"{fixed(side[0], _DECIMALS)} before, {fixed(side[1], _DECIMALS)} after)."
    )


def _cost(plan: TunePlan, trained: Trained, width: int) -> str:
    rows = "pairs" if plan.flavour == "pairs" else "texts"
    of = f"{count(trained.steps, 'step')} of {trained.batch:,} {rows}"
    kept = f"vectors keep their {width:,} dimensions, so " if width else ""
    return f"Training took {seconds(trained.seconds)} ({of}); {kept}a search costs what it did."
