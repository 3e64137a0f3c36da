"""No folder of the machine is told to others, and what is no path of it stays."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from semascope.serve.guarding.paths import LONGEST, without_paths

FOLDER = st.text("abcdefghXYZ0123._-äß", min_size=1, max_size=12).map(lambda name: f"{name}-folder")
SPACED = st.lists(FOLDER, min_size=1, max_size=3).map(" ".join)


@given(
    st.lists(FOLDER, min_size=1, max_size=6),
    st.sampled_from(["", "cannot read ", "path=", "(", "error:", "a, ", "x -> ", '"', "'", "`", "["]),
    st.sampled_from(["/", "//", "C:\\", "~/", "~me/", "file:///", "\\\\host-folder\\"]),
    st.sampled_from(["", " is damaged", ": no such file", "'", '"', "`", ")", ", or /other-folder/x"]),
)
def test_no_folder_leaves(folders, before, start, after):
    assume(not (before == "error:" and start == "//"))  # that is an address
    separator = "\\" if "\\" in start else "/"
    said = without_paths(f"{before}{start}{separator.join(folders)}{separator}last{after}")
    assert "folder" not in said
    assert "last" in said
    assert said.endswith(after.replace("/other-folder/", "").rstrip())


@given(st.lists(SPACED, min_size=1, max_size=4), st.sampled_from(["", '"', "'", "`"]))
def test_folders_with_spaces_do_not_leave_either(folders, quote):
    assert (
        without_paths(f"see {quote}/{'/'.join(folders)}/last.txt{quote} there")
        == f"see {quote}last.txt{quote} there"
    )


@pytest.mark.parametrize(
    "message",
    [
        "sentence-transformers/all-MiniLM-L6-v2 is no encoder",
        "ask https://example.org/v1/embeddings?x=/a/b or http://127.0.0.1:80/x",
        "3/4 of the texts, and/or none; 1 / 2",
        "none; see /v1/models, or /openapi.json",
        "write ./here/it or docs/there.md",
        "application/json; charset=utf-8",
        "",
    ],
)
def test_what_is_no_path_of_the_machine_stays(message):
    assert without_paths(message) == message


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("/srv/x.csv has no column of org/name", "x.csv has no column of org/name"),
        ("the folder /srv/data/ is empty", "the folder data/ is empty"),
        ("/srv/a/b and /srv/c/d differ", "b and d differ"),
        ("/v1/me/x and /openapi.json/x, /srv/v1/models", "x and x, models"),
        ("two\nlines of /srv/x\n", "two lines of x"),
    ],
)
def test_what_stands_around_a_path_stays(message, said):
    assert without_paths(message) == said


@given(st.text("/\\ab.: '\"~", max_size=400))
def test_any_text_is_taken_and_no_long_one_is_sent(text):
    assert len(without_paths(text * 20)) <= LONGEST
