"""The loop of any training: steps, a rate that rises and falls, a look after every round, and all of it taken up again after a kill.

What is random in a step follows from the seed, the stage and the number of the step alone, so that training that was killed
and goes on from its last state makes the same steps as training that was not.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from semascope.encoders.precision import processor_cores
from semascope.errors import EncoderError
from semascope.probes.stopping import Stopper
from semascope.tuning.interrupting import Interrupts
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from semascope.tuning.network import TextNetwork
    from semascope.tuning.state import StateFile
    from semascope.types import Array, Ints, Progress

CLIP = 1.0
"""Length to which a longer gradient is cut."""
MOST_TOKENS = {"cpu": 4_096, "cuda": 32_768}
"""Tokens, padding included, that go forward and backward at once; a step of more is done in parts that add up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """What the watched rows say after a round."""

    score: tuple[float, ...]  # losses, compared from the left
    outputs: Array  # (m, ...) of the watched rows


@dataclass(kw_only=True, slots=True)
class Course:
    """How training went. A round is an epoch, or what else lies between two looks."""

    scores: list[tuple[float, ...]] = field(default_factory=list)  # of the watched rows, by round
    outputs: list[Array] = field(default_factory=list)  # likewise
    losses: list[float] = field(default_factory=list)  # mean loss of each round, as it went along
    notes: list[dict[str, Any]] = field(
        default_factory=list
    )  # what else is told of each round, where something is
    best_epoch: int = 0  # round, counted from 1; 0 where nothing was watched
    steps: int = 0
    tokens: int = 0  # that went forward and backward, without padding
    seconds: float = 0.0  # of steps alone, over all runs that it took
    stopped: str = ""  # why it ended before its time; "" where it did not


class NotFinite(ArithmeticError):
    """A loss or a gradient that is no number, in words with the step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How many steps there are, and how far each goes."""

    a_round: int  # steps between two looks
    total: int  # steps over which the rate rises and falls
    warmup: float  # share of them in which it rises

    @property
    def warm(self) -> int:
        """Steps in which the rate rises."""
        return max(1, round(self.warmup * self.total))

    def rate(self, step: int) -> float:
        """Share of the largest rate at a step, counted from 1: up in a line, then down in one to 0 behind the last step."""
        if step <= self.warm:
            return step / self.warm
        return (self.total + 1 - step) / (self.total + 1 - self.warm)


class Run(ABC):
    """Everything that changes while a network is trained.

    Parameters
    ----------
    parameters
        What is trained, by name.
    stage
        Number of this training among those of one seed: it starts from other random numbers.
    state
        Where it is kept so that it can go on after a kill; None keeps nothing.
    draw
        Called with a name, a value and the step, for curves.
    most
        Tokens that go through at once; None: ``MOST_TOKENS``.
    kept
        Tokens whose way back is kept besides, where a batch goes through twice.
    """

    def __init__(
        self,
        parameters: Mapping[str, torch.nn.Parameter],
        optimiser: torch.optim.Optimizer,
        pace: Pace,
        *,
        stage: int,
        seed: int,
        precision: str,
        state: StateFile | None,
        draw: Callable[[str, float, int], None],
        workers: ThreadPoolExecutor | None,
        most: int | None = None,
        kept: int = 0,
    ) -> None:
        self.parameters, self.optimiser, self.pace = parameters, optimiser, pace
        self.stage, self.seed, self.precision, self.state, self.draw = stage, seed, precision, state, draw
        self.device = next(iter(parameters.values())).device
        self.kept = kept
        self.most = most or MOST_TOKENS.get(self.device.type, MOST_TOKENS["cpu"])
        self.workers, self.at_once = workers, processor_cores() if workers else 1
        self.course = Course()
        self.best: dict[str, torch.Tensor] = {}
        self.step = 0
        self.sums: dict[str, float] = {"loss": 0.0, "units": 0.0}  # of this round

    @abstractmethod
    def batches(self, number: int) -> Sequence[Ints]:
        """Those of a round, counted from 0."""

    @abstractmethod
    def gradients(self, batch: Ints) -> tuple[float, float]:
        """The summed loss of a batch and its units; the gradients of the mean lie in the parameters afterwards."""

    def told(self) -> dict[str, Any]:
        """What else is to be said of the round that has ended, plain values: out of ``sums``."""
        return {}

    @property
    def round(self) -> int:
        """The round that is under way, from 0."""
        return len(self.course.losses)

    def one_round(self, number: int, tell: Callable[[int], None], interrupts: Interrupts) -> None:
        """Make the steps of a round that are not made yet; ``tell`` gets the number of each."""
        for batch in self.batches(number)[self.step - number * self.pace.a_round :]:
            began = time.perf_counter()
            self._one_step(batch)
            self.course.seconds += time.perf_counter() - began
            self.course.steps = self.step
            tell(self.step)
            if self.state is not None and (interrupts.asked or self.state.is_due()):
                self.state.save(self)
            interrupts.obey()
        self.course.losses.append(self.sums["loss"] / self.sums["units"])
        self.course.notes.append(self.told())
        self.draw("loss", self.course.losses[-1], self.step)
        self.sums = {"loss": 0.0, "units": 0.0}

    def _one_step(self, batch: Ints) -> None:
        number = self.step + 1
        rate = self.pace.rate(number)
        for group in self.optimiser.param_groups:
            group["lr"] = group["most"] * rate
        # What a network draws from torch's own stream, if it does.
        torch.manual_seed(int(np.random.SeedSequence([self.seed, self.stage, number]).generate_state(1)[0]))
        loss, units = self.gradients(batch)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), CLIP)
        if not (math.isfinite(loss) and bool(torch.isfinite(norm))):
            raise NotFinite(f"the loss or its gradient was no number at step {number:,}")
        self.optimiser.step()
        self.step = number
        self.sums["loss"] += loss
        self.sums["units"] += units

    def look(self, found: Watched, stopper: Stopper, number: int) -> None:
        """Note what a round came to, and keep its weights if it is the best so far."""
        self.course.scores.append(found.score)
        self.course.outputs.append(found.outputs)
        if stopper.improves(number, found.score):
            self.course.best_epoch = number
            self.best = {name: value.detach().clone() for name, value in self.parameters.items()}

    def back_to_best(self) -> None:
        """Take the weights of the best round again, where one was watched."""
        with torch.no_grad():
            for name, value in self.best.items():
                self.parameters[name].copy_(value)

    def take_up(self, stopper: Stopper) -> None:
        """Go on from the kept state, if there is one of this training."""
        if self.state is None or not self.state.read(self):
            return
        for number, score in enumerate(self.course.scores, 1):
            stopper.improves(number, score)


