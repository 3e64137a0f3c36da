"""A study that races: what is encoded, what is kept, what is said, and how it goes on."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from semascope.data.splits import Split
from semascope.embedding.path import embed
from semascope.errors import DataError
from semascope.reports.forms.markdown import write_markdown
from semascope.reports.forms.record import study_record
from semascope.reports.heads.study import render_report
from semascope.reports.heads.told.study import tell
from semascope.stats.left_out import paired_errors, unit_moves
from semascope.stats.measures import get_measure
from semascope.studies.heads.computing.fit import fold_cell, select, selecting
from semascope.studies.heads.computing.nested import first_of, order_of
from semascope.studies.heads.computing.racing import Track
from semascope.studies.heads.joining import read_studies
from semascope.studies.heads.reopening import read_study
from semascope.studies.heads.task import heads_task
from semascope.types import silent

GLAD, SAD = ("calm", "harbour", "star", "port"), ("storm", "wind", "rope", "deck")


def told_rows(n: int, seed: int = 3) -> list[dict]:
    """Words tell the score; a table of token vectors knows them, and hashes of few places hardly do."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        glad = int(rng.integers(9))
        words = [*rng.choice(GLAD, glad), *rng.choice(SAD, 8 - glad)]
        rng.shuffle(words)
        score = glad + float(rng.normal(0, 1))
        rows.append(
            {
                "body": f"{' '.join(words)} {number}",
                "score": round(score, 2),
                "half": round(score / 2 + float(rng.normal(0, 1)), 2),
                "mood": "glad" if glad > 4 else "sad",
            }
        )
    return rows


ROWS = 500  # 400 to learn from: one sample, of 200


@pytest.fixture(scope="module")
def asked(tiny_static) -> dict:
    return {
        "encoder": [f"table={tiny_static}", "poor=hash:2", "bad=hash:3"],
        "head": "ridge",
        "race": True,
        "choose": "best",
    }


@pytest.fixture(scope="module")
def run(make_desk, asked, tmp_path_factory):
    desk = make_desk(tmp_path_factory.mktemp("race"))
    rows = told_rows(ROWS)
    return desk, rows, desk.run(rows, **asked)


def labels(result) -> list[str]:
    return sorted(result.raced.labels[fall.cell] for fall in result.raced.fallen)


def test_what_falls_behind_is_encoded_no_further_and_stays_in_the_table(run):
    desk, rows, result = run
    assert labels(result) == ["bad · ridge", "poor · ridge"]
    assert {fall.units for fall in result.raced.fallen} == {200}
    assert sorted(cell.label for cell in result.cells) == ["mean", "median", "table · ridge", "tfidf"]
    assert set(desk.records()) == {cell.id for cell in result.cells}
    assert result.winner in {cell.id for cell in result.cells}
    task, _ = heads_task(desk.ask(rows, encoder=["hash:2"]), output=desk.folder / "other", store=desk.store)
    prepared = task.prepared
    keys_of_poor = prepared.store.count(prepared.encoders["hash:2"].fingerprint)
    assert 200 <= keys_of_poor < 210  # the sample, and the rest of a component


def test_the_race_is_said_and_drawn_in_every_form(run):
    _, _, result = run
    page, markdown, record = (
        render_report(result),
        write_markdown(tell(result), figures={}),
        study_record(result),
    )
    for text in (page, markdown):
        assert "left behind at 200 rows" in text
        assert "2 cells raced on a sample of 200 of the 400 training rows; 2 cells were left behind." in text
        assert "are not called worse" in text
    assert 'id="race"' in page
    assert 'class="cross"' in page
    assert {fall["cell"] for fall in record["raced"]["fallen"]} == {fall.cell for fall in result.raced.fallen}
    assert record["raced"]["race"]["heats"][0]["units"] == 200
    plain = [sentence for sentence in result.headline if "poor" in sentence or "bad" in sentence]
    assert plain == []  # nothing is claimed of them


