"""Every form of a report says what its page says, digit by digit, and survives what people call their columns."""

import importlib.util
import io
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from semascope.errors import ConfigError, DataError, MissingExtra
from semascope.plain import plain
from semascope.reports.forms.docx import write_docx
from semascope.reports.forms.markdown import escaped, write_markdown
from semascope.reports.forms.record import study_record, write_record
from semascope.reports.heads.study import render_report
from semascope.reports.heads.told.study import tell
from semascope.reports.model import MOST_ROWS, Column, Figure, Items, Paragraph, Row, Table
from semascope.reports.model import Cell as Told
from semascope.reports.writing import form_of, write_pictures, write_report
from semascope.words.texts import readable

SMALL = [
    "typical", "one_cell", "one_row", "two_classes", "twenty_classes", "eight_targets", "long_names", "hostile", "hand_made",
]  # fmt: skip
ODD = 'a|b\nc\x00\x0b <b>*x*_ "&amp;" `y` $z$ \ud83d 5. # [l](u)'


@pytest.fixture(scope="module")
def back():
    """The module that reads files back."""
    spec = importlib.util.spec_from_file_location(
        "report_read_back", Path(__file__).with_name("read_back.py")
    )
    sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[spec.name])
    return sys.modules[spec.name]


@pytest.fixture(scope="module")
def told(studies):
    """Every case with its page and its report, each made once."""
    made = {}

    def make(name):
        if name not in made:
            result = studies.CASES[name]()
            made[name] = result, render_report(result), tell(result)
        return made[name]

    return make


def tables_of(report):
    return [block for section in report.sections for block in section.blocks if isinstance(block, Table)]


def whole_tables(report):
    """Tables by caption; those that stand side by side are put together again."""
    found = {}
    for table in tables_of(report):
        caption = table.caption
        for number in range(2, 9):
            for part in range(1, number + 1):
                caption = caption.removesuffix(f" ({part} of {number})")
        before = found.get(caption)
        if before is None:
            found[caption] = table
        else:
            rows = [
                Row(cells=[*one.cells, *more.cells[1:]])
                for one, more in zip(before.rows, table.rows, strict=True)
            ]
            found[caption] = replace(before, columns=[*before.columns, *table.columns[1:]], rows=rows)
    return found


OF_PAGE = {
    "Means over the repeated splits, with the 95 % interval of the mean": "Every dot is one repeated split; the line is the 95 %"
    " interval of the mean",
}


def caption_of_page(caption):
    """The page says the error over all rows on its axis, and of several targets which on a button."""
    if caption.startswith("By "):
        caption = caption.rpartition("; ")[0]
        if caption.startswith("By true score"):
            for target in ("rating", *SCORES):
                caption = caption.removesuffix(f" ({target})")
    return OF_PAGE.get(caption, caption)


SCORES = ("climate impact", "credibility", "economic viability", "readiness to deploy", "systemic impact", "justice", "novelty", "evidence")  # fmt: skip
NOT_A_TABLE = re.compile(
    r"The run|The 10 rows that|The 1 row that|.* nearer than |.* right, unlike |\d+ labels?, the clearest"
)
"""Lists on the page."""


@pytest.mark.parametrize("name", [name for name in SMALL if name != "long_names"])
def test_tables_have_the_figures_of_the_page(told, back, name):
    _, page, report = told(name)
    shown = {caption: list(tables) for caption, tables in back.page_tables(page).tables.items()}
    for caption, table in whole_tables(report).items():
        if NOT_A_TABLE.match(caption):
            continue
        theirs = shown[back.squeezed(readable(caption_of_page(caption)))].pop(0)
        for line, row in zip(theirs["rows"], table.rows, strict=True):
            for cell, mine in zip(line, row.cells, strict=True):
                text, note = back.squeezed(readable(mine.text)), back.squeezed(readable(mine.note))
                assert back.squeezed(cell["text"]) == text, caption
                if "part" in cell["class"].split():  # a verdict that the page shows by a sign stands before
                    assert note.endswith(back.squeezed(cell["note"])), caption
                else:
                    assert back.squeezed(cell["note"]) == note, caption


