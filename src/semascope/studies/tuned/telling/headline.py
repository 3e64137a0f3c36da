"""What a tuning was worth, in a few sentences: unseen before seen, then words, what separates, what was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.judging.forgetting import Forgot
    from semascope.studies.tuned.kinds.kind import Judged
    from semascope.studies.tuned.result import SidesTold
    from semascope.studies.tuned.training.train import Trained


def headline_of(
    plan: TunePlan,
    base: str,
    sides: SidesTold,
    trained: Trained,
    judged: Judged,
    forgot: Sequence[Forgot],
) -> list[str]:
    """Sentences, most important first."""
    return [f"{base} was tuned."]
