"""A study of the ways of reading long texts, on a file whose long texts tell their score at the end."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.loading import load_encoder
from semascope.errors import ArtifactError, ConfigError
from semascope.probes.scorer import Scorer
from semascope.reports.heads.study import render_report
from semascope.stats.results import Estimate
from semascope.store.vectors import VectorStore, prompt_keys
from semascope.studies.heads.asking.plan import Cell
from semascope.studies.heads.computing.sharing import copy_common_rows, missing_prompts

pytestmark = pytest.mark.long

# Each is one token of the tiny BERT, as "storm" and "calm" are.
FILLER = ("the", "ship", "sails", "in", "water", "wind", "boats", "rope", "star", "deck", "port", "of")
WAYS = ["truncate", "head-tail", "chunk"]


# Neutral beginnings, and ends that say how it went, from bad to good.
LOG = (
    "The boat left the harbour at noon with a crew of four.",
    "The chart shows a reef to the north and a lamp on the pier.",
    "Two ropes and an anchor lay on the deck beside the mast.",
    "At the second buoy the course was set to the west.",
    "The keel had been painted in spring by the old owner.",
    "A list of the stores was kept in the cabin.",
)
ENDS = (
    "In the end it was a terrible, miserable day and everybody hated it.",
    "In the end it was a poor day and most were disappointed.",
    "In the end it was a day like any other.",
    "In the end it was a good day and most were pleased.",
    "In the end it was a wonderful, splendid day and everybody loved it.",
)


def logs(n: int = 150, *, seed: int = 5) -> list[dict]:
    """n logs whose last sentence alone tells the score; four in five have more than 40 tokens before it."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        score = int(rng.integers(0, 5))
        before = rng.permutation(LOG)[: int(rng.integers(4, 7)) if number % 5 else 0].tolist()
        rows.append({"body": " ".join([*before, f"Log {number}.", ENDS[score]]), "score": float(score)})
    return rows


