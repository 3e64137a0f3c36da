"""All facts of a map in a table."""

import numpy as np

from semascope.maps.contents import Fact, Panel
from semascope.maps.drawing.fact_table import fact_table


def test_a_fact_stands_in_the_row_of_its_panel_and_the_column_of_its_name():
    def panel(name, *facts):
        return Panel(name=name, caption="", coordinates=np.zeros((1, 2)), facts=facts)

    one, two, three = (Fact(name=name, value="1") for name in ("a", "b", "c"))
    table = fact_table([panel("first", one), panel("second", three, one), panel("bare"), panel("last", two)])
    assert table.names == ["a", "c", "b"]
    assert table.rows == [[one, None, None], [one, three, None], [None] * 3, [None, None, two]]
