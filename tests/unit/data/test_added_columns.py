"""Whose a column is that stands in the way, and what is said of it."""

from __future__ import annotations

import pytest

from semascope.data.added_columns import check_added
from semascope.data.table import Table
from semascope.errors import ConfigError


def table(*columns: str) -> Table:
    return Table.from_columns({name: ["1", "2"] for name in columns})


@pytest.mark.parametrize("name", ["predicted_label", "probability_glad", "rank", "score", "low", "high"])
def test_a_column_of_a_file_that_was_not_scored_is_not_replaced(name):
    with pytest.raises(ConfigError, match=f"has a column '{name}' of its own; .* rename yours, or drop it"):
        check_added(table("text", name), [name, "not_scored"])


@pytest.mark.parametrize(
    ("columns", "kept"),
    [
        (("predicted_rating", "probability_glad"), ["predicted_rating", "probability_glad"]),
        (("rank", "score", "low", "high"), ["rank", "score", "low", "high"]),
        (("score",), []),  # a ranking has a rank
        (("rank",), []),
        (("low",), []),
        (("rank", "score", "predicted_score"), ["rank", "predicted_score"]),  # the score is a target
        (("suggested",), []),
    ],
)
def test_what_stays_of_an_earlier_run_is_named(columns, kept):
    found = check_added(table("text", *columns, "not_scored"), ["predicted_other", "not_scored"])
    named = ", ".join(map(repr, kept))
    assert len(found) == bool(kept)
    assert all(f" {named} of " in notice and "left as it is" in notice for notice in found)
    assert check_added(table("text", *columns, "not_scored"), ["vector"], by_us=["vector"]) == []


def test_a_number_of_a_suggestion_may_be_of_an_earlier_run_or_not():
    (said,) = check_added(table("text", "suggested"), ["suggested"])
    assert said.startswith("column 'suggested' of ")
    assert said.endswith(" is replaced: it is left over from an earlier run, or yours")
