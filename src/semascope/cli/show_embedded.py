"""What an embedding prints: the prompts that the encoder saw, and what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.cli.show import print_json, print_lines
from semascope.encoders.choices import lost_part
from semascope.encoders.protocol import UNLIMITED
from semascope.plain import plain
from semascope.words.numbers import count, percent, some_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.embedding.account import Account, Embedded
    from semascope.encoders.describing import SeenPrompt
    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.computing.ahead import EncodedAhead

_MOST_PIECES = 16  # of a prompt that are shown on a terminal


def print_prompts(seen: Sequence[SeenPrompt]) -> None:
    """Each prompt in quotes, its newlines and blanks visible, with its tokens."""
    for number, one in enumerate(seen, start=1):
        pieces = [] if one.pieces is None else [f"  {_pieces(one.pieces)}"]
        print_lines([f"prompt {number}, {one.tokens:,} tokens: {one.prompt!r}", *pieces])


def print_account(
    embedded: Embedded,
    encoder: Encoder,
    *,
    output: Path,
    choices: Sequence[str],
    prompts: Sequence[SeenPrompt],
    json: bool,
) -> None:
    """What an embedding took, and what was asked of the encoder that it was not trained for."""
    account = embedded.account
    if json:
        print_json(plain(account) | {"choices": choices, "prompts": prompts})
        return
    shared = f" {account.shared:,} encoded by another process meanwhile," if account.shared else ""
    lines = [
        f"{count(account.rows, 'row')}, {count(account.distinct, 'distinct prompt')}, {account.hits:,} found in the store,{shared}"
        f" {account.encoded:,} encoded in {account.encode_seconds:.1f} s",
        f"{count(account.tokens, 'token')}; {_long_words(account, encoder)}",
    ]
    lines += map(str, account.bills)
    if account.empty_rows:
        lines.append(f"{count(len(account.empty_rows), 'empty text')}: {some_rows(account.empty_rows)}")
    if account.unknown_tokens:
        share = percent(account.unknown_tokens / account.read_tokens, 1, space=" ")
        lines.append(f"{share} of the tokens read are not in the vocabulary")
    if account.unknown_rows:
        lines.append(
            f"{count(len(account.unknown_rows), 'text')} without a token of the vocabulary, with the vector of the unknown"
            f" token: {some_rows(account.unknown_rows)}"
        )
    if account.repaired_rows:
        lines.append(
            f"{count(len(account.repaired_rows), 'text')} with lone surrogates: {some_rows(account.repaired_rows)}"
        )
    lines.extend(choices)
    lines.append(f"{embedded.vectors.shape[0]:,} x {embedded.vectors.shape[1]} float32 in {output}")
    print_lines(lines)


def print_encoded_ahead(encoded: Sequence[EncodedAhead], root: Path, *, json: bool) -> None:
    """What a study reads and the store now has, by encoder, instruction and way of reading long texts."""
    if json:
        print_json({"root": root, "encoded": encoded})
        return
    lines = []
    for one in encoded:
        account = one.account
        asked = [f"instruction {one.instruction}"] if one.instruction != "default" else []
        asked += [f"long texts: {one.long}"] if one.long != "truncate" else []
        shared = f" {account.shared:,} encoded by another process meanwhile," if account.shared else ""
        lines.append(
            f"{', '.join([one.encoder, *asked])}: {count(account.rows, 'row')}, {count(account.distinct, 'distinct prompt')},"
            f" {account.hits:,} found in the store,{shared} {account.encoded:,} encoded in {account.encode_seconds:.1f} s on"
            f" {one.device}; {count(account.tokens, 'token')}, {count(account.truncated_rows, 'row')} cut"
        )
        lines += [f"  {bill}" for bill in account.bills]
        lines.append(f"  fingerprint {one.fingerprint}, read from {one.source}")
    if not lines:
        lines.append("this study encodes nothing: it names no encoder")
    print_lines([*lines, f"nothing was fitted; the vectors lie in {root}"])


def _long_words(account: Account, encoder: Encoder) -> str:
    """What became of the rows over the limit."""
    if encoder.max_tokens == UNLIMITED:
        return "every row is read whole"
    limit, lost = (
        f"{encoder.max_tokens:,}",
        f"({percent(account.tokens_lost_share, 1, space=' ')} of all tokens lost)",
    )
    if encoder.space.long == "chunk":
        more = account.read_tokens / account.tokens - 1 if account.tokens else 0.0
        return (
            f"{count(account.split_rows, 'row')} over {limit} read in {count(account.windows, 'window')} (none lost;"
            f" {percent(more, 1, space=' ')} more tokens to compute)"
        )
    cut = count(account.truncated_rows, "row")
    they, their = ("it", "its") if account.truncated_rows == 1 else ("they", "their")
    if encoder.space.long == "head-tail":
        return f"{cut} over {limit} without {their} middle {lost}"
    where = (
        f" on the left: {they} lost {their} beginning"
        if lost_part(encoder, "truncate") == "beginning"
        else ""
    )
    return f"{cut} cut at {limit}{where} {lost}"


def _pieces(pieces: list[str]) -> str:
    if len(pieces) <= _MOST_PIECES:
        return " ".join(pieces)
    half = _MOST_PIECES // 2
    left_out = len(pieces) - 2 * half
    return " ".join([*pieces[:half], f"... {left_out:,} more ...", *pieces[-half:]])