def run_rounds(
    run: Run,
    network: TextNetwork,
    *,
    rounds: int,
    patience: int,
    watch: Callable[[], Watched] | None,
    progress: Progress = silent,
    name: str = "",
) -> Course:
    """Train until the rounds are over, or patience is.

    Parameters
    ----------
    watch
        Called after every round; the best one's weights are what is left. None trains for all ``rounds``.

    Raises
    ------
    NotFinite
        When a loss or a gradient is no number and no round before it was watched; else the best round is kept and
        ``Course.stopped`` says what happened.
    KeyboardInterrupt
        After the step that was under way, its state kept.
    """
    stopper = Stopper(patience=patience)
    run.take_up(stopper)
    total = min(run.pace.a_round * rounds, run.pace.total)
    with Interrupts() as interrupts:
        for number in range(run.round, rounds):
            # It had ended when it was killed.
            if run.course.stopped or (watch is not None and stopper.exhausted):
                break
            try:
                run.one_round(
                    number,
                    lambda step: progress(
                        Step(stage=f"training {name}", done=step, total=total, unit="steps")
                    ),
                    interrupts,
                )
            except NotFinite as error:
                if not run.course.best_epoch:
                    raise
                run.course.stopped = f"{error}, so training ended there"
                break
            if watch is not None:
                network.eval()
                found = watch()
                network.train()
                run.look(found, stopper, number + 1)
                run.draw("watched", found.score[0], run.step)
                if interrupts.asked and run.state is not None:
                    run.state.save(run)
                interrupts.obey()
    if run.state is not None:
        run.state.save(run)
    if watch is not None:
        run.back_to_best()
    return run.course


def less_at_once(most: int, lengths: Ints, error: BaseException) -> int:
    """Half of the tokens that were tried at once, one text at least."""
    longest = int(lengths.max())
    if most <= longest:
        raise EncoderError(
            f"a text of {longest:,} tokens does not fit into memory while a network is trained; lower tokens, or tune a smaller"
            " model"
        ) from error
    return max(longest, min(most, longest * len(lengths)) // 2)


def autocast(device: torch.device, precision: str) -> Any:
    """Products in bfloat16 where that is asked for; weights, norms and sums stay in float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def adamw(
    parameters: Mapping[str, torch.nn.Parameter], *, rate_of: Callable[[str], float], decay: float
) -> torch.optim.Optimizer:
    """AdamW; biases and norms do not decay. ``rate_of`` gives the largest rate of a parameter by its name."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, value in parameters.items():
        groups.setdefault((rate_of(name), decay if value.ndim > 1 else 0.0), []).append(value)
    return torch.optim.AdamW(
        [
            {"params": values, "lr": rate, "most": rate, "weight_decay": decay}
            for (rate, decay), values in groups.items()
        ],
        fused=True,
    )


@contextmanager
def workers_for(network: TextNetwork) -> Iterator[ThreadPoolExecutor | None]:
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
def training_mode(network: TextNetwork) -> Iterator[None]:
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
