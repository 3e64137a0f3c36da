"""Papers through the real client from a server on this machine: what is kept, counted, recorded and asked for again."""

from __future__ import annotations

from datetime import date

import pytest

from semascope.data.arxiv import fetching
from semascope.data.arxiv.client import PAGE, RETRIES
from semascope.data.arxiv.fetching import fetch_arxiv
from semascope.data.arxiv.roles import Roles
from semascope.errors import ConfigError, DataError


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.now, self.slept = 1_000.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fetch(tmp_path, clock):
    """Fetches from a server into one folder; the wait is 0 unless a test gives another."""

    def run(server, *categories, **settings):
        given = {"wait": 0.0, "sleep": clock.sleep, "clock": clock, **settings}
        return fetch_arxiv(
            categories or ("gr-qc",), folder=tmp_path / "pages", address=server.address, **given
        )

    return run


def papers(atom_server, n, *, first=0, **fields):
    return [
        atom_server.Entry(
            id=f"2401.{number:05d}v1", title=f"Tide {number}", summary=f"On tide {number}.", **fields
        )
        for number in range(first, first + n)
    ]


def ids(fetched):
    return fetched.table.strings("id")


def test_a_paper_is_a_row(atom_server, fetch):
    entry = atom_server.Entry(
        id="gr-qc/0701001v3",
        title="Tides of\n  compact binaries",
        summary="  We compute tides\nto second order, A &amp; B < C.\n",
        primary="hep-th",
        categories=("gr-qc", "hep-th"),
        authors=("Ada  Tide", "Bo Ebb"),
        comment="12 pages",
        doi="10.1000/1",
    )
    with atom_server.AtomServer({"gr-qc": [entry]}) as server:
        table = fetch(server).table
    assert table.data.to_pylist() == [
        {
            "id": "gr-qc/0701001",
            "title": "Tides of compact binaries",
            "abstract": "We compute tides to second order, A &amp; B < C.",
            "categories": ["hep-th", "gr-qc"],
            "primary": "hep-th",
            "role": "soft",  # of the primary category, not of the one that was asked for
            "published": "2024-01-02T03:04:05Z",
            "updated": "2024-02-02T03:04:05Z",
            "authors": ["Ada Tide", "Bo Ebb"],
            "doi": "10.1000/1",
        }
    ]
    assert server.asked == [
        {
            "search_query": "cat:gr-qc",
            "sortBy": "submittedDate",
            "sortOrder": "descending",
            "start": "0",
            "max_results": str(PAGE),
        }
    ]


def test_pages_follow_each_other_three_seconds_apart(atom_server, fetch, clock):
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 250)}) as server:
        found = fetch(server, wait=3.0)
    assert ids(found) == [f"2401.{number:05d}" for number in range(250)]
    assert [asked["start"] for asked in server.asked] == ["0", "100", "200"]
    assert clock.slept == [3.0, 3.0]


def test_the_wait_lies_between_categories_too(atom_server, fetch, clock):
    lists = {"gr-qc": papers(atom_server, 2), "hep-th": papers(atom_server, 2, first=5, primary="hep-th")}
    with atom_server.AtomServer(lists) as server:
        fetch(server, "gr-qc", "hep-th", wait=3.0)
    assert clock.slept == [3.0]


def test_a_second_run_reads_what_was_recorded_and_asks_for_the_rest(atom_server, fetch, clock):
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 250)}) as server:
        server.faults = {2 + number: atom_server.Fault(status=503) for number in range(RETRIES + 1)}
        with pytest.raises(
            DataError, match=r"did not give a page in 5 tries \(HTTP 503\); pages that came are kept"
        ):
            fetch(server)
        before = len(server.asked)
        found = fetch(server, wait=3.0)
        assert [asked["start"] for asked in server.asked[before:]] == ["200"]
        assert (found.account.pages_recorded, found.account.pages_asked) == (2, 1)
        assert len(found.table) == 250
        again = fetch(server, wait=3.0)
        assert len(server.asked) == before + 1
    assert again.table.data.equals(found.table.data)
    assert (again.account.pages_recorded, again.account.pages_asked) == (3, 0)
    assert not any(clock.slept)  # nothing recorded is waited for


