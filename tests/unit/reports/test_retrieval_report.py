"""The report of a study of retrieval: whole, well formed and safe, its forms with one set of words and digits."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from semascope.reports.forms.docx import write_docx
from semascope.reports.forms.markdown import write_markdown
from semascope.reports.forms.record import study_record
from semascope.reports.model import Table
from semascope.reports.retrieval.page import render_retrieval
from semascope.reports.retrieval.reading import narrow
from semascope.reports.retrieval.run import run_retrieval
from semascope.reports.retrieval.told import tell_retrieval
from semascope.reports.writing import write_pictures, write_report
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.telling.shown import Disturbed, LengthJudged, OnPart, SeenApart
from semascope.words.texts import readable

pytest.importorskip("bm25s")

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"
LONG = "an-encoder-with-a-very-long-name-" + "x" * 60
CASES = ("several", "one", "many", "all_parts")


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[spec.name])
    return sys.modules[spec.name]


@pytest.fixture(scope="module")
def back():
    return load("read_back")


@pytest.fixture(scope="module")
def results(odd_collection, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    store = VectorStore(folder / "store")

    def run(name, *encoders, **settings):
        asked = {"data": odd_collection, "encoder": list(encoders), **settings}
        return run_retrieval(RetrievalStudy.from_mapping(asked), output=folder / name, store=store)

    several = run("several", "a=hash:16", f"{LONG}=hash:24", BM25, "hybrid:a+bm25", slice="topic")
    return {
        "several": several,
        "one": run("one", BM25),
        "many": run("many", *[f"cell {number}=hash:{8 + number}" for number in range(19)], BM25),
        "all_parts": with_all_parts(several),
    }


def with_all_parts(result):
    """The same with what other studies have: disturbed queries, passage lengths, documents that were seen."""
    numbers = {"low": -0.05, "high": -0.01, "p": 0.012}
    return replace(
        result,
        robustness=[
            Disturbed(perturbation="typos", cell="a", value=0.5, disturbed=0.47, difference=-0.03, word="worse", queries=17, **numbers),
            Disturbed(perturbation="typos", cell="bm25", value=0.5, disturbed=0.47, difference=-0.03, word="worse", **numbers),
            Disturbed(perturbation="<case>", cell="a", value=0.5, disturbed=0.5, difference=0.0, low=0.0, high=0.0, p=math.nan, word="equivalent"),
        ],
        lengths=[
            LengthJudged(cell="a · passages 128", encoder="a", length="128", value=0.52, difference=0.02, low=0.01, high=0.03, p=0.02, word="better"),
            LengthJudged(cell="a", encoder="a", length="whole documents", value=0.5, difference=0.0, low=0.0, high=0.0, p=1.0, word="baseline"),
        ],
        seen=[
            SeenApart(
                cell="a",
                seen=OnPart(queries=8, value=0.7, difference=0.2, low=0.1, high=0.3),
                unseen=OnPart(queries=13, value=0.4, difference=-0.1, low=math.nan, high=math.nan),
            )
        ],
    )  # fmt: skip


class Outline(HTMLParser):
    """Tags, ids, headings and attributes; elements must close in order."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.headings, self.attributes, self.tags = [], [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in ("meta", "wbr", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", CASES)
def test_a_page_is_well_formed_and_runs_nothing_of_others(results, name):
    page = render_retrieval(results[name])
    outline = Outline(page)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False))
    assert outline.tags.count("script") == 2
    assert not {"img", "iframe", "object", "form"} & set(outline.tags)
    for tag, key, value in outline.attributes:
        assert not key.startswith("on") and key not in ("style", "src", "action"), (tag, key)
        if key in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "d"):
            assert "nan" not in str(value) and "inf" not in str(value)
    assert "&lt;script&gt;alert(1)" in page  # it is shown, and it is text
    assert len(page.encode()) < 0.8e6


@pytest.mark.parametrize(
    ("name", "without", "has"),
    [
        ("several", {"robustness", "passages", "seen"}, {"pairs", "failures", "holes", "cutoffs", "hybrids"}),
        ("one", {"pairs", "hybrids", "robustness"}, {"failures", "holes", "cost", "cutoffs"}),
        ("all_parts", set(), {"robustness", "passages", "seen", "pairs", "failures"}),
    ],
)
def test_a_section_without_anything_to_say_is_left_out(results, name, without, has):
    ids = set(Outline(render_retrieval(results[name])).ids)
    assert has <= ids
    assert not without & ids


def test_other_sections_answer_in_their_first_sentence(results):
    sections = {section.title: section for section in tell_retrieval(results["all_parts"]).sections}
    assert sections["How long should my chunks be?"].lead == "With a, 128 is better than whole documents."
    winner = results["all_parts"].winner
    said = {"a": "a loses by typos.", "bm25": "bm25 loses by typos."}.get(winner, "as they were asked.")
    assert sections["How robust it is"].lead.endswith(said)


@pytest.mark.parametrize("name", CASES)
def test_tables_of_other_forms_have_the_figures_of_the_page(results, back, name):
    shown = back.page_tables(render_retrieval(results[name])).tables
    compared = 0
    for section in tell_retrieval(results[name]).sections:
        for table in section.blocks:
            if not isinstance(table, Table) or table.caption == "The run":
                continue
            theirs = shown[back.squeezed(readable(table.caption))].pop(0)
            for line, row in zip(theirs["rows"], table.rows, strict=True):
                for cell, mine in zip(line, row.cells, strict=True):
                    assert back.squeezed(cell["text"]) == back.squeezed(readable(mine.text)), table.caption
                    assert back.squeezed(cell["note"]) == back.squeezed(readable(mine.note)), table.caption
                    compared += 1
    assert compared > 20


def test_markdown_and_word_say_what_the_model_says(results, back):
    report = tell_retrieval(results["all_parts"])
    text = write_markdown(report, figures={})
    titles = [section.title for section in report.sections]
    assert back.markdown_blocks(text, "h2") == titles
    assert "<script>" not in text
    document = back.docx_of(write_docx(report))
    heads = [each.text for each in document.paragraphs if each.style.name == "Heading 1"]
    assert heads == titles
    written = "\n".join(each.text for each in document.paragraphs)
    for example in results["all_parts"].details.failures.examples[:3]:
        assert readable(example.relevant.text[:80]) in written
    assert len(document.inline_shapes) == len(report.pictures()) == 5


def test_the_record_holds_all_but_what_lies_in_the_rankings(results):
    result = results["several"]
    record = json.loads(json.dumps(study_record(result)))
    assert "per_query" not in record["details"]
    assert record["headline"] == list(result.headline)
    assert len(record["details"]["pairs"]) == 6
    assert record["details"]["failures"]["missed"] == result.details.failures.missed


def test_every_form_is_written(results, tmp_path):
    for form in ("html", "json", "docx", "md"):
        written = write_report(results["one"], tmp_path / f"report.{form}")
        assert written[0].stat().st_size > 1_000
    assert {path.suffix for path in write_pictures(results["one"], tmp_path / "pictures")} == {".png"}


def test_a_long_name_keeps_both_ends():
    assert narrow("minilm") == "minilm"
    shown = narrow("hybrid:minilm+bm25,way=sum", most=18)
    assert len(shown) == 18 and shown.startswith("hybrid:mi") and shown.endswith("way=sum")
