"""The packed path beside the plain one on large shapes: Qwen3-0.6B and XLM-R large with random weights, made on the spot.

Command: python benchmarks/big_models.py [--models qwen3,xlmr] [--layers N] [--texts N] [--rounds N]
Layers have the real shapes; their number is cut to bound the time, and the vocabulary to what the texts need: an
embedding is a lookup, it costs next to nothing. The plain path sorts by length and is taken with its best group size.
One process a network and precision, of which one computes at any time; ratios are taken within a round. Linux only.
It ends with 1 when packed is less than 1.3 times as fast as plain.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from encoding import PROGRAM, chosen, compare
from encoding_bars import met
from semascope.cli.processor import choose_kernels
from workers import Worker, in_turn, print_head, print_others, print_table, ratio

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from tiny_checkpoints import write_modules

WORDS = [f"w{number}" for number in range(1_000)]
SHORTEST, LONGEST, LIMIT = 20, 500, 512  # tokens
PLAIN_TOKENS = (1_024, 2_048, 4_096, 8_192)  # of a group; the plain path's own is 1,024
BATCHES = (8, 32)
LEAST = 1.3
PRECISIONS = ("float32", "bfloat16")


@dataclass
class Lane:
    """A candidate with one size of batch or group."""

    label: str
    worker: Worker
    size: int | None
    seconds: list[float] = field(default_factory=list)
    nearest: float = float("nan")
    peak: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS), help="separated by commas")
    parser.add_argument("--layers", type=int, default=6, help="of each network (28 and 24 in truth)")
    parser.add_argument("--texts", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precisions", default=",".join(PRECISIONS), help="separated by commas")
    settings = parser.parse_args()
    models = chosen(parser, settings.models, tuple(MODELS))
    precisions = chosen(parser, settings.precisions, PRECISIONS)
    choose_kernels()  # for all workers, as the command line does for itself
    print_head()
    reached = [measure(model, precisions, settings) for model in models]
    return int(not all(reached))


def measure(model: str, precisions: list[str], settings: argparse.Namespace) -> bool:
    """Measure one network in every precision, and print it; whether the bar is met."""
    real, make = MODELS[model]
    texts, tokens = mixed_texts(settings.texts)
    print(
        f"\n{real}\n{settings.layers} layers here, a vocabulary of {len(WORDS):,} words, random weights;"
        f" {len(texts)} texts of {tokens.min()}-{tokens.max()} tokens, {tokens.sum():,} in all; {settings.rounds} rounds"
    )
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder, model), settings.layers)
        spec = Path(folder, "spec.json")
        works = {"mixed": texts}
        spec.write_text(json.dumps({"folder": str(Path(folder, model)), "works": works}), encoding="utf8")
        lanes = start(precisions, spec)
        other = first_pass(lanes, Path(folder))
        for round_number in range(settings.rounds):
            by_label = {lane.label: lane for lane in lanes}
            for label in in_turn(list(by_label), round_number):
                lane = by_label[label]
                lane.seconds.append(lane.worker.ask(work="mixed", size=lane.size)["seconds"])
        reached = report(lanes, precisions, tokens, other)
        workers = {lane.worker.name: lane.worker for lane in lanes}
        print_others(list(workers.values()))
        for worker in workers.values():
            worker.stop()
    return reached


def start(precisions: list[str], spec: Path) -> list[Lane]:
    """A process an engine and precision, with every size that it is tried with."""
    lanes = []
    for precision in precisions:
        for engine, word, sizes in (
            ("st", "batch", BATCHES),
            ("plain", "tokens", PLAIN_TOKENS),
            ("packed", "", (None,)),
        ):
            name = f"{engine}-{precision}"
            worker = Worker(name, [sys.executable, PROGRAM, name, spec])
            for size in sizes:
                label = f"{name}, {size:,} {word}" if word == "tokens" else f"{name}, {word} {size}"
                lanes.append(Lane(label=label if word else name, worker=worker, size=size))
    return lanes


def first_pass(lanes: list[Lane], folder: Path) -> float:
    """Warm up, compare rows, take the peaks; the median cosine of two different texts."""
    base: np.ndarray | None = None
    for lane in lanes:  # sizes grow, so that a peak is not what a larger one left behind
        file = folder / "rows.npy"
        lane.worker.forget_peak()
        lane.worker.ask(work="mixed", size=lane.size, rows=str(file))
        lane.peak = lane.worker.peak_bytes()
        rows = np.load(file)
        base = rows if base is None else base
        lane.nearest = compare(rows, base)[0]
    if base is None:
        raise ValueError("no candidate")
    return float(np.median((base @ base.T)[np.triu_indices(len(base), 1)]))


def report(lanes: list[Lane], precisions: list[str], tokens: np.ndarray, other: float) -> bool:
    """Print what came out; whether packed reached the bar everywhere."""
    reached = True
    for precision in precisions:
        ours = [lane for lane in lanes if lane.worker.name.endswith(precision)]
        plain = min(
            (lane for lane in ours if lane.worker.name.startswith("plain")),
            key=lambda lane: statistics.median(lane.seconds),
        )
        print()
        print_table(
            ("candidate", "tokens/s", "x best plain", "min cosine", "loaded MB", "peak MB"),
            [
                (
                    lane.label + (" (best plain)" if lane is plain else ""),
                    f"{tokens.sum() / statistics.median(lane.seconds):,.0f}",
                    f"{ratio(plain.seconds, lane.seconds):.2f}",
                    f"{lane.nearest:.6f}",
                    f"{lane.worker.loaded_bytes / 1e6:,.0f}",
                    f"{lane.peak / 1e6:,.0f}",
                )
                for lane in ours
            ],
        )
        packed = next(lane for lane in ours if lane.worker.name.startswith("packed"))
        found = ratio(plain.seconds, packed.seconds)
        print(f"asked: packed at least {LEAST} times as fast as plain: {found:.2f}, {met(found >= LEAST)}")
        reached = reached and found >= LEAST
    print(
        f"\nmin cosine: to the rows of {lanes[0].label} (two different texts: {other:.3f}, median); peak: resident memory"
        " while encoding"
    )
    return reached


def mixed_texts(count: int) -> tuple[list[str], np.ndarray]:
    """Texts of mixed lengths, and their tokens without special ones."""
    draw = np.random.default_rng(4)
    lengths = draw.integers(SHORTEST, LONGEST + 1, size=count)
    return [" ".join(draw.choice(WORDS, size=length)) for length in lengths], lengths


def make_qwen3(folder: Path, layers: int) -> None:
    """Qwen3-0.6B's shapes: last-token pooling, padding to the left, an end token."""
    from transformers import Qwen3Config, Qwen3Model

    pieces = ["<|endoftext|>", "<unk>", *WORDS]
    template = {"single": "$A <|endoftext|>", "special_tokens": [("<|endoftext|>", 0)]}
    write_tokenizer(folder, pieces, template, padding_side="left", pad_token="<|endoftext|>")
    config = Qwen3Config(
        vocab_size=len(pieces), hidden_size=1_024, num_hidden_layers=layers, num_attention_heads=16,
        num_key_value_heads=8, head_dim=128, intermediate_size=3_072, max_position_embeddings=LIMIT,
        initializer_range=0.04,
    )  # fmt: skip
    save(Qwen3Model, config, folder, pooling="last")