def test_it_left_out_what_it_says(run):
    _, _, result = run
    assert result.raced.race.to_compute == {
        f"{name} · default · truncate": 500 for name in ("table", "poor", "bad")
    }
    # two lanes that were left behind on 200 rows, or a few more
    assert result.raced.saved == pytest.approx(2 * 300 / 1_500, abs=0.01)


def test_run_again_it_computes_nothing_and_ends_alike(run, asked):
    desk, rows, result = run
    told = (desk.folder / "run" / "race.json").read_text()
    before = len(desk.said)
    again = desk.run(rows, **asked)
    assert again.made["cells computed now"] == 0
    assert again.raced == result.raced
    assert (desk.folder / "run" / "race.json").read_text() == told
    assert not any(line.startswith("race on") for line in desk.said[before:])


def test_a_finished_race_is_read_again(run):
    desk, _, result = run
    read = read_study(desk.folder / "run")
    assert read.raced == result.raced
    assert [cell.id for cell in read.cells] == [cell.id for cell in result.cells]


def test_runs_that_raced_are_compared_by_what_was_judged(run, make_desk, asked, tmp_path):
    desk, rows, raced = run
    desk.run(rows, encoder="hash:5", head="ridge", output="other")
    found = read_studies([desk.folder / "run", desk.folder / "other"])
    assert found.raced is None
    assert {cell.id for cell in raced.cells} <= {cell.id for cell in found.cells}
    assert any("Cells that races left behind are left out" in note.title for note in found.notes)


def test_without_race_the_table_of_the_same_folder_is_completed(make_desk, asked, tmp_path):
    desk, rows = make_desk(tmp_path), told_rows(ROWS)
    assert desk.run(rows, **asked).raced is not None
    whole = desk.run(rows, **{**asked, "race": False})
    assert whole.raced is None
    assert {"poor · ridge", "bad · ridge"} <= {cell.label for cell in whole.cells}
    # and asked for again, nothing is called left behind that has its figures now
    again = desk.run(rows, **asked)
    assert again.raced is None or again.raced.fallen == []


def test_another_confidence_races_anew(make_desk, asked, tmp_path):
    desk, rows = make_desk(tmp_path), told_rows(ROWS)
    desk.run(rows, **asked)
    first = json.loads((desk.folder / "run" / "race.json").read_text())
    desk.run(rows, **asked, race_confidence=0.99)
    second = json.loads((desk.folder / "run" / "race.json").read_text())
    assert [one["settings"]["confidence"] for one in first["races"]] == [0.95]
    assert [one["settings"]["confidence"] for one in second["races"]] == [0.95, 0.99]
    assert all(one["ended"] for one in second["races"])


