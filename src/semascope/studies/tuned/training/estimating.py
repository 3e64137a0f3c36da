"""What a contrastive training will take, before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semascope.embedding.path import embed
from semascope.encoders.precision import processor_cores
from semascope.errors import ConfigError
from semascope.store.speeds import Speeds, device_of
from semascope.studies.forecast import LONG, TIGHT, minutes
from semascope.studies.tuned.training.earlier import meant_by
from semascope.studies.tuned.training.train import kept_tokens, read_trained
from semascope.tuning.needs import DEARER, available_memory, needs_of, tuning_key
from semascope.words.numbers import count, size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.training.material import Material
    from semascope.tuning.start import Start
    from semascope.types import Ints

_EXPECTED = 8  # batches whose texts stand for all
_TRIED = 32  # texts encoded to learn a speed that is not known yet; they are not stored
GROWN = 2.2
"""Times its graphs that a process grows: what the way back needs for a while, and freed memory that is kept for the next part.
MiniLM with graphs of 1.6 GB grew by 3.5 GB (``benchmarks/contrastive.py``, and trainings on SciFact)."""
_TWICE = (
    4 / 3
)  # what going through twice costs: a part is computed forward again before it is computed backward
_LARGE = 1 << 30  # bytes; what needs less is not asked about


@dataclass(frozen=True, kw_only=True, slots=True)
class AllRows:
    """A second training, on all rows."""

    folder: Path
    digest: str  # of the data and of who learns from it
    share: float  # rows, for each one of the first training


@dataclass(frozen=True, kw_only=True, slots=True)
class TuneForecast:
    """Work and memory of a training, and of a second one on all rows, at most."""

    steps: int
    batch: int
    tokens: float  # a step
    rate: float | None  # tokens a second; None where nothing tells
    memory: float  # bytes, beside what Python and its packages take
    done: bool  # whether it was trained before
    more: int = 0  # steps on all rows; 0 where these are not asked for, or were made before

    @property
    def to_make(self) -> int:
        """Steps that are left, of both."""
        return (0 if self.done else self.steps) + self.more

    @property
    def seconds(self) -> float:
        """All steps that are left; 0 where nothing tells."""
        return self.to_make * self.tokens / self.rate if self.rate else 0.0

    @property
    def doubt(self) -> str:
        """Why a person should say that this may begin, as a question; "" where nothing speaks against it."""
        free = available_memory()
        if not self.to_make:
            return ""
        if self.memory > max(TIGHT * free, _LARGE):
            return f"Training takes some {size(int(self.memory))} of memory, and {size(int(free))} are free. Begin all the same?"
        if self.seconds > LONG:
            return f"Training takes up to {minutes(self.seconds)}. Begin?"
        return ""

    def __str__(self) -> str:
        before = "trained before with the same settings: taken as it is"
        if not self.to_make:
            return before
        took = (
            ("under a minute" if self.seconds < 55 else f"up to {minutes(self.seconds)}")
            if self.rate
            else "a time that nothing tells"
        )
        made = (
            f"{count(self.more if self.done else self.steps, 'step')} of {self.batch:,} with some"
            f" {self.tokens:,.0f} tokens each"
        )
        if self.done:
            made = f"{before}; then for --final, on all rows, {made}"
        elif self.more:
            made += f", and for --final, on all rows, {self.more:,} more"
        return f"{made}: {took}, and some {size(int(self.memory))} of memory"

    def settle(self, *, say: Callable[[str], None], agrees: Callable[[str], bool]) -> None:
        """Say it, and ask where it is much.

        Raises
        ------
        ConfigError
            When nobody agrees.
        """
        say(str(self))
        if self.doubt and not agrees(self.doubt):
            raise ConfigError(
                "tuning was not begun; fewer --epochs or --steps, shorter --tokens or a smaller encoder take less; answer y, or add --yes"
            )


def forecast(
    plan: TunePlan,
    start: Start,
    material: Material,
    folder: Path,
    *,
    digest: str,
    store: VectorStore,
    whole: AllRows | None = None,
) -> TuneForecast:
    """Of some batches as they will be dealt; an unknown speed is learnt on a few texts, the only part that takes seconds.

    Parameters
    ----------
    digest
        Of the data and of who learns from it.
    whole
        A second training that follows; its batches are taken to be like those of the first.
    """
    from semascope.tuning.contrastive.losses import Contrast

    lengths = np.array([len(ids) for ids in material.examples.sequences], dtype=np.int64)
    first = material.batches.epoch(0)[:_EXPECTED]
    made = [lengths[material.examples.batch(rows, Contrast()).sequences] for rows in first]
    steps = plan.steps_of(material.batches.a_epoch)
    earlier = read_trained(folder, plan, meant_by(plan, start, digest))
    more = 0
    if whole is not None and read_trained(whole.folder, plan, meant_by(plan, start, whole.digest)) is None:
        # For as many passes as did best, which is known of what was trained.
        more = max(1, math.ceil(whole.share * (steps if earlier is None else earlier.kept_step)))
    return TuneForecast(
        steps=steps,
        batch=material.batches.size,
        tokens=float(np.mean([each.sum() for each in made])),
        rate=_rate(plan, start, material, store) if earlier is None or more else None,
        memory=max(memory_of(plan, start, each) for each in made),
        done=earlier is not None,
        more=more,
    )


def memory_of(plan: TunePlan, start: Start, lengths: Ints) -> float:
    """Bytes that training on a batch of (t,) texts adds to the process."""
    needs = needs_of(start, plan, **held_at_once(plan, start, lengths)._asdict())
    return needs.total + (GROWN - 1) * needs.activations


class Held(NamedTuple):
    """What a step holds at once."""

    tokens: int  # whose way back is kept, padding included
    gradients: int  # each as large as what is trained


def held_at_once(plan: TunePlan, start: Start, lengths: Ints) -> Held:
    """Of a step, at most: tokens of the parts that are computed at once, or of what is kept besides, and the parts' gradients.

    Parameters
    ----------
    lengths
        (t,) tokens of the texts of a batch: no more is held than it has.
    """
    from semascope.tuning.contrastive.parts import token_parts
    from semascope.tuning.loop import MOST_TOKENS

    kind = "cuda" if start.encoder.device.startswith("cuda") else "cpu"
    cores = processor_cores() if kind == "cpu" else 1
    parts = token_parts(lengths, most=plan.mini_batch or MOST_TOKENS[kind], at_once=cores)
    rooms = sorted((len(part) * int(lengths[part].max()) for part in parts), reverse=True)
    several = min(cores, len(parts))
    return Held(
        tokens=max(sum(rooms[:several]), min(kept_tokens(plan, start), sum(rooms))),
        gradients=several + 2,  # beside those of the parts their sum, and what adding up takes
    )


def _rate(plan: TunePlan, start: Start, material: Material, store: VectorStore) -> float | None:
    """Tokens a second: of an earlier training, else a guess from how fast the base reads."""
    speeds, device = Speeds(store.root), device_of(start.encoder)
    known = speeds.of(tuning_key(plan, start), device=device)
    if known is not None:
        return known
    read = speeds.of(start.encoder.fingerprint, device=device)
    if read is None:
        texts = list(material.texts[:_TRIED])
        embed(texts[:2], encoder=start.encoder)  # what an encoder does first is not its speed
        tried = embed(texts, encoder=start.encoder).account
        read = tried.encoded_tokens / tried.encode_seconds if tried.encode_seconds > 0 else None
    return None if read is None else read / (DEARER * _TWICE)
