"""A step of tuning beside a step of a plain transformers loop, and what each saving gives.

    python benchmarks/tuning.py [--files FOLDER] [--model minilm] [--steps 40] [--rounds 3] [--lora RANK]

Both train the same network on the same real texts in batches of 16. The plain loop is the one of the handbooks: batches in
random order, padded to their longest text, everything in float32. Ours groups texts of like length, and computes products in
bfloat16 where the processor has them; the lines between switch one of the two on at a time. Rounds alternate; medians are
printed, with the ratio to the plain loop.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from semascope.embedding.prompts import write_prompts
from semascope.encoders.loading import load_encoder
from semascope.encoders.precision import has_native_bfloat16, processor_cores, processor_name
from semascope.tuning import training
from semascope.tuning.batches import length_batches
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start
from semascope.tuning.training import Material, train

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Ints


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=Path, default=Path("../shared/data"))
    parser.add_argument("--file", default="reviews_food_clothing.jsonl")
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lora", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=None)
    settings = parser.parse_args()
    print(
        f"python {shlex.join(sys.argv)}\n{processor_name()}, {processor_cores()} cores, Python {platform.python_version()},"
        f" torch {torch.__version__}"
    )
    recipe = Tuned(model=settings.model, lora=settings.lora, epochs=1, tokens=settings.tokens)
    start = Start.of(load_encoder(settings.model), recipe)
    texts = [json.loads(line)["text"] for line in (settings.files / settings.file).open(encoding="utf8")]
    texts = texts[: settings.steps * recipe.batch]
    ids = start.tokens.ids(write_prompts(texts, encoder=start.encoder)[0])
    tokens = np.array(list(map(len, ids)))
    print(
        f"{len(ids):,} texts, {tokens.mean():.0f} tokens on average, {tokens.max()} at most; batches of {recipe.batch}\n"
    )
    ways = {
        "plain loop: random batches, padded, float32": (plain, "float32", False),
        "ours without either: float32, random batches": (ours, "float32", False),
        "ours, texts of like length, float32": (ours, "float32", True),
        "ours, random batches, bfloat16": (ours, "bfloat16", False),
        "ours: texts of like length, bfloat16": (ours, "bfloat16", True),
    }
    if not has_native_bfloat16():
        ways = {name: way for name, way in ways.items() if way[1] == "float32"}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(settings.rounds):
        for name, (way, precision, grouped) in ways.items():
            seconds[name].append(way(start, recipe, ids, precision=precision, grouped=grouped))
    base = statistics.median(next(iter(seconds.values())))
    print("| | seconds a step | tokens a second | times the plain loop |\n|---|---|---|---|")
    for name, found in seconds.items():
        each = statistics.median(found)
        spread = f"{min(found):.3f}-{max(found):.3f}"
        print(
            f"| {name} | {each:.3f} ({spread}) | {recipe.batch * tokens.mean() / each:,.0f} | {base / each:.2f} |"
        )


def ours(start: Start, recipe: Tuned, ids: list[list[int]], *, precision: str, grouped: bool) -> float:
    """Seconds a step of the product's loop."""
    torch.manual_seed(0)
    network = start.load(outputs=1, recipe=recipe, device="cpu", seed=0)
    targets = np.random.default_rng(0).normal(size=(len(ids), 1)).astype(np.float32)
    material = Material(sequences=ids, targets=targets, loss="absolute")
    batches = training.length_batches
    training.length_batches = length_batches if grouped else random_batches
    try:
        course = train(network, material, recipe, stage=0, epochs=1, seed=0, precision=precision)
    finally:
        training.length_batches = batches
    return course.seconds / course.steps


def random_batches(lengths: Ints, *, batch: int, seed: list[int]) -> list[Ints]:
    order = np.random.default_rng(seed).permutation(len(lengths))
    return [order[at : at + batch] for at in range(0, len(order), batch)]


def plain(start: Start, recipe: Tuned, ids: list[list[int]], *, precision: str, grouped: bool) -> float:
    """Seconds a step of the loop that the handbooks of transformers show."""
    from transformers import AutoModel, get_linear_schedule_with_warmup

    torch.manual_seed(0)
    torch.set_num_threads(processor_cores())
    model = AutoModel.from_pretrained(start.checkpoint.transformer).train()
    if recipe.lora:
        import peft

        model = peft.get_peft_model(model, peft.LoraConfig(r=recipe.lora, target_modules="all-linear"))
    head = torch.nn.Linear(start.checkpoint.dim, 1)
    learnt = [value for value in (*model.parameters(), *head.parameters()) if value.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=5e-5)
    steps = -(-len(ids) // recipe.batch)
    schedule = get_linear_schedule_with_warmup(optimiser, steps // 10, steps)
    targets = torch.from_numpy(np.random.default_rng(0).normal(size=(len(ids), 1)).astype(np.float32))
    began = time.perf_counter()
    for batch in padded_batches(start, ids, recipe.batch):
        rows, inputs = batch
        states = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(2).float()
        pooled = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)
        loss = (head(pooled) - targets[rows]).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        schedule.step()
    return (time.perf_counter() - began) / steps


def padded_batches(
    start: Start, ids: list[list[int]], batch: int
) -> Iterator[tuple[Ints, dict[str, torch.Tensor]]]:
    order = np.random.default_rng(0).permutation(len(ids))
    for at in range(0, len(order), batch):
        rows = order[at : at + batch]
        yield rows, start.tokens.tokenizer.pad({"input_ids": [ids[row] for row in rows]}, return_tensors="pt")


if __name__ == "__main__":
    main()
