"""The newsgroups' posts from a copy on this machine, and what is said without one."""

from __future__ import annotations

import tarfile
import urllib.error

import pytest

from semascope.data.newsgroups import CATEGORIES, fetch_newsgroups
from semascope.errors import DataError

BODY = "The tide tables of number {} were wrong by an hour, as {} readers found out when they stood there in the dark."


@pytest.fixture
def copy(tmp_path):
    """Twelve posts in each of two groups, in two parts, with all that is to be stripped; and one that is too short."""
    for group in ("sci.space", "sci.med"):
        for number in range(12):
            part = "20news-bydate-train" if number % 3 else "20news-bydate-test"
            file = tmp_path / "20news" / part / group / str(50_000 + number)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(
                f"From: someone\nSubject: tides\n\nSomebody writes:\n> quoted words\n{BODY.format(number, group)}\n\n-- \nSignature\n",
                encoding="latin1",
            )
        (tmp_path / "20news" / "20news-bydate-train" / group / "1").write_text("From: x\n\nToo short.\n")
    return tmp_path / "20news"


def test_posts_without_headers_quotes_and_signatures(copy):
    table = fetch_newsgroups(copy=copy, categories=("sci.space", "sci.med"), limit=100)
    assert sorted(table.texts(["text"])) == sorted(
        BODY.format(number, group) for number in range(12) for group in ("sci.space", "sci.med")
    )
    assert table.strings("label").count("sci.med") == 12


def test_a_limit_is_shared_by_the_groups_and_seeded(copy):
    found = [
        fetch_newsgroups(copy=copy, categories=("sci.space", "sci.med"), limit=7, seed=seed)
        for seed in (1, 1, 2)
    ]
    assert [found[0].strings("label").count(group) for group in ("sci.space", "sci.med")] == [4, 3]
    assert found[0].texts(["text"]) == found[1].texts(["text"]) != found[2].texts(["text"])


def test_the_archive_is_the_folder(copy, tmp_path):
    archive = tmp_path / "20news-bydate.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        for part in sorted(copy.iterdir()):
            file.add(part, arcname=part.name)
    given = {"categories": ("sci.space", "sci.med"), "limit": 9}
    assert fetch_newsgroups(copy=archive, **given).texts(["text"]) == fetch_newsgroups(
        copy=copy, **given
    ).texts(["text"])


def test_a_copy_gives_the_posts_that_scikit_learn_gives(copy, tmp_path, monkeypatch):
    """The same archive through scikit-learn's own loader, which keeps it as one packed file, in another order."""
    import codecs
    import pickle

    from sklearn import datasets

    # A dashed line between two paragraphs, then quotes: what is left depends on what is stripped first.
    for number in range(3):
        odd = copy / "20news-bydate-train" / "sci.med" / f"odd{number}"
        odd.write_text(
            f"From: x\n\n{BODY.format(number, 'odd')}\n\n--\n{BODY.format(number, 'last')}\n> quoted\n"
        )
    parts = {
        part: datasets.load_files(copy / f"20news-bydate-{part}", encoding="latin1", random_state=7)
        for part in ("train", "test")
    }
    packed = codecs.encode(pickle.dumps(parts), "zlib_codec")
    (tmp_path / "20news-bydate_py3.pkz").write_bytes(packed)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    given = {"categories": ("sci.space", "sci.med"), "limit": 11}
    ours, theirs = fetch_newsgroups(copy=copy, **given), fetch_newsgroups(**given)
    assert ours.texts(["text"]) == theirs.texts(["text"])
    assert ours.strings("label") == theirs.strings("label")


def test_what_cannot_be_had_is_said(copy, tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"no post of alt\.atheism"):
        fetch_newsgroups(copy=copy, categories=("sci.med", "alt.atheism"))
    with pytest.raises(DataError, match="does not exist"):
        fetch_newsgroups(copy=tmp_path / "nowhere")
    (tmp_path / "cut.tar.gz").write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(DataError, match="cannot be read as an archive"):
        fetch_newsgroups(copy=tmp_path / "cut.tar.gz")
    with pytest.raises(DataError, match="limit is 0"):
        fetch_newsgroups(copy=copy, limit=0)
    with pytest.raises(DataError, match="seed is -1; it must be 0 or more"):
        fetch_newsgroups(copy=copy, seed=-1)

    def no_network(**given):
        assert set(given["categories"]) == set(CATEGORIES)
        assert given["remove"] == ("headers", "footers", "quotes")
        raise urllib.error.URLError("no such host")

    monkeypatch.setattr("sklearn.datasets.fetch_20newsgroups", no_network)
    with pytest.raises(DataError, match=r"cannot be downloaded .* give a copy with --from"):
        fetch_newsgroups()


def test_the_loader_of_scikit_learn_is_used(monkeypatch):
    class Found:
        target_names = ("sci.med", "sci.space")
        target = (0, 1, 1)
        data = (BODY.format(1, "a"), BODY.format(2, "b"), " short ")

    monkeypatch.setattr("sklearn.datasets.fetch_20newsgroups", lambda **given: Found)
    table = fetch_newsgroups(categories=("sci.med", "sci.space"))
    assert table.strings("label") == ["sci.med", "sci.space"]


def test_a_group_that_the_loader_does_not_know_is_said(monkeypatch):
    def unknown(**_):
        raise ValueError("'sci.nope' is not in list")

    monkeypatch.setattr("sklearn.datasets.fetch_20newsgroups", unknown)
    with pytest.raises(DataError, match=r"'sci\.nope' is not in list"):
        fetch_newsgroups(categories=("sci.nope",))
