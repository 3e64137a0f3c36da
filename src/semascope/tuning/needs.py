"""What a training will take, before it starts: memory, and passes over tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.checkpoints.weights import count_weights

if TYPE_CHECKING:
    from semascope.tuning.recipe import NetworkRecipe, Tuned
    from semascope.tuning.start import Start

_HELD = 14  # float32 numbers a token, layer and unit of width that the way back needs: about what a layer of BERT keeps
_AT_ONCE = 4_096  # tokens that go through at once
_STATE = 3  # copies of what is trained: two moments, the best epoch
DEARER = 4.0
"""Times the seconds that a token costs in encoding that it costs in training: forward, back twice, and no packing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """Memory in bytes."""

    weights: int  # of the network, in float32
    state: int  # of what is trained: gradients, moments, the best
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.state + self.activations


def graph_bytes(start: Start) -> int:
    """Bytes a token that the way back through the network needs, about."""
    shape = start.shape()
    return 4 * _HELD * shape.width * shape.layers


def needs_of(start: Start, recipe: NetworkRecipe, *, tokens: int = _AT_ONCE, gradients: int = 1) -> Needs:
    """Memory that a training takes beside what Python and its packages do; a rough figure, high rather than low.

    Parameters
    ----------
    tokens
        Whose way back is kept at once.
    gradients
        Of all that is trained, that are held at once: one is the least.
    """
    shape = start.shape()
    count, width, layers = count_weights(start.checkpoint.transformer), shape.width, shape.layers
    if recipe.lora:
        # Each linear layer of a block gets two thin matrices; blocks have about 12 width² weights in them.
        trained = layers * 2 * 12 * width * recipe.lora
    else:
        trained = count - (0 if recipe.words else shape.words * width)
    return Needs(
        weights=4 * count,
        state=4 * (_STATE + gradients) * trained,
        activations=tokens * graph_bytes(start),
    )


def passes(recipe: Tuned, *, repeats: int, inner: float, curve: float = 0.0) -> float:
    """How often all training rows go through a network, at most.

    Parameters
    ----------
    inner
        Share of them that the first training learns from.
    curve
        What the numbers of rows add up to that a learning curve is asked for at, as a share of them.

    Examples
    --------
    >>> from semascope.tuning.recipe import Tuned
    >>> recipe = Tuned(model="minilm", epochs=3)
    >>> passes(recipe, repeats=1, inner=2 / 3, curve=0.9)
    5.0
    >>> passes(recipe.model_copy(update={"curve": True}), repeats=1, inner=2 / 3, curve=1.0)
    8.0
    """
    whole = recipe.epochs * (1 if recipe.refit else 0)
    fewer = recipe.epochs * curve if recipe.curve else 0.0
    return recipe.epochs * inner + whole + recipe.epochs * max(0, repeats - 1) + fewer


def tuning_key(recipe: NetworkRecipe, start: Start) -> str:
    """What trainings of one speed are noted under."""
    what = f"lora {recipe.lora}" if recipe.lora else "all and words" if recipe.words else "all"
    return f"{start.encoder.fingerprint} tuning {what}"


def available_memory() -> float:
    """Bytes that this machine can give to a process; infinite where it does not say."""
    listing = Path("/proc/meminfo")
    if listing.is_file():
        for line in listing.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * int(line.split()[1])
    return math.inf
