"""Texts with labels: those of one label shall lie together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.embedding.prompts import write_prompts
from semascope.studies.result import Note
from semascope.studies.tuned.asking.labelled import read_labelled
from semascope.studies.tuned.judging.picturing import picture
from semascope.studies.tuned.judging.separation import separate
from semascope.studies.tuned.kinds.kind import Judged
from semascope.studies.tuned.result import SidesTold
from semascope.studies.tuned.training.looking import ChoosingTexts
from semascope.studies.tuned.training.material import of_labels
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from semascope.encoders.protocol import Encoder
    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.asking.labelled import LabelledTable
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.training.material import Material
    from semascope.tuning.start import Start
    from semascope.types import Ints, Progress

_AMONG = 2_000
"""Learnt texts among which a choosing text looks for its neighbours, at most."""


@dataclass(frozen=True, kw_only=True)
class ByLabels:
    """The table of a plan."""

    plan: TunePlan
    table: LabelledTable

    @classmethod
    def read(cls, plan: TunePlan) -> Self:
        """That of a plan; errors as ``read_labelled``."""
        return cls(plan=plan, table=read_labelled(plan))

    @property
    def name(self) -> str:
        """Of the data."""
        return self.table.name

    @property
    def digest(self) -> str:
        """Of texts, labels and sides."""
        return self.table.digest

    def whole(self) -> ByLabels:
        """Every text with a label learns."""
        divided = self.table.divided
        nobody = np.empty(0, dtype=np.int64)
        learning = np.sort(np.concatenate([divided.learning, divided.choosing, divided.estimating]))
        table = replace(
            self.table, divided=replace(divided, learning=learning, choosing=nobody, estimating=nobody)
        )
        return ByLabels(plan=self.plan, table=table)

    def known_pairs(self, most: int) -> tuple[list[str], list[str], Ints]:
        """Half of some learning texts, and the other half; those of one label belong together."""
        some = self.table.of(self.table.divided.learning[: 2 * most])
        asked, read = list(some.texts[::2]), list(some.texts[1::2])
        alike = np.asarray(some.labels[::2])[:, None] == np.asarray(some.labels[1::2])[None, :]
        return asked, read, np.argwhere(alike)

    def material(self, start: Start, *, store: VectorStore, progress: Progress) -> Material:
        """The learning texts."""
        return of_labels(self.table.of(self.table.divided.learning), start, self.plan)

    def choosing(self, start: Start, *, store: VectorStore, progress: Progress) -> ChoosingTexts:
        """The choosing texts among learning ones."""
        divided = self.table.divided
        among = divided.learning
        if len(among) > _AMONG:
            among = np.sort(np.random.default_rng(self.plan.seed).permutation(among)[:_AMONG])
        choosing, learnt = self.table.of(divided.choosing), self.table.of(among)
        prompts, _ = write_prompts(
            [*choosing.texts, *learnt.texts], encoder=start.encoder, instruction=self.plan.sentence
        )
        ids = start.tokens.ids(prompts)
        return ChoosingTexts(
            texts=ids[: len(choosing.texts)],
            labels=choosing.labels,
            among=ids[len(choosing.texts) :],
            among_labels=learnt.labels,
        )

    def judged(
        self,
        start: Start,
        place: Path,
        tuned: Encoder,
        *,
        read: Sequence[str],
        store: VectorStore,
        progress: Progress,
    ) -> Judged:
        """The estimating texts before and after."""
        held = self.table.divided.estimating
        learnt = {self.table.labels[row] for row in self.table.divided.learning.tolist()}
        some = self.table.of(held)
        group = self.table.group
        found = separate(
            start.encoder,
            tuned,
            some.texts,
            some.labels,
            label=self.plan.label or "label",
            trained=learnt,
            groups=None if group is None else [group[row] for row in held.tolist()],
            instruction=self.plan.sentence,
            margin=self.plan.margin,
            store=store,
            seed=self.plan.seed,
            progress=progress,
        )
        rows = found.rows.tolist()
        before, after = (  # out of the store, where these texts lie by now
            embed(
                [some.texts[row] for row in rows],
                encoder=encoder,
                instruction=self.plan.sentence,
                store=store,
                progress=progress,
            ).vectors
            for encoder in (start.encoder, tuned)
        )
        return Judged(
            separation=found,
            pictured=picture(
                before,
                after,
                [some.labels[row] for row in rows],
                label=found.label,
                names=(start.encoder.name, self.plan.name),
                seed=self.plan.seed,
            ),
        )

    def sides(self, start: Start, read: Sequence[str]) -> SidesTold:
        """Texts of each side; none of those that judge was read, nor a near-copy of one."""
        divided = self.table.divided
        return SidesTold(
            how="label",
            learning=len(divided.learning),
            choosing=len(divided.choosing),
            estimating=len(divided.estimating),
            seen=0,
            left_out=Counter(divided.left_out.values()),
        )

    def columns(self) -> Mapping[str, Sequence[str]]:
        """The texts."""
        return {"text": self.table.texts}

    def mined(self) -> None:
        """Labels have no hard negatives: every text of another label is one."""

    def notes(self) -> list[Note]:
        """What was left out."""
        reasons = Counter(self.table.divided.left_out.values())
        return [
            Note(level="info", title=f"{count(number, 'text')} left out", text=f"Each {why}.", count=number)
            for why, number in reasons.items()
        ]
