"""``--long`` from the shell: what became of texts over the limit, in words and in the record."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder

TEXTS = ["storm at noon", "the ship sail to harbour " * 10, "wind and rope " * 9]


@pytest.fixture
def texts(shell):
    path = shell.folder / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS), encoding="utf8")
    return path


def embed(shell, texts, folder, *more: str) -> int:
    return shell(
        "embed", texts, "--text", "text", "--encoder", folder, "--store", "store", "--output", "v.npy", *more
    )


def test_embed_says_that_rows_lost_their_beginning(shell, texts, make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "left", "bert", max_tokens=24)
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"truncation_side": "left"}))
    assert embed(shell, texts, folder) == 0
    assert "2 rows cut at 24 on the left: they lost their beginning (" in shell.out
    assert shell("encoders", folder) == 0
    assert "loses its beginning, an instruction" in " ".join(shell.out.split())


def test_embed_says_what_became_of_long_rows(shell, texts, tiny_bert):
    counts = np.array(load_encoder(str(tiny_bert)).count_tokens(TEXTS))
    assert (counts > 24).tolist() == [False, True, True]
    lost = f"({100 * np.maximum(counts - 24, 0).sum() / counts.sum():.1f} % of all tokens lost)"
    assert embed(shell, texts, tiny_bert) == 0
    assert f"{counts.sum()} tokens; 2 rows cut at 24 {lost}" in shell.out
    assert embed(shell, texts, tiny_bert, "--long", "head-tail") == 0
    assert "0 found in the store" in shell.out  # another space
    assert f"{counts.sum()} tokens; 2 rows over 24 without their middle {lost}" in shell.out
    assert embed(shell, texts, tiny_bert, "--long", "chunk") == 0
    # Of 24 tokens 22 are text, windows share 2.
    windows = [-(-(count - 2 - 2) // 20) for count in counts[1:].tolist()]
    read = counts[0] + sum(
        c - 2 + (k - 1) * 2 + 2 * k for c, k in zip(counts[1:].tolist(), windows, strict=True)
    )
    more = 100 * (read / counts.sum() - 1)
    assert (
        f"{counts.sum()} tokens; 2 rows over 24 read in {sum(windows)} windows (none lost; {more:.1f} % more tokens to"
        " compute)"
    ) in shell.out
    assert embed(shell, texts, tiny_bert, "--long", "chunk", "--json") == 0
    record = json.loads(shell.out)
    assert (record["truncated_rows"], record["tokens_lost"]) == (0, 0)
    assert (record["split_rows"], record["windows"], record["read_tokens"]) == (2, sum(windows), read)
    assert (record["hits"], record["encoded_tokens"]) == (3, 0)


def test_one_long_row_of_one_is_told_in_the_singular(shell, make_tiny, tmp_path):
    """Also one row of a table, one prompt; all ways."""
    one = shell.folder / "one.jsonl"
    one.write_text(json.dumps({"text": TEXTS[1]}) + "\n", encoding="utf8")
    folder = make_tiny(tmp_path / "left", "bert", max_tokens=24)
    for long, said in (
        ("truncate", " tokens; 1 row cut at 24 ("),
        ("head-tail", " tokens; 1 row over 24 without its middle ("),
        ("chunk", " tokens; 1 row over 24 read in "),
    ):
        assert embed(shell, one, folder, "--long", long) == 0
        assert shell.out.startswith("1 row, 1 distinct prompt, 0 found in the store, 1 encoded in ")
        assert said in shell.out
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"truncation_side": "left"}))
    assert embed(shell, one, folder) == 0
    assert " tokens; 1 row cut at 24 on the left: it lost its beginning (" in shell.out


def test_show_prompts_shows_what_is_read(shell, texts, tiny_bert):
    assert embed(shell, texts, tiny_bert, "--long", "chunk", "--show-prompts", "2", "--json") == 0
    short, long = json.loads(shell.out)["prompts"]
    assert short["pieces"].count("[CLS]") == 1
    assert long["pieces"].count("[CLS]") > 1
    assert long["pieces"][-1] == "[SEP]"


def test_a_way_that_there_is_not_is_one_line(shell, texts, tiny_bert):
    assert embed(shell, texts, tiny_bert, "--long", "middle") == 2
    assert shell.err == "error: long is 'middle'; known are truncate, head-tail, chunk; choose one of them\n"
    assert embed(shell, texts, "hash:16", "--long", "chunk") == 2
    assert shell.err.startswith(
        "error: long is 'chunk'; encoder 'hash:16' makes its vector of the whole text"
    )


def test_a_study_prints_what_truncation_costs(shell, table, tiny_bert):
    arguments = ("--text", "text", "--target", "rating", "--head", "ridge", "--encoder", tiny_bert)
    assert (
        shell.study(table, *arguments, "--long", "truncate", "--long", "chunk") == 2
    )  # hash:16 is named too
    assert "takes truncate only" in shell.err
    assert (
        shell(
            "study", table, *arguments, "--long", "truncate", "--long", "chunk",
            "--store", "store", "--output", "run",
        )
        == 0
    )  # fmt: skip
    told = " ".join(shell.out.split())
    assert "What truncation costs" in told
    assert "of the 16 held-out rows are over the 24 tokens" in told
    assert "chunk · ridge" in told
