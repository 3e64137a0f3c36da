"""What a reader sees first: the finding in two parts, and all facts in a table."""

import numpy as np
import pytest

from semascope.maps.contents import Fact, Panel
from semascope.maps.opening import fact_table, parted


@pytest.mark.parametrize(
    ("sentence", "first", "rest"),
    [
        ("", "", ""),
        ("One thing only.", "One thing only.", ""),
        ("First; second; third.", "First.", "Second; third."),
        ("the label's best; the rest's worse.", "the label's best.", "The rest's worse."),
        ("'a; b' leads (c; d); \"it's; so\" moves.", "'a; b' leads (c; d).", '"it\'s; so" moves.'),
        ("79 % right", "79\u00a0% right", ""),
        ("an open ( bracket; never closed", "an open ( bracket; never closed", ""),
    ],
)
def test_the_first_clause_stands_alone(sentence, first, rest):
    assert parted(sentence) == (first, rest)


def test_a_fact_stands_in_the_row_of_its_panel_and_the_column_of_its_name():
    def panel(name, *facts):
        return Panel(name=name, caption="", coordinates=np.zeros((1, 2)), facts=facts)

    one, two, three = (Fact(name=name, value="1") for name in ("a", "b", "c"))
    table = fact_table([panel("first", one), panel("second", three, one), panel("bare"), panel("last", two)])
    assert table.names == ["a", "c", "b"]
    assert table.rows == [[one, None, None], [one, three, None], [None] * 3, [None, None, two]]
