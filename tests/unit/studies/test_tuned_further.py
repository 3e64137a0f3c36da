"""A cell tuned from a model that was tuned on rows of the same table: read again, and beside other runs, without that model."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from semascope.data.seen import SEEN, write_seen
from semascope.errors import ConfigError
from semascope.plain import plain
from semascope.reports.heads.study import render_report
from semascope.reports.run import run_study
from semascope.studies.folder import RunFolder
from semascope.studies.heads.joining import read_studies
from semascope.studies.heads.reopening import read_study

pytestmark = pytest.mark.long


@pytest.fixture
def further(desk, tiny_bert, letters, tmp_path):
    """A finished run whose tuned cell goes on from a folder that has seen some held-out and some training rows."""
    rows = letters(110)
    sides = desk.run(rows, output="alone").held_out.rows.tolist()
    seen = [*sides[:5], *[row for row in range(110) if row not in sides][:7]]
    base = shutil.copytree(tiny_bert, tmp_path / "base")
    write_seen(base, [rows[row]["body"] for row in seen])
    tuned = [{"model": str(base), "name": "further", "epochs": 1}]
    first = run_study(desk.ask(rows, tuned=tuned), output=desk.folder / "run", store=desk.store)
    return desk, rows, base, seen, first


def test_a_run_is_read_again_where_the_model_is_gone(further):
    desk, _, base, _, first = further
    assert [note.title for note in first.notes if "was tuned on" in note.title] == [
        "further was tuned on 7 of 88 training rows and 5 of 22 held-out rows of this table"
    ]
    shutil.rmtree(base)
    again = read_study(desk.folder / "run")
    again.made.pop("read again")
    assert plain(again) == plain(first)
    assert render_report(again) == (desk.folder / "run" / "report.html").read_text(encoding="utf8")
    estimate = next(cell for cell in again.cells if cell.id == "further").estimate
    assert estimate.n == 22 - 5


def test_what_the_cell_keeps_are_digests_of_the_bases_texts_alone(further):
    desk, _, base, seen, _ = further
    kept = np.load(RunFolder(desk.folder / "run").of_cell("further") / SEEN)
    assert np.array_equal(kept, np.load(base / SEEN))
    assert len(kept) == len(seen)


def test_a_run_from_before_this_was_kept_asks_the_model(further):
    desk, _, base, _, first = further
    (RunFolder(desk.folder / "run").of_cell("further") / SEEN).unlink()
    again = read_study(desk.folder / "run")
    assert plain(again.cells) == plain(first.cells)
    shutil.rmtree(base)
    with pytest.raises(ConfigError, match="rows tuned on"):
        read_study(desk.folder / "run")


def test_beside_another_run_the_same_rows_are_left_out(further):
    desk, rows, base, _, _ = further
    tuned = [{"model": str(base), "name": "further", "epochs": 1}]
    desk.run(rows, tuned=tuned, head=["ridge", "mlp"], output="other")
    joined = read_studies([desk.folder / "run", desk.folder / "other"])
    estimate = next(cell for cell in joined.cells if cell.id == "further").estimate
    assert estimate.n == 22 - 5
    # A run that judged by all rows is no company for it.
    with pytest.raises(ConfigError, match="further was tuned on rows of this table, and run alone judges"):
        read_studies([desk.folder / "run", desk.folder / "alone"])
