"""Cells that hold lists, and the rows that they join."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semascope.studies.tuned.asking.labelled import read_labelled
from semascope.studies.tuned.asking.members import joined_members
from semascope.studies.tuned.asking.plan import TunePlan

N, AUTHORS = 300, 12


@given(cells=st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=3), max_size=12))
def test_rows_have_one_name_where_a_chain_of_members_joins_them(cells):
    names = joined_members(cells)
    reach = np.array([[bool(set(one) & set(other)) for other in cells] for one in cells]).reshape(
        len(cells), len(cells)
    )
    for _ in cells:
        reach = reach | (reach @ reach)
    for row, cell in enumerate(cells):
        assert bool(names[row]) == bool(cell)
        for other in range(len(cells)):
            if cell and cells[other]:
                assert (names[row] == names[other]) == bool(reach[row, other])


def test_texts_of_one_author_are_on_one_side_though_each_has_others_beside(tmp_path):
    path = tmp_path / "texts.jsonl"
    rng = np.random.default_rng(0)
    rows = [
        {
            "text": " ".join(f"w{word}" for word in rng.integers(5_000, size=8)),
            "label": f"s{place % 3}",
            "by": [f"only {place}", f"Author {place * AUTHORS // N}"],
        }
        for place in range(N)
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf8")
    table = read_labelled(TunePlan(data=path, text=["text"], label="label", group="by"))
    sides = table.divided.learning, table.divided.choosing, table.divided.estimating
    by_side = [{place * AUTHORS // N for place in side.tolist()} for side in sides]
    assert sum(map(len, by_side)) == len(set.union(*by_side)) == AUTHORS
    assert all(by_side)