def test_a_page_is_recorded_as_it_came(atom_server, fetch, tmp_path):
    broken = atom_server.Entry(id="2401.00777v1", published="soon")
    entries = [*papers(atom_server, 3), broken]
    with atom_server.AtomServer({"gr-qc": entries}) as server:
        fetch(server)
    (page,) = (tmp_path / "pages").iterdir()
    assert page.name.startswith("gr-qc-000000-")
    assert page.read_bytes() == atom_server.feed(entries, total=4)


def test_another_question_has_other_pages(atom_server, fetch):
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 3)}) as server:
        fetch(server)
        fetch(server, begin=date(2024, 1, 1), end=date(2024, 1, 31))
    assert server.asked[1]["search_query"] == "cat:gr-qc AND submittedDate:[202401010000 TO 202401312359]"


def test_a_damaged_record_is_named(atom_server, fetch, tmp_path):
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 3)}) as server:
        fetch(server)
        (page,) = (tmp_path / "pages").iterdir()
        page.write_bytes(page.read_bytes()[:300])
        with pytest.raises(
            DataError, match=r"gr-qc-000000-.*\.xml cannot be read .* delete it, and it is asked for again"
        ):
            fetch(server)
        page.unlink()
        assert len(fetch(server).table) == 3


def cut(page):
    return page[: len(page) // 2]


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("fault", ["empty", "cut", "hang up", "words", "503", "500", "429"])
def test_a_page_that_is_none_is_asked_for_again(atom_server, fetch, fault, at):
    faults = {
        "empty": atom_server.Fault(body=atom_server.feed([], total=150, start=100 * at)),
        "cut": atom_server.Fault(body=cut),
        "hang up": atom_server.Fault(body=lambda page: page, hang_up=True),
        "words": atom_server.Fault(body=b"Rate exceeded."),
        "503": atom_server.Fault(status=503, headers={"Retry-After": "0"}),
        "500": atom_server.Fault(status=500, body=b"<html>"),
        "429": atom_server.Fault(status=429),
    }
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 150)}) as server:
        server.faults = {at: faults[fault]}
        assert len(fetch(server).table) == 150
        assert [asked["start"] for asked in server.asked] == [["0", "0", "100"], ["0", "100", "100"]][at]


def test_a_server_that_asks_for_patience_gets_it(atom_server, fetch, clock):
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 3)}) as server:
        server.faults = {
            0: atom_server.Fault(status=503, headers={"Retry-After": "20"}),
            1: atom_server.Fault(status=503),
        }
        assert len(fetch(server, wait=3.0).table) == 3
    assert clock.slept == [20.0, 12.0]  # 3 s, doubled for each of two failures in a row


def test_a_pause_that_is_too_long_is_left_to_the_user(atom_server, fetch, clock):
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 3)}) as server:
        server.faults = {0: atom_server.Fault(status=503, headers={"Retry-After": "3600"})}
        with pytest.raises(
            DataError,
            match=r"asks to wait 3,600 s \(HTTP 503\); pages are kept in .*; run the command again then",
        ):
            fetch(server)
        assert len(server.asked) == 1
    assert clock.slept == []


@pytest.mark.parametrize("status", [200, 400])
def test_what_arxiv_says_of_a_question_is_said(atom_server, fetch, status):
    with atom_server.AtomServer({"gr-qc": []}) as server:
        server.faults = {
            0: atom_server.Fault(status=status, body=atom_server.refusal("malformed query:\n gr-qc"))
        }
        with pytest.raises(DataError, match="arXiv refuses the question: malformed query: gr-qc;"):
            fetch(server)
        assert len(server.asked) == 1