@pytest.mark.parametrize("name", ["typical", "two_classes", "eight_targets", "hand_made"])
def test_rows_with_their_texts_are_those_of_the_page(told, back, name):
    _, page, report = told(name)
    lists = [
        table
        for table in tables_of(report)
        if NOT_A_TABLE.match(table.caption) and table.caption != "The run"
    ]
    words = {back.squeezed(each) for each in back.page_tables(page).words}
    assert len(lists) == (1 if name == "hand_made" else 3), "the worst, and two sides of two cells"
    for row in [row for table in lists for row in table.rows]:
        text, *figures = [cell.text for cell in row.cells]
        for line in [line for figure in figures[:2] for line in figure.splitlines()]:
            shown = back.squeezed(line.rpartition(": ")[2])
            assert shown in words or f"{shown}→" in words
        assert any(back.squeezed(text.removesuffix("…")[:200]) in each for each in words)


def test_published_figures_have_those_of_the_page(studies, back):
    from semascope.stats.measures import get_measure
    from semascope.stats.one_sample import against_number
    from semascope.studies.heads.result import ReferenceResult

    study = studies.make_study(cells=3, rows=40)
    beside = {
        cell.id: against_number(
            cell.estimate.value, cell.estimate.low, cell.estimate.high, number=0.9, measure=get_measure("mae", "regression"),
        )
        for cell in study.cells
    }  # fmt: skip
    result = replace(study, references=[ReferenceResult(name="BERT", value=0.9, cells=beside)])
    report = tell(result)
    (section,) = [section for section in report.sections if section.title == "Against published figures"]
    (theirs,) = back.page_tables(render_report(result)).tables[back.squeezed(section.blocks[0].caption)]
    for line, row in zip(theirs["rows"], section.blocks[0].rows, strict=True):
        for cell, mine in zip(line, row.cells, strict=True):
            assert back.squeezed(cell["text"]) == back.squeezed(mine.text)
            assert back.squeezed(cell["note"]) == back.squeezed(mine.note)
    assert {row.cells[3].text for row in section.blocks[0].rows} == {one.word for one in beside.values()}


def test_labels_to_check_are_told(studies, back):
    from semascope.studies.heads.result import Suspect

    study = studies.make_study(cells=3, rows=40)
    found = [
        Suspect(
            row=row, text=f"text {row}", target="rating", truth=1.0, predictions={"a": 4.0, "b": 4.5, "c": 5.0}, how_far=6.0, held_out=row % 2 == 0,
        )
        for row in range(12)
    ]  # fmt: skip
    result = replace(study, suspects=found)
    report = tell(result)
    (section,) = [section for section in report.sections if section.title == "Labels to check"]
    table = section.blocks[0]
    assert [[cell.text for cell in row.cells] for row in table.rows[:2]] == [
        ["text 0", "1", "4.50"],
        ["text 1", "1", "4.50"],
    ]
    assert [row.cells[0].note for row in table.rows[:2]] == [
        "row 0 · held out · 3 cells",
        "row 1 · training · 3 cells",
    ]
    assert len(table.rows) == 10 and table.left_out == "2 more rows are on the page (--format html)."
    words = [back.squeezed(each) for each in back.page_tables(render_report(result)).words]
    assert back.squeezed(section.lead) in words and back.squeezed("row 0 · held out · 3 cells") in words


@pytest.mark.parametrize("name", SMALL)
def test_sentences_are_those_of_the_page(told, back, name):
    _, page, report = told(name)
    words = back.squeezed("".join(back.page_tables(page).words))
    assert report.headline
    for sentence in [*report.headline, *[section.lead for section in report.sections]]:
        sentence = sentence.replace("verdict of this report", "verdict of this page")
        assert back.squeezed(readable(sentence)) in words
    for one in report.figures:
        assert back.squeezed(readable(f"{one.label}{one.value}{one.word}{one.note}")) in words
    titles = [section.title for section in report.sections]
    assert len(set(titles)) == len(titles) and titles[-1] == "How it was made"


