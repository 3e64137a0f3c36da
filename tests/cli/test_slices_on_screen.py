"""The answer by the values of slice columns: what a line holds, and how it fits."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from semascope.cli.show_slices import SHOWN, print_slices
from semascope.reports.heads.reading import Reading


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    """A study of two encoders on rows in two languages and twelve boats; nothing can be learnt from hashed texts."""
    from semascope.store.vectors import VectorStore
    from semascope.studies.heads.asking.settings import Study
    from semascope.studies.heads.task import heads_task
    from semascope.studies.run import complete

    folder = tmp_path_factory.mktemp("sliced")
    rng = np.random.default_rng(5)
    rows = [
        {
            "text": f"tide {rng.integers(10**9)} rope {number}",
            "rating": float(rng.normal(5, 2)),
            "lang": "en" if number % 4 else "fr",
            "boat [b]": f"boat {number % 12:02}",
        }
        for number in range(240)
    ]
    (folder / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(**asked) -> Reading:
        study = Study.from_mapping(
            {
                "data": folder / "t.jsonl",
                "text": "text",
                "target": "rating",
                "encoder": ["hash:8", "hash:16"],
                "head": "ridge",
                "repeats": 5,
                "test_size": 0.5,
                **asked,
            }
        )
        name = f"run{len(list(folder.iterdir()))}"
        return Reading(
            complete(*heads_task(study, output=folder / name, store=VectorStore(folder / "store")))
        )

    return run


def shown(reading: Reading, width: int = 100) -> list[str]:
    console = Console(width=width, highlight=False, no_color=True, force_terminal=False)
    with console.capture() as capture:
        print_slices(reading, console, word=lambda verdict: verdict.word)
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.fixture(scope="module")
def two_columns(reading):
    return reading(slice=["lang", "boat [b]"], baseline="hash:8 · ridge")


def test_without_a_slice_nothing_is_printed(reading):
    assert shown(reading(slice=[])) == []


def test_each_value_has_a_line_with_the_figures_of_the_record(two_columns):
    lines = shown(two_columns)
    assert lines[3].strip() == "by lang"
    chosen, base = two_columns.winner, two_columns.baseline
    assert chosen is not base
    for line, value in zip(lines[4:6], ("en", "fr"), strict=True):
        (of_base,) = [part for part in base.slices if part.value == value]
        (of_chosen,) = [part for part in chosen.slices if part.value == value]
        words = line.split()
        assert words[0] == value
        assert words[1] == str(of_chosen.repeat.n)
        assert float(words[2]) == pytest.approx(of_chosen.repeat.mean, abs=0.006)
        assert float(words[3]) == pytest.approx(of_base.repeat.mean, abs=0.006)
        assert words[-1] == of_chosen.repeat.verdict.word


def test_the_figures_of_a_line_have_the_same_digits(reading):
    """One target: the difference is no share, and has the decimals of what it is the difference of."""
    lines = shown(reading(slice="lang", baseline="hash:8 · ridge"))
    values = [line for line in lines if line.startswith(("en ", "fr "))]
    assert len(values) == 2
    for line in values:
        _, _, chosen, base, difference, *_ = line.split()
        assert len({len(figure.partition(".")[2]) for figure in (chosen, base, difference)}) == 1, line


def test_many_values_are_folded_and_counted(two_columns):
    lines = shown(two_columns)
    boats = [line for line in lines if line.startswith("  boat ")]
    assert len(boats) == SHOWN
    assert "  and 4 more" in lines
    assert "by boat [b]" in lines  # a name is no markup


def test_values_that_look_like_markup_or_are_long_are_shown_as_they_are(reading, tmp_path):
    found = reading(slice="lang")
    cells = [
        replace(
            cell,
            slices=[
                replace(part, value="[red]x[/]" if part.value == "en" else "y" * 90) for part in cell.slices
            ],
        )
        for cell in found.result.cells
    ]
    lines = shown(Reading(replace(found.result, cells=cells)), 80)
    assert any(line.startswith("[red]x[/]") for line in lines)
    assert any("y" * 23 + "…" in line for line in lines)


def test_long_names_of_cells_are_shortened_and_still_fit(two_columns):
    result = two_columns.result
    long = {
        two_columns.winner.id: "an-organisation/multilingual-encoder-large-instruct · topic · ridge",
        two_columns.baseline.id: "/a/long/path/to/a/folder/with/an/encoder/in/it · ridge",
    }
    cells = [replace(cell, label=long.get(cell.id, cell.label)) for cell in result.cells]
    for width in (80, 100):
        lines = shown(Reading(replace(result, cells=cells)), width)
        assert max(map(len, lines)) <= width
        assert any("verdict" in line for line in lines)
        assert any("an-organisation/multilin" in line for line in lines)
        (english,) = [line for line in lines if line.startswith("  en")]
        assert english.split()[-1] == two_columns.winner.slices[0].repeat.verdict.word


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal_and_values_and_words_stay(two_columns, width):
    lines = shown(two_columns, width)
    assert max(map(len, lines)) <= width
    assert any(line.startswith("  en") for line in lines)
    assert any("verdict" in line for line in lines)


def test_one_column_names_itself_in_the_head_and_one_split_is_said(reading):
    lines = shown(reading(slice="lang", repeats=1))
    assert lines[2].startswith("by lang")
    assert "on the study's own split" in lines[-1] or "on the study's own split" in lines[-2]
    assert not any(line.startswith("  ") and "en" in line for line in lines[3:])


def test_a_baseline_that_is_chosen_is_shown_with_its_interval(two_columns):
    result = two_columns.result
    alone = Reading(replace(result, family=replace(result.family, baseline=two_columns.winner.id)))
    lines = shown(alone)
    assert "95 % interval" in lines[1] + lines[2]
    assert not any("verdict" in line for line in lines)
    (english,) = [line for line in lines if line.startswith("  en")]
    assert " to " in english
