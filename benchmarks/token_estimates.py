"""How far the estimate of tokens is off, by file and language, against real tokenizers.

Command: python benchmarks/token_estimates.py NAME=FILE ...
FILE is a tokenizer.json, or ranks in the format of the package tiktoken (in the wheels of litellm 1.110: cl100k_base is
the file 9b5ad71b...; of dashscope 2.0: qwen.tiktoken), whose NAME is cl100k or qwen. Texts: ../shared/data.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from semascope.encoders.api.counting import EstimatedCounter
from semascope.encoders.api.own_tokenizer import OwnTokenizer

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = {
    "article_scores": "text", "arxiv_abstracts": "abstract", "newsgroups20": "text", "openstax_passages": "text",
    "reviews_food_clothing": "text", "mint_tweet_intimacy": "text", "readmepp_readability": "text",
    "stsb_multi_mt_pairs": "text_a",
}  # fmt: skip
MOST_TEXTS = 1500  # of a file and language
PATTERNS = {
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    "qwen": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


def read_texts() -> dict[str, list[str]]:
    """Texts by file and language."""
    found: dict[str, list[str]] = {}
    for name, field in FILES.items():
        with (DATA / f"{name}.jsonl").open(encoding="utf8") as lines:
            for row in map(json.loads, lines):
                found.setdefault(f"{name} {row.get('lang', '')}".strip(), []).append(row[field])
    draw = np.random.default_rng(0)
    return {
        group: [texts[place] for place in draw.permutation(len(texts))[:MOST_TEXTS]]
        for group, texts in found.items()
    }


def counter_of(name: str, path: Path) -> Callable[[list[str]], np.ndarray]:
    if path.suffix == ".json":
        return OwnTokenizer(path).count
    import tiktoken

    ranks = {
        base64.b64decode(token): int(rank)
        for token, rank in (line.split() for line in path.read_bytes().splitlines() if line)
    }
    encoding = tiktoken.Encoding(name, pat_str=PATTERNS[name], mergeable_ranks=ranks, special_tokens={})
    return lambda texts: np.array([len(ids) for ids in encoding.encode_ordinary_batch(texts, num_threads=1)])


def main() -> None:
    counters = {
        name: counter_of(name, Path(path)) for name, path in (word.split("=", 1) for word in sys.argv[1:])
    }
    estimated, texts = EstimatedCounter(), read_texts()
    print(f"{'texts':32}" + "".join(f"{name:>26}" for name in counters))
    print(f"{'':32}" + "".join(f"{'expected  limits  within':>26}" for _ in counters))
    for group, some in texts.items():
        mean, most = estimated.count(some), estimated.most(some)
        line = f"{group:32}"
        for count in counters.values():
            true = count(some)
            line += (
                f"{mean.sum() / true.sum():12.2f}{most.sum() / true.sum():7.2f}{(most >= true).mean():7.3f}"
            )
        print(line)
    short = [text for some in texts.values() for text in some if len(text) < 100]
    many = (short * (1_000_000 // len(short) + 1))[:1_000_000]
    began = time.perf_counter()
    estimated.count(many)
    print(
        f"a million texts of {np.mean([len(text) for text in many]):.0f} characters: {time.perf_counter() - began:.1f} s"
    )


if __name__ == "__main__":
    main()
