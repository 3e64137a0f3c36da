"""The loop: batches, steps, a rate that rises and falls, an epoch's answers looked at, and all of it taken up again after a kill.

What is random in a step follows from the seed, the stage and the number of the step alone, so that training that was killed
and goes on from its last state makes the same steps as training that was not.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from semascope.encoders.engine.memory import is_out_of_memory
from semascope.encoders.precision import processor_cores
from semascope.errors import EncoderError
from semascope.probes.stopping import Stopper
from semascope.tuning.batches import length_batches
from semascope.tuning.dropout import masks_from
from semascope.tuning.losses import loss_of, loss_units
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semascope.tuning.losses import Loss
    from semascope.tuning.network import TextNetwork
    from semascope.tuning.recipe import Tuned
    from semascope.tuning.state import StateFile
    from semascope.types import Array, Floats, Ints, Progress

CLIP = 1.0
"""Length to which a longer gradient is cut."""
MOST_TOKENS = {"cpu": 4_096, "cuda": 32_768}
"""Tokens, padding included, that go forward and backward at once; a step of more is done in parts that add up."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """What the watched rows say after an epoch."""

    score: tuple[float, ...]  # losses, compared from the left
    outputs: Array  # (m, outputs) of the watched rows


@dataclass(kw_only=True, slots=True)
class Course:
    """How training went."""

    scores: list[tuple[float, ...]] = field(default_factory=list)  # of the watched rows, by epoch
    outputs: list[Array] = field(default_factory=list)  # likewise
    losses: list[float] = field(default_factory=list)  # mean loss of each epoch, as it went along
    best_epoch: int = 0  # counted from 1; 0 where nothing was watched
    steps: int = 0
    tokens: int = 0  # that went forward and backward, without padding
    seconds: float = 0.0  # of steps alone, over all runs that it took
    stopped: str = ""  # why it ended before its time; "" where it did not


class NotFinite(ArithmeticError):
    """A loss or a gradient that is no number; ``args`` hold the step."""


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
    stopper = Stopper(patience=recipe.patience)
    with _training(network), _workers(network) as workers:
        run = _Run(
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
        run.take_up(stopper)
        total = run.a_epoch * epochs
        for epoch in range(run.epoch, epochs):
            if run.course.stopped or (
                watch is not None and stopper.exhausted
            ):  # it had ended when it was killed
                break
            try:
                run.one_epoch(
                    epoch,
                    lambda step: progress(
                        Step(stage=f"training {name}", done=step, total=total, unit="steps")
                    ),
                )
            except NotFinite as error:
                if not run.course.best_epoch:
                    raise
                run.course.stopped = f"{error} at step {run.step + 1:,}, so training ended there"
                break
            if watch is not None:
                network.eval()
                found = watch()
                network.train()
                run.look(found, stopper, epoch + 1)
                draw("watched", found.score[0], run.step)
        if state is not None:
            state.save(run)
        if watch is not None:
            run.back_to_best()
    return run.course


class _Run:
    """Everything that changes while a network is trained."""

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
        self.stage, self.seed, self.precision, self.state, self.draw = stage, seed, precision, state, draw
        self.device = next(network.parameters()).device
        self.a_epoch = math.ceil(len(material.sequences) / recipe.batch)
        self.total = self.a_epoch * recipe.epochs
        self.warm = max(1, round(recipe.warmup * self.total))
        self.parameters = network.trained()
        self.optimiser = _optimiser(self.parameters, recipe)
        self.most = MOST_TOKENS.get(self.device.type, MOST_TOKENS["cpu"])
        self.workers, self.at_once = workers, processor_cores() if workers else 1
        self.course = Course()
        self.best: dict[str, torch.Tensor] = {}
        self.step = 0
        self.sums = [0.0, 0.0]  # of the losses of this epoch, and their units

    @property
    def epoch(self) -> int:
        """The epoch that is under way, from 0."""
        return len(self.course.losses)

    def one_epoch(self, epoch: int, tell: Callable[[int], None]) -> None:
        batches = length_batches(
            self.material.lengths, batch=self.recipe.batch, seed=[self.seed, self.stage, epoch]
        )
        for batch in batches[self.step - epoch * self.a_epoch :]:
            began = time.perf_counter()
            self._one_step(batch)
            self.course.seconds += time.perf_counter() - began
            self.course.steps = self.step
            tell(self.step)
            if self.state is not None and self.state.is_due():
                self.state.save(self)
        self.course.losses.append(self.sums[0] / self.sums[1])
        self.draw("loss", self.course.losses[-1], self.step)
        self.sums = [0.0, 0.0]

    def _one_step(self, batch: Ints) -> None:
        number = self.step + 1
        rate = self._rate(number)
        for group in self.optimiser.param_groups:
            group["lr"] = group["most"] * rate
        # What a network draws from torch's own stream, if it does.
        torch.manual_seed(int(np.random.SeedSequence([self.seed, self.stage, number]).generate_state(1)[0]))
        targets = self.material.targets[batch]
        units = loss_units(targets, loss=self.material.loss, weights=self.material.weights)
        loss = self._gradients(batch, units)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), CLIP)
        if not (math.isfinite(loss) and bool(torch.isfinite(norm))):
            raise NotFinite("the loss or its gradient was no number")
        self.optimiser.step()
        self.step = number
        self.sums[0] += loss
        self.sums[1] += units

    def _gradients(self, batch: Ints, units: float) -> float:
        """The summed loss of a batch; the gradients of its mean lie in the parameters. Smaller parts when memory runs out."""
        while True:
            try:
                return self._add_up(self._parts(batch), units)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self.most = _less(self.most, self.material.lengths[batch], error)

    def _add_up(self, parts: list[Ints], units: float) -> float:
        """The sum of the losses of some parts, and in the parameters the sum of their gradients, always in the same order."""
        total = 0.0
        for parameter in self.parameters.values():
            parameter.grad = None
        for loss, gradients in self._computed(parts, units):
            total += loss
            for parameter, gradient in zip(self.parameters.values(), gradients, strict=True):
                if gradient is not None:
                    parameter.grad = gradient if parameter.grad is None else parameter.grad.add_(gradient)
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

    def _rate(self, step: int) -> float:
        """Share of the largest rate at a step, counted from 1: up in a line, then down in one to 0 behind the last step."""
        if step <= self.warm:
            return step / self.warm
        return (self.total + 1 - step) / (self.total + 1 - self.warm)

    def look(self, found: Watched, stopper: Stopper, epoch: int) -> None:
        """Note what an epoch came to, and keep its weights if it is the best so far."""
        self.course.scores.append(found.score)
        self.course.outputs.append(found.outputs)
        if stopper.improves(epoch, found.score):
            self.course.best_epoch = epoch
            self.best = {name: value.detach().clone() for name, value in self.parameters.items()}

    def back_to_best(self) -> None:
        with torch.no_grad():
            for name, value in self.best.items():
                self.parameters[name].copy_(value)

    def take_up(self, stopper: Stopper) -> None:
        """Go on from the kept state, if there is one of this training."""
        if self.state is None or not self.state.read(self):
            return
        for epoch, score in enumerate(self.course.scores, 1):
            stopper.improves(epoch, score)


@torch.no_grad()
def answers(network: TextNetwork, sequences: Sequence[Sequence[int]], *, precision: str) -> Array:
    """(n, outputs) float32 of n token sequences, in evaluation mode."""
    return _in_groups(network, sequences, network, precision=precision)


@torch.no_grad()
def rows_of(network: TextNetwork, sequences: Sequence[Sequence[int]], *, precision: str) -> Array:
    """(n, width) float32 rows of unit length, in evaluation mode."""
    return _in_groups(network, sequences, network.rows, precision=precision)


def _less(most: int, lengths: Ints, error: BaseException) -> int:
    """Half of the tokens that were tried at once, one text at least."""
    longest = int(lengths.max())
    if most <= longest:
        raise EncoderError(
            f"a text of {longest:,} tokens does not fit into memory while a network is trained; lower tokens, or tune a smaller"
            " model"
        ) from error
    return max(longest, min(most, longest * len(lengths)) // 2)


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
            most = _less(most, lengths[part], error)
            continue
        start += len(part)
    network.train(was)
    found: Array = np.concatenate(parts)[np.argsort(order, kind="stable")]
    return found


def autocast(device: torch.device, precision: str) -> Any:
    """Products in bfloat16 where that is asked for; weights, norms and sums stay in float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def _optimiser(parameters: dict[str, torch.nn.Parameter], recipe: Tuned) -> torch.optim.Optimizer:
    """AdamW; biases and norms do not decay, the head has a rate of its own."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, value in parameters.items():
        rate = recipe.head_rate if name.startswith("head.") else recipe.step
        groups.setdefault((rate, recipe.decay if value.ndim > 1 else 0.0), []).append(value)
    return torch.optim.AdamW(
        [
            {"params": values, "lr": rate, "most": rate, "weight_decay": decay}
            for (rate, decay), values in groups.items()
        ],
        fused=True,
    )


@contextmanager
def _workers(network: TextNetwork) -> Iterator[ThreadPoolExecutor | None]:
    """One thread a core, each computing a part of every batch alone; None on a GPU, and for one core.

    torch's own threads meet after every product, and on a machine with other work each meeting waits for the scheduler
    (``docs/performance.md``); these meet once a step.
    """
    cores = processor_cores() if next(network.parameters()).device.type == "cpu" else 1
    if cores < 2:
        yield None
        return
    with ThreadPoolExecutor(cores, "train", initializer=torch.set_num_threads, initargs=(1,)) as pool:
        yield pool


@contextmanager
def _training(network: TextNetwork) -> Iterator[None]:
    """The network in training mode, all cores at work, and the user's stream of random numbers left as it was."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.set_num_threads(processor_cores())
        network.train()
        try:
            yield
        finally:
            network.eval()
            torch.set_num_threads(threads)
