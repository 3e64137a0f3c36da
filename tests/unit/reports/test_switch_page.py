"""The page of "may I switch?": every part of it, in plain values."""

from __future__ import annotations

import html
import math
import re

import numpy as np
import pytest

import semascope as sm
from semascope.reports import parts
from semascope.reports.switching.page import parts_of, render_switch
from semascope.reports.switching.record import record_of
from semascope.studies.switching.result import EXIT


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """Texts with a score and a class, in a space and in a damaged one."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((160, 16)).astype(np.float32)
    score = 2 * vectors[:, 0] + 0.2 * rng.standard_normal(160)
    texts = [f"the tide of day {n} stands <b>high</b> & low" for n in range(160)]
    table = sm.Table.from_columns({"text": texts, "score": score.tolist()}, source="<tides>.csv")
    other = vectors + rng.standard_normal(vectors.shape).astype(np.float32)
    folder = tmp_path_factory.mktemp("switch")
    return sm.may_switch(vectors, other, table, text="text", target="score", store=folder, price=2.0)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Pairs of a question and an answer, in two spaces of chance."""
    folder = tmp_path_factory.mktemp("pairs")
    lines = [f"how high is tide {n},tide number {n} is {n * 3} feet" for n in range(60)]
    (folder / "pairs.csv").write_text("question,answer\n" + "\n".join(lines) + "\n", encoding="utf8")
    return sm.may_switch(
        "hash:16",
        "hash:32",
        folder / "pairs.csv",
        query="question",
        document="answer",
        store=folder / "store",
        price=2.0,
    )


def plain_text(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.replace("<wbr>", ""))))


def test_the_answer_comes_first_and_all_is_escaped(answered):
    page = render_switch(answered)
    assert answered.headline[0] in plain_text(page)
    assert "<b>high</b>" not in page
    assert "<tides>" not in page
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]+\"", page)


def test_sections_of_texts(answered):
    assert [part.id for part in parts_of(answered)] == [
        "tasks",
        "otherwise",
        "neighbours",
        "bytes",
        "again",
        "thresholds",
    ]
    shown = plain_text(render_switch(answered))
    for words in (
        "ridge on 80 rows, judged on 80",
        "always answering the median",
        "Nearer with NEW",
        "Texts that moved most",
    ):
        assert words in shown


def test_what_stays_with_ties_counted_is_said(answered):
    assert f"spread, {100 * answered.cosines.tied:.1f} % stay." in plain_text(render_switch(answered))


def test_sections_of_a_collection(searched):
    assert [part.id for part in parts_of(searched)] == [
        "tasks",
        "queries",
        "neighbours",
        "bytes",
        "again",
        "thresholds",
    ]
    shown = plain_text(render_switch(searched))
    for words in (
        "Gained with NEW",
        "Lost with NEW",
        "documents that queries find",
        "a query and a document",
    ):
        assert words in shown
    assert "how high is tide" in shown


def test_figures_beside_the_answer(answered, searched):
    shown = plain_text(render_switch(answered))
    assert re.search(r"“score” \+\d+ % worse MAE, against OLD", shown)
    assert "To encode again all texts" in shown
    assert re.search(r"a million take .+ on this machine", plain_text(render_switch(searched)))


def test_money_stands_where_a_price_was_given(searched):
    shown = plain_text(render_switch(searched))
    assert "Money is at 2.00 an hour." in shown


def test_other_forms_say_the_same(answered, searched):
    for result in (answered, searched):
        for part in parts_of(result):
            told = parts.told(part)
            assert told.title == part.title
            assert told.blocks


def test_every_form_and_level_has_a_line(answered):
    found = {part.id: part for part in parts_of(answered)}
    grids = [block for block in found["bytes"].blocks if isinstance(block, parts.Grid)]
    assert [line.name for line in grids[0].lines] == [form.name for form in answered.storage]
    grids = [block for block in found["thresholds"].blocks if isinstance(block, parts.Grid)]
    assert len(grids[0].lines) == len(answered.thresholds.levels)


def test_the_record_is_json_and_unknown_numbers_are_none(answered):
    record = record_of(answered)
    assert record["exit_code"] == EXIT[answered.answer]
    assert math.isnan(answered.reencoding.seconds)
    assert record["reencoding"]["seconds"] is None
    assert list(record)[:3] == ["format", "answer", "exit_code"]


def test_few_texts_have_a_page_without_thresholds(tmp_path):
    found = sm.may_switch("hash:8", "hash:16", ["high tide", "low tide", "slack water"], store=tmp_path)
    assert found.thresholds is None
    assert found.exit_code == 3
    assert "thresholds" not in [part.id for part in parts_of(found)]
    assert render_switch(found)
