"""Training with a head: batches of texts with targets, in parts that add up, and the answers of a network."""

from __future__ import annotations

import math
from concurrent.futures import wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from semascope.encoders.engine.memory import is_out_of_memory
from semascope.tuning.batches import length_batches
from semascope.tuning.dropout import masks_from
from semascope.tuning.gradients import add_gradients
from semascope.tuning.loop import (
    MOST_TOKENS,
    Pace,
    Run,
    adamw,
    autocast,
    less_at_once,
    run_rounds,
    training_mode,
    workers_for,
)
from semascope.tuning.losses import loss_of, loss_units
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from semascope.tuning.loop import Course, Watched
    from semascope.tuning.losses import Loss
    from semascope.tuning.network import TextNetwork
    from semascope.tuning.recipe import Tuned
    from semascope.tuning.state import StateFile
    from semascope.types import Array, Floats, Ints, Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What is trained on. n texts."""

    sequences: Sequence[Sequence[int]]  # (n) token ids
    targets: Array  # (n, t) float32 as the loss has them, NaN where missing; (n,) class indices
    loss: Loss
    weights: Floats | None = None  # (c,) of the classes

    @property
    def lengths(self) -> Ints:
        """(n,) tokens."""
        return np.array([len(ids) for ids in self.sequences], dtype=np.int64)


def train(
    network: TextNetwork,
    material: Material,
    recipe: Tuned,
    *,
    stage: int,
    epochs: int,
    seed: int,
    precision: str,
    watch: Callable[[], Watched] | None = None,
    state: StateFile | None = None,
    progress: Progress = silent,
    name: str = "",
    draw: Callable[[str, float, int], None] = lambda what, value, step: None,
) -> Course:
    """Train ``network`` in place.

    Parameters
    ----------
    stage
        Number of this training among those of one cell: it starts from other random numbers.
    epochs
        Passes over all rows. The rate falls to 0 over the recipe's epochs: fewer are an end before the time.
    watch
        Called after every epoch; the best one's weights are what is left, and training ends when the recipe's patience
        does. None trains for all ``epochs``.
    state
        Where it is kept so that it can go on after a kill, its end too: whoever has used the network drops it. None keeps
        nothing.
    draw
        Called with a name, a value and the step, for curves.

    Raises
    ------
    NotFinite
        When a loss or a gradient is no number and no epoch before it was watched; else the best epoch is kept and
        ``Course.stopped`` says what happened.
    """
    with training_mode(network), workers_for(network) as workers:
        run = _HeadRun(
            network,
            material,
            recipe,
            stage=stage,
            seed=seed,
            precision=precision,
            state=state,
            draw=draw,
            workers=workers,
        )
        return run_rounds(
            run,
            network,
            rounds=epochs,
            patience=recipe.patience,
            watch=watch,
            progress=progress,
            name=name,
        )


class _HeadRun(Run):
    """Texts with targets, and the network's own head."""

    def __init__(
        self,
        network: TextNetwork,
        material: Material,
        recipe: Tuned,
        *,
        stage: int,
        seed: int,
        precision: str,
        state: StateFile | None,
        draw: Callable[[str, float, int], None],
        workers: ThreadPoolExecutor | None,
    ) -> None:
        self.network, self.material, self.recipe = network, material, recipe
        parameters = network.trained()
        a_epoch = math.ceil(len(material.sequences) / recipe.batch)
        super().__init__(
            parameters,
            adamw(
                parameters,
                rate_of=lambda name: recipe.head_rate if name.startswith("head.") else recipe.step,
                decay=recipe.decay,
            ),
            Pace(a_round=a_epoch, total=a_epoch * recipe.epochs, warmup=recipe.warmup),
            stage=stage,
            seed=seed,
            precision=precision,
            state=state,
            draw=draw,
            workers=workers,
        )

    def batches(self, number: int) -> list[Ints]:
        """Those of an epoch."""
        return length_batches(
            self.material.lengths, batch=self.recipe.batch, seed=[self.seed, self.stage, number]
        )

    def gradients(self, batch: Ints) -> tuple[float, float]:
        """Smaller parts when memory runs out."""
        units = loss_units(
            self.material.targets[batch], loss=self.material.loss, weights=self.material.weights
        )
        while True:
            try:
                return self._add_up(self._parts(batch), units), units
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self.most = less_at_once(self.most, self.material.lengths[batch], error)

    def _add_up(self, parts: list[Ints], units: float) -> float:
        """The sum of the losses of some parts, and in the parameters the sum of their gradients, always in the same order."""
        total = 0.0
        for parameter in self.parameters.values():
            parameter.grad = None
        held: list[torch.Tensor | None] = [None] * len(self.parameters)
        for loss, gradients in self._computed(parts, units):
            total += loss
            add_gradients(held, gradients)
        for parameter, gradient in zip(self.parameters.values(), held, strict=True):
            parameter.grad = gradient
        self.course.tokens += sum(int(self.material.lengths[part].sum()) for part in parts)
        return total

    def _computed(
        self, parts: list[Ints], units: float
    ) -> Iterator[tuple[float, Sequence[torch.Tensor | None]]]:
        """What each part gives, in their order. All have ended before one is looked at: after an error none works on."""
        if self.workers is None:
            yield from (self._part(part, units, number) for number, part in enumerate(parts))
            return
        begun = [self.workers.submit(self._part, part, units, number) for number, part in enumerate(parts)]
        wait(begun)
        yield from (one.result() for one in begun)

    def _part(self, part: Ints, units: float, number: int) -> tuple[float, Sequence[torch.Tensor | None]]:
        """The summed loss of a part and what it adds to the gradients of the batch's mean."""
        material = self.material
        weights = None
        if material.weights is not None:
            weights = torch.as_tensor(material.weights, dtype=torch.float32, device=self.device)
        targets = torch.as_tensor(material.targets[part], device=self.device)
        with masks_from([self.seed, self.stage, self.step, number]):
            with autocast(self.device, self.precision):
                outputs = self.network([material.sequences[row] for row in part])
            loss = loss_of(outputs.float(), targets, loss=material.loss, weights=weights)
            found = torch.autograd.grad(loss / units, list(self.parameters.values()), allow_unused=True)
        return float(loss.detach()), found

    def _parts(self, batch: Ints) -> list[Ints]:
        """The batch, its longest texts first, cut into as many parts as compute at once, or more where one would be too large."""
        lengths = self.material.lengths
        order = batch[np.argsort(-lengths[batch], kind="stable")]
        share = -(-len(order) // self.at_once)
        parts, start = [], 0
        while start < len(order):
            fits = max(1, self.most // int(lengths[order[start]]))
            parts.append(order[start : start + min(fits, share)])
            start += len(parts[-1])
        return parts


@torch.no_grad()
def answers(network: TextNetwork, sequences: Sequence[Sequence[int]], *, precision: str) -> Array:
    """(n, outputs) float32 of n token sequences, in evaluation mode."""
    return _in_groups(network, sequences, network, precision=precision)


@torch.no_grad()
def rows_of(network: TextNetwork, sequences: Sequence[Sequence[int]], *, precision: str) -> Array:
    """(n, width) float32 rows of unit length, in evaluation mode."""
    return _in_groups(network, sequences, network.rows, precision=precision)


def _in_groups(
    network: TextNetwork,
    sequences: Sequence[Sequence[int]],
    compute: Callable[[Sequence[Sequence[int]]], torch.Tensor],
    *,
    precision: str,
) -> Array:
    """What ``compute`` gives of every sequence, those of like length together."""
    device = next(network.parameters()).device
    lengths = np.array([len(ids) for ids in sequences], dtype=np.int64)
    order, start, parts = np.argsort(-lengths, kind="stable"), 0, []
    was, most = network.training, MOST_TOKENS.get(device.type, MOST_TOKENS["cpu"])
    network.eval()
    while start < len(order):
        part = order[start : start + max(1, most // int(lengths[order[start]]))]
        try:
            with autocast(device, precision):
                parts.append(compute([sequences[row] for row in part]).float().cpu().numpy())
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            most = less_at_once(most, lengths[part], error)
            continue
        start += len(part)
    network.train(was)
    found: Array = np.concatenate(parts)[np.argsort(order, kind="stable")]
    return found
