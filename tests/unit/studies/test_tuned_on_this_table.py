"""An encoder that was tuned on rows of the table is chosen and judged on the others."""

from __future__ import annotations

import math

import numpy as np
import pytest

from semascope.data.seen import text_digests
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.studies.heads.asking import prepare
from semascope.studies.heads.asking.rows import Rows, load_rows
from semascope.studies.heads.asking.seen_rows import with_seen
from semascope.studies.heads.asking.settings import Study

TUNED = "hash:8 · default · 8 · ridge"
ASKED = {"encoder": ["hash:16", "hash:8"], "head": "ridge"}


@pytest.fixture
def tuned(monkeypatch):
    """Makes ``hash:8`` an encoder that knows the score of some texts by heart, and may say so."""
    load = prepare.load_encoder

    def install(rows: list[dict], places: list[int], *, says: bool = True) -> None:
        known = {rows[place]["body"]: rows[place]["score"] for place in places}

        class Tuned(HashEncoder):
            seen = np.unique(text_digests(known)) if says else np.empty(0, dtype=np.uint64)

            def encode(self, prompts):
                vectors = super().encode(prompts)
                for vector, prompt in zip(vectors, prompts, strict=True):
                    if prompt in known:  # a circle, so that rows keep unit length
                        angle = known[prompt] / 10
                        vector[:] = [math.cos(angle), math.sin(angle), 0, 0, 0, 0, 0, 0]
                return vectors

        monkeypatch.setattr(
            prepare,
            "load_encoder",
            lambda source, **more: Tuned(8) if source == "hash:8" else load(source, **more),
        )

    return install


def sides(desk, rows: list[dict]) -> tuple[list[int], list[int]]:
    split = load_rows(desk.ask(rows, **ASKED)).split
    return split.train.tolist(), split.test.tolist()


def test_one_that_was_tuned_on_the_training_rows_is_not_chosen_by_them(desk, letters, tuned):
    rows = letters(120)
    train, _ = sides(desk, rows)
    tuned(rows, train, says=False)
    fooled = desk.run(rows, output="fooled", **ASKED)
    by_id = {cell.id: cell for cell in fooled.cells}
    assert fooled.winner == fooled.choice.best == TUNED  # what was wrong: nothing says what it has seen
    assert by_id[TUNED].selection < 0.1 < 1 < by_id[TUNED].estimate.value

    tuned(rows, train)
    result = desk.run(rows, **ASKED)
    cells = {cell.id: cell for cell in result.cells}
    assert result.winner != TUNED != result.choice.best
    assert math.isnan(cells[TUNED].selection)
    assert cells[TUNED].estimate == by_id[TUNED].estimate  # the held-out rows are unseen, so that it stands
    assert {name: cell.selection for name, cell in cells.items() if name != TUNED} == {
        name: cell.selection for name, cell in by_id.items() if name != TUNED
    }
    (note,) = [note for note in result.notes if "was tuned on" in note.title]
    assert note.title == f"hash:8 was tuned on {len(train)} of {len(train)} training rows of this table"
    assert "take no part in the choice" in note.text
    assert any("hash:8 was tuned on" in line for line in desk.said if line.startswith("WARNING"))
    assert any("hash:8 was tuned on" in line for line in result.headline)


def test_one_that_saw_a_few_rows_is_chosen_and_judged_on_the_others(desk, letters, tuned):
    rows = letters(120)
    train, test = sides(desk, rows)
    seen = [*train[:30], *test[:4]]
    tuned(rows, seen)
    result = desk.run(rows, **ASKED)
    assert result.rows_judged == len(test) - 4
    assert not {test[0], test[3]} & set(result.held_out.rows.tolist())
    scores = np.array([row["score"] for row in rows])
    span = scores[train].min(), scores[train].max()
    import pyarrow.parquet as pq

    for cell in result.cells:
        (file,) = (desk.folder / "run" / "cells").glob(
            f"{cell.id.split(' ')[0].replace(':', '-')}*/out_of_fold.parquet"
        )
        lines = [line for line in pq.read_table(file).to_pylist() if line["row"] not in seen]
        errors = [abs(np.clip(line["prediction"], *span) - line["truth"]) for line in lines]
        assert cell.selection == pytest.approx(np.mean(errors))
        assert cell.verdict.n == len(test) - 4
    (note,) = [note for note in result.notes if "was tuned on" in note.title]
    assert f"30 of {len(train)} training rows and 4 of {len(test)} held-out rows" in note.title
    assert "chosen on the training rows that it has not seen" in note.text