def test_a_page_that_repeats_rows_adds_none(atom_server, fetch):
    """Two papers came in between two pages: the second page begins with the end of the first."""
    late = papers(atom_server, 150)
    with atom_server.AtomServer({"gr-qc": late}) as server:
        server.faults = {1: atom_server.Fault(body=atom_server.feed(late[98:], total=152, start=100))}
        found = fetch(server)
    assert ids(found) == [f"2401.{number:05d}" for number in range(150)]
    assert found.account.repeats == 2
    assert found.account.changed == {"gr-qc": (150, 152)}


def test_what_new_papers_push_behind_the_first_count_is_fetched_too(atom_server, fetch):
    """Counted were 200; two new ones then made it 202, and the last two stand on a third page."""
    old = papers(atom_server, 200)
    with atom_server.AtomServer({"gr-qc": old}) as server:
        server.faults = {
            1: atom_server.Fault(body=atom_server.feed(old[98:198], total=202, start=100)),
            2: atom_server.Fault(body=atom_server.feed(old[198:], total=202, start=200)),
        }
        found = fetch(server)
        assert [asked["start"] for asked in server.asked] == ["0", "100", "200"]
    assert ids(found) == [f"2401.{number:05d}" for number in range(200)]


def test_a_list_that_gets_shorter_ends(atom_server, fetch):
    entries = papers(atom_server, 101)
    with atom_server.AtomServer({"gr-qc": entries}) as server:
        server.faults = {1: atom_server.Fault(body=atom_server.feed([], total=100, start=100))}
        found = fetch(server)
        assert len(server.asked) == 2  # the end is recorded, and not asked for four times more
    assert len(found.table) == 100
    assert found.account.changed == {"gr-qc": (101, 100)}


def test_entries_that_cannot_be_read_are_counted_and_the_others_kept(atom_server, fetch):
    odd = [
        atom_server.Entry(id="2401.00901v1", published="soon"),
        atom_server.Entry(id="2401.00902v1", published=None),
        atom_server.Entry(id="2401.00903v1", primary=""),
        atom_server.Entry(id="", summary="Whose?"),
    ]
    entries = [*papers(atom_server, 60), *odd, *papers(atom_server, 60, first=60)]
    with atom_server.AtomServer({"gr-qc": entries}) as server:
        found = fetch(server)
    assert ids(found) == [f"2401.{number:05d}" for number in range(120)]
    assert found.account.unreadable == {
        "http://arxiv.org/abs/2401.00901v1": "published is 'soon', no time",
        "http://arxiv.org/abs/2401.00902v1": "published is '', no time",
        "http://arxiv.org/abs/2401.00903v1": "no primary category",
        "http://arxiv.org/abs/": "no id of arXiv",
    }


def test_a_paper_stands_once_in_its_last_version(atom_server, fetch):
    first, last = (
        atom_server.Entry(id="2401.00001v1", title="Early"),
        atom_server.Entry(id="2401.00001v2", title="Late"),
    )
    other = atom_server.Entry(id="2401.00002v1", title="Other")
    with atom_server.AtomServer({"gr-qc": [first, other, last], "hep-th": [first, other]}) as server:
        found = fetch(server, "gr-qc", "hep-th")
    assert found.table.strings("title") == ["Late", "Other"]
    assert found.account.repeats == 3


def test_withdrawn_and_empty_papers_and_those_without_a_role_are_left_out_and_counted(atom_server, fetch):
    entries = [
        atom_server.Entry(
            id="2401.00001v2", summary="This paper has been withdrawn by the author due to an error."
        ),
        atom_server.Entry(id="2401.00002v2", comment="Withdrawn: see 2401.1"),
        atom_server.Entry(id="2401.00003v1", summary="\n  "),
        atom_server.Entry(id="2401.00004v1", title=" "),
        atom_server.Entry(id="2401.00005v1", primary="astro-ph.HE"),
        atom_server.Entry(id="2401.00006v1", comment="replaces a withdrawn version"),
        atom_server.Entry(
            id="2401.00007v1", summary="Aquifers from which water is withdrawn are a paper tiger."
        ),
    ]
    with atom_server.AtomServer({"gr-qc": entries}) as server:
        found = fetch(server)
    assert ids(found) == ["2401.00006", "2401.00007"]
    account = found.account
    assert (account.withdrawn, account.empty, dict(account.without_role)) == (2, 2, {"astro-ph.HE": 1})


