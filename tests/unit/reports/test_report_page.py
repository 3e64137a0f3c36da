"""The page of a report: whole, well formed, safe, and small enough, for ordinary and for odd studies."""

import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from semascope.errors import DataError
from semascope.reports.heads.study import render_report
from semascope.reports.page import write_page
from semascope.reports.verdicts import verdict_cell
from semascope.stats.results import Verdict
from semascope.words.numbers import fixed

NAMES = (
    "typical", "one_cell", "sixty_cells", "one_row", "two_classes", "twenty_classes", "eight_targets", "five_thousand",
    "long_names", "hostile", "hand_made",
)  # fmt: skip
VOID = {"meta", "wbr", "link", "br", "img", "input", "use", "path", "circle", "rect", "line"}


class Outline(HTMLParser):
    """Tags, ids, headings and attributes; and whether elements close in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.headings, self.attributes, self.tags, self.texts = [], [], [], [], [], {}
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

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


@pytest.fixture(scope="module")
def page_of(studies):
    pages: dict[str, str] = {}

    def render(name: str) -> str:
        if name not in pages:
            pages[name] = render_report(studies.CASES[name]())
        return pages[name]

    return render


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_well_formed(page_of, name):
    outline = Outline(page_of(name))
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    links = {value[1:] for tag, key, value in outline.attributes if tag == "a" and key == "href"}
    assert links <= set(outline.ids)
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_runs_nothing_but_our_scripts_and_loads_nothing(page_of, name):
    outline = Outline(page_of(name))
    assert outline.tags.count("script") == 2 and outline.tags.count("style") == 1
    assert not {"img", "iframe", "object", "embed", "form", "base"} & set(outline.tags)
    for tag, key, value in outline.attributes:
        assert not key.startswith("on") and key not in ("style", "src", "srcset", "action")
        if key == "href":
            assert value.startswith(("#", "data:image/svg+xml,")), (tag, value)


@pytest.mark.parametrize("name", NAMES)
def test_no_number_is_written_as_nan(page_of, name):
    for _, key, value in Outline(page_of(name)).attributes:
        if key in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "d", "width", "height"):
            assert "nan" not in str(value) and "inf" not in str(value)


@pytest.mark.parametrize(
    ("name", "limit"),
    [("five_thousand", 2.0e6), ("sixty_cells", 1.0e6), ("typical", 0.3e6), ("hostile", 0.3e6)],
)
def test_a_page_stays_small(page_of, name, limit):
    assert len(page_of(name).encode()) < limit


def test_the_answer_is_the_first_thing_said(studies, page_of):
    study = studies.CASES["typical"]()
    outline = Outline(page_of("typical"))
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page_of("typical"), re.DOTALL).group(1)
    assert re.sub(r"<[^>]+>", "", heading) == study.headline[0]
    assert study.headline[1].replace(" %", "\u00a0%") in outline.texts["p"]


def test_hostile_texts_are_shown_as_they_are(studies, page_of):
    page = page_of("hostile")
    shown = "".join("".join(found) for found in Outline(page).texts.values())
    for text in (studies.HOSTILE[0], studies.HOSTILE[2], studies.HOSTILE[4]):
        assert text in shown
    assert "␀" in page and "\x00" not in page and "\u202e" not in page
    assert "994,000 more characters are not shown" in page
    assert "(empty)" in page


def test_the_table_is_summed_up_in_words(page_of):
    assert "Against ridge, 1 cell is better, 2 are worse and 1 is equivalent." in page_of("typical")
    assert "Only the baseline was measured" in page_of("one_cell")


def test_cells_that_read_no_text_are_not_drawn_among_the_costs(page_of):
    assert "Not drawn: mean and median, which read no text" in page_of("typical")


def test_every_section_of_a_full_study_is_there(page_of):
    ids = Outline(page_of("typical")).ids
    assert [i for i in ids if i in {"cells", "recipe", "cost", "predictions", "errors", "worst", "slices", "notes", "making"}] == [
        "recipe", "slices", "cells", "cost", "predictions", "errors", "worst", "notes", "making"
    ]  # fmt: skip
    assert "leaks" in Outline(page_of("two_classes")).ids
    assert "targets" in Outline(page_of("eight_targets")).ids
    assert not {"recipe", "slices", "targets", "leaks"} & set(Outline(page_of("one_cell")).ids)


def test_the_verdict_is_printed_with_margin_measure_and_test(studies, page_of):
    family = studies.CASES["typical"]().family
    page = page_of("typical")
    for words in (
        family.test,
        family.interval,
        "mean absolute error",
        "95 % and unadjusted",
        f"±{family.margin:.3f}",
    ):
        assert words in page


def test_a_missing_interval_gives_its_reason(page_of):
    assert "only 2 held-out rows; a claim needs 5" in page_of("hand_made")


def test_an_unresolved_verdict_says_what_would_settle_it(studies):
    study = studies.make_study(cells=2)
    other = study.cells[1]
    verdict = replace(
        other.verdict, word="unresolved", rows_needed=1234, reason="the 1 % largest differences decide"
    )
    family = replace(study.family, verdicts={**study.family.verdicts, other.id: verdict})
    page = render_report(replace(study, family=family))
    assert "about 1,200 rows would settle it" in page and "the 1 % largest differences decide" in page


def test_where_nothing_could_be_compared_the_reason_stands_and_no_p(studies):
    unknown = Verdict.unknown("no row is left to judge on")
    assert verdict_cell(unknown).note == "no row is left to judge on"
    study = studies.make_study(cells=2)
    cells = [
        cell if cell.verdict.word == "baseline" else replace(cell, verdict=unknown) for cell in study.cells
    ]
    verdicts = {cell.id: cell.verdict for cell in cells}
    page = render_report(replace(study, cells=cells, family=replace(study.family, verdicts=verdicts)))
    assert "no row is left to judge on" in page
    assert "p –" not in page.replace("\u00a0", " ")


def test_a_trade_off_between_targets_is_flagged(page_of):
    assert "the other way on evidence" in page_of("eight_targets")
    assert "hides a trade-off for mlp" in page_of("eight_targets")


def test_warnings_stand_at_the_top_and_first_among_the_notes(page_of):
    page = page_of("typical")
    assert "2 warnings." in page[: page.index('id="cells"')]
    assert page.index("languages that minilm does not read", page.index('id="notes"')) < page.index(
        "12 exact duplicates"
    )


def test_the_same_study_gives_the_same_page(studies, page_of):
    assert render_report(studies.CASES["typical"]()) == page_of("typical")


def test_a_report_is_written_whole(studies, tmp_path):
    target = tmp_path / "new" / "report.html"
    assert write_page(render_report(studies.CASES["hand_made"]()), target) == target
    assert target.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]


def test_a_folder_that_cannot_be_written_is_one_clear_error(studies, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match=r"the report cannot be written to .*; choose another with --output"):
        write_page(render_report(studies.CASES["hand_made"]()), tmp_path / "file" / "report.html")


def test_a_failed_write_leaves_the_old_report(studies, tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old")

    def full(self, other):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(DataError, match="No space left on device"):
        write_page(render_report(studies.CASES["hand_made"]()), target)
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_chosen_baseline_does_not_hide_a_better_cell(studies):
    study = studies.make_study(cells=2)
    baseline = study.family.baseline
    other = next(cell for cell in study.cells if cell.id != baseline)
    verdicts = {**study.family.verdicts, other.id: replace(other.verdict, word="better")}
    chosen = replace(study, winner=baseline, family=replace(study.family, verdicts=verdicts))
    assert "1 better" in render_report(chosen)
    worse = {**verdicts, other.id: replace(other.verdict, word="worse")}
    assert ">none shown better</dd>" in render_report(
        replace(chosen, family=replace(study.family, verdicts=worse))
    )
    open_ = {**verdicts, other.id: replace(other.verdict, word="unresolved")}
    assert ">none shown better; 1 unresolved</dd>" in render_report(
        replace(chosen, family=replace(study.family, verdicts=open_))
    )


def test_a_winner_that_reads_no_text_encodes_none(studies):
    study = studies.CASES["typical"]()
    constant = next(cell for cell in study.cells if cell.head == "median")
    page = render_report(replace(study, winner=constant.id))
    assert "reads no text" in page
    assert "per 1,000 texts" not in page
    assert f"{constant.label} encodes" not in page
    assert "per 1,000 texts" in render_report(study)


def test_nothing_found_says_what_was_looked_for(studies):
    study = replace(
        studies.CASES["one_cell"](), notes=(), looked_for=("the target inside the text", "<b>ids</b>")
    )
    page = render_report(study)
    notes = page[page.index('id="notes"') :]
    assert "Nothing was found that should change the answer." in notes
    assert "Looked for and not found: 2 things" in notes
    assert "<li>The target inside the text</li><li>&lt;b&gt;ids&lt;/b&gt;</li>" in re.sub(
        r">\s+<", "><", notes
    )
    assert 'id="notes"' not in render_report(replace(study, looked_for=()))


def test_over_repeats_the_best_come_first_and_undefined_ones_last(studies):
    study = studies.make_study(repeats=15)
    means = [0.5, math.nan, 0.4, math.nan, 0.3]
    ordered = sorted(study.cells, key=lambda cell: cell.estimate.value)[: len(means)]
    given = {cell.id: mean for cell, mean in zip(ordered, means, strict=True)}
    cells = [replace(cell, repeat=replace(cell.repeat, mean=given.get(cell.id, 1.0))) for cell in study.cells]
    page = render_report(replace(study, cells=cells))
    table = page[page.index('id="recipe"') :]
    places = [table.index(f">{ordered[place].label}<") for place in (4, 2, 0, 1)]
    assert places == sorted(places)


def test_slices_lead_with_the_repeated_splits_and_say_so(studies, page_of):
    study = studies.CASES["typical"]()
    page = page_of("typical")
    assert "Each value of lang: mean absolute error over the repeated splits" in page
    chosen = next(cell for cell in study.cells if cell.id == study.winner)
    largest = max(chosen.slices, key=lambda part: part.n)
    assert f"n = {largest.n} a split" in page
    slices = page[page.index('id="slices"') : page.index('id="cells"')]
    assert fixed(largest.repeat.mean, 3) in slices
    assert fixed(largest.estimate.value, 3) not in slices
    once = render_report(studies.make_study(slices=True))
    assert "over the repeated splits" not in once
    assert "a split</span>" not in once


def test_the_values_of_a_slice_are_summed_up_by_word(studies):
    study = studies.make_study(slices=True, repeats=15)
    chosen = next(cell for cell in study.cells if cell.id == study.winner)
    base = next(cell for cell in study.cells if cell.id == study.family.baseline)
    assert chosen is not base
    words = ["better", "unresolved", "better", "worse"]
    verdicts = [next(part.verdict for part in chosen.slices if part.verdict)] * len(words)
    parts = [
        replace(part, value=value, repeat=replace(part.repeat, verdict=replace(verdict, word=word), n=n))
        for part, value, verdict, word, n in zip(
            [chosen.slices[0]] * 4, ["aa", "bb", "cc", "dd"], verdicts, words, [40, 30, 20, 10], strict=True
        )
    ]
    cells = [replace(cell, slices=parts) if cell is chosen else cell for cell in study.cells]
    page = render_report(replace(study, cells=cells))
    assert f"{chosen.label} against {base.label}: better on aa and cc; worse on dd; unresolved on bb." in page


def test_the_values_of_a_slice_have_the_same_digits(studies):
    """One interval is a hundred times as wide as the others: its figures have no other number of decimals."""
    study = studies.make_study(slices=True)
    wide = {cell.id: cell.slices[0] for cell in study.cells}
    cells = [
        replace(
            cell,
            slices=[
                replace(wide[cell.id], estimate=replace(wide[cell.id].estimate, low=0.0, high=9.0)),
                *[
                    replace(part, estimate=replace(part.estimate, low=1.0, high=1.02))
                    for part in cell.slices[1:]
                ],
            ],
        )
        for cell in study.cells
    ]
    page = render_report(replace(study, cells=cells))
    table = page[page.index('id="slices"') :]
    table = table[: table.index("</table>")]
    figures = re.findall(
        r"[^\d.,](\d+\.\d+)[^\d%]", re.sub(r' (title|data-value|d|style)="[^"]*"', "", table)
    )
    assert len(figures) > 2 * len(study.cells)
    assert {len(figure.partition(".")[2]) for figure in figures} == {3}


def test_a_cells_name_keeps_its_joint_at_the_end_of_a_line(studies):
    study = studies.make_study()
    named = next(cell for cell in study.cells if cell.id == study.winner)
    cells = [replace(cell, label="minilm · ridge") if cell is named else cell for cell in study.cells]
    page = render_report(
        replace(study, cells=cells, headline=["Use minilm · ridge.", "minilm · ridge is fine."])
    )
    assert '<b class="cell-name"><span class="whole-word">minilm ·</span> ridge</b>' in page
    assert "Use minilm\u00a0·\u00a0ridge." in page
    assert "minilm\u00a0·\u00a0ridge is fine." in page
    long = "a-very-long-name-of-an-encoder · instructed · ridge"
    cells = [replace(cell, label=long) if cell is named else cell for cell in study.cells]
    page = render_report(replace(study, cells=cells, headline=[f"Use {long}."]))
    assert "encoder\u00a0· instructed\u00a0· ridge." in page
