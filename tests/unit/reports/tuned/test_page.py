"""The page, the other forms and the record of a tuning, of verdicts that are given."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import pytest

from semascope.pages.steps import steps_chart
from semascope.reports.forms.markdown import write_markdown
from semascope.reports.parts import Grid
from semascope.reports.tuned.forgotten import _in_margins
from semascope.reports.tuned.page import parts_of, render_tuning, tell_tuning
from semascope.reports.tuned.reading import Reading
from semascope.reports.tuned.record import record_of
from semascope.reports.tuned.reopening import RECORD, is_tuning, read_tuning


@pytest.fixture
def by_pairs(tunings):
    """Unseen and seen queries, two roles, losses, queries that changed."""
    v = tunings.verdict
    parts = [
        tunings.part("unseen", 104, v("unresolved", 0.01, needed=2_600)),
        tunings.part("seen", 196, v("better", 0.084)),
        tunings.part("all", 300, v("better", 0.058)),
    ]
    course = tunings.trained(
        looks=(0.72, 0.76, 0.74, 0.73, 0.75, 0.73, 0.71),
        hardness=[tunings.hardness(main=0.5 + place / 20, soft=0.99) for place in range(7)],
        filling=[
            {"role": "main", "rows": 100, "a_batch": 8, "an_epoch": 64},
            {"role": "soft", "rows": 20, "a_batch": 8, "an_epoch": 64},
        ],
    )
    return tunings.made(
        of=tunings.searched(
            *parts,
            better=[
                tunings.changed(number, seen=number == 1, before=9 if number else None) for number in range(5)
            ],
            worse=[tunings.changed(9, before=1, after=None, text="long " * 200)],
        ),
        course=course,
        lost=[
            tunings.forgot("worse", difference=0.2),
            tunings.forgot(name="<i>set</i>", kind="retrieval", difference=-0.01),
        ],
        mined=tunings.mined(),
    )


@pytest.fixture
def by_labels(tunings):
    """All texts, and labels that were not met."""
    parts = [
        tunings.of_labels(
            "all",
            tunings.verdict("unresolved", 0.012, needed=2_400),
            silhouette=tunings.verdict("better", 0.02),
        ),
        tunings.of_labels("unseen", None, reason="one label alone is left", texts=20, labels=1),
    ]
    return tunings.made(
        plan=tunings.labels_plan(), of=tunings.separated(*parts), lost=[], pictured=tunings.pictured()
    )


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)).replace("\u00a0", " ").replace("\u202f", " ")


def grid(result, part, caption):
    return next(
        block
        for one in parts_of(Reading(result))
        if one.id == part
        for block in one.blocks
        if isinstance(block, Grid) and caption in block.caption
    )


def test_the_answer_is_first_and_the_sections_follow(by_pairs, by_labels):
    page = words(render_tuning(by_pairs))
    assert by_pairs.headline[0] in page and page.index(by_pairs.headline[0]) < page.index("What it was worth")
    assert [part.id for part in parts_of(Reading(by_pairs))] == [
        "worth",
        "queries",
        "forgotten",
        "course",
        "learnt",
    ]
    assert [part.id for part in parts_of(Reading(by_labels))] == ["separated", "pictures", "course", "learnt"]


def test_texts_and_names_cannot_run(by_pairs, by_labels):
    page = render_tuning(by_pairs) + render_tuning(by_labels)
    for tag in ("<script>alert", "<b>bold</b>", "<i>set</i>", "<i>a</i>", "A title <b>"):
        assert tag not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_each_part_stands_with_its_verdict(by_pairs):
    lines = grid(by_pairs, "worth", "by what training has seen").lines
    assert [line.name for line in lines] == [
        "documents not seen in training",
        "documents that stood in training",
        "all judging queries",
    ]
    assert [line.cells[-1].word for line in lines] == ["unresolved", "better", "better"]
    assert [line.cells[3].text for line in lines] == ["+0.010", "+0.084", "+0.058"]
    assert "about 2,600 queries would settle it" in lines[0].cells[-1].note


def test_the_advised_way_is_marked(by_pairs, tunings):
    roles = {line.name: (line.role, line.also) for line in grid(by_pairs, "worth", "Every way").lines}
    assert roles["minilm"] == ("baseline", "chosen") and roles["hybrid:tuned+bm25"] == ("plain", "")
    part = tunings.part("unseen", 9, tunings.verdict("better", 0.1), tuned_both=0.9)
    found = tunings.made(of=tunings.searched(part, tunings.part("all", 9, tunings.verdict("better", 0.1))))
    roles = {line.name: line.role for line in grid(found, "worth", "Every way").lines}
    assert roles["hybrid:tuned+bm25"] == "chosen" and roles["minilm"] == "baseline"


def test_a_part_that_is_all_queries_stands_once(tunings):
    v = tunings.verdict("better", 0.1)
    found = tunings.made(of=tunings.searched(tunings.part("unseen", 1, v), tunings.part("all", 1, v)))
    (line,) = grid(found, "worth", "by what training has seen").lines
    assert line.name == "documents not seen in training"
    page = words(render_tuning(found))
    assert "1 query that neither taught nor chose, asked of 500 documents" in page
    assert "None of their documents stood in training" in page


def test_queries_have_their_ranks_and_whether_they_were_seen(by_pairs):
    page = words(render_tuning(by_pairs))
    assert "rank 9 → rank 1; its document stood in training; query q1" in page
    assert "not found → rank 1; its document was not seen in training; query q0" in page
    assert "rank 1 → not found" in page and "Show 2 more" in page
    assert "long long" in page and "long " * 150 not in page


def test_no_changed_query_leaves_the_counts(tunings):
    v = tunings.verdict("equivalent", 0.0)
    found = tunings.made(of=tunings.searched(tunings.part("all", 90, v), better=[]), lost=[])
    page = words(render_tuning(found))
    assert "0 queries got better and 0 worse; 90 stayed as they were" in page
    assert "What got better (" not in page and "What it forgot" not in page


def test_a_loss_is_drawn_to_the_left_whatever_its_measure(tunings):
    lost = tunings.forgot("worse", difference=0.14)  # of an error: more is worse
    low, gain, high = _in_margins(lost)
    assert gain == pytest.approx(-2.0) and low < gain < high
    unknown = tunings.forgot("unresolved", reason="too little is left", difference=math.nan)
    assert all(math.isnan(value) for value in _in_margins(unknown))


def test_a_set_that_could_not_be_judged_says_why(tunings):
    found = tunings.made(
        of=None, lost=[tunings.forgot("unresolved", reason="too little is left", difference=math.nan)]
    )
    page = words(render_tuning(found))
    assert "too little is left" in page and "nan" not in page


def test_roles_by_round_and_their_filling(by_pairs):
    table = grid(by_pairs, "course", "How hard")
    assert [head.title for head in table.heads][1:6] == [
        "To step 8",
        "To step 24",
        "To step 32",
        "To step 48",
        "To step 56",
    ]
    main = next(line for line in table.lines if line.name == "main")
    assert (
        main.cells[1].text.replace("\u202f", " ") == "50 %"
        and main.cells[5].text.replace("\u202f", " ") == "80 %"
    )
    filling = {line.name: line.cells[3].text for line in grid(by_pairs, "course", "every batch").lines}
    assert filling == {"main": "0.64", "soft": "3.20"}


def test_the_kept_step_is_marked_and_said(by_pairs):
    table = grid(by_pairs, "course", "Every look")
    assert [line.name for line in table.lines if line.role == "chosen"] == ["step 16"]
    assert "Step 16 is kept: 0.760 in the looks at the choosing side, 0.700 before." in words(
        render_tuning(by_pairs)
    )


def test_no_look_and_no_round_leave_a_page(tunings):
    course = tunings.trained(looks=(), losses=[], hardness=[], filling=[], steps=0, kept_step=0, seconds=0.0)
    page = words(render_tuning(tunings.made(of=None, course=course, lost=[])))
    assert "No look was better than the base" in page and "tokens a second" not in page


def test_of_labels_before_and_after_with_what_has_no_verdict(by_labels):
    lines = {line.name: line.cells for line in grid(by_labels, "separated", "All judging texts").lines}
    assert [cell.text for cell in lines["kNN accuracy"][:2]] == ["0.810", "0.822"]
    assert lines["kNN accuracy"][-1].word == "unresolved" and lines["Silhouette"][-1].word == "better"
    assert lines["Cosine within"][-1].text == "no verdict" and lines["Cosine within"][3].text == ""
    assert "Labels that training has not met: One label alone is left." in words(render_tuning(by_labels))


def test_a_picture_has_both_panels_at_one_scale_and_is_left_out_without_points(by_labels, tunings):
    page = render_tuning(by_labels)
    assert page.count('class="chart scatter"') == 2 and "All 30 texts are drawn, coloured by subject" in page
    without = tunings.made(plan=tunings.labels_plan(), of=by_labels.separation, lost=[])
    assert 'class="chart scatter"' not in render_tuning(without)


def test_the_record_read_again_makes_the_same_page(by_pairs, by_labels, tmp_path):
    for number, found in enumerate((by_pairs, by_labels)):
        folder = tmp_path / str(number)
        assert not is_tuning(folder)
        folder.mkdir()
        (folder / RECORD).write_text(json.dumps(record_of(found), allow_nan=False), encoding="utf8")
        assert is_tuning(folder) and render_tuning(read_tuning(folder)) == render_tuning(found)


def test_other_forms_say_the_same(by_pairs, by_labels):
    for found in (by_pairs, by_labels):
        written = write_markdown(tell_tuning(found), figures={})
        assert found.headline[0].split("(")[0] in written.replace("\\", "")
        assert "How training went" in written
    assert "2,600 queries would settle it" in write_markdown(tell_tuning(by_pairs), figures={})


def test_a_curve_has_its_points_its_level_and_its_mark():
    drawn = str(
        steps_chart(
            [(0, 0.5), (8, 0.6), (16, float("nan"))],
            level=0.5,
            level_name="base",
            kept=8,
            y_label="m",
            words="w",
        )
    )
    assert drawn.count('class="point"') == 2 and drawn.count('class="ring"') == 1
    assert 'class="frontier"' in drawn and ">base<" in drawn
    alone = str(steps_chart([(8, 0.6)], y_label="m", words="w"))
    assert 'class="line"' not in alone and 'class="frontier"' not in alone and 'class="ring"' not in alone


def test_why_there_is_no_interval_stands_below_the_table(tunings):
    v, why = (
        tunings.verdict("unresolved", 0.1, reason="one query says nothing of others"),
        "one query has no spread",
    )
    part = tunings.part("all", 1, v)
    bare = {cell: replace(one, low=math.nan, high=math.nan, reason=why) for cell, one in part.values.items()}
    found = tunings.made(of=tunings.searched(replace(part, values=bare)))
    (line,) = grid(found, "worth", "by what training has seen").lines
    assert line.cells[1].note == "no interval"
    assert words(render_tuning(found)).count("Without an interval: One query has no spread.") == 1
    whole = tunings.made(of=tunings.searched(part))
    assert "Without an interval" not in render_tuning(whole)