def test_a_limit_is_shared_and_no_more_pages_are_asked_for(atom_server, fetch):
    lists = {"gr-qc": papers(atom_server, 250), "hep-th": papers(atom_server, 2, first=500, primary="hep-th")}
    with atom_server.AtomServer(lists) as server:
        found = fetch(server, "gr-qc", "hep-th", limit=9)
        assert [asked["search_query"] for asked in server.asked] == ["cat:gr-qc", "cat:hep-th"]
        assert found.table.strings("role") == ["main"] * 5 + ["soft"] * 2
        assert found.account.short == {"hep-th": 2}
        larger = fetch(server, "gr-qc", "hep-th", limit=240)
        assert [asked["start"] for asked in server.asked[2:]] == ["100"]
    assert larger.table.strings("role").count("main") == 120


def test_every_kept_paper_is_progress(atom_server, fetch):
    steps = []
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 3)}) as server:
        fetch(server, limit=2, progress=steps.append)
    assert [(step.stage, step.done, step.total, step.unit) for step in steps] == [
        ("fetching gr-qc", 1, 2, "papers"),
        ("fetching gr-qc", 2, 2, "papers"),
    ]


def test_bad_settings_are_refused_before_anything_is_asked(atom_server, fetch):
    with atom_server.AtomServer({}) as server:
        for settings, message in [
            ({"limit": 0}, "limit is 0; it must be 1 or more"),
            ({"wait": -1.0}, "wait is -1 s; it must be 0 or more"),
            ({"begin": date(2024, 2, 1), "end": date(2024, 1, 1)}, "from is 2024-02-01 and to is 2024-01-01"),
            ({"roles": Roles.parsed(["main=hep-ph"])}, "gr-qc has no role"),
        ]:
            with pytest.raises(ConfigError, match=message):
                fetch(server, **settings)
        with pytest.raises(ConfigError, match="category is 'GR QC'"):
            fetch(server, "GR QC")
        assert server.asked == []


def test_a_category_without_papers_is_said_and_asked_for_again_by_the_next_run(atom_server, fetch):
    with atom_server.AtomServer({"gr-qc": []}) as server:
        with pytest.raises(DataError, match="no paper of gr-qc"):
            fetch(server)
        server.papers["gr-qc"] = papers(atom_server, 2)
        assert len(fetch(server).table) == 2


def test_a_list_of_which_suddenly_nothing_is_left_is_asked_for_again(atom_server, fetch):
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 150)}) as server:
        server.faults = {1: atom_server.Fault(body=atom_server.feed([], total=0, start=100))}
        found = fetch(server)
    assert len(found.table) == 150
    assert found.account.changed == {}


def test_nobody_there_is_said(atom_server, fetch):
    with atom_server.AtomServer({}) as server:
        pass
    with pytest.raises(DataError, match=r"did not give a page in 5 tries \(the connection failed"):
        fetch(server)


def test_arxiv_itself_is_asked_where_no_address_is_given_and_never_faster_than_it_allows(
    tmp_path, atom_server, monkeypatch
):
    assert fetching.ADDRESS == "https://export.arxiv.org/api/query"
    with pytest.raises(
        ConfigError, match=r"wait is 2\.9 s; it must be 0 or more, and 3 or more for arXiv itself"
    ):
        fetch_arxiv(["gr-qc"], folder=tmp_path / "pages", wait=2.9)
    with atom_server.AtomServer({"gr-qc": papers(atom_server, 2)}) as server:
        monkeypatch.setattr(fetching, "ADDRESS", server.address)
        assert len(fetch_arxiv(["gr-qc"], folder=tmp_path / "pages").table) == 2
