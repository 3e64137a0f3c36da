"""The network behind an encoder as the benchmarks count it: the products of a layer, and the operations of a text."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BERTS = ("bert", "roberta", "xlm-roberta", "mpnet")
LLAMAS = ("llama", "mistral", "qwen2", "qwen3")


@dataclass(frozen=True)
class Shape:
    """What decides how much there is to compute."""

    layers: int
    products: tuple[tuple[int, int], ...]  # (in, out) of a layer's linear layers
    attended: int  # heads times their width
    causal: bool

    def linear_flops(self, lengths: np.ndarray) -> float:
        """Of the linear layers over texts of these tokens."""
        return float(2 * lengths.sum() * self.layers * sum(given * made for given, made in self.products))

    def attention_flops(self, lengths: np.ndarray) -> float:
        """Of scores and weighted values; of a token that sees only earlier ones, those alone."""
        squares = lengths.astype(np.int64) ** 2
        pairs = (squares + lengths).sum() / 2 if self.causal else squares.sum()
        return float(4 * pairs * self.attended * self.layers)

    def __str__(self) -> str:
        """One line for the head of a table."""
        products = ", ".join(f"{given}x{made}" for given, made in self.products)
        return f"{self.layers} layers of products {products}{', causal' if self.causal else ''}"


def shape_of(folder: Path) -> Shape:
    """The shape that a checkpoint's config.json describes, or the end of the program."""
    config = json.loads((folder / "config.json").read_text(encoding="utf8"))
    kind, width, inner = config["model_type"], config["hidden_size"], config["intermediate_size"]
    heads = config["num_attention_heads"]
    if kind in BERTS:
        products = ((width, 3 * width), (width, width), (width, inner), (inner, width))
        return Shape(config["num_hidden_layers"], products, width, causal=False)
    if kind in LLAMAS:
        of_head = config.get("head_dim") or width // heads
        kept = config.get("num_key_value_heads") or heads
        products = (
            (width, (heads + 2 * kept) * of_head),
            (heads * of_head, width),
            (width, inner),
            (width, inner),
            (inner, width),
        )
        return Shape(config["num_hidden_layers"], products, heads * of_head, causal=True)
    sys.exit(f"error: {folder} is of type {kind!r}; counted are {', '.join((*BERTS, *LLAMAS))}; name another")