def make_xlmr(folder: Path, layers: int) -> None:
    """XLM-R large's shapes, with mean pooling."""
    from transformers import XLMRobertaConfig, XLMRobertaModel

    pieces = ["<s>", "<pad>", "</s>", "<unk>", *WORDS]
    template = {"single": "<s> $A </s>", "special_tokens": [("<s>", 0), ("</s>", 2)]}
    write_tokenizer(folder, pieces, template, padding_side="right", pad_token="<pad>")
    config = XLMRobertaConfig(
        vocab_size=len(pieces), hidden_size=1_024, num_hidden_layers=layers, num_attention_heads=16,
        intermediate_size=4_096, max_position_embeddings=LIMIT + 2, type_vocab_size=1, layer_norm_eps=1e-5,
        initializer_range=0.04,
    )  # fmt: skip
    save(XLMRobertaModel, config, folder, pooling="mean")


def write_tokenizer(folder: Path, pieces: list[str], template: dict[str, Any], **settings: str) -> None:
    """One token a word, in the class that transformers gives to any tokenizer of the library tokenizers."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(**template)
    folder.mkdir(parents=True)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", model_max_length=LIMIT, **settings
    ).save_pretrained(folder)


def save(kind: Any, config: Any, folder: Path, *, pooling: str) -> None:
    """Random weights and the configuration of sentence-transformers."""
    import torch

    torch.manual_seed(4)
    kind(config).save_pretrained(folder)
    write_modules(folder, pooling=pooling, normalise=True, max_tokens=LIMIT)
    pooled = folder / "1_Pooling" / "config.json"  # its width is that of the tests' tiny networks
    settings = json.loads(pooled.read_text())
    pooled.write_text(json.dumps({**settings, "word_embedding_dimension": config.hidden_size}))


MODELS: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "qwen3": (
        "Qwen3-0.6B's shapes: 1,024 wide, 16 query and 8 key heads of 128, 3,072 inside; in truth 28 layers and"
        " 151,669 pieces",
        make_qwen3,
    ),
    "xlmr": (
        "XLM-R large's shapes: 1,024 wide, 16 heads, 4,096 inside; in truth 24 layers and 250,002 pieces",
        make_xlmr,
    ),
}


if __name__ == "__main__":
    sys.exit(main())
