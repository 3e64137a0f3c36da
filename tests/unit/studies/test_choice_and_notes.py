"""The winner's name, the notes, the forecast and the winner's card."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from semascope.data.duplicates import Duplicates
from semascope.data.language import languages_of
from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.probes.artifact import load_artifact, read_card
from semascope.probes.scorer import Scorer
from semascope.stats.measures import get_measure
from semascope.store.speeds import Speeds
from semascope.studies.forecast import Forecast
from semascope.studies.heads.asking.plan import Cell
from semascope.studies.heads.computing.forecasting import forecast
from semascope.studies.heads.judging.choosing import selection_scores
from semascope.studies.heads.task import heads_task
from semascope.studies.heads.telling.notes import (
    READ_MORE,
    cell_notes,
    data_notes,
    encoder_notes,
    instruction_warnings,
    language_warnings,
)
from semascope.studies.heads.winner import advice_notes, holds

MAE = get_measure("mae", "regression")
ACCURACY = get_measure("accuracy", "classification")


def selected(**cells: list[float]) -> dict:
    return {
        name: {
            "cell": {"reads": "vectors", "encoder": ""},
            "selection": {f"t{i}": value for i, value in enumerate(values)},
        }
        for name, values in cells.items()
    }


def test_several_errors_are_shares_of_the_baselines():
    # A tenfold gain on the narrow target outweighs nothing of the wide one: (0.1 / 1 + 110 / 100) / 2 = 0.6
    records = selected(base=[1.0, 100.0], a=[0.1, 110.0], b=[1.0, 80.0])
    assert selection_scores(records, baseline="base", measure=MAE) == pytest.approx(
        {"base": 1.0, "a": 0.6, "b": 0.9}
    )


def test_one_error_and_shares_of_hits_stay_as_they_are():
    assert selection_scores(selected(base=[2.0], a=[1.5]), baseline="base", measure=MAE) == {
        "base": 2.0,
        "a": 1.5,
    }
    r2 = get_measure("r2", "regression")
    assert selection_scores(selected(base=[0.2, 0.4]), baseline="base", measure=r2)["base"] == pytest.approx(
        0.3
    )


def test_a_baseline_without_error_is_matched_or_not():
    records = selected(base=[0.0, 2.0], same=[0.0, 1.0], off=[0.1, 1.0])
    found = selection_scores(records, baseline="base", measure=MAE)
    assert found == {"base": 1.0, "same": 0.75, "off": math.inf}


def test_an_undefined_cell_is_not_the_best_on_held_out_rows(desk, letters):
    rows = letters(60)
    result = desk.run(rows, measure="spearman", head="ridge", dim=[2, 16])
    gains = {cell.id: cell.verdict.gain for cell in result.cells if not math.isnan(cell.verdict.gain)}
    assert set(gains) == {"tfidf", "hash:16 · default · 2 · ridge", "hash:16 · default · 16 · ridge"}
    assert result.heldout_best == max(gains, key=gains.get)


# Notes


def titles(notes) -> list[str]:
    return [note.title for note in notes]


def test_every_oddity_of_the_data_has_its_note(desk, letters):
    rows = letters(60)
    rows[50]["body"] = rows[10]["body"]
    rows[51]["body"] = rows[11]["body"] + "!"
    rows[52]["body"] = ""
    rows[53]["score"] = rows[53]["other"] = None
    rows[54]["other"] = None
    notes = {note.title: note for note in desk.run(rows, target=["score", "other"]).notes}
    assert list(notes["1 exact duplicate"].rows) == [50]
    assert list(notes["1 near duplicate"].rows) == [51]
    assert list(notes["1 empty text"].rows) == [52]
    assert list(notes["1 row without a target"].rows) == [53]
    assert list(notes["1 row lacks “other”"].rows) == [54]
    assert "How hash:16 is run" in notes


def test_clean_data_has_no_note(make_rows):
    assert data_notes(make_rows(np.arange(30.0), test=[0, 1])) == []


def test_a_leak_and_a_giant_are_warnings(make_rows):
    components = [*[0] * 5, *range(1, 26)]
    rows = make_rows(np.arange(30.0), test=[0, 20, 21, 22], components=components, leaked=(0,))
    leak, giant = data_notes(rows)[:2]
    assert (leak.level, giant.level) == ("warning", "warning")
    assert leak.title == "The given split leaks: 1 held-out row also stands in training"
    assert leak.text.startswith("25.0 % of the held-out rows")
    assert giant.title == "5 rows hang together"
    assert (
        data_notes(make_rows(np.arange(60.0), test=[0], components=[*[0] * 5, *range(1, 56)]))[0].level
        == "info"
    )


class English(HashEncoder):
    languages = frozenset({"en"})


def test_an_encoder_of_one_language_on_others_is_a_loud_warning(desk, letters):
    from semascope.studies.heads.asking.rows import load_rows

    rows = load_rows(desk.ask(letters(60)))
    (note,) = language_warnings(rows, [English(8), HashEncoder(8)])
    assert (note.level, note.count) == ("warning", 20)
    assert note.title == "hash:8 reads English only"
    assert "33 % of the rows are in other languages (en 67 %, fr 33 %; from column 'lang')" in note.text
    assert list(note.rows) == [row for row in range(60) if row % 3 == 0]


def test_how_an_encoder_is_run_says_what_was_stated_and_what_could_not_be_checked():
    class Stated(English):
        stated = ("its rows are cut", "it is pooled by mean")

    class Silent(English):
        stated = ()

    unknown, stated = encoder_notes([HashEncoder(8), Stated(8), Silent(8)])
    assert (unknown.level, unknown.title) == ("info", "How hash:8 is run")
    assert "It states no languages, so the languages of the rows were not checked against it." in unknown.text
    assert stated.text == "Its rows are cut. It is pooled by mean."


def test_an_instruction_to_an_untrained_encoder_is_a_warning(desk):
    result = desk.run(instruction=["default", "topic"])
    assert titles(result.notes)[0] == "hash:16 was not trained to follow instructions"
    assert any("not trained to follow" in sentence for sentence in result.headline)
    assert not any("not trained" in title for title in titles(desk.run(output="plain").notes))


@pytest.mark.parametrize(
    ("family", "sentence", "title"),
    [
        ("plain", "Find", "e was not trained to follow instructions"),
        ("qwen3", "Find", None),
        ("nomic", "Find", "e was not trained to follow instructions"),
        ("nomic", "clustering", None),
        ("gemma", "Find", "e was trained with a few tasks only"),
        ("gemma", "clustering", None),
        ("gemma", "", None),
    ],
)
def test_an_instruction_is_held_against_what_a_family_was_trained_with(family, sentence, title):
    cells = [
        SimpleNamespace(encoder="", instruction=SimpleNamespace(sentence="")),  # words: no encoder at all
        SimpleNamespace(encoder="e", instruction=SimpleNamespace(sentence=sentence)),
    ]
    encoder = SimpleNamespace(space=SimpleNamespace(template=family))
    prepared = SimpleNamespace(plan=SimpleNamespace(cells=cells), encoders={"e": encoder})
    assert titles(instruction_warnings(prepared)) == ([title] if title else [])


def test_a_width_that_the_encoder_was_not_trained_for_is_said_once(desk):
    result = desk.run(encoder="minilm", dim=[384, 64, 32], precision="float32")
    (note,) = [note for note in result.notes if "narrower" in note.title]
    assert (note.level, note.title) == ("info", "minilm is cut to a narrower width")
    assert "(Matryoshka): 32 and 64 of its 384 dims were kept all the same." in note.text
    alone = desk.run(encoder="minilm", dim=[32], precision="float32", output="alone")
    (note,) = [note for note in alone.notes if "narrower" in note.title]
    assert note.level == "warning"  # nothing shows what the cut costs
    assert not any("narrower" in title for title in titles(desk.run(dim=[8], output="hash").notes))


class FromTheLeft(HashEncoder):
    cut = "beginning"


NAMED = {"m": HashEncoder(8), "n": HashEncoder(8), "left": FromTheLeft(8)}


def record_of(encoder: str, rows: int, share: float, *, long: str = "truncate", **more: int) -> dict:
    costs = {"truncated_rows": rows, "tokens_lost_share": share, **more}
    return {"cell": {"encoder": encoder, "long": long}, "costs": costs}


def test_rows_that_an_encoder_cut_are_told_once():
    records = {"a": record_of("m", 3, 0.02), "b": record_of("m", 3, 0.02), "c": record_of("n", 9, 0.3)}
    found = cell_notes(records | {"d": record_of("", 0, 0.0)}, NAMED)
    assert [(note.level, note.title) for note in found] == [
        ("info", "3 rows cut by m"),
        ("warning", "9 rows cut by n"),
    ]
    assert "30.0 % of all tokens" in found[1].text


def test_encoders_that_cut_alike_share_a_note():
    records = {"a": record_of("m", 3, 0.3), "b": record_of("n", 3, 0.3), "c": record_of("left", 3, 0.3)}
    assert [note.title for note in cell_notes(records, NAMED)] == [
        "3 rows cut by m and n",
        "3 rows cut by left at the beginning",
    ]


def test_an_encoder_that_cuts_on_the_left_loses_the_beginning():
    records = {
        "a": record_of("left", 3, 0.02),
        "b": record_of("left", 3, 0.02, long="head-tail"),
    }
    assert [(note.title, note.text) for note in cell_notes(records, NAMED)] == [
        (
            "3 rows cut by left at the beginning",
            f"Their beginning was not seen: 2.0 % of all tokens are lost; {READ_MORE}.",
        ),
        ("3 rows cut by left in the middle", "Their middle was not seen: 2.0 % of all tokens are lost."),
    ]


def test_one_long_row_is_told_in_the_singular():
    records = {
        "a": record_of("m", 1, 0.02),
        "b": record_of("m", 0, 0.0, long="chunk", split_rows=1, windows=3),
    }
    assert [(note.title, note.text) for note in cell_notes(records, NAMED)] == [
        ("1 row cut by m", f"Its end was not seen: 2.0 % of all tokens are lost; {READ_MORE}."),
        ("1 row read by m in windows", "It makes 3 windows that overlap; no token is lost."),
    ]


def test_each_way_of_reading_long_texts_says_what_became_of_them():
    records = {
        "a": record_of("m", 3, 0.02),
        "b": record_of("m", 3, 0.02, long="head-tail"),
        "c": record_of("m", 0, 0.0, long="chunk", split_rows=3, windows=11),
        "d": record_of("n", 0, 0.0, long="chunk", split_rows=0, windows=0),
    }
    found = [(note.title, note.text) for note in cell_notes(records, NAMED)]
    assert found == [
        ("3 rows cut by m", f"Their end was not seen: 2.0 % of all tokens are lost; {READ_MORE}."),
        ("3 rows cut by m in the middle", "Their middle was not seen: 2.0 % of all tokens are lost."),
        ("3 rows read by m in windows", "They make 11 windows that overlap; no token is lost."),
    ]


def test_copies_may_be_on_both_sides_of_a_given_split(make_rows):
    from dataclasses import replace

    copies = np.array([*range(29), 0])
    rows = make_rows(np.arange(30.0), test=[29], components=copies.tolist())
    rows = replace(rows, duplicates=Duplicates(exact=copies, near=copies), given=True)
    assert data_notes(rows)[0].text.endswith("where the given split allows it.")


@pytest.mark.parametrize(
    ("several", "said"),
    [
        (
            False,
            [
                "It repeats the",
                "It shares",
                "It holds no",
                "It has a text but nothing to learn, and is",
                "It is left out",
            ],
        ),
        (
            True,
            [
                "They repeat the",
                "They share",
                "They hold no",
                "They have a text but nothing to learn, and are",
                "They are left out",
            ],
        ),
    ],
)
def test_what_is_missing_or_there_twice_is_told_in_its_number(make_rows, several, said):
    from dataclasses import replace

    truth = np.column_stack([np.arange(30.0), np.arange(30.0)])
    truth[[4, 5] if several else [4], 1] = np.nan
    exact, near = np.arange(30), np.arange(30)
    exact[[8, 9] if several else [8]] = near[[8, 9] if several else [8]] = 0
    near[[12, 13] if several else [12]] = 1
    left_out = np.array([30, 31] if several else [30])
    rows = make_rows(truth, test=[29])
    rows = replace(rows, duplicates=Duplicates(exact=exact, near=near), empty=left_out, lacking=left_out)
    notes = [note.text for note in data_notes(rows)]
    assert [text.startswith(start) for text, start in zip(notes, said, strict=True)] == [True] * 5


def test_languages_of_a_hand_made_study_are_known():
    assert languages_of(["x"], column=["English"]).languages == ["en"]


# Forecast


@pytest.mark.parametrize(
    ("cells", "done", "texts", "encode", "fit", "said"),
    [
        (5, 0, 1200, 30.0, 20.0, "5 cells, 1,200 texts to encode, under a minute"),
        (5, 2, 0, 0.0, 60.0, "5 cells (2 done before), no text to encode, about a minute"),
        (1, 0, 1, 30.0, 20.0, "1 cell, 1 text to encode, under a minute"),
        (1, 0, 0, 200.0, 100.0, "1 cell, no text to encode, about 5 minutes"),
        (1, 0, 0, 60.0, 60.0, "1 cell, no text to encode, about 2 minutes"),
        (1, 1, 0, 30.0, 25.0, "1 cell (1 done before), no text to encode, about a minute"),
    ],
)
def test_a_forecast_is_a_line(cells, done, texts, encode, fit, said):
    given = Forecast(cells=cells, cells_done=done, texts=texts, encode_seconds=encode, fit_seconds=fit)
    assert str(given) == said


def test_a_forecast_counts_what_is_missing(desk, letters):
    rows = letters(60)
    rows[59]["body"] = rows[0]["body"]  # one prompt less
    asked = desk.ask(rows, encoder=["hash:16", "hash:8"], instruction=["default", "topic"])

    def told():
        task, folder = heads_task(asked, output=desk.folder / "run", store=desk.store)
        return forecast(task.prepared, folder.read_records(task.tables))

    before = told()
    assert (before.cells, before.cells_done, before.texts) == (3 + 4, 0, 4 * 59)
    desk.run(rows, encoder=["hash:16", "hash:8"], instruction=["default", "topic"])
    after = told()
    assert (after.cells_done, after.texts, after.encode_seconds, after.fit_seconds) == (7, 0, 0.0, 0.0)


def fitting(rows, head: str, *, repeats: int = 1, dim: int = 384) -> float:
    """Seconds that fitting one cell is guessed to take."""
    cells = [Cell(dim=dim, head=head, reads="words" if head == "tfidf" else "vectors")]
    prepared = SimpleNamespace(
        rows=rows,
        repeats=repeats,
        plan=SimpleNamespace(cells=cells),
        todo=lambda records: cells,
        study=SimpleNamespace(race=False),
    )
    return forecast(prepared, {}).fit_seconds


def classes_of(make_rows, many: int):
    return make_rows(
        np.arange(1000.0) % many, test=[0], classes=tuple(f"c{number}" for number in range(many))
    )


def test_the_guess_of_fitting_grows_with_what_is_fitted(make_rows):
    """Three folds, the head itself, and one fit a repeat; a thousand rows at least."""
    thousand, few = make_rows(np.arange(1000.0), test=[0]), make_rows(np.arange(60.0), test=[0])
    several = make_rows(np.arange(2000.0).reshape(1000, 2), test=[0])
    ridge, boosting = fitting(thousand, "ridge"), fitting(thousand, "boosting")
    assert 0 < ridge < boosting
    assert fitting(few, "ridge") == ridge
    assert fitting(make_rows(np.arange(3000.0), test=[0]), "ridge") == pytest.approx(3 * ridge)
    assert fitting(thousand, "ridge", dim=1536) == pytest.approx(4 * ridge)
    assert fitting(thousand, "tfidf", dim=0) == fitting(thousand, "tfidf", dim=1536) > 0
    for repeats, fits in ((2, 6), (15, 19)):
        assert fitting(thousand, "ridge", repeats=repeats) == pytest.approx(ridge / 4 * fits)
    assert fitting(several, "ridge") == ridge  # one system for all targets
    assert fitting(several, "boosting") == pytest.approx(2 * boosting)  # boosters of its own for each
    assert fitting(thousand, "mean", dim=0) == 0.0


def test_the_guess_of_fitting_grows_with_the_classes(make_rows):
    three, ten, thirty = (classes_of(make_rows, many) for many in (3, 10, 30))
    one_target = fitting(make_rows(np.arange(1000.0), test=[0]), "boosting")
    assert fitting(three, "boosting") == pytest.approx(one_target)
    assert fitting(ten, "boosting") == pytest.approx(3 * one_target)
    assert fitting(thirty, "boosting") == pytest.approx(9 * one_target)
    for head in ("logistic", "mlp", "tfidf"):
        more = fitting(thirty, head) - fitting(ten, head)  # the part that grows is proportional
        assert more == pytest.approx(20 / 7 * (fitting(ten, head) - fitting(three, head)))
        assert more > 0


def test_the_forecast_of_encoding_is_what_is_missing_at_the_speed_that_is_known(desk, letters):
    """11 words a text, at 5 tokens a second on this store's last run."""
    encoder, rows = HashEncoder(16), letters(60)
    Speeds(desk.store.root).note(encoder.fingerprint, tokens=10_000, seconds=2000.0, device="cpu")
    embed([row["body"] for row in rows[:10]], encoder=encoder, store=desk.store)
    assert set(encoder.count_tokens([row["body"] for row in rows])) == {11}
    task, _ = heads_task(desk.ask(rows, dim=[16, 8]), output=desk.folder / "run", store=desk.store)
    found = forecast(task.prepared, {})
    assert (found.texts, found.encode_seconds) == (50, pytest.approx(50 * 11 / 5))


