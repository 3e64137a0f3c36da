"""Pairs of spaces whose answer is known: the same, turned, rounded, damaged, better, without meaning."""

from __future__ import annotations

import json

import numpy as np
import pytest

import semascope as sm
from semascope.plain import plain


@pytest.fixture(scope="module")
def spaces(plant):
    """The planted space in other forms."""
    planted = plant()
    shuffled = planted.vectors[planted.rng.permutation(len(planted.vectors))]
    return {
        "as it is": planted.vectors,
        "again": planted.vectors.copy(),
        "float16": planted.vectors.astype(np.float16),
        "turned": planted.turned,
        "damaged": planted.damaged,
        "shuffled": shuffled,
    }


@pytest.fixture
def ask(planted, tmp_path):
    """Asks about two arrays of the planted texts."""

    def call(old, new, **settings):
        return sm.may_switch(old, new, planted.table, text="text", store=tmp_path / "store", **settings)

    return call


@pytest.fixture(scope="module")
def answered(plant, spaces, tmp_path_factory):
    """The answer to two of these spaces, each pair asked once."""
    table, store, known = plant().table, tmp_path_factory.mktemp("store"), {}

    def ask(old, new, **settings):
        key = (old, new, *sorted(settings.items()))
        if key not in known:
            given = {"target": "score"} | settings
            known[key] = sm.may_switch(spaces[old], spaces[new], table, text="text", store=store, **given)
        return known[key]

    return ask


def test_the_same_vectors_change_nothing(answered):
    found = answered("as it is", "again")
    assert (found.answer, found.exit_code) == ("switch", 0)
    assert found.headline[0] == "Switch: OLD array and NEW array are one and the same, so nothing changes."
    assert found.reencoding.needed is False
    assert found.reencoding.seconds == 0
    assert found.neighborhoods.overlap.estimate.value == 1
    assert found.neighborhoods.given_up == 0
    assert found.neighborhoods.moved == []


def test_another_precision_passes(answered):
    found = answered("as it is", "float16")
    assert found.exit_code == 0
    assert {task.verdict.word for task in found.judged} == {"equivalent"}
    assert found.reencoding.needed is False
    assert found.reencoding.one_space
    assert "but for rounding" in found.reencoding.why
    assert "Thresholds on cosines stay where they are." in found.headline


def test_another_precision_passes_by_its_neighbours_where_rows_are_too_few_to_judge(tmp_path):
    rng = np.random.default_rng(1)
    n = 26
    vectors = rng.standard_normal((n, 8)).astype(np.float32)
    table = sm.Table.from_columns(
        {
            "text": [f"the tide stands at {row} feet" for row in range(n)],
            "score": rng.standard_normal(n).tolist(),
        }
    )
    found = sm.may_switch(
        vectors, vectors.astype(np.float16), table, text="text", target="score", store=tmp_path / "store"
    )
    assert [task.stands for task in found.judged] == [None]
    assert found.exit_code == 0
    assert "every cosine is the same" in found.headline[0]


def test_a_turned_copy_keeps_all_neighbours_and_is_encoded_again(answered, plant):
    found = answered("as it is", "turned")
    assert found.exit_code == 0
    assert found.neighborhoods.overlap.estimate.value > 0.99
    assert found.reencoding.needed is True
    assert found.reencoding.texts == len(plant().table)
    assert found.headline[0].startswith("Switch, with every text encoded again: NEW array is equivalent")


def test_a_turned_copy_passes_by_its_neighbours_alone(answered):
    found = answered("as it is", "turned", target=())
    assert found.exit_code == 0
    assert "nothing that rests on neighbours changes" in found.headline[0]


@pytest.mark.parametrize(("how", "target"), [("damaged", ("score", "label")), ("shuffled", "score")])
def test_a_damaged_space_fails_where_a_target_is_given(answered, how, target):
    found = answered("as it is", how, target=target)
    assert (found.answer, found.exit_code) == ("do not switch", 1)
    assert {task.verdict.word for task in found.judged} == {"worse"}
    assert found.headline[0].startswith("Do not switch: NEW array is worse than OLD array on “score” (MAE ")
    if how == "shuffled":
        floor = found.neighborhoods.overlap.floor
        assert floor.low <= found.neighborhoods.overlap.estimate.value <= floor.high


def test_a_damaged_space_is_open_from_texts_alone(answered):
    found = answered("as it is", "damaged", target=())
    assert found.exit_code == 3
    assert "only targets or queries with judgements can say" in found.headline[0]
    assert "--target" in found.headline[0]


