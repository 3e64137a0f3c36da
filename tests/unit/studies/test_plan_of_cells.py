"""The grid of a study: which cells, in which order, under which names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.instructions import Instruction
from semascope.errors import ConfigError
from semascope.store.vectors import prompt_keys
from semascope.studies.heads.asking.plan import Cell, make_plan, pinned_cell, widths_left_out, without_vectors
from semascope.studies.heads.asking.settings import Study
from semascope.studies.plan import short_labels


def plan(*, encoders=("hash:16",), heads=("mean", "median", "ridge"), kind="regression", **asked):
    study = Study.from_mapping({"data": "x.csv", "text": "a", "target": "b", **asked})
    named = {name: HashEncoder(int(name.partition(":")[2])) for name in encoders}
    return make_plan(study, kind=kind, encoders=named, heads=heads, pinned=pinned_cell(study, kind))


def names(made) -> list[str]:
    return [cell.id for cell in made.cells]


def test_the_grid_is_every_combination_behind_those_without_vectors():
    made = plan(
        encoders=("hash:16", "hash:8"), dim=[8, 4], instruction=["default", "topic"], heads=["ridge", "mlp"]
    )
    grid = [
        f"{encoder} · {instruction} · {dim} · {head}"
        for encoder in ("hash:16", "hash:8")
        for instruction in ("default", "topic")
        for dim in (8, 4)
        for head in ("ridge", "mlp")
    ]
    assert names(made) == ["mean", "median", "tfidf", *grid]
    assert made.baseline.id == "hash:16 · default · 8 · ridge"


@pytest.mark.parametrize(
    ("asked", "heads", "cells", "baseline"),
    [
        (
            {},
            ["median"],
            ["mean", "median", "tfidf", "hash:16 · default · 16 · ridge"],
            "hash:16 · default · 16 · ridge",
        ),
        (
            {"instruction": "topic"},
            ["ridge"],
            ["mean", "median", "tfidf", "hash:16 · default · 16 · ridge", "hash:16 · topic · 16 · ridge"],
            "hash:16 · default · 16 · ridge",
        ),
        ({"baseline": "median"}, ["median"], ["mean", "median", "tfidf"], "median"),
        (
            {"baseline": "mlp"},
            ["mlp"],
            ["mean", "median", "tfidf", "hash:16 · default · 16 · mlp"],
            "hash:16 · default · 16 · mlp",
        ),
        (
            {"baseline": "hash:16 · default · 16 · ridge"},
            ["mlp"],
            ["mean", "median", "tfidf", "hash:16 · default · 16 · ridge", "hash:16 · default · 16 · mlp"],
            "hash:16 · default · 16 · ridge",
        ),
        (
            {"dim": 4},
            ["ridge"],
            ["mean", "median", "tfidf", "hash:16 · default · 4 · ridge"],
            "hash:16 · default · 4 · ridge",
        ),
    ],
)
def test_the_baseline_is_in_the_grid_or_added(asked, heads, cells, baseline):
    made = plan(heads=heads, **asked)
    assert (names(made), made.baseline.id) == (cells, baseline)


def test_classes_have_a_constant_and_a_baseline_of_their_own():
    made = plan(kind="classification", heads=["majority", "mlp"])
    assert names(made) == [
        "majority",
        "tfidf",
        "hash:16 · default · 16 · logistic",
        "hash:16 · default · 16 · mlp",
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"baseline": "rigde"}, r"names no cell; cells are .*; did you mean 'ridge'\?"),
        ({"dim": [4, 8], "baseline": "ridge"}, "names several cells"),
        ({"dim": 32}, "dim is 32; encoder 'hash:16' has 16 dims; choose from 1 to 16"),
        ({"long": "chunks"}, "long is 'chunks'; known are truncate, head-tail, chunk"),
        ({"instruction": ["a=One", "a=Two"]}, "instruction 'a' is given twice"),
        ({"instruction": "a · b=One"}, "instruction is named 'a · b'; .*choose another name"),
        ({"instruction": "topc"}, "did you mean 'topic'"),
    ],
)
def test_a_grid_that_cannot_be_is_one_line(asked, message):
    with pytest.raises(ConfigError, match=message):
        plan(**asked)


def test_a_width_that_an_encoder_does_not_have_is_left_out_for_it_alone():
    made = plan(encoders=("hash:16", "hash:64"), dim=[16, 32, 128], heads=["ridge"])
    grid = [
        "hash:16 · default · 16 · ridge",
        "hash:64 · default · 16 · ridge",
        "hash:64 · default · 32 · ridge",
    ]
    assert names(made) == ["mean", "median", "tfidf", *grid]
    assert widths_left_out([16, 32, 128], [HashEncoder(16), HashEncoder(64), HashEncoder(256)]) == [
        "dims 32 and 128 are left out for 'hash:16', which has 16 dims",
        "dim 128 is left out for 'hash:64', which has 64 dims",
    ]


@pytest.mark.parametrize(
    "changed",
    [{"encoders": ("hash:8",)}, {"dim": [4]}, {"heads": ["mlp"]}, {"instruction": ["topic"]}],
)
def test_a_baseline_that_is_named_whole_stays_when_the_grid_changes(changed):
    whole = "hash:16 · default · 16 · ridge"
    made = plan(**{"baseline": whole, **changed})
    assert made.baseline == Cell(encoder="hash:16", dim=16, head="ridge")
    assert whole in names(made)
    assert names(made).count(whole) == 1


def test_a_whole_name_tells_the_way_of_long_texts_and_the_instruction():
    asked = {"data": "x.csv", "text": "a", "target": "b", "instruction": "tone=Judge the tone"}
    for cell in (
        Cell(
            encoder="a · b",
            dim=8,
            head="mlp",
            long="chunk",
            instruction=Instruction("tone", "Judge the tone"),
        ),
        Cell(encoder="m", dim=384, head="ridge", instruction=Instruction("tone", "Judge the tone")),
        Cell(encoder="m", dim=1, head="ridge"),
        Cell(encoder="a · b", dim=8, head="ridge"),
    ):
        assert pinned_cell(Study.from_mapping({**asked, "baseline": cell.id}), "regression") == cell
    for short in ("ridge", "m · ridge", "m · default · 0 · ridge", "m · default · 8 · rigde"):
        assert pinned_cell(Study.from_mapping({**asked, "baseline": short}), "regression") is None
    lost = Study.from_mapping({**asked, "baseline": "m · mood · 8 · ridge"})
    with pytest.raises(
        ConfigError, match=r"instruction 'mood' has no sentence here; .*--instruction 'mood=SENTENCE'"
    ):
        pinned_cell(lost, "regression")


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        ([Cell(encoder="m", dim=8, head="ridge")], ["ridge"]),
        (
            [Cell(encoder="m", dim=8, head="ridge"), Cell(encoder="n", dim=4, head="ridge")],
            ["m · ridge", "n · ridge"],
        ),
        (
            [
                Cell(encoder="m", dim=8, head="ridge"),
                Cell(encoder="m", dim=8, head="ridge", instruction=Instruction("topic", "Name it")),
            ],
            ["default · ridge", "topic · ridge"],
        ),
        (
            [Cell(encoder="a/gte", dim=8, head="ridge"), Cell(encoder="b/gte", dim=8, head="ridge")],
            ["a/gte · ridge", "b/gte · ridge"],
        ),
    ],
)
def test_a_label_tells_what_differs(cells, labels):
    assert list(short_labels([without_vectors("mean"), *cells]).values()) == ["mean", *labels]


parts = st.text("ab· /", min_size=1, max_size=5)
plain = st.text("ab /", min_size=1, max_size=4)
cells = st.builds(
    Cell,
    encoder=parts,
    instruction=st.builds(Instruction, plain, st.just("x")),
    dim=st.integers(1, 3),
    head=st.sampled_from(["ridge", "mlp"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(cells, min_size=1, max_size=12, unique=True))
def test_different_cells_have_different_names_and_labels(grid):
    every = [without_vectors("mean"), without_vectors("median"), *grid]
    labels = short_labels(every)
    assert len({cell.id for cell in every}) == len(every)
    assert set(labels) == {cell.id for cell in every}
    assert len(set(labels.values())) == len(every)
    assert all(label == cell or len(label) < len(cell) for cell, label in labels.items())


@pytest.mark.parametrize("head", ["tfidf", "median"])
def test_a_head_that_looks_at_no_vector_is_no_baseline_on_an_encoder(head):
    with pytest.raises(ConfigError, match="names no cell"):
        plan(heads=["ridge"], baseline=f"hash:16 · default · 16 · {head}")


def test_an_instruction_is_part_of_what_the_encoder_reads(desk, letters):
    desk.run(instruction=["default", "tide=Judge the tide"])
    fingerprint = HashEncoder(16).fingerprint
    for before in ("", "Judge the tide\n"):
        prompts = [before + row["body"] for row in letters()]
        assert desk.store.contains(fingerprint, prompt_keys(fingerprint, prompts)).all()
    plain, told = (desk.records()[f"hash:16 · {name} · 16 · ridge"] for name in ("default", "tide"))
    assert plain["selection"] != told["selection"]