@pytest.mark.parametrize("name", SMALL)
def test_markdown_holds_the_tables_whole(told, back, name):
    _, _, report = told(name)
    text = write_markdown(report, figures={})
    found = back.markdown_tables(text)
    assert len(found) == len(tables_of(report)) > 1
    for rows, table in zip(found, tables_of(report), strict=True):
        assert [back.squeezed(title) for title in rows[0]] == [
            back.squeezed(readable(column.title)) for column in table.columns
        ]
        for line, row in zip(rows[1:], table.rows, strict=True):
            for cell, mine in zip(line, row.cells, strict=True):
                assert back.squeezed(cell) == back.squeezed(readable(mine.text) + readable(mine.note))
    headings = [back.squeezed(each) for each in back.markdown_blocks(text, "h2")]
    assert headings == [back.squeezed(readable(section.title)) for section in report.sections]


@pytest.mark.parametrize("name", ["typical", "two_classes", "eight_targets", "hostile"])
def test_a_word_document_holds_the_tables_whole(told, back, name, monkeypatch):
    monkeypatch.setattr("semascope.reports.forms.docx.drawn_as", lambda figure, endings: {"png": pixel()})
    _, _, report = told(name)
    document = back.docx_of(write_docx(report))
    figures, *found = document.tables  # the key figures come first
    assert [cell.paragraphs[1].text for cell in figures.rows[0].cells] == [
        readable(one.value) for one in report.figures
    ]
    assert len(found) == len(tables_of(report))
    for grid, table in zip(found, tables_of(report), strict=True):
        assert [cell.text for cell in grid.rows[0].cells] == [
            readable(column.title) for column in table.columns
        ]
        assert grid.rows[0]._tr.trPr.xpath("w:tblHeader"), "every page repeats the head"
        for line, row in zip(grid.rows[1:], table.rows, strict=True):
            assert [cell.text for cell in line.cells] == [
                "\n".join(filter(None, [readable(cell.text), readable(cell.note)]))
                if cell.note
                else readable(cell.text)
                for cell in row.cells
            ]
            ends = [cell.paragraphs[0].alignment == 2 for cell in line.cells]
            assert ends == [column.number for column in table.columns]
    assert sum(column.width for column in found[0].columns) <= 17.01 * 360_000


def pixel() -> bytes:
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (1, 1)).save(written, "png")
    return written.getvalue()


def test_a_word_document_can_be_handed_on(told, back):
    result, _, report = told("typical")
    document = back.docx_of(write_docx(report))
    assert document.core_properties.title == "kitchen_reviews.jsonl: rating"
    assert document.core_properties.author == "Semascope"
    headings = [each.text for each in document.paragraphs if each.style.name == "Heading 1"]
    assert headings == [section.title for section in report.sections]
    pictures = document.element.xpath("//wp:docPr")
    assert [each.get("descr") for each in pictures] == [figure.words for figure in report.pictures()]
    captions = [each.text for each in document.paragraphs if each.text.startswith("Figure ")]
    assert captions == [f"Figure {n}. {f.caption}" for n, f in enumerate(report.pictures(), 1)]
    foot = document.sections[0].footer._element
    assert [each.text for each in foot.xpath(".//w:instrText")] == ["PAGE", "NUMPAGES"]
    answer = next(each.text for each in document.paragraphs if each.style.name == "Answer")
    assert answer == result.headline[0]


def test_markdown_links_its_figures_relatively(studies, tmp_path):
    written = write_report(studies.CASES["hand_made"](), tmp_path / "to hand on" / "my report.md")
    text = written[0].read_text(encoding="utf8")
    assert len(written) > 2
    for picture in written[1:]:
        assert picture.parent == tmp_path / "to hand on" / "my report-figures"
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert f"](my%20report-figures/{picture.name})" in text


