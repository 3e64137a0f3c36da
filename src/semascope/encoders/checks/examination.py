"""One encoder looked at closely: which path it takes and why, what it holds, and whether it computes what it should."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.catalogue import PACKAGED
from semascope.encoders.checkpoints.checkpoint import file_digest
from semascope.encoders.checkpoints.weights import weight_files
from semascope.encoders.checks.parity import LONGEST, compare
from semascope.encoders.checks.published import find_check, run_check
from semascope.encoders.locating import MINILM_SHA256
from semascope.encoders.packaged.cache_folder import written_digest
from semascope.encoders.weight_bytes import BYTES
from semascope.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.encoders.checks.parity import Parity
    from semascope.encoders.checks.published import PublishedResult
    from semascope.encoders.local import Engine, LocalEncoder


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """What was found about one encoder."""

    name: str
    path: str  # "packed" or "plain"
    path_reason: str
    prepacked: str  # "yes, ..." or "no: ...", in words
    products: str  # which form attention takes and which library multiplies its matrices, in words
    device: str
    precision: str
    workers: int  # threads that compute
    group_tokens: int  # tokens that go through at once
    parameters: int | None  # as the weight files list them; None where they do not say
    weight_bytes: int | None  # parameters in that precision
    # what loading added to the process's peak; None where the system does not tell
    peak_growth_bytes: int | None
    load_seconds: float
    weights: str  # what is known of the weights' digest
    published: PublishedResult | None
    published_note: str  # why there is none, or what it stands on
    parity: Parity | None  # packed against plain
    parity_note: str  # why there is none
    failures: tuple[str, ...]  # one sentence a failed check; empty when all is well
    remedy: str = (
        ""  # what becomes of its rows once they are mended: all else is said of those before; "" for none
    )


def examine_encoder(
    encoder: LocalEncoder, *, load_other: Callable[[Engine], LocalEncoder], longest: int = LONGEST
) -> Examination:
    """Everything that can be checked of an encoder in a minute; loads its weights.

    Parameters
    ----------
    encoder
        Not loaded yet, or its memory cannot be seen.
    load_other
        Gives the same encoder by the engine asked for.
    longest
        Tokens of the longest text of the parity check.
    """
    for package in ("torch", "transformers"):  # their own memory is not the encoder's
        require(package, purpose=f"encoder {encoder.name!r}")
    before, started = peak_memory(), time.perf_counter()
    encoder.load()
    seconds, after = time.perf_counter() - started, peak_memory()
    parameters = _parameters(encoder)
    check = find_check(encoder.listed.hub_id) if encoder.listed else None
    published = run_check(check, encoder) if check else None
    parity = None
    if encoder.path.name == "packed":
        parity = compare(encoder, load_other("plain"), names=("packed", "plain"), longest=longest)
    failures = []
    if published and not published.holds and not _trained_further(encoder):
        failures.append(
            f"published check: the largest difference is {published.difference:.4f}, over {published.tolerance:g}"
        )
    if parity and not parity.holds:
        failures.append(f"packed and plain are different; the worst row is {parity.worst.what!r}")
    return Examination(
        name=encoder.name,
        path=encoder.path.name,
        path_reason=encoder.path_reason,
        prepacked=_prepacked(encoder),
        products=_products(encoder),
        device=encoder.device,
        precision=encoder.precision,
        workers=encoder.worker_count,
        group_tokens=encoder.group_tokens(),
        parameters=parameters,
        weight_bytes=parameters and parameters * BYTES[encoder.precision],
        peak_growth_bytes=None if before is None or after is None else after - before,
        load_seconds=seconds,
        weights=_weights(encoder),
        published=published,
        published_note=_published_note(encoder, published),
        parity=parity,
        parity_note="" if parity else "it takes the plain path: there is no other to compare with",
        failures=tuple(failures),
    )


def _prepacked(encoder: LocalEncoder) -> str:
    from semascope.encoders.engine.packed import PackedPath
    from semascope.encoders.engine.prepacked import prepacking_works

    path = encoder.path
    if not isinstance(path, PackedPath):
        return "no: the plain path takes the network as transformers loads it"
    if path.prepacked:
        return f"yes, {path.prepacked} linear layers, tested for when loaded"
    if encoder.device != "cpu":
        return "no: weights are prepacked on a processor only"
    if not prepacking_works(encoder.precision):
        return (
            f"no: torch's private operators for it do not work here in {encoder.precision}; F.linear instead"
        )
    return "no: the network has no linear layer that can be"


def _products(encoder: LocalEncoder) -> str:
    from semascope.encoders.engine.packed import PackedPath
    from semascope.encoders.engine.products import WIDE, kernels_of_numpy

    path = encoder.path
    if not isinstance(path, PackedPath) or path.attention is None:
        return "torch's library"
    kernels, by = kernels_of_numpy(), "torch's library"
    if encoder.precision == "float32" and kernels:
        width = "512" if kernels in WIDE else "256"
        by = f"numpy's library, with kernels for {width}-bit vectors ({kernels})"
    return f"{path.attention}; products by {by}"


def _weights(encoder: LocalEncoder) -> str:
    """What is known of the weights' digest."""
    file = encoder.checkpoint.transformer / "model.safetensors"
    if written_digest(file):
        return f"SHA-256 {file_digest(file)[:16]}... of model.safetensors is the one that it was written with"
    if not encoder.listed or encoder.listed.hub_id != PACKAGED or not file.is_file():
        return "not compared: no published digest of them ships here"
    found = file_digest(file)
    if found == MINILM_SHA256:
        return f"SHA-256 {found[:16]}... of model.safetensors is the published one"
    return f"SHA-256 {found[:16]}... of model.safetensors is not the published {MINILM_SHA256[:16]}..."


def _trained_further(encoder: LocalEncoder) -> bool:
    """Whether it may be a model of its own, made from one of the catalogue: other numbers are then no failure."""
    return any(sentence.startswith("it was taken for") for sentence in encoder.stated)


def _published_note(encoder: LocalEncoder, published: PublishedResult | None) -> str:
    if not encoder.listed:
        return "it is not in the catalogue: no published example is known for it"
    if published is None:
        return f"no numbers beside an example were found for {encoder.listed.hub_id}"
    if _trained_further(encoder):
        return (
            f"it was taken for {encoder.listed.hub_id}: if it was trained further, other numbers are no fault"
        )
    if encoder.listed.hub_id == PACKAGED:
        return "its published STSBenchmark figure is not tried: it needs data that does not ship"
    return ""


def _parameters(encoder: LocalEncoder) -> int | None:
    """Numbers in the weight files; None for files that are not safetensors."""
    from math import prod

    from safetensors import safe_open

    total = 0
    for file in weight_files(encoder.checkpoint.transformer):
        if file.suffix != ".safetensors":
            return None
        with safe_open(file, framework="numpy") as held:
            total += sum(prod(held.get_slice(key).get_shape()) for key in held.keys())  # noqa: SIM118
    return total or None


def peak_memory() -> int | None:
    """Bytes of the process at its largest so far; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.is_file():  # what getrusage says begins with what the process had that started this one
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