def test_a_near_copy_of_a_seen_text_is_seen(desk, letters, tuned):
    rows = letters(120)
    rows[1] = {**rows[1], "body": rows[0]["body"].upper() + "  "}
    tuned(rows, [0])
    desk.run(rows, **ASKED)
    split = load_rows(desk.ask(rows, **ASKED)).split
    side = "held-out" if 0 in split.test else "training"
    assert any(
        f"tuned on 2 of {len(split.test if side == 'held-out' else split.train)} {side}" in line
        for line in desk.said
    )


def test_other_splits_would_judge_what_it_has_seen(desk, letters, tuned):
    rows = letters(120)
    tuned(rows, [0, 5])
    with pytest.raises(
        ConfigError, match=r"repeats is 3, and 'hash:8' was tuned on rows of this table.*leave out"
    ):
        desk.run(rows, **{**ASKED, "repeats": 3})
    result = desk.run(rows, **{**ASKED, "repeats": None})
    assert result.repeat_family is None
    assert any("one split judges" in line for line in desk.said)


def test_without_an_unseen_held_out_row_nothing_can_be_said(desk, letters, tuned):
    rows = letters(120)
    tuned(rows, sides(desk, rows)[1])
    with pytest.raises(DataError, match=r"'score' has 0 held-out values in rows that 'hash:8' did not see"):
        desk.run(rows, **ASKED)


class Knowing:
    """Stands for an encoder that was tuned on these texts."""

    name = "tide"

    def __init__(self, texts) -> None:
        self.seen = np.unique(text_digests(texts))


def taken(rows, seen: list[int]) -> Rows:
    study = Study.from_mapping({"data": "x.csv", "text": "a", "target": "b"})
    return with_seen(study, rows, [Knowing([rows.texts[row] for row in seen])])


@pytest.mark.parametrize("every", [40, 20, 30])
def test_half_of_the_training_rows_may_be_seen_of_every_target(make_rows, every):
    """Of ``every`` training rows that have the second target; ten must be left, whatever half of them is."""
    truth = np.arange(100.0).reshape(50, 2)
    truth[every:40, 1] = np.nan
    rows = make_rows(truth, test=list(range(40, 50)))
    half = list(range(every // 2))
    found = taken(rows, half)
    assert (found.seen.apart, found.seen.rows.tolist()) == ((), half)
    assert found.seen.counts == {"tide": (every // 2, 0)}
    more = taken(rows, [*half, every // 2])
    assert (more.seen.apart, more.seen.rows.tolist()) == (("tide",), [])


def test_ten_training_rows_must_be_left_even_where_they_are_more_than_half(make_rows):
    rows = make_rows(np.arange(24.0), test=list(range(16, 24)))
    assert taken(rows, list(range(6))).seen.apart == ()
    assert taken(rows, list(range(7))).seen.apart == ("tide",)


def test_two_held_out_rows_must_be_left_of_every_target(make_rows):
    truth = np.arange(80.0).reshape(40, 2)
    truth[35:, 1] = np.nan
    rows = make_rows(truth, test=list(range(30, 40)))
    assert taken(rows, [30, 31, 32]).seen.rows.tolist() == [30, 31, 32]
    with pytest.raises(DataError, match="target 't1' has 1 held-out value in rows that 'tide' did not see"):
        taken(rows, [30, 31, 32, 33])


def test_cells_of_one_folder_are_judged_on_the_same_rows(desk, letters, tuned):
    rows = letters(120)
    desk.run(rows, **ASKED)
    tuned(rows, sides(desk, rows)[1][:3])
    with pytest.raises(ConfigError, match=r"holds another study: rows tuned on was \{\} and is now"):
        desk.run(rows, **ASKED)


def test_a_pinned_baseline_that_was_tuned_on_the_rows_is_refused_unless_it_is_compared(desk, letters, tuned):
    rows = letters(120)
    tuned(rows, sides(desk, rows)[0][:20])
    alone = {"encoder": "hash:16", "head": "ridge", "baseline": TUNED}
    with pytest.raises(
        ConfigError, match=r"encoder 'hash:8', which the baseline .* give it as --encoder too"
    ):
        desk.run(rows, **alone)
    result = desk.run(rows, **{**ASKED, "baseline": TUNED})
    assert result.family.baseline == TUNED
