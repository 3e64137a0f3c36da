"""What searching is judged by: asked before training, and documents that training knows to be right are not counted as wrong."""

from __future__ import annotations

import pytest
from tests.tuning_tables import write_pairs

from semascope.errors import ConfigError
from semascope.studies.tuned.asking.plan import TunePlan
from semascope.studies.tuned.judging.searched import check_search


@pytest.mark.parametrize("measure", ["nDCG@10", "R@2000", "AP"])
def test_any_depth_can_be_judged(tmp_path, measure):
    plan = TunePlan(data=write_pairs(tmp_path), query="q", document="d", measure=measure)
    check_search(plan, "hash:16", "hash:16", tuned="hash:8")


@pytest.mark.parametrize("name", ["bm25", "hybrid:x", "hash:16"])
def test_a_name_that_another_cell_has_is_refused(tmp_path, name):
    plan = TunePlan(data=write_pairs(tmp_path), query="q", document="d", name=name)
    with pytest.raises(ConfigError, match=name):
        check_search(plan, "hash:16", "hash:16", tuned="hash:8")
