"""The texts that the encoding benchmarks encode: posts, tweets, passages, and texts at the limit of the encoder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from semascope.data.read import read_table

SHARED = Path(__file__).parents[2] / "shared" / "data"
FILES = {
    "posts": "newsgroups20.jsonl",
    "tweets": "mint_tweet_intimacy.jsonl",
    "passages": "openstax_passages.jsonl",
}


def add_files(parser: argparse.ArgumentParser, *names: str) -> None:
    """Options that name the files, JSON Lines (or what else ``read_table`` reads) with a column ``text``."""
    for name in names:
        parser.add_argument(
            f"--{name}-file",
            type=Path,
            default=SHARED / FILES[name],
            help=f"a column text; default {FILES[name]} in ../shared/data",
        )


def read_texts(file: Path, option: str) -> list[str]:
    """The column ``text`` of a file, or the end of the program with the option that names another."""
    if not file.exists():
        print(
            f"error: {file} is not there; a table with a column text is needed; name it with {option}",
            file=sys.stderr,
        )
        raise SystemExit(2)
    return list(read_table(file, columns=["text"]).texts(["text"]))


def cut(texts: Sequence[str], longest: int, *, checkpoint: Path) -> list[str]:
    """The beginning of each text, of at most that many tokens of the checkpoint's tokenizer, special ones included.

    The texts themselves are cut, so that every candidate reads the same, whatever its own limit is.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    room = longest - tokenizer.num_special_tokens_to_add(is_pair=False)
    kept = []
    for text, encoded in zip(texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
        kept.append(text if len(encoded.ids) <= room else text[: encoded.offsets[room][0]])
    return kept


def at_limit(
    texts: Sequence[str], wanted: int, *, limit: int, count_tokens: Callable[[Sequence[str]], list[int]]
) -> list[str]:
    """Up to ``wanted`` texts of no fewer than ``limit`` tokens; where there are too few, neighbours are joined."""
    counts = count_tokens(texts)
    found = [text for text, count in zip(texts, counts, strict=True) if count >= limit]
    joined, held = [], 0
    for text, count in zip(texts, counts, strict=True):
        if len(found) >= wanted:
            break
        if count >= limit:
            continue
        joined.append(text)
        held += count - 2  # without the marks of the beginning and the end
        if held >= limit:
            found.append("\n".join(joined))
            joined, held = [], 0
    return found[:wanted]
