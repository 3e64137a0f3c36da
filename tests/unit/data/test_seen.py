"""Digests of the texts that a model was trained on: found again in any spelling, damaged files named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.data.duplicates import normalise
from semascope.data.seen import SEEN, among, read_seen, text_digests, write_seen
from semascope.encoders.loading import load_encoder
from semascope.errors import DataError


@given(trained=st.lists(st.text(max_size=8), max_size=12), asked=st.lists(st.text(max_size=8), max_size=12))
def test_a_text_is_found_when_it_is_one_of_them_after_normalisation(trained, asked):
    found = among([*asked, *trained], np.unique(text_digests(trained)))
    known = {normalise(text) for text in trained}
    assert found.tolist() == [normalise(text) in known and bool(text.strip()) for text in [*asked, *trained]]


def test_they_are_kept_in_the_folder_and_come_with_the_encoder(static_folders, tmp_path):
    static_folders.write_model2vec(tmp_path / "tuned")
    assert load_encoder(str(tmp_path / "tuned")).seen.tolist() == []
    write_seen(tmp_path / "tuned", ["High tide", "high  TIDE", "low"])
    seen = load_encoder(str(tmp_path / "tuned")).seen
    assert len(seen) == 2
    assert among(["HIGH tide", "noon", "low"], seen).tolist() == [True, False, True]


@pytest.mark.parametrize(
    "wrong", [np.array([3, 1], dtype=np.uint64), np.array([1.0]), np.zeros((2, 2), dtype=np.uint64), None]
)
def test_a_damaged_file_is_an_error_because_a_flattered_figure_would_pass(tmp_path, wrong):
    if wrong is None:
        (tmp_path / SEEN).write_bytes(b"\x93NUMPY no more")
    else:
        np.save(tmp_path / SEEN, wrong)
    with pytest.raises(DataError, match=r"seen\.npy is damaged .* make the folder again"):
        read_seen(tmp_path)


def test_nothing_is_unpickled(tmp_path):
    np.save(tmp_path / SEEN, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="damaged"):
        read_seen(tmp_path)