def test_figures_are_written_as_png_and_svg(studies, tmp_path):
    study = studies.CASES["two_classes"]()
    written = write_pictures(study, tmp_path / "figures")
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert {"confusion.png", "confusion.svg", "calibration.svg", "cells.svg", "error-by-length.png"} <= names
    assert len(names) == 2 * len(written)
    assert "<svg" in (tmp_path / "figures" / "cells.svg").read_text(encoding="utf8")


@pytest.mark.parametrize("name", ["eight_targets", "hostile", "five_thousand"])
def test_every_figure_has_a_file_of_its_own(studies, name):
    names = [figure.name for figure in tell(studies.CASES[name]()).pictures()]
    assert len(set(names)) == len(names) > 4
    assert all(set(each) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for each in names)


@pytest.mark.parametrize("name", SMALL)
def test_the_record_holds_every_cell(told, name):
    result, _, _ = told(name)
    record = json.loads(write_record(result).encode("utf8"), parse_constant=pytest.fail)
    whole = plain(result)
    assert set(whole) - set(record) == {"held_out"}
    assert record == json.loads(json.dumps(study_record(result)))
    assert [cell["id"] for cell in record["cells"]] == [cell.id for cell in result.cells]
    assert {"measures", "estimate", "verdict", "costs"} <= set(record["cells"][0])
    assert record["choice"] and record["made"]["digests"] if name != "hostile" else True


def many_cells(studies, n):
    """A study of n cells: those of a grid of sixty over and over, under other names."""
    study = studies.make_study(cells=60, rows=30, repeats=15, slices=True)
    cells, verdicts, predictions, standings = [], {}, {}, []
    for place in range(n):
        one = study.cells[place % 60]
        name = one.id if place < 60 else f"{one.id} {place}"
        cells.append(replace(one, id=name, label=f"{one.label} {place}"))
        verdicts[name] = study.family.verdicts[one.id]
        predictions[name] = study.held_out.predictions[one.id]
        standings.append(replace(study.choice.by_cell[one.id], cell=name))
    return replace(
        study,
        cells=cells,
        family=replace(study.family, verdicts=verdicts),
        repeat_family=replace(study.repeat_family, verdicts=verdicts),
        choice=replace(study.choice, standings=standings),
        held_out=replace(study.held_out, predictions=predictions),
    )


def test_tables_of_two_hundred_cells_are_cut_short_and_say_so(studies):
    study = many_cells(studies, 200)
    report = tell(study)
    long = [
        table for table in tables_of(report) if table.left_out.startswith("140 of 200 cells are left out")
    ]
    assert len(long) >= 4 and all(len(table.rows) <= MOST_ROWS for table in tables_of(report))
    for table in long:
        assert len(table.rows) == MOST_ROWS
        shown = [row.cells[0].text for row in table.rows]
        assert any("chosen" in text for text in shown) and any("baseline" in text for text in shown)
    text = write_markdown(report, figures={})
    assert text.count("140 of 200 cells are left out here") == len(long)
    assert len(study_record(study)["cells"]) == 200


def test_the_chosen_and_the_baseline_stay_wherever_they_stand():
    rows = [Row(cells=[Told(text=str(place))], stays=place in (70, 99)) for place in range(100)]
    cut = Table(caption="", columns=[Column(title="")], rows=rows).limited("cell")
    assert [row.cells[0].text for row in cut.rows] == [*map(str, range(58)), "70", "99"]
    assert Table(caption="", columns=[], rows=rows[:60]).limited().left_out == ""


def test_sections_without_anything_are_left_out(studies):
    study = studies.CASES["hand_made"]()
    cells = [replace(cell, choices={}, notes=(), sentence="") for cell in study.cells]
    bare = replace(study, notes=[], looked_for=(), cells=cells, headline=[])
    report = tell(bare)
    titles = [section.title for section in report.sections]
    assert not {"Notes on the data", "What each cell chose", "Slice by slice", "The split leaks"} & set(
        titles
    )
    assert report.headline == ["This study gave no answer."] and not report.warnings
    assert "## Notes" not in write_markdown(report, figures={})
    assert write_docx(report)[:2] == b"PK"


