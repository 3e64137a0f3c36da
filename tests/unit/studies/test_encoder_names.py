"""One encoder has one name in a study's folder, however the catalogue lets it be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from semascope.errors import ConfigError
from semascope.studies.encoder_names import name_for_folder

RECORDS = {"minilm · ridge": {"cell": {"encoder": "minilm"}, "source": "minilm"}}


@pytest.mark.parametrize("written", ["minilm", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_an_encoder_keeps_the_name_that_its_cells_have(written):
    named = name_for_folder([written, "hash:8"], pinned="", records=RECORDS, folder=Path("run"))
    assert named.grid == {"minilm": written, "hash:8": "hash:8"}
    assert named.others == {}


def test_a_baseline_may_name_it_in_another_way():
    named = name_for_folder(["minilm", "hash:8"], pinned="all-MiniLM-L6-v2", records={}, folder=Path("run"))
    assert named.grid == {"minilm": "minilm", "hash:8": "hash:8"}
    assert (named.pinned, named.others) == ("minilm", {})


def test_written_twice_it_is_refused():
    with pytest.raises(ConfigError, match=r"'minilm' and 'all-MiniLM-L6-v2' are the same encoder"):
        name_for_folder(["minilm", "all-MiniLM-L6-v2"], pinned="", records={}, folder=Path("run"))
