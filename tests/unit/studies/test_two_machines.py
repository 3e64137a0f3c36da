"""A study in two phases: all is encoded in one place, the rest is done in another that loads no network."""

from __future__ import annotations

import shutil

import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.store.joining import join
from semascope.store.vectors import VectorStore
from semascope.studies.heads.task import embed_study

WAYS = {"encoder": ["hash:16", "hash:8"], "instruction": ["default", "tone=Judge the tone"], "dim": [4, 8]}


@pytest.fixture
def no_network(monkeypatch):
    """Encoders that count tokens and encode nothing."""

    def refuse(encoder, *given):
        raise AssertionError(f"{encoder.name} was to encode")

    def install() -> None:
        monkeypatch.setattr(HashEncoder, "encode", refuse)
        monkeypatch.setattr(HashEncoder, "load", refuse)

    return install


def test_all_is_encoded_and_nothing_else_is_done(desk, letters):
    study = desk.ask(letters(), **WAYS)
    before = {path for path in desk.folder.rglob("*") if path.is_file()}
    encoded = embed_study(study, output=desk.folder / "run", store=desk.store, say=desk.said.append)
    assert [(one.encoder, one.instruction, one.account.encoded, one.device) for one in encoded] == [
        ("hash:16", "default", 60, "cpu"),
        ("hash:16", "tone", 60, "cpu"),
        ("hash:8", "default", 60, "cpu"),
        ("hash:8", "tone", 60, "cpu"),
    ]
    assert encoded[0].fingerprint == HashEncoder(16).fingerprint
    assert desk.store.count(encoded[0].fingerprint) == 120
    there = {path for path in desk.folder.rglob("*") if path.is_file()} - before
    assert there
    assert all(desk.store.root in path.parents for path in there)
    again = embed_study(study, store=desk.store)
    assert [(one.account.hits, one.account.encoded) for one in again] == [(60, 0)] * 4


@pytest.mark.parametrize("merged", [True, False])
def test_the_study_then_loads_nothing_and_says_the_same(desk, letters, no_network, monkeypatch, merged):
    whole = desk.run(letters(), output="whole", **WAYS)
    there = VectorStore(desk.folder / "there")
    with monkeypatch.context() as server:
        server.setattr(HashEncoder, "device", "cuda:0", raising=False)
        assert {one.device for one in embed_study(desk.ask(**WAYS), store=there)} == {"cuda"}
    desk.store = VectorStore(desk.folder / "here")
    if merged:
        join(desk.store, there)
    else:
        shutil.copytree(there.root, desk.store.root)
    no_network()
    found = desk.run(output="apart", **WAYS)
    assert "no text to encode" in desk.said[-1]
    assert {cell.id: cell.estimate.value for cell in found.cells} == {
        cell.id: cell.estimate.value for cell in whole.cells
    }
    costs = [cell.costs for cell in found.cells if cell.encoder]
    assert {cost.encoded_on for cost in costs} == {"cuda elsewhere"}
    assert all(cost.encode_seconds_per_1000 > 0 for cost in costs)
    (note,) = [note for note in found.notes if "timed on" in note.title]
    assert note.title == "What hash:16 and hash:8 cost was timed on cuda elsewhere"
    assert not any("could not be measured" in sentence for sentence in found.headline)


def test_a_pinned_baseline_outside_the_grid_is_encoded_too(desk, letters):
    study = desk.ask(letters(), baseline="hash:8 · default · 8 · ridge")
    encoded = embed_study(study, store=desk.store)
    assert [one.encoder for one in encoded] == ["hash:8", "hash:16"]


def test_a_head_that_only_the_other_machine_can_fit_is_no_matter(desk, letters, monkeypatch):
    study = desk.ask(letters(), head=["ridge", "boosting"])
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    assert embed_study(study, store=desk.store)


# rows that look like ours


@pytest.fixture
def tiny(tiny_bert, desk):
    """A checkpoint in two folders of one name, the second with another limit."""
    pytest.importorskip("torch")
    one, other = desk.folder / "a" / "tiny", desk.folder / "b" / "tiny"
    shutil.copytree(tiny_bert, one)
    shutil.copytree(tiny_bert, other)
    return one, other


def warned(desk) -> list[str]:
    return [line for line in desk.said if line.startswith("WARNING: the store holds")]


def test_rows_of_the_same_name_with_other_weights_are_told(desk, letters, tiny):
    from safetensors.numpy import load_file, save_file

    one, other = tiny
    arrays = load_file(other / "model.safetensors")
    name = next(name for name in arrays if "word_embeddings" in name)
    arrays[name] = arrays[name] + 1
    save_file(arrays, other / "model.safetensors", metadata={"format": "pt"})
    embed_study(desk.ask(letters(), encoder=str(one), precision="float32"), store=desk.store)
    study = desk.ask(encoder=str(other), precision="float32", limit=50)
    embed_study(study, store=desk.store, say=desk.said.append)
    assert not warned(desk)  # two encoders of this machine
    shutil.rmtree(one)
    study = desk.ask(encoder=str(other), precision="float32")
    embed_study(study, store=desk.store, say=desk.said.append)
    (said,) = warned(desk)
    assert f"the store holds 60 rows of an encoder called {str(one)!r} with other weights" in said
    desk.said.clear()
    desk.run(encoder=str(other), precision="float32")  # all is there now
    assert not warned(desk)


def test_rows_of_another_precision_are_told_with_what_uses_them(desk, letters, tiny):
    one, other = tiny
    embed_study(desk.ask(letters(), encoder=str(one), precision="bfloat16"), store=desk.store)
    shutil.rmtree(one)  # it was on another machine
    desk.run(encoder=str(other), precision="float32")
    (said,) = warned(desk)
    assert (
        "in bfloat16, and this study computes in float32: none of them is used; --precision bfloat16" in said
    )
    desk.said.clear()
    desk.run(encoder=str(other), precision="bfloat16", output="same")
    assert not warned(desk)


def test_another_way_of_reading_long_texts_is_no_stranger(desk, letters, tiny):
    embed_study(desk.ask(letters(), encoder=str(tiny[0]), precision="float32"), store=desk.store)
    desk.run(encoder=str(tiny[0]), precision="float32", long=["head-tail"], instruction=["t=Judge"])
    assert not warned(desk)