def test_killed_between_samples_it_goes_on_by_the_prices_it_had(make_desk, asked, tmp_path, monkeypatch):
    desk, rows = make_desk(tmp_path), told_rows(1_000)  # 800 to learn from: samples of 200 and 400
    for row, score in zip(rows, np.random.default_rng(6).normal(size=1_000), strict=True):
        row["score"] = float(score)  # nothing can be told apart
    asked = {**asked, "margin": 1e-6}
    whole = desk.run(rows, **asked, output="whole")
    assert len(whole.raced.race.heats) == 2
    real = Track.run

    def killed(track, cells, units):
        if units > 200:
            raise KeyboardInterrupt
        return real(track, cells, units)

    monkeypatch.setattr(Track, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        desk.run(rows, **asked, output="killed")
    kept = json.loads((desk.folder / "killed" / "race.json").read_text())
    (begun,) = kept["races"]
    assert begun["ended"] is False
    begun["prices"] = {
        cell: [rank, 77.0 if rank == 2 else 0.0] for cell, (rank, _) in begun["prices"].items()
    }
    (desk.folder / "killed" / "race.json").write_text(json.dumps(kept))
    monkeypatch.setattr(Track, "run", real)
    resumed = desk.run(rows, **asked, output="killed")
    prices = {cell: price for cell, (rank, price) in resumed.raced.race.prices.items() if rank == 2}
    free = set(resumed.raced.race.free)
    assert {price for cell, price in prices.items() if cell not in free} == {77.0}
    assert resumed.raced.race.heats == whole.raced.race.heats
    assert labels(resumed) == labels(whole)


def test_a_damaged_race_is_refused_with_what_to_do(make_desk, asked, tmp_path):
    desk, rows = make_desk(tmp_path), told_rows(ROWS)
    desk.run(rows, **asked)
    (desk.folder / "run" / "race.json").write_text('{"settings": {}, "ended": true}')
    with pytest.raises(DataError, match=r"race\.json is damaged .* delete it, and they race again"):
        desk.run(rows, **asked)


def test_a_sample_counts_the_rows_that_choose(make_desk, asked, tmp_path):
    """Of a study whose answer is about one language, a sample of 200 holds 200 rows of that one, and what lies between."""
    desk, rows = make_desk(tmp_path), told_rows(1_000)
    for number, row in enumerate(rows):
        row["lang"] = "en" if number % 2 else "fr"
    result = desk.run(rows, **asked, slice="lang", headline="lang=en")
    race = result.raced.race
    assert 380 < race.units < 420  # of 800 training rows, half
    assert [heat.units for heat in race.heats] == [200]
    task, _ = heads_task(desk.ask(rows, encoder="hash:2"), output=desk.folder / "other", store=desk.store)
    encoded = desk.store.count(task.prepared.encoders["hash:2"].fingerprint)
    assert 370 < encoded < 430
    assert result.raced.race.left_out["poor · default · truncate"] == 1_000 - encoded


def test_an_encoder_that_became_another_one_races_again(make_desk, asked, tmp_path):
    desk, rows = make_desk(tmp_path), told_rows(ROWS)
    desk.run(rows, **asked)
    again = desk.run(rows, **{**asked, "encoder": [*asked["encoder"][:2], "bad=hash:7"]})
    assert len(json.loads((desk.folder / "run" / "race.json").read_text())["races"]) == 2
    assert "bad · default · 7 · ridge" in again.raced.race.lanes
    # the cell of 3 dims fell before, and no cell has that id since: it stays in the table
    assert "bad · default · 3 · ridge" in {fall.cell for fall in again.raced.fallen}


def test_what_fell_before_stays_in_the_table_when_the_folder_grows(make_desk, asked, tmp_path):
    desk, rows = make_desk(tmp_path), told_rows(ROWS)
    first = desk.run(rows, **asked)
    table, *_ = asked["encoder"]
    desk.said.clear()
    grown = desk.run(rows, **{**asked, "encoder": [table, "new=hash:4", "newer=hash:5"]})
    assert {fall.cell for fall in first.raced.fallen} < {fall.cell for fall in grown.raced.fallen}
    assert read_study(desk.folder / "run").raced == grown.raced
    assert (
        sum("cells (4 done before)" in line for line in desk.said) == 1
    )  # the finished ones; what fell is not done
    said = [line for line in grown.headline if "left behind in a race" in line]
    assert said == [
        f"{len(grown.raced.fallen)} cells more were left behind in a race, on samples of at most 200 training rows, and are not called"
        f" worse; the answer speaks of the {len(grown.cells)} that were computed whole."
    ]


def test_all_cells_on_the_vectors_of_the_baseline_are_computed(desk, asked):
    """They cost nothing more, whatever the sample says of them."""
    result = desk.run(
        told_rows(ROWS), **{**asked, "head": ["ridge", "mlp"], "encoder": asked["encoder"][::-1]}
    )
    assert {"bad · ridge", "bad · mlp"} <= {cell.label for cell in result.cells}
    assert {"bad · default · 3 · ridge", "bad · default · 3 · mlp"} <= set(result.raced.race.free)


def test_samples_of_few_large_groups_show_nothing(desk, asked):
    rows = told_rows(ROWS)
    for number, row in enumerate(rows):
        row["who"] = f"p{number % 4}"
    result = desk.run(rows, **asked, group="who")
    assert result.raced.fallen == []
    assert len(result.cells) == 6


@pytest.mark.parametrize("baseline", ["human", "mine"])
def test_a_baseline_that_does_not_race(desk, asked, baseline):
    rows = told_rows(ROWS)
    for row in rows:
        row["human"] = row["score"]
    np.save(desk.folder / "mine.npy", np.random.default_rng(1).normal(size=(ROWS, 6)))
    more = (
        {"predictions": ["human=human"]}
        if baseline == "human"
        else {"vectors": [f"mine={desk.folder / 'mine.npy'}"]}
    )
    name = "human" if baseline == "human" else "mine · default · 6 · ridge"
    for target in ("score", ["score", "half"]) if baseline == "mine" else ("score",):
        result = desk.run(rows, **asked, **more, target=target, baseline=name, output=f"run-{len(target)}")
        assert {"bad · ridge", "poor · ridge"} <= set(labels(result))
        assert name not in result.raced.race.lanes


def test_a_measure_by_class_shows_nothing_where_a_class_is_rare(desk, asked):
    rows = told_rows(ROWS)
    for number, row in enumerate(rows):
        row["mood"] = "odd" if number % 60 == 0 else row["mood"]
    more = {"target": "mood", "head": "logistic", "measure": "macro_f1"}
    assert desk.run(rows, **{**asked, **more}).raced.fallen == []
    assert desk.run(rows, **{**asked, **more, "measure": "accuracy"}, output="by-rows").raced.fallen != []


def test_a_price_that_is_not_known_is_read_back_as_such(make_desk, asked, tmp_path):
    desk, rows = make_desk(tmp_path), told_rows(ROWS)
    desk.run(rows, **asked)
    file = desk.folder / "run" / "race.json"
    said = json.loads(file.read_text())
    for cell, (rank, _) in said["races"][0]["prices"].items():
        said["races"][0]["prices"][cell] = [rank, None]
    file.write_text(json.dumps(said))
    again = desk.run(rows, **asked)
    assert math.isnan(again.raced.saved_seconds)
    assert "of the texts to encode." in write_markdown(tell(again), figures={})


def test_few_rows_do_not_race_and_it_is_said(desk, asked):
    result = desk.run(told_rows(200), **asked)
    assert result.raced is None
    assert len(result.cells) == 6
    assert any("no race: 160 rows to learn from" in line for line in desk.said)


def test_one_encoder_does_not_race_and_it_is_said(desk, asked):
    result = desk.run(told_rows(ROWS), **{**asked, "encoder": asked["encoder"][0]})
    assert result.raced is None
    assert any(
        "no race: no vectors are to be computed but those of the baseline" in line for line in desk.said
    )


@pytest.mark.parametrize(
    ("more", "measure"),
    [
        ({}, "mae"),
        ({"measure": "spearman"}, "spearman"),
        ({"target": ["score", "half"]}, "mae"),
        ({"target": "mood"}, "accuracy"),
    ],
)
def test_a_lap_is_what_the_study_would_say_of_that_sample(desk, asked, more, measure):
    head = {"head": "logistic"} if more.get("target") == "mood" else {}
    rows = told_rows(400)
    task, _ = heads_task(
        desk.ask(rows, **{**asked, **more, **head}), output=desk.folder / "run", store=desk.store
    )
    prepared = task.prepared
    assert prepared.measure.name == measure
    cells = {cell.encoder: cell for cell in prepared.plan.cells if cell.encoder}
    ran = [cell for cell in prepared.plan.cells if cell.reads != "words"]
    track = Track(prepared, ran, {}, known={}, progress=silent)
    reached, laps = track.run([cell.id for cell in ran], 210)
    assert 210 <= reached <= 212
    constant = min if prepared.measure.lower_is_better else max
    nothing = (
        constant(laps[cell.id].value for cell in ran if cell.reads == "nothing")
        if measure != "spearman"
        else 0.0
    )

    sample = first_of(prepared.rows, order_of(prepared.rows, seed=prepared.study.seed), 210)
    part = replace(prepared.rows, split=Split(train=sample, test=prepared.rows.split.test))
    folded, values = {}, {}
    for name, cell in cells.items():
        vectors = embed(prepared.rows.texts, encoder=prepared.encoder_of(cell)).vectors
        folded[name] = fold_cell(vectors, part, factory=prepared.factory(cell.head), seed=prepared.study.seed)
        values[name] = np.array(list(select(folded[name], part, prepared.measure)[0].values()))
    scale = prepared.measure.weights(values["table"])
    for name, cell in cells.items():
        assert laps[cell.id].value == pytest.approx(float(values[name] @ scale), abs=1e-6)
        assert laps[cell.id].price[0] == 2
        assert laps[cell.id].nothing == nothing
    if measure in ("mae", "accuracy"):
        one, two = (laps[cells[name].id] for name in ("table", "poor"))
        error = paired_errors(
            prepared.rows.truth[sample],
            selecting(folded["table"], part, prepared.measure),
            [selecting(folded["poor"], part, prepared.measure)],
            measure=prepared.measure,
            scale=scale,
            groups=prepared.rows.units(sample),
        )[0]
        assert np.linalg.norm(one.moves - two.moves) == pytest.approx(error, rel=1e-6)
    assert all(lap.learns is (name in {cell.id for cell in cells.values()}) for name, lap in laps.items())
    assert all(
        math.isfinite(laps[cell.id].less) and laps[cell.id].less != laps[cell.id].value
        for cell in cells.values()
    )


def test_unit_moves_are_those_of_the_jackknife():
    rng = np.random.default_rng(4)
    truth, seen = rng.normal(size=(40, 1)), rng.normal(size=(40, 1))
    groups = [number // 3 for number in range(40)]
    rmse = get_measure("rmse", "regression")
    moves = unit_moves(truth, seen, measure=rmse, scale=np.ones(1), groups=groups)
    squares = np.square(truth - seen)[:, 0]
    without = np.array([np.sqrt(squares[np.array(groups) != one].mean()) for one in range(14)])
    assert np.allclose(np.square(moves).sum(), 13 / 14 * np.square(without - without.mean()).sum())
    assert np.corrcoef(moves, without)[0, 1] == pytest.approx(-1.0)  # without a bad unit the error is less
    assert np.isnan(unit_moves(truth[:1], seen[:1], measure=rmse, scale=np.ones(1), groups=None)).all()


def test_half_as_much_is_learnt_from_the_next_fold_alone(desk):
    task, _ = heads_task(desk.ask(told_rows(90)), output=desk.folder / "run", store=desk.store)
    rows = task.prepared.rows
    learnt: list[set[float]] = []

    class Noting:
        choices, notes = (), ()

        def fit(self, vectors, targets, *, components, seed):
            learnt.append(set(vectors[:, 0].tolist()))
            return self

        def predict(self, vectors):
            return np.zeros((len(vectors), 1))

    vectors = np.arange(len(rows), dtype=np.float64)[:, None]
    train = set(rows.split.train.tolist())
    folded = fold_cell(vectors, rows, factory=Noting, seed=1, from_next=True)
    of_fold = [set(rows.split.train[folded.fold == fold].tolist()) for fold in range(3)]
    assert learnt == [of_fold[1], of_fold[2], of_fold[0]]
    learnt.clear()
    fold_cell(vectors, rows, factory=Noting, seed=1)
    assert learnt == [train - of_fold[0], train - of_fold[1], train - of_fold[2]]


def test_what_cannot_fall_and_what_stands_outside(make_desk, asked, tmp_path):
    """The baseline does not fall, however bad it is; a column of the file takes no part."""
    desk, rows = make_desk(tmp_path), told_rows(ROWS)
    for row in rows:
        row["human"] = row["score"]
    result = desk.run(
        rows,
        **{
            **asked,
            "encoder": asked["encoder"][::-1],
            "predictions": ["human=human"],
            "baseline": "bad · default · 3 · ridge",
        },
    )
    assert "poor · ridge" in labels(result)
    assert "bad · ridge" not in labels(result)
    assert "bad · default · 3 · ridge" in {cell.id for cell in result.cells}
    assert "human" not in result.raced.race.lanes
    assert "human" in {cell.id for cell in result.cells}