@pytest.mark.parametrize(
    "text",
    [
        ODD,
        "# head",
        "1. one",
        "1.5 ms",
        "- list",
        "--- ",
        "+0.3",
        "+ plus",
        "=",
        "12) b",
        "a_b _c_ d__e__",
        "&lt; & &#65;",
    ],
)
def test_markdown_shows_a_text_as_it_is(back, text):
    shown = back.markdown_blocks(escaped(text), "p")
    assert [" ".join(each.split()) for each in shown] == [" ".join(readable(text).split())]


def test_odd_names_stay_in_their_cells(studies, back):
    study = studies.make_study(cells=3, rows=40)
    cells = [replace(cell, label=f"{cell.label} {ODD}", notes=(ODD,)) for cell in study.cells]
    report = tell(replace(study, cells=cells, name=ODD, targets=(ODD,), headline=[ODD, ODD], made={ODD: ODD}))
    for rows in back.markdown_tables(write_markdown(report, figures={})):
        assert len({len(row) for row in rows}) == 1
    document = back.docx_of(write_docx(report))  # what XML cannot hold would have been refused
    shown = readable(ODD)
    assert "␀" in shown and any(shown in cell.text for cell in document.tables[1].columns[0].cells)


def test_pictures_take_any_name(studies, recwarn):
    study = studies.make_study(cells=3, rows=40, targets=("$x^{2", "Größe 価格"))
    cells = [replace(cell, label=f"{cell.label} $y_{ODD}") for cell in study.cells]
    pictures = tell(replace(study, cells=cells)).pictures()
    assert len(pictures) > 4
    for figure in pictures:
        drawn = figure.draw()
        drawn.canvas.draw()
        assert not any("\x00" in words.get_text() for words in drawn.texts)


def test_a_form_is_taken_from_the_ending():
    assert form_of("docx", Path("a/report.docx")) == form_of(None, Path("REPORT.DOCX")) == "docx"
    assert form_of(None, None) == "html"
    with pytest.raises(ConfigError, match=r"--output ends in '\.pdf'; accepted are html, md, docx, json"):
        form_of(None, Path("report.pdf"))
    with pytest.raises(ConfigError, match="format is 'pdf'; accepted are"):
        form_of("pdf", None)
    with pytest.raises(
        ConfigError, match="format is 'md' and --output ends in 'docx'; both must say the same"
    ):
        form_of("md", Path("x.docx"))


def test_a_report_that_cannot_be_written_says_where(studies, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be written to .*file/report.json"):
        write_report(studies.CASES["hand_made"](), tmp_path / "file" / "report.json")


@pytest.mark.parametrize(("form", "hidden"), [("docx", "docx"), ("md", "matplotlib")])
def test_a_missing_extra_is_named(studies, tmp_path, monkeypatch, form, hidden):
    monkeypatch.setattr("semascope.extras.is_installed", lambda package: package != hidden)
    with pytest.raises(MissingExtra, match=r"pip install 'semascope\[report\]'"):
        write_report(studies.CASES["hand_made"](), tmp_path / f"report.{form}")


def test_markup_is_no_cell_of_a_report():
    from markupsafe import Markup

    from semascope.pages.tables import Cell

    assert Told.of(Cell(content="a < b", note="c")) == Told(text="a < b", note="c")
    with pytest.raises(TypeError, match="holds plain text"):
        Told.of(Cell(content=Markup("<b>a</b>")))


def test_notes_and_questions_are_told_with_their_verdicts(studies):
    from semascope.studies.heads.result import Answer

    study = studies.make_study(cells=2, rows=30)
    verdict = study.cells[1].verdict
    asked = [Answer(question="Fewer dims?", answer="They cost nothing.", verdict=verdict)]
    report = tell(replace(study, answers=asked))
    (section,) = [section for section in report.sections if section.title == "Questions and answers"]
    (items,) = section.blocks
    assert isinstance(items, Items)
    assert items.items == [Paragraph(opening=f"Fewer dims? ({verdict.word})", text="They cost nothing.")]
    assert not any(isinstance(block, Figure) for block in section.blocks)
