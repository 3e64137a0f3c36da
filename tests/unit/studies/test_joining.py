"""Several run folders as one study: the cells of all, judged as one family against the first one's baseline."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

from semascope.errors import ConfigError
from semascope.reports.heads.study import render_report
from semascope.stats.measures import get_measure
from semascope.stats.verdict import judge
from semascope.studies.heads.joining import _check_seen, read_studies, run_names
from semascope.studies.heads.reopening import read_study

BASELINE = "hash:16 · default · 16 · ridge"


@pytest.fixture
def runs(desk, letters):
    """Runs studies in folders of their own, by name; each on a table of its own if rows are given."""

    def run(**asked):
        for name, settings in asked.items():
            desk.run(output=name, **settings)
        return [desk.folder / name for name in asked]

    return run


def test_all_cells_are_one_family_against_the_first_baseline(desk, runs, letters):
    first, second = runs(a={}, b={"encoder": "hash:24", "head": ["ridge", "mlp"]})
    result = read_studies([first, second])
    named = [cell.id for cell in result.cells]
    assert named == [
        "mean", "median", "tfidf", "hash:16 · default · 16 · ridge", "hash:24 · default · 24 · ridge", "hash:24 · default · 24 · mlp",
    ]  # fmt: skip
    assert result.family.baseline == BASELINE and result.family.comparisons == 5
    # by hand: the same judge on the two files of predictions that anybody can read
    predictions = {}
    for folder in (first, second):
        for line in pq.read_table(folder / "predictions.parquet").to_pylist():
            predictions.setdefault(line["cell"], {})[line["row"]] = line["prediction"]
    rows = sorted(predictions["mean"])
    predictions = {name: np.array([found[row] for row in rows]) for name, found in predictions.items()}
    scores = [row["score"] for row in letters()]
    truth, train = np.array(scores)[rows], np.delete(scores, rows)
    clipped = {name: np.clip(values, train.min(), train.max()) for name, values in predictions.items()}
    alone = judge(
        truth, {name: clipped[name] for name in named}, baseline=BASELINE, measure=get_measure("mae", "regression"),
        margin=result.settings["margin"],
    )  # fmt: skip
    for name in named:
        found, mine = result.family.verdicts[name], alone.verdicts[name]
        assert (found.word, found.difference, found.p_holm) == pytest.approx(
            (mine.word, mine.difference, mine.p_holm)
        )


def test_cells_have_the_figures_of_their_own_runs(desk, runs):
    folders = runs(a={"target": "mood", "head": "logistic"}, b={"target": "mood", "head": "logistic", "encoder": "hash:24"})  # fmt: skip
    joined = {cell.id: cell for cell in read_studies(folders).cells}
    own = [{cell.id: cell for cell in read_study(folder).cells} for folder in folders]
    for name, other in joined.items():
        cell = own[0].get(name) or own[1][name]
        assert (other.estimate, other.measures, other.costs) == (cell.estimate, cell.measures, cell.costs)
        assert name in own[0] or name in own[1]
    assert all(joined[name].verdict.p == cell.verdict.p for name, cell in own[0].items())


def test_memory_is_taken_along_and_a_price_only_where_it_is_said_of_all(runs):
    first, second = runs(a={"price": 0.4}, b={"encoder": "hash:24", "price": 0.4})
    result = read_studies([first, second])
    alone = {cell.id: cell.costs.memory_bytes for each in (first, second) for cell in read_study(each).cells}
    assert {cell.id: cell.costs.memory_bytes for cell in result.cells} == alone
    assert result.price is None and "Million texts" not in render_report(result)
    priced = read_studies([first, second], price=2.0)
    assert priced.price == 2.0 and "at 2.00 an hour" in render_report(priced)
    assert "seconds are those that each run measured where it ran" in render_report(priced)


def test_a_name_that_two_encoders_have_says_its_run(runs):
    folders = runs(a={"encoder": "e=hash:16"}, b={"encoder": "e=hash:24"})
    result = read_studies(folders)
    assert [cell.label for cell in result.cells] == [
        "mean",
        "median",
        "tfidf",
        "e (a) · ridge",
        "e (b) · ridge",
    ]
    assert result.family.baseline == "e (a) · default · 16 · ridge"
    assert set(result.made["encoders"]) == {"e (a)", "e (b)"}


def test_a_cell_that_predicts_otherwise_in_another_run_says_its_run(desk, runs):
    folders = runs(
        a={"instruction": ["default", "tone=How glad?"]}, b={"instruction": ["default", "tone=How sad?"]}
    )
    result = read_studies(folders)
    labels = [cell.label for cell in result.cells]
    assert {"tone · ridge (a)", "tone · ridge (b)"} <= set(labels)
    assert labels.count("default · ridge") == 1, "the same predictions stand once"
    (note,) = [note for note in result.notes if note.title == "2 runs are compared"]
    assert "4 cells more predict the same as one of another run" in note.text
    assert "b: hash:16 · tone · 16 · ridge (b)." in note.text


def test_the_answer_and_the_page_say_what_is_compared(desk, runs):
    folders = runs(a={}, b={"encoder": "hash:24"})
    result = read_studies(folders, command="semascope report a b")
    assert result.headline[-1] == (
        "Compared are 5 cells of 2 runs (a and b) on the same held-out rows, in one family, against the baseline of a."
    )
    assert result.made["runs"] == {"a": str(folders[0]), "b": str(folders[1])}
    assert result.made["read again"]["command"] == "semascope report a b"
    page = render_report(result)
    assert "hash:24" in page and "2 runs are compared" in page


def test_repeats_stay_where_all_were_repeated_alike(desk, runs):
    folders = runs(a={"repeats": 4}, b={"repeats": 4, "encoder": "hash:24"})
    result = read_studies(folders)
    assert result.repeat_family is not None and {cell.repeat.repeats for cell in result.cells} == {4}
    assert len(result.repeat_family.verdicts) == 5


def test_repeats_are_left_out_where_they_differ_and_that_is_said(desk, runs):
    folders = runs(a={"repeats": 4}, b={"encoder": "hash:24"})
    result = read_studies(folders)
    assert result.repeat_family is None and all(cell.repeat is None for cell in result.cells)
    assert any(note.title == "Repeated splits are left out" for note in result.notes)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"target": "other"}, r"target is \['score'\] and \['other'\]"),
        ({"measure": "rmse"}, "measure is 'mae' and 'rmse'"),
        ({"seed": 7}, r"held-out rows differ in \d+ rows \(rows [\d, ]+ and \d+ more\); seed is 42 and 7"),
        ({"limit": 50}, "limit is None and 50"),
        ({"test_size": 0.3}, "test_size is 0.2 and 0.3"),
        ({"group": "who"}, "group is None and 'who'"),
        ({"split_column": "side", "repeats": None}, "split_column is None and 'side'"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_runs_of_other_rows_are_refused_with_what_differs(runs, other, says):
    folders = runs(a={}, b=other)
    with pytest.raises(ConfigError, match=f"runs 'a' and 'b' cannot be compared: .*{says}"):
        read_studies(folders)


def test_runs_of_other_values_or_texts_are_refused(desk, letters):
    desk.run(output="a")
    for name, change in (("values", {"score": 3.25}), ("texts", {"body": "quite another letter"})):
        rows = letters()
        rows[5] |= change
        study = desk.ask(rows, encoder="hash:24")
        other = desk.folder / f"{name}.jsonl"
        study.data.rename(other)
        desk.write(letters())
        from semascope.studies.heads.task import heads_task
        from semascope.studies.run import complete

        task, folder = heads_task(
            study.model_copy(update={"data": other}), output=desk.folder / name, store=desk.store
        )
        complete(task, folder)
    with pytest.raises(ConfigError, match=r"the targets of (held-out|training) rows differ \(row 5\)"):
        read_studies([desk.folder / "a", desk.folder / "values"])
    with pytest.raises(ConfigError, match=r"texts differ \(row 5\)"):
        read_studies([desk.folder / "a", desk.folder / "texts"])


def test_a_column_of_one_run_is_a_cell_of_all(runs):
    folders = runs(a={}, b={"predictions": "human=other"})
    result = read_studies(folders)
    own = {cell.id: cell for cell in read_study(folders[1]).cells}["human"]
    (joined,) = [cell for cell in result.cells if cell.id == "human"]
    assert joined.estimate == own.estimate and set(result.columns) == {"human"}


def test_slices_of_one_run_alone_are_no_hindrance(runs):
    folders = runs(a={"slice": "lang"}, b={"encoder": "hash:24"})
    result = read_studies(folders)
    own = read_study(folders[0])
    told = {(cell.id, each.value): each.estimate for cell in result.cells for each in cell.slices}
    assert {
        (cell.id, each.value): each.estimate for cell in own.cells for each in cell.slices
    }.items() <= told.items()
    assert len(told) == 5 * len({value for _, value in told})


def test_one_folder_is_read_alone_and_none_is_refused(desk, runs):
    (folder,) = runs(a={})
    assert "Compared are" not in " ".join(read_studies([folder]).headline)
    with pytest.raises(ConfigError, match="no run folder was given"):
        read_studies([])
    with pytest.raises(ConfigError, match="is given twice"):
        run_names([folder, folder.parent / "." / "a"])


def test_runs_of_which_one_judges_by_rows_that_an_encoder_of_another_has_seen_are_refused():
    def rows(*seen: int):
        return SimpleNamespace(
            seen=SimpleNamespace(rows=np.array(seen, dtype=np.int64), counts={"ours": (2, 1)})
        )

    runs = {
        "a": SimpleNamespace(prepared=SimpleNamespace(rows=rows())),
        "b": SimpleNamespace(prepared=SimpleNamespace(rows=rows(3, 5))),
    }
    with pytest.raises(ConfigError, match="ours was tuned on rows of this table, and run a judges"):
        _check_seen(runs, rows(3, 5))
    _check_seen({"b": runs["b"]}, rows(3, 5))
