"""What ``semascope tune`` prints, of verdicts that are given: no training."""

from __future__ import annotations

import pytest

from semascope.cli.show_tune import next_command, print_tune
from semascope.studies.result import Note
from semascope.studies.tuned.telling.advice import advice_of


@pytest.fixture
def printed(capsys, monkeypatch):
    """The lines of a result."""

    def show(found, *, width=120, verbose=False):
        monkeypatch.setenv("COLUMNS", str(width))
        print_tune(found, verbose=verbose)
        return capsys.readouterr().out.splitlines()

    return show


@pytest.fixture
def result(tunings):
    v = tunings.verdict
    parts = [
        tunings.part("unseen", 104, v("better", 0.05), tuned_both=0.75),
        tunings.part("seen", 196, v("better", 0.08)),
        tunings.part("all", 300, v("better", 0.07)),
    ]
    changed = tunings.changed
    return tunings.made(
        of=tunings.searched(
            *parts,
            better=[
                changed(number, seen=number == 1, before=None if number == 2 else 7) for number in range(5)
            ],
            worse=[changed(8, before=1, after=4, text="red\x1b[31m " + "word " * 60)],
        ),
        lost=[
            tunings.forgot("worse", difference=0.2),
            tunings.forgot("unresolved", name="tiny", reason="too little is left"),
        ],
        notes=[
            Note(level="warning", title="A warning", text="Why."),
            Note(level="info", title="Counted", text="Only."),
        ],
    )


def next_of(found):
    return next_command(found, advice_of(found.trained, found.searched, found.separation))


def test_the_answer_the_table_and_the_places(printed, result):
    lines = printed(result)
    assert lines[1].startswith("Tuning paid: ")
    assert any(line.startswith("*") and "hybrid:tuned+bm25" in line for line in lines)
    rows = [line.split() for line in lines]
    assert ["unseen", "documents", "(104)"] in rows and ["seen", "documents", "(196)"] in rows
    (gained, memory, whole) = [row for row in rows if row[:1] == ["tuned"] and row[-1] == "better"]
    assert gained[1] == "0.700" and "+0.050" in gained and "+0.080" in memory and "+0.070" in whole
    assert any("sample urgency" in line and line.rstrip().endswith("worse") for line in lines)
    assert "tiny: too little is left." in lines
    assert lines[-4:-1] == [
        "encoder  runs/made/encoder",
        "report   runs/made/report.html",
        "record   runs/made/tuning.json",
    ]
    assert lines[-1].startswith(
        "next     semascope retrieve pairs.jsonl --query title --document abstract --encoder tuned=runs/made/encoder"
    )


def test_three_queries_of_a_kind_with_their_ranks(printed, result):
    lines = [line for line in printed(result) if line.startswith(("  better", "  worse"))]
    assert len(lines) == 4
    assert lines[0].split()[:5] == ["better", "7", "to", "1", "unseen"]
    assert lines[1].split()[4] == "seen" and lines[2].split()[1:4] == ["none", "to", "1"]
    assert "\x1b" not in lines[3] and "red\\x1b[31m" in lines[3] and len(lines[3]) <= 120


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(printed, result, width):
    places = ("encoder", "report", "record", "next")
    assert all(len(line) <= width for line in printed(result, width=width) if not line.startswith(places))


def test_notes_that_are_only_counted_wait_to_be_asked_for(printed, result):
    quiet, loud = (printed(result, verbose=verbose) for verbose in (False, True))
    assert "Warning: A warning. Why." in quiet and "Counted. Only." not in quiet
    assert "Counted. Only." in loud


def test_labels_have_a_table_of_their_own(printed, tunings):
    parts = [
        tunings.of_labels("all", tunings.verdict("better", 0.04)),
        tunings.of_labels("unseen", None, reason="one label is left"),
    ]
    found = tunings.made(plan=tunings.labels_plan(), of=tunings.separated(*parts), lost=[])
    lines = printed(found)
    (knn,) = [line for line in lines if line.startswith("kNN accuracy")]
    assert knn.split()[2:4] == ["0.810", "0.850"] and knn.rstrip().endswith("better")
    assert "labels not met: one label is left." in lines
    assert not any("forgotten?" in line for line in lines)
    assert (
        next_of(found)
        == "semascope map texts.jsonl --text text --label subject --encoder tuned=runs/made/encoder"
    )


def test_the_next_command_is_what_is_advised(result, tunings):
    def without(word, **beside):
        part = tunings.part("all", 90, tunings.verdict(word, 0.0))
        return tunings.made(
            plan=tunings.pairs_plan(encoder="minilm", instruction="topic"),
            of=tunings.searched(
                part, beside={cell: tunings.verdict(*given) for cell, given in beside.items()}
            ),
        )

    kept = "semascope {} pairs.jsonl --query title --document abstract --encoder minilm"
    assert next_of(without("equivalent")) == (
        "semascope tune runs/made/tune.yaml --mine 4 --output runs/made-2"
    )
    assert next_of(without("worse", bm25=("better", 0.1))) == (
        f"{kept.format('retrieve')} --encoder hybrid:minilm+bm25 --instruction topic"
    )
    assert "--encoder hybrid:tuned+bm25" in next_of(result)