def told_at_the_end(n: int = 150, *, long_share: float = 0.6, seed: int = 5) -> list[dict]:
    """n texts that end in six words, of which as many are "storm" as the score says; most are over 24 tokens."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        score = int(rng.integers(0, 7))
        length = int(rng.integers(30, 60)) if rng.random() < long_share else int(rng.integers(6, 12))
        end = ["storm"] * score + ["calm"] * (6 - score)
        rows.append(
            {"body": " ".join([*rng.choice(FILLER, size=length), *end]), "score": float(score), "n": number}
        )
    return rows


@pytest.fixture(scope="module")
def folder(tiny_bert) -> str:
    return str(tiny_bert)


def ask(desk, folder: str, rows: list[dict] | None = None, *, output: str = "run", **asked):
    settings = {"encoder": folder, "long": WAYS, "head": "ridge", "precision": "float32"}
    return desk.run(told_at_the_end() if rows is None else rows, output=output, **(settings | asked))


@pytest.fixture
def short_minilm(tmp_path) -> str:
    """The packaged MiniLM with a limit of 32 tokens."""
    packaged, folder = load_encoder("minilm").checkpoint.folder, tmp_path / "short-minilm"
    folder.mkdir()
    for file in packaged.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "sentence_bert_config.json").unlink(missing_ok=True)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 32, "do_lower_case": false}')
    return str(folder)


def test_reading_the_end_beats_truncation_and_the_report_says_so(desk, short_minilm):
    result = ask(desk, short_minilm, logs())
    (found,) = result.long_texts
    words = {way.way: (way.over.word, way.everything.word) for way in found.ways}
    assert words == {
        "truncate": ("baseline", "baseline"),
        "head-tail": ("better", "better"),
        "chunk": ("better", "better"),
    }
    assert found.limit == 32
    assert found.rows == result.rows_test == 30
    assert 18 <= found.over < 30
    assert found.over == int(result.held_out.over_limit.sum())
    (sentence,) = [sentence for sentence in result.headline if sentence.startswith("What truncation costs")]
    assert f"{found.over} of the 30 held-out rows are over the 32 tokens of short-minilm" in sentence
    assert "head-tail is better and chunk is better" in sentence
    assert sentence.count("(better: −") == 2
    page = render_report(result)
    assert 'id="long-texts"' in page
    assert f"{found.over:,} of 30 held-out rows are over the 32 tokens" in page
    winner = next(cell for cell in result.cells if cell.id == result.winner)
    assert winner.long in ("head-tail", "chunk")


def test_the_rows_over_the_limit_are_judged_on_themselves(desk, folder):
    result = ask(desk, folder)
    (found,) = result.long_texts
    over, truth = result.held_out.over_limit, result.held_out.truth[:, 0]
    errors = {
        way.way: np.abs(result.held_out.predictions[way.cell][:, 0] - truth)[over].mean()
        for way in found.ways
    }
    for way in found.ways:
        assert way.over_estimate.value == pytest.approx(errors[way.way])
        assert way.over_estimate.n == over.sum()
        if way.way != "truncate":
            assert way.over.difference == pytest.approx(errors[way.way] - errors["truncate"])


def test_a_text_that_a_table_of_vectors_cuts_by_characters_is_over_the_limit(desk, static_folders, tmp_path):
    """model2vec cuts a text by characters first: one of few and long words loses some that the tokens would let pass."""
    pytest.importorskip("tokenizers")
    config = {"model_type": "model2vec", "normalize": True, "max_length": 10}
    place = static_folders.write_model2vec(tmp_path / "table", config=config)
    bodies = [
        "harbour " * 4 + "storm {}",
        "tide {}",
        "a b c d e f g h i j k {}",
    ]  # by characters, none, by tokens
    rng = np.random.default_rng(3)
    rows = [{"body": bodies[n % 3].format(n), "score": float(rng.normal())} for n in range(150)]
    result = ask(desk, str(place), rows, long=["truncate", "chunk"], baseline="truncate · ridge")
    encoder = load_encoder(str(place))
    lengths = encoder.lengths(result.held_out.texts)
    by_characters = (lengths.lost > 0) & (lengths.tokens <= encoder.max_tokens)
    assert by_characters.sum() > 5
    assert result.held_out.over_limit.tolist() == (lengths.lost > 0).tolist()
    assert [found.over for found in result.long_texts] == [int((lengths.lost > 0).sum())]


def test_a_text_of_exactly_the_limit_is_not_over_it(desk, folder):
    """Half the texts have 24 tokens with the two around them, which is all that the encoder reads; half have 25."""
    rows, rng = told_at_the_end(long_share=0.0), np.random.default_rng(1)
    for number, row in enumerate(rows):
        row["body"] = " ".join([*rng.choice(FILLER, size=16 + number % 2), *row["body"].split()[-6:]])
    counts = np.array(load_encoder(folder).count_tokens([row["body"] for row in rows]))
    result = ask(desk, folder, rows)
    (found,) = result.long_texts
    held_out = counts[result.held_out.rows]
    assert set(held_out.tolist()) == {24, 25}
    assert (found.limit, found.over) == (24, (held_out == 25).sum())
    assert result.held_out.over_limit.tolist() == (held_out == 25).tolist()


def test_records_say_what_each_way_did_with_long_rows(desk, folder):
    ask(desk, folder)
    costs = {
        record["cell"]["long"]: record["costs"]
        for record in desk.records().values()
        if record["cell"]["encoder"]
    }
    encoder = load_encoder(folder)
    tokens = np.array(encoder.count_tokens([row["body"] for row in told_at_the_end()]))
    for way in ("truncate", "head-tail"):
        assert costs[way]["truncated_rows"] == (tokens > 24).sum()
        assert costs[way]["tokens_lost_share"] == pytest.approx(
            np.maximum(tokens - 24, 0).sum() / tokens.sum()
        )
        assert (costs[way]["split_rows"], costs[way]["windows"]) == (0, 0)
    # Of 24 tokens 22 are text; windows share 2: each but the first adds 20.
    windows = [math.ceil((count - 2 - 2) / 20) for count in tokens[tokens > 24].tolist()]
    assert costs["chunk"]["split_rows"] == (tokens > 24).sum()
    assert costs["chunk"]["windows"] == sum(windows)
    assert costs["chunk"]["tokens_lost_share"] == 0


def test_rows_that_fit_are_encoded_once_for_all_ways(desk, folder, monkeypatch):
    from semascope.encoders.local import LocalEncoder

    seen: list[tuple[str, int]] = []
    encode = LocalEncoder.encode

    def noting(self, prompts):
        seen.append((self.long, len(prompts)))
        return encode(self, prompts)

    monkeypatch.setattr(LocalEncoder, "encode", noting)
    rows = told_at_the_end()
    tokens = np.array(load_encoder(folder).count_tokens([row["body"] for row in rows]))
    ask(desk, folder, rows)
    read = {way: sum(count for each, count in seen if each == way) for way in WAYS}
    over = int((tokens > 24).sum())
    assert read["head-tail"] == read["chunk"] == over + 1  # one prompt warms up
    # 32 more are tried to learn the speed, once for all ways, and two before them to get warm.
    assert read["truncate"] == len(rows) + 1 + 2 + 32 + 1
    assert f"{len(rows) + 2 * over:,} texts to encode" in desk.said[-1]


def test_rows_are_copied_from_whichever_way_has_them(folder, tmp_path):
    """Each from the first way that has it, to the bit and once; the long one from none."""
    encoder, store = load_encoder(folder, precision="float32"), VectorStore(tmp_path / "store")
    texts = ["wind and water", "the ship sails", "rope on deck", " ".join(FILLER * 3)]
    for way, stored in (("chunk", texts[:1]), ("truncate", texts[1:3]), ("chunk", texts[2:])):
        embed(stored, encoder=encoder.in_way(way), store=store)
    cells = [Cell(encoder="tiny", long=way, dim=16, head="ridge") for way in WAYS]
    prepared = SimpleNamespace(
        encoders={"tiny": encoder},
        rows=SimpleNamespace(texts=texts),
        plan=SimpleNamespace(cells=cells),
        store=store,
        encoder_of=lambda cell: encoder.in_way(cell.long),
    )
    assert missing_prompts(prepared, cells[1], planned=False) == texts[3:]
    assert copy_common_rows(prepared, cells[1]) == 3
    assert copy_common_rows(prepared, cells[1]) == 0
    rows = {
        way: store.get(mark, prompt_keys(mark, texts))
        for way in WAYS
        for mark in [encoder.in_way(way).fingerprint]
    }
    assert {way: there.tolist() for way, (_, there) in rows.items()} == {
        "truncate": [False, True, True, False],
        "head-tail": [True, True, True, False],
        "chunk": [True, False, True, True],
    }
    np.testing.assert_array_equal(rows["head-tail"][0][[0, 2]], rows["chunk"][0][[0, 2]])
    np.testing.assert_array_equal(rows["head-tail"][0][1], rows["truncate"][0][1])


def test_the_weights_are_loaded_once(desk, folder, monkeypatch):
    from semascope.encoders.engine import network

    loaded = []
    load = network.load_network
    monkeypatch.setattr(network, "load_network", lambda *a, **k: loaded.append(1) or load(*a, **k))
    ask(desk, folder)
    assert len(loaded) == 1


def test_the_winner_carries_its_way_and_scores_by_it(desk, short_minilm, chooses):
    folder = short_minilm
    chunk = "short-minilm · default · chunk · 384 · ridge"
    chooses(chunk)
    result = ask(desk, folder, logs(), long=["truncate", "chunk"], choose="best")
    scorer = Scorer.load(desk.folder / "run" / "winner", precision="float32")
    assert (scorer.card.long, scorer.card.space["long"]) == ("chunk", "chunk")
    bad, good = scorer.score([" ".join([*LOG, ENDS[0]]), " ".join([*LOG, ENDS[4]])]).values[:, 0]
    assert good > bad + 1
    head = Scorer.load(
        desk.folder / "run" / "winner", encoder=load_encoder(folder, precision="float32", long="chunk")
    )
    assert head.score([LOG[0]]).values == pytest.approx(scorer.score([LOG[0]]).values)
    with pytest.raises(ArtifactError, match="long is 'truncate' instead of 'chunk'"):
        Scorer.load(desk.folder / "run" / "winner", encoder=load_encoder(folder, precision="float32"))
    assert result.held_out.long == "chunk"
    assert "read in windows" in render_report(result)


def test_a_second_run_with_another_way_only_adds_its_cells(desk, folder):
    ask(desk, folder, long="truncate")
    first = desk.records()
    result = ask(desk, folder)
    assert {record["cell"]["long"] for record in desk.records().values()} == set(WAYS)
    assert all(desk.records()[key] == record for key, record in first.items())
    assert len(result.long_texts) == 1
    assert set(result.made["encoders"]) == {"tiny", "tiny, head-tail", "tiny, chunk"}


def test_with_few_long_rows_nothing_is_claimed(desk, folder):
    rows = told_at_the_end(long_share=0.0)
    few = [*rows[:-1], {**rows[-1], "body": " ".join(FILLER * 4)}]
    for output, given, said in (("none", rows, "none of the 30"), ("few", few, "of the 30")):
        result = ask(desk, folder, given, output=output)
        (found,) = result.long_texts
        assert found.over < 5
        assert all(way.over is None and way.over_estimate is None for way in found.ways)
        (sentence,) = [sentence for sentence in result.headline if "truncation costs" in sentence]
        assert sentence.startswith("What truncation costs cannot be said: ")
        assert said in sentence
        assert "too few rows" in render_report(result)


def test_one_way_asks_no_question(desk, folder):
    result = ask(desk, folder, long="truncate")
    assert list(result.long_texts) == []
    assert not any("truncation costs" in sentence for sentence in result.headline)
    assert 'id="long-texts"' not in render_report(result)


def test_chunk_alone_is_held_against_the_baseline_that_truncates(desk, folder):
    result = ask(desk, folder, long="chunk")
    assert [cell.long for cell in result.cells if cell.encoder] == ["truncate", "chunk"]
    assert [way.way for way in result.long_texts[0].ways] == ["truncate", "chunk"]


def test_an_encoder_that_reads_all_is_refused_in_other_ways(desk):
    with pytest.raises(
        ConfigError, match="long is 'chunk'; encoder 'hash:16' makes its vector of the whole text"
    ):
        desk.run(long=["truncate", "chunk"])


def test_several_targets_are_told_in_shares(desk, folder):
    rows = [{**row, "double": 10 * row["score"]} for row in told_at_the_end()]
    result = ask(desk, folder, rows, target=["score", "double"], long=["truncate", "chunk"])
    (sentence,) = [sentence for sentence in result.headline if "truncation costs" in sentence]
    assert "%, p" in sentence.replace("\u202f", " ").replace("\u00a0", " ")
    render_report(result)


def test_a_long_report_reads_without_estimates(desk, folder):
    result = ask(desk, folder)
    nothing = Estimate(value=math.nan, low=math.nan, high=math.nan, n=0, reason="no rows")
    (found,) = result.long_texts
    ways = [replace(way, over_estimate=nothing) for way in found.ways]
    page = render_report(replace(result, long_texts=[replace(found, ways=ways)]))
    assert 'id="long-texts"' in page
    assert (
        "nan"
        not in re.sub(r"<[^>]*>", " ", page[page.index('id="long-texts"') :].split("</section>")[0]).lower()
    )
