"""Every fitted head can be kept, not the winner alone."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.probes.artifact import read_card
from semascope.probes.scorer import Scorer
from semascope.studies.folder import RunFolder
from semascope.studies.heads.asking.settings import Study


def test_every_head_is_a_scorer_of_its_own(desk, letters):
    rows = letters(60)
    rows = [{**row, "second": row["score"]} for row in rows]
    asked = {"head": ["ridge", "mlp"], "keep": "all", "predictions": "human=second"}
    result = desk.run(rows, **asked)
    folder = RunFolder(desk.folder / "run")
    texts = [row["body"] for row in rows[:5]]
    for cell in result.cells:
        place = folder.of_cell(cell.id) / "scorer"
        if cell.reads == "column":
            assert not place.exists()  # it cannot answer for another text
            continue
        card = read_card(place)
        assert (card.head, card.data_digest) == (cell.head, result.made["data digest"])
        assert np.isfinite(Scorer.load(place).score(texts).values).all()
    winner, beside = (
        Scorer.load(place).score(texts).values
        for place in (folder.winner, folder.of_cell(result.winner) / "scorer")
    )
    assert np.array_equal(winner, beside)
    before = {file: file.stat().st_mtime_ns for file in folder.cells.rglob("scorer/*")}
    desk.run(rows, **asked)
    assert before == {file: file.stat().st_mtime_ns for file in folder.cells.rglob("scorer/*")}


def test_the_winner_alone_is_kept_unless_all_are_asked_for(desk, letters):
    desk.run(letters(40))
    assert not list((desk.folder / "run" / "cells").rglob("scorer"))


def test_what_is_kept_names_no_other_folder():
    least = {"data": "x.csv", "text": "a", "target": "b"}
    assert Study.from_mapping(least).digest() == Study.from_mapping({**least, "keep": "all"}).digest()
    with pytest.raises(Exception, match="keep is 'some'"):
        Study.from_mapping({**least, "keep": "some"})
