"""How fast an encoder is on this machine, on texts of the user's own: one at a time, and many at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.checkpoints.configuration import read_object
from semascope.encoders.checkpoints.weights import count_weights
from semascope.encoders.checks.examination import peak_memory
from semascope.encoders.checks.machine import products_a_second
from semascope.encoders.local import LocalEncoder
from semascope.encoders.precision import processor_name
from semascope.encoders.protocol import stored_as

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.encoders.protocol import Encoder

BATCHES = (1, 8, 32, 128)
"""Texts handed over at once, and all of them."""
SINGLE = 100  # texts that are read one at a time, at most
ENOUGH = 3.0  # seconds after which a batch size has been timed well enough
_WARM = 3  # texts before the clock starts: what an encoder does first is not its speed


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """One encoder on this machine. Times are wall time."""

    name: str
    device: str
    precision: str
    processor: str
    texts: int
    tokens: float  # of a text, on average, as they are computed
    dim: int
    weights_met: int  # by every token: all but the table of token vectors; 0 where they are not known
    cold_seconds: float  # from the start of the process to the first vector; NaN where that was not watched
    p50_ms: float  # one text at a time
    p95_ms: float
    texts_a_second: Mapping[str, float]  # by texts at once; "all" for all of them
    tokens_a_second: float  # at the best of these
    peak_share: (
        float  # of the products a second that the machine does at best, in [0, 1]; NaN where it means nothing
    )
    peak_memory: int | None  # bytes of the process at most; None where the system does not tell


def time_encoder(
    encoder: Encoder,
    prompts: Sequence[str],
    *,
    began: float,
    clock: Callable[[], float] = time.perf_counter,
) -> Timing:
    """The timing of an encoder that has computed nothing yet.

    Parameters
    ----------
    prompts
        One or more, in any order; those that are read one at a time are the first ones.
    began
        When the process started, as ``time.time`` gives it; NaN where nobody knows.
    clock
        Seconds, rising; a test gives its own.
    """
    encoder.encode(prompts[:1])
    cold = time.time() - began
    encoder.encode(prompts[:_WARM])
    single = []
    for prompt in prompts[:SINGLE]:
        start = clock()
        encoder.encode([prompt])
        single.append(clock() - start)
    lengths = encoder.lengths(prompts).encoded
    rates, tokens = {}, {}
    for batch in [*(size for size in BATCHES if size < len(prompts)), len(prompts)]:
        name = "all" if batch == len(prompts) else str(batch)
        done, seconds = _run(encoder, prompts, batch, clock)
        rates[name], tokens[name] = done / seconds, float(lengths[:done].sum()) / seconds
    best = max(tokens.values())
    device, precision = str(getattr(encoder, "device", "cpu")), str(getattr(encoder, "precision", "float32"))
    share = float("nan")
    met = weights_met(encoder)
    if met and device == "cpu":
        share = best * met / products_a_second(precision)
    return Timing(
        name=encoder.name,
        device=device,
        precision=precision,
        processor=processor_name(),
        texts=len(prompts),
        tokens=float(lengths.mean()),
        dim=encoder.dim,
        weights_met=met,
        cold_seconds=cold,
        p50_ms=1000 * float(np.percentile(single, 50)),
        p95_ms=1000 * float(np.percentile(single, 95)),
        texts_a_second=rates,
        tokens_a_second=best,
        peak_share=share,
        peak_memory=peak_memory(),
    )


def weights_met(encoder: Encoder) -> int:
    """Weights of a network that every token is multiplied with; 0 for what is no network in a folder."""
    encoder = stored_as(encoder)
    if not isinstance(encoder, LocalEncoder):
        return 0
    folder = encoder.checkpoint.transformer
    config = read_object(folder / "config.json")
    config = config.get("text_config") or config
    width = config.get("hidden_size") or config.get("dim") or 0
    return max(0, count_weights(folder) - int(config.get("vocab_size") or 0) * int(width))


def _run(
    encoder: Encoder, prompts: Sequence[str], batch: int, clock: Callable[[], float]
) -> tuple[int, float]:
    """Texts encoded in batches, until there are no more or it took long enough, and the seconds."""
    done, seconds = 0, 0.0
    while done < len(prompts) and (seconds < ENOUGH or not done):
        part = prompts[done : done + batch]
        start = clock()
        encoder.encode(part)
        seconds += clock() - start
        done += len(part)
    return done, max(seconds, 1e-9)
