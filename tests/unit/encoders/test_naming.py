"""What encoders are called: short, different, the same in any order, and readable again from what is written down."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.catalogue import ask, name_encoders
from semascope.encoders.loading import load_encoder
from semascope.encoders.naming import Asked, name_all, write_asked
from semascope.errors import ConfigError

PARTS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4)
TYPED = st.sampled_from(["a", "b/c", "minilm", "c"])  # a name of the catalogue, or a hub id: no folder


def folder(parts: list[str]) -> Asked:
    path = "/" + "/".join(parts)
    return Asked(written=path, name="", source=path, is_folder=True)


def typed(name: str) -> Asked:
    return Asked(written=name, name="", source=name, is_folder=False)


ENCODERS = st.lists(
    st.one_of(PARTS.map(folder), TYPED.map(typed)), min_size=1, max_size=6, unique_by=lambda one: one.source
)


def never(name: str, source: str) -> bool:
    return False


def parts_of(one: Asked) -> list[str]:
    return one.source.strip("/").split("/")


def ends_in(one: Asked, name: str) -> bool:
    return f"/{'/'.join(parts_of(one))}".endswith(f"/{name}")


@given(ENCODERS)
def test_every_encoder_has_a_name_of_its_own(asked):
    named = name_all(asked, means_another=never)
    assert list(named.values()) == [one.source for one in asked]  # as many names as encoders, in their order


@given(ENCODERS, st.randoms(use_true_random=False))
def test_names_do_not_depend_on_the_order(asked, random):
    shuffled = random.sample(asked, len(asked))
    assert name_all(shuffled, means_another=never) == name_all(asked, means_another=never)


@given(ENCODERS)
def test_what_is_no_folder_is_called_as_it_was_typed(asked):
    named = name_all(asked, means_another=never)
    assert all(named[one.source] == one.source for one in asked if not one.is_folder)


@given(ENCODERS)
def test_a_folders_name_ends_its_path_and_no_other(asked):
    called = {source: name for name, source in name_all(asked, means_another=never).items()}
    for one in asked:
        name = called[one.source]
        if one.is_folder and name != one.source:
            assert ends_in(one, name)
            assert not any(ends_in(other, name) for other in asked if other.is_folder and other is not one)


@given(ENCODERS)
def test_a_folders_name_is_as_short_as_can_be(asked):
    called = {source: name for name, source in name_all(asked, means_another=never).items()}
    others = {one.source for one in asked if not one.is_folder}
    for one in filter(lambda one: one.is_folder, asked):
        shown = parts_of(one) if called[one.source] == one.source else called[one.source].split("/")
        for count in range(1, len(shown)):
            shorter = "/".join(shown[-count:])
            rivals = (other for other in asked if other.is_folder and other is not one)
            assert shorter in others or any(ends_in(other, shorter) for other in rivals)


def test_a_folder_is_called_by_what_tells_it_from_the_others(tmp_path, monkeypatch):
    for path in ("one/tuned", "two/tuned", "two/base", "minilm"):
        (tmp_path / path).mkdir(parents=True)
    one, two, base = (str(tmp_path / path) for path in ("one/tuned", "two/tuned", "two/base"))
    assert name_encoders(["minilm", one]) == {"minilm": "minilm", "tuned": one}
    assert name_encoders([one, two, base]) == {"one/tuned": one, "two/tuned": two, "base": base}
    monkeypatch.chdir(tmp_path / "one")
    assert name_encoders(["./tuned/", "hash:8"]) == {"tuned": one, "hash:8": "hash:8"}
    assert name_encoders(["../two/base", "."]) == {"base": base, "one": str(tmp_path / "one")}
    assert name_encoders(["tuned", "tuned"]) == {"tuned": one}  # given twice it is one
    with pytest.raises(ConfigError, match=r"'tuned' and '\./tuned' are the same folder; leave one out"):
        name_encoders(["tuned", "./tuned"])


def test_a_folder_beside_the_packaged_one_is_not_taken_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("minilm").mkdir()
    assert name_encoders(["minilm"]) == {"minilm": "minilm"}  # the packaged one, whatever lies beside
    mine = str(tmp_path / "minilm")
    assert name_encoders(["./minilm"]) == {f"{tmp_path.name}/minilm": mine}


def test_a_folder_may_be_called_as_the_catalogue_calls_it(tmp_path):
    kept = tmp_path / "bge-m3"
    kept.mkdir()
    assert name_encoders([str(kept)]) == {"bge-m3": str(kept)}  # it is read as that one, too
    assert name_encoders([str(kept), "bge-m3"]) == {f"{tmp_path.name}/bge-m3": str(kept), "bge-m3": "bge-m3"}
    linked = tmp_path / "link" / "bge-m3"
    linked.parent.mkdir()
    (tmp_path / "other").mkdir()
    linked.symlink_to(tmp_path / "other")
    assert name_encoders([str(linked)]) == {"link/bge-m3": str(linked)}


def test_a_folder_of_the_hubs_cache_is_called_by_its_hub_id(tmp_path):
    commits = [
        tmp_path / "models--me--mine" / "snapshots" / commit for commit in ("0123456789", "89abcdef01")
    ]
    for one in commits:
        one.mkdir(parents=True)
    first, second = map(str, commits)
    assert name_encoders([first]) == {"me/mine": first}
    assert name_encoders([first, second]) == {"me/mine@0123456": first, "me/mine@89abcde": second}
    assert name_encoders([first, "me/mine"]) == {"me/mine@0123456": first, "me/mine": "me/mine"}


def test_a_name_that_is_given_stays(tmp_path):
    for path in ("a/tuned", "b/tuned"):
        (tmp_path / path).mkdir(parents=True)
    a, b = str(tmp_path / "a/tuned"), str(tmp_path / "b/tuned")
    assert name_encoders([f"ours={a}", b]) == {"ours": a, "tuned": b}
    assert name_encoders([f"tuned={a}", b]) == {"tuned": a, "b/tuned": b}
    assert name_encoders(["bge=BAAI/bge-m3", "small = hash:8"]) == {"bge": "BAAI/bge-m3", "small": "hash:8"}
    encoder = load_encoder("small=hash:8")
    assert (encoder.name, encoder.source, encoder.fingerprint) == (
        "small",
        "hash:8",
        load_encoder("hash:8").fingerprint,
    )


def test_a_path_with_an_equals_sign_is_that_folder_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tried = tmp_path / "sweep" / "lr=0.1"
    tried.mkdir(parents=True)
    assert name_encoders([str(tried)]) == name_encoders(["sweep/lr=0.1"]) == {"lr=0.1": str(tried)}
    assert name_encoders([f"best={tried}"]) == {"best": str(tried)}
    Path("best=sweep").mkdir()
    Path("best=sweep/tuned").mkdir()
    assert ask("best=sweep/tuned").source == str(tmp_path / "best=sweep/tuned")  # the folder, not the name
    with pytest.raises(ConfigError, match=r"'sweep/lr' is '0.2'; accepted are"):
        load_encoder("sweep/lr=0.2")


@pytest.mark.parametrize(
    "path", ["plain", "with space", "lr=0.1", "a · b", "bge-m3", "models--me--mine/snapshots/0123456"]
)
def test_what_a_study_file_says_gives_name_and_folder_again(path, tmp_path, monkeypatch):
    place = tmp_path / path
    place.mkdir(parents=True)
    ((name, source),) = name_encoders([str(place)]).items()
    monkeypatch.chdir("/")
    assert name_encoders([write_asked(name, source)]) == {name: source}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "encoder is ''; it must name one"),
        ("=hash:8", "encoder is '=hash:8', which lacks the name; accepted is NAME=ENCODER"),
        ("ours=", "encoder is 'ours=', which lacks what it names"),
        ("a · b=hash:8", "encoder 'hash:8' is named 'a · b'; a name holds neither '·'"),
        ("a\tb=hash:8", r"is named 'a\\tb'; a name holds neither"),
        ("minilm=hash:8", "encoder 'hash:8' is named 'minilm', which stands for another encoder"),
        ("bge-m3=minilm", "is named 'bge-m3', which stands for another encoder"),
        ("hash:4=hash:8", "is named 'hash:4', which stands for another encoder"),
        ("api:x/y=hash:8", "is named 'api:x/y', which stands for another encoder"),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_used_is_refused(written, said):
    with pytest.raises(ConfigError, match=said):
        name_encoders([written])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["ours=hash:8", "ours=hash:16"], "encoders 'hash:8' and 'hash:16' are both called 'ours'"),
        (
            ["ours=hash:8", "hash:8"],
            "encoders 'ours=hash:8' and 'hash:8' are the same encoder; leave one out",
        ),
        (
            ["minilm", "all-MiniLM-L6-v2"],
            "encoders 'minilm' and 'all-MiniLM-L6-v2' are the same encoder; leave one out",
        ),
        (["BGE-m3", "ours=BAAI/bge-m3"], "encoders 'BGE-m3' and 'ours=BAAI/bge-m3' are the same encoder"),
    ],
)
def test_one_name_stands_for_one_encoder(written, said):
    with pytest.raises(ConfigError, match=said):
        name_encoders(written)


def test_names_of_the_catalogue_may_be_given_to_what_they_mean(tiny_bert, tmp_path):
    assert name_encoders(["minilm=all-MiniLM-L6-v2"]) == {"minilm": "all-MiniLM-L6-v2"}
    place = tmp_path / "bge-m3"
    shutil.copytree(tiny_bert, place)
    assert name_encoders([f"bge-m3={place}"]) == {"bge-m3": str(place)}
    with pytest.raises(ConfigError, match="stands for another encoder"):
        name_encoders([f"bge-m3={tiny_bert}"])


def test_a_path_that_no_file_system_takes_is_an_unknown_name():
    for name in ("~nobody-of-this-name/x", "x" * 5000, "a\0b"):
        with pytest.raises(ConfigError, match="accepted are minilm"):
            load_encoder(name)


def test_the_template_follows_the_folder_however_it_is_spelt(make_tiny, tmp_path, monkeypatch):
    place = make_tiny(tmp_path / "my-e5-small", "bert")
    monkeypatch.chdir(place)
    assert {load_encoder(spelt).space.template for spelt in (str(place), ".", f"ours={place}")} == {"e5"}


def test_an_encoder_is_loaded_again_from_anywhere(tiny_bert, monkeypatch):
    monkeypatch.chdir(tiny_bert.parent)
    encoder = load_encoder("ours=./tiny")
    assert (encoder.name, encoder.source) == ("ours", str(tiny_bert))
    monkeypatch.chdir("/")
    again = load_encoder(encoder.recipe["name"])
    assert (again.name, again.fingerprint) == ("tiny", encoder.fingerprint)


def test_the_environment_may_name_one(tiny_bert, monkeypatch):
    monkeypatch.setenv("SEMASCOPE_ENCODER", f"ours={tiny_bert}")
    assert load_encoder().name == "ours"