def test_a_better_space_is_switched_to(answered):
    found = answered("damaged", "as it is")
    assert found.exit_code == 0
    assert [task.verdict.word for task in found.judged] == ["better"]


def test_one_worse_task_forbids_what_another_allows(planted, tmp_path):
    old = planted.vectors.copy()
    new = planted.vectors.copy()
    label = np.array([word == "up" for word in planted.table.strings("label")])
    other = np.where(planted.rng.permutation(len(label)) % 2 == 0, "in", "out")
    table = sm.Table.from_columns(
        {
            "text": planted.table.strings("text"),
            "score": planted.table.numbers("score").tolist(),
            "side": other.tolist(),
        }
    )
    new[:, 0] = planted.rng.standard_normal(len(new))  # what the score is told by
    new[:, 1] = 3 * (other == "in")  # what the side is told by
    found = sm.may_switch(old, new, table, text="text", target=["score", "side"], store=tmp_path / "store")
    assert {task.name: task.verdict.word for task in found.judged} == {"score": "worse", "side": "better"}
    assert found.exit_code == 1
    assert "“side”" not in found.headline[0]


def test_two_spaces_without_meaning_are_equal_and_say_nothing(planted, ask):
    rng = np.random.default_rng(5)
    one, other = (rng.standard_normal((240, 8)).astype(np.float32) for _ in range(2))
    found = ask(one, other, target="score", margin=0.9)
    (task,) = found.judged
    assert task.stands is None
    assert (
        task.why
        == "OLD is not shown to be better than always answering the median, so nothing can be lost or kept"
    )
    assert found.exit_code == 3


def test_copies_and_groups_stay_on_one_side(planted, tmp_path):
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.asking.texts import read_texts

    plan = SwitchPlan.from_mapping(
        {"old": "hash:4", "new": "hash:8", "data": "x", "text": "text", "target": "score", "group": "boat"}
    )
    asked = read_texts(plan, planted.table)
    boats = np.array(asked.table.strings("boat"))
    assert not set(boats[asked.split.train]) & set(boats[asked.split.test])
    assert 0.3 < len(asked.split.test) / len(asked) < 0.7


def test_half_the_width_is_cut_and_not_encoded_again(answered):
    found = answered("as it is", "again", new_dim=12, target=())
    assert found.new.dims == 12
    assert found.reencoding.needed is False
    assert not found.reencoding.one_space
    assert "cut to 12 numbers" in found.reencoding.why


def test_what_vectors_that_are_there_cost_is_not_known(answered):
    found = answered("as it is", "damaged", target=(), price=2.0)
    assert found.reencoding.speeds == {}
    assert np.isnan(found.reencoding.seconds)


def test_the_record_is_plain(planted, ask, tmp_path):
    found = ask(planted.vectors, planted.damaged, target="score", output=tmp_path / "out")
    written = json.loads((tmp_path / "out" / "switch.json").read_text())
    assert written["format"] == "semascope switch 1"
    assert (written["answer"], written["exit_code"]) == ("do not switch", 1)
    assert written["judged"] == plain(found)["judged"]
    assert [form["name"] for form in written["storage"]] == [
        "float32",
        "float16",
        "int8",
        "binary, rescored by float32",
        "half the width",
    ]


def test_the_same_question_gets_the_same_answer(planted, ask):
    one, other = (plain(ask(planted.vectors, planted.vectors[:, ::-1], target="score")) for _ in range(2))
    for found in (one, other):
        found.pop("made")
    assert one == other


def test_an_array_that_is_no_matrix_is_refused(planted, ask):
    with pytest.raises(ValueError, match="OLD array has shape"):
        ask(planted.vectors[:, 0], planted.vectors)


def test_another_number_of_rows_is_refused(planted, ask):
    with pytest.raises(ValueError, match=r"239 vectors, and planted\.jsonl has 240 rows"):
        ask(planted.vectors[:-1], planted.vectors)


@pytest.mark.parametrize(("value", "says"), [(0.0, "is zero"), (np.nan, "is not finite")])
def test_a_row_without_direction_is_named(planted, ask, value, says):
    bad = planted.vectors.copy()
    bad[7] = value
    with pytest.raises(ValueError, match=f"row 7 .*{says}"):
        ask(planted.vectors, bad)


def test_texts_that_are_no_strings_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"text 1 \(counted from 0\) is 3"):
        sm.may_switch("hash:4", "hash:8", ["a", 3], store=tmp_path)


def test_a_list_of_texts_is_one_column(tmp_path):
    with pytest.raises(ValueError, match="a list of texts is one column"):
        sm.may_switch("hash:4", "hash:8", ["a", "b", "c"], text=["one", "two"], store=tmp_path)
