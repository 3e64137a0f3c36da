"""Contrastive training: batches by role, each contrasted whole, whatever fits into memory at once."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders.engine.memory import is_out_of_memory
from semascope.tuning.contrastive.cached import Passes, cached_gradients
from semascope.tuning.contrastive.hardness import add_by_role, means_by_role
from semascope.tuning.contrastive.parts import token_parts
from semascope.tuning.loop import Pace, Run, adamw, less_at_once, run_rounds, training_mode, workers_for
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    import torch

    from semascope.tuning.contrastive.cached import Computed
    from semascope.tuning.contrastive.examples import Batch, Examples
    from semascope.tuning.contrastive.label_batches import LabelBatches
    from semascope.tuning.contrastive.losses import Contrast
    from semascope.tuning.contrastive.quotas import QuotaBatches
    from semascope.tuning.loop import Course, Watched
    from semascope.tuning.network import TextNetwork
    from semascope.tuning.recipe import NetworkRecipe
    from semascope.tuning.state import StateFile
    from semascope.types import Ints, Progress

STAGE = 0


def train_contrastive(
    network: TextNetwork,
    examples: Examples,
    plan: QuotaBatches | LabelBatches,
    contrast: Contrast,
    recipe: NetworkRecipe,
    *,
    steps: int,
    a_round: int,
    patience: int,
    rounds: int | None = None,
    seed: int,
    precision: str,
    mini_batch: int | None = None,
    kept: int = 0,
    watch: Callable[[], Watched] | None = None,
    state: StateFile | None = None,
    progress: Progress = silent,
    name: str = "",
    draw: Callable[[str, float, int], None] = lambda what, value, step: None,
) -> Course:
    """Train ``network`` in place.

    Parameters
    ----------
    plan
        Of the rows of ``examples``.
    steps
        At most, in all.
    a_round
        Steps between two looks.
    patience
        Looks without a better measure before it ends.
    rounds
        After which it ends, though the rate has not fallen to 0; None: when the steps are over.
    mini_batch
        Tokens that go through at once: memory, and numbers by rounding and by which dropout is drawn. None takes what suits the
        device; less is taken when memory runs out.
    kept
        Tokens whose graphs the first pass keeps, so that they need not go through again: memory for time.
    watch
        Called after every round; the best one's weights are what is left. None trains for all ``steps``.
    state
        Where it is kept so that it can go on after a kill, its end too: whoever has used the network drops it.
    draw
        Called with a name, a value and the step, for curves.

    Raises
    ------
    NotFinite
        When a loss or a gradient is no number and no round before it was watched; else the best round is kept and
        ``Course.stopped`` says what happened.
    EncoderError
        When a single text does not fit into memory.
    """
    with training_mode(network), workers_for(network) as workers:
        run = _ContrastiveRun(
            network,
            examples,
            plan,
            contrast,
            recipe,
            pace=Pace(a_round=a_round, total=steps, warmup=recipe.warmup),
            seed=seed,
            precision=precision,
            state=state,
            draw=draw,
            workers=workers,
            most=mini_batch,
            kept=kept,
        )
        return run_rounds(
            run,
            network,
            rounds=rounds or -(-steps // a_round),
            patience=patience,
            watch=watch,
            progress=progress,
            name=name,
        )


class _ContrastiveRun(Run):
    """Rows of examples, dealt into batches by a plan."""

    def __init__(
        self,
        network: TextNetwork,
        examples: Examples,
        plan: QuotaBatches | LabelBatches,
        contrast: Contrast,
        recipe: NetworkRecipe,
        *,
        pace: Pace,
        seed: int,
        precision: str,
        state: StateFile | None,
        draw: Callable[[str, float, int], None],
        workers: ThreadPoolExecutor | None,
        most: int | None,
        kept: int,
    ) -> None:
        self.network, self.examples, self.plan, self.contrast = network, examples, plan, contrast
        self.lengths = np.array([len(ids) for ids in examples.sequences], dtype=np.int64)
        # A head has no part in rows.
        parameters = {
            name: value for name, value in network.trained().items() if not name.startswith("head.")
        }
        super().__init__(
            parameters,
            adamw(parameters, rate_of=lambda name: recipe.step, decay=recipe.decay),
            pace,
            stage=STAGE,
            seed=seed,
            precision=precision,
            state=state,
            draw=draw,
            workers=workers,
            most=most,
            kept=kept,
        )

    def batches(self, number: int) -> list[Ints]:
        """Those of a round, out of one endless row."""
        first = number * self.pace.a_round
        return list(
            islice(self.plan.from_step(first), max(0, min(self.pace.a_round, self.pace.total - first)))
        )

    def gradients(self, batch: Ints) -> tuple[float, float]:
        """The loss of a batch counts as often as it has rows; smaller parts when memory runs out."""
        made = self.examples.batch(batch, self.contrast)
        for parameter in self.parameters.values():
            parameter.grad = None  # those of the step before would be one more copy
        found = self._computed(made)
        for parameter, gradient in zip(self.parameters.values(), found.gradients, strict=True):
            parameter.grad = gradient
        self.course.tokens += int(self.lengths[made.sequences].sum())
        self._note(made, found.rows)
        return found.loss * len(batch), len(batch)

    def _computed(self, made: Batch) -> Computed:
        lengths = self.lengths[made.sequences]
        sequences = [self.examples.sequences[place] for place in made.sequences.tolist()]
        while True:
            passes = Passes(
                network=self.network,
                parameters=list(self.parameters.values()),
                sequences=sequences,
                parts=token_parts(lengths, most=self.most, at_once=self.at_once, padded=self.network.padded),
                seed=[self.seed, self.stage, self.step],
                device=self.device,
                precision=self.precision,
                workers=self.workers,
                at_once=self.at_once,
                kept=self.kept,
            )
            try:
                return cached_gradients(passes, made.loss)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if self.kept:
                    self.kept = 0
                else:
                    self.most = less_at_once(self.most, lengths, error)

    def _note(self, made: Batch, rows: torch.Tensor) -> None:
        """Add up how hard the batch was, by role."""
        roles = self.examples.roles
        add_by_role(
            self.sums, made.hardness(rows), [roles[row] for row in made.rows.tolist()] if roles else []
        )

    def told(self) -> dict[str, Any]:
        """By role: means over the queries of the round."""
        found = means_by_role(self.sums)
        for role, means in found.items():
            if role and means["first"] is not None:
                self.draw(f"first/{role}", means["first"], self.step)
        return {"hardness": found}
