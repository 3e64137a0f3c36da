"""Held-out predictions come back from their table as they went in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.studies.heads.computing.fit import Fitted, Folded
from semascope.studies.heads.computing.predictions import (
    from_table,
    probabilities_from_table,
    ranking_column,
    to_table,
)


def fitted(predictions, probabilities=None) -> Fitted:
    return Fitted(
        unmapped=np.asarray(predictions),
        ranking={},
        predictions=np.asarray(predictions),
        probabilities=probabilities,
        folded=Folded(predictions=np.empty(0), unmapped=np.empty(0), fold=np.empty(0, dtype=np.int64)),
        selection={},
        fit_seconds=0.0,
        predict_seconds=0.0,
        choices={},
        notes=(),
    )


@st.composite
def numbers(draw):
    n, t = draw(st.integers(3, 8)), draw(st.integers(1, 3))
    value = st.floats(allow_nan=False, allow_infinity=False, width=64)
    truth = np.array(
        draw(st.lists(st.lists(value | st.just(np.nan), min_size=t, max_size=t), min_size=n, max_size=n))
    )
    test = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True))
    cells = draw(st.lists(st.text(min_size=1), min_size=1, max_size=3, unique=True))
    predictions = {
        cell: np.array(
            draw(st.lists(st.lists(value, min_size=t, max_size=t), min_size=len(test), max_size=len(test)))
        )
        for cell in cells
    }
    order = draw(st.permutations(range(100, 100 + n)))
    return truth, test, predictions, order


@settings(max_examples=60, deadline=None)
@given(case=numbers())
def test_numbers_come_back_where_the_truth_is_known(make_rows, case):
    truth, test, predictions, order = case
    rows = make_rows(truth, test=test, numbers=list(order))
    known = np.isfinite(truth[sorted(test)])
    for cell, values in predictions.items():
        table = to_table(fitted(values), rows, cell=cell, tokens=None)
        assert table.num_rows == known.sum()
        np.testing.assert_array_equal(from_table(table, rows), np.where(known, values, np.nan))
        for line in table.to_pylist():
            place = list(order).index(line["row"])
            assert line["cell"] == cell
            assert line["truth"] == truth[place, rows.targets.index(line["target"])]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_classes_come_back_with_their_probabilities(make_rows, data):
    classes = tuple(sorted(data.draw(st.lists(st.text(min_size=1), min_size=2, max_size=4, unique=True))))
    index = st.integers(0, len(classes) - 1)
    truth = data.draw(st.lists(index, min_size=4, max_size=9))
    test = data.draw(st.lists(st.integers(0, len(truth) - 1), min_size=1, unique=True))
    rows = make_rows(truth, test=test, classes=classes)
    m = len(test)
    predictions = np.array(data.draw(st.lists(index, min_size=m, max_size=m)))
    shares = np.random.default_rng(0).dirichlet(np.ones(len(classes)), m)
    table = to_table(fitted(predictions[:, None], shares), rows, cell="a", tokens=None)
    lines = table.to_pylist()
    assert [line["prediction"] for line in lines] == [classes[one] for one in predictions]
    assert [line["truth"] for line in lines] == [classes[truth[row]] for row in sorted(test)]
    assert [line["probability"] for line in lines] == shares[np.arange(m), predictions].tolist()
    np.testing.assert_array_equal(from_table(table, rows)[:, 0], predictions)
    np.testing.assert_array_equal(probabilities_from_table(table, rows), shares)


def test_a_study_of_classes_hands_on_their_probabilities(desk, letters):
    result = desk.run(letters(60), target="mood", head="logistic")
    for cell in result.cells:
        shares = result.held_out.probabilities[cell.id]
        assert shares.shape == (result.rows_test, 3)
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        np.testing.assert_array_equal(shares.argmax(axis=1), result.held_out.predictions[cell.id][:, 0])
    assert desk.run(letters(60), output="numbers").held_out.probabilities == {}


def test_what_ranks_is_stored_beside_the_predictions(make_rows):
    rows = make_rows([0.0, 1.0, 2.0, 3.0], test=[1, 3])
    given = replace(fitted([[0.0], [0.0]]), unmapped=np.array([[0.1], [0.4]]))
    table = to_table(given, rows, cell="c", tokens=None)
    assert from_table(table, rows).tolist() == [[0.0], [0.0]]
    assert from_table(table, rows, column=ranking_column(rows)).tolist() == [[0.1], [0.4]]
