"""The rows on which two cells part, on figures worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semascope.reports.heads.parting import parting_rows, section, two_cells
from semascope.reports.heads.reading import Reading


@pytest.fixture
def two(studies):
    """Chosen and baseline on four rows: errors 0, 2, 1, 0 and 1, 0, 1, 3."""
    study = studies.make_study(cells=2, rows=4, ordinal=False)
    base, chosen = study.cells
    truth = np.zeros((4, 1))
    predictions = {
        base.id: np.array([[1.0], [0.0], [-1.0], [3.0]]),
        chosen.id: np.array([[0.0], [2.0], [1.0], [0.0]]),
    }
    held_out = replace(study.held_out, truth=truth, predictions=predictions)
    return replace(study, held_out=held_out, winner=chosen.id), base, chosen


def tuned(study, cell):
    """The study with a cell that is a tuned model."""
    cells = [replace(each, reads="texts", encoder="") if each.id == cell.id else each for each in study.cells]
    return replace(study, cells=cells)


def test_the_two_sides_are_told_apart_row_by_row(two):
    study, base, chosen = two
    reading = Reading(study)
    found = section(reading)
    assert found.title == f"Where {chosen.label} and {base.label} part"
    assert found.lead.replace("\u202f", " ").startswith(
        f"{chosen.label} is nearer on 50 % of the 4 held-out rows, {base.label} on 25 %."
    )
    page = str(found.body)
    first, second = page.split(f"{base.label} nearer than")
    # The chosen one is nearer by 3 on row 3 and by 1 on row 0; on row 2 both err by 1.
    rows = [int(row) for row in study.held_out.rows]
    assert first.index(f"row {rows[3]:,}") < first.index(f"row {rows[0]:,}")
    assert f"row {rows[1]:,}" in second
    assert f"row {rows[2]:,}" not in page


def test_a_tuned_model_is_held_against_the_best_frozen_cell_of_the_training_rows(studies):
    study = studies.make_study(cells=4, rows=30)
    model = study.cells[-1]
    study = replace(tuned(study, model), winner=model.id)
    one, other = two_cells(Reading(study))
    frozen = [cell for cell in study.cells if cell.reads == "vectors"]
    assert one.id == model.id
    assert other.id == min(frozen, key=lambda cell: study.choice.by_cell[cell.id].value).id
    turned = replace(study, winner=frozen[0].id)
    assert two_cells(Reading(turned))[1].id == model.id


def test_classes_part_where_one_alone_is_right(studies):
    study = studies.make_study(cells=2, rows=6, classes=("a", "b", "c"))
    base, chosen = study.cells
    truth = np.array([[0.0], [1.0], [2.0], [0.0], [1.0], [2.0]])
    predictions = {base.id: truth.copy(), chosen.id: truth.copy()}
    predictions[base.id][1] = 2.0  # the chosen one alone is right
    predictions[base.id][4] = predictions[chosen.id][4] = 0.0  # both are wrong
    held_out = replace(study.held_out, truth=truth, predictions=predictions)
    found = section(Reading(replace(study, held_out=held_out, winner=chosen.id)))
    rows = [int(row) for row in study.held_out.rows]
    assert f"row {rows[1]:,}" in str(found.body)
    assert f"row {rows[4]:,}" not in str(found.body)


def test_cells_that_never_part_have_no_section(studies):
    study = studies.make_study(cells=2, rows=5)
    base, chosen = study.cells
    held_out = replace(
        study.held_out, predictions=dict.fromkeys((base.id, chosen.id), study.held_out.truth + 1.0)
    )
    assert section(Reading(replace(study, held_out=held_out, winner=chosen.id))) is None
    assert parting_rows(np.zeros(3)) == []