# Winner


def test_the_card_keeps_the_held_out_estimate_and_says_so(desk, letters):
    result = desk.run(letters(60), target=["score", "other"], head="ridge", headline="lang=en")
    card, head = load_artifact(desk.folder / "run" / "winner")
    winner = next(cell for cell in result.cells if cell.id == result.winner)
    assert (card.head, head.name) == (winner.head, winner.head)
    assert [(one.target, one.value, one.n) for one in card.measures] == [
        ("", winner.estimate.value, winner.estimate.n),
        *((part.target, part.estimate.value, part.n) for part in winner.targets),
    ]
    assert "held-out" in card.measured
    assert "refitted on all rows" in card.measured
    assert card.rows == 60
    scores = [row["score"] for row in letters(60)]
    assert (card.targets[0].name, card.targets[0].low, card.targets[0].high) == (
        "score",
        min(scores),
        max(scores),
    )


def test_a_winner_without_vectors_needs_no_encoder(desk, letters):
    desk.run(letters(60), head="mean", baseline="mean")
    card = read_card(desk.folder / "run" / "winner")
    assert (card.encoder, card.dim) == ("", 1)
    scores = Scorer.load(desk.folder / "run" / "winner").score(["any text", ""])
    assert scores.values[0, 0] == pytest.approx(np.mean([row["score"] for row in letters(60)]))


def test_the_winner_of_classes_knows_their_names(desk, letters):
    desk.run(letters(60), target="mood", head="logistic", baseline="logistic")
    assert read_card(desk.folder / "run" / "winner").classes == ("flat", "glad", "sad")


def test_a_scorer_of_the_same_cell_chosen_alike_from_the_same_rows_stays(desk, letters):
    result = desk.run(letters(60), head="ridge", choose="best")
    place = desk.folder / "run" / "winner"
    chosen = next(cell for cell in result.cells if cell.id == result.winner)
    asked = {"advice": advice_notes(result), "data_digest": result.made["data digest"]}
    assert holds(place, chosen, **asked)
    assert not holds(place, chosen, **{**asked, "data_digest": "another"})
    assert not holds(place, chosen, **{**asked, "advice": ["chosen otherwise"]})
    for name, value in {
        "encoder": "m",
        "sentence": "Judge",
        "long": "chunk",
        "dim": 3,
        "head": "mlp",
    }.items():
        assert not holds(place, replace(chosen, **{name: value}), **asked)
    assert not holds(place.with_name("none"), chosen, **asked)
    (place / "card.json").write_text("{")
    assert not holds(place, chosen, **asked)
