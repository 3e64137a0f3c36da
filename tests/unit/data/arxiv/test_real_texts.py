"""Real titles and abstracts go through the feed and the client letter by letter: LaTeX, signs of markup, accents."""

from __future__ import annotations

import json

import pytest

from semascope.data.arxiv.fetching import fetch_arxiv
from semascope.data.arxiv.papers import says_withdrawn
from semascope.data.arxiv.roles import Roles


@pytest.fixture
def rows(shared_data):
    text = (shared_data / "arxiv_abstracts.jsonl").read_text(encoding="utf8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.shared_data
def test_texts_come_out_as_they_went_in(rows, atom_server, tmp_path):
    whole = [row for row in rows if row["title_truncated"] == "no"]
    entries = [
        atom_server.Entry(
            id=f"{row['id']}v1",
            title=row["title"].replace(" ", "\n  ", 1),
            summary=f"  {row['abstract']}\n",
            primary=row["primary_category"],
            categories=tuple(row["categories"]),
        )
        for row in whole
    ]
    primaries = {row["primary_category"] for row in whole}
    roles = Roles.parsed([f"main={','.join(sorted(primaries))}"])
    category = whole[0]["primary_category"]
    with atom_server.AtomServer({category: entries}) as server:
        found = fetch_arxiv(
            [category], folder=tmp_path / "pages", roles=roles, address=server.address, wait=0.0
        )
    assert len(whole) > 1_000
    for name, came in (("title", "title"), ("abstract", "abstract"), ("primary", "primary_category")):
        assert found.table.strings(name) == [" ".join(row[came].split()) for row in whole]
    assert found.table.data.column("categories").to_pylist() == [
        list(dict.fromkeys(row["categories"])) for row in whole
    ]
    assert found.account.unreadable == {}


@pytest.mark.shared_data
def test_no_abstract_of_a_paper_that_stands_is_taken_for_a_withdrawn_one(rows):
    assert not [row["id"] for row in rows if says_withdrawn(abstract=row["abstract"], comment="")]
