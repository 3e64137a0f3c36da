"""What a tuned encoder forgot: planted losses are found, and what lost nothing is never called worse."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import spearmanr
from tests.planted_encoders import DIM, N, Planted
from tests.tiny_checkpoints import make

from semascope.data.seen import write_seen
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.stats.holm import holm
from semascope.studies.tuned.judging.forgetting import forgotten, read_general
from semascope.studies.tuned.judging.general import GeneralSet


def asked(world, *names):
    sets = [GeneralSet.read(written) for written in world.sets]
    return [one for one in sets if not names or one.label in names]


def by_name(found):
    return {one.name: one for one in found}


def test_a_rotated_space_lost_nothing(world):
    found = by_name(forgotten(world.base, world.turned(), asked(world)))
    assert {name: one.word for name, one in found.items()} == dict.fromkeys(
        ("texts score", "texts label", "pairs", "asked"), "equivalent"
    )
    assert found["pairs"].difference == pytest.approx(0, abs=1e-6)
    assert found["asked"].difference == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("loss", ["damaged", "collapsed"])
def test_a_planted_loss_is_found_in_every_kind(world, loss):
    found = forgotten(world.base, getattr(world, loss)(), asked(world))
    assert [one.kind for one in found] == ["ridge", "logistic", "similarity", "retrieval"]
    assert [one.word for one in found] == ["worse"] * 4
    assert all(one.gain < 0 and one.p_holm < 0.05 for one in found)
    if loss == "collapsed":  # what is left is what is reached without a text
        assert found[0].tuned == pytest.approx(found[0].floor, rel=0.05)
        assert abs(found[2].tuned) < 0.2


def test_dims_that_are_gone_are_missed_by_the_task_that_needs_them_alone(world):
    without = world.base.changed(lambda rows: rows * (np.arange(DIM) != 0))
    found = by_name(forgotten(world.base, without, asked(world)))
    assert found["texts score"].word == "worse"
    assert found["texts label"].word == "worse"
    assert found["asked"].word != "worse"


def test_a_gain_is_called_better(world):
    found = forgotten(world.damaged(), replace_name(world.base), asked(world, "pairs", "asked"))
    assert [one.word for one in found] == ["better", "better"]


def replace_name(base: Planted) -> Planted:
    return Planted(base.rows, name="tuned")


def test_figures_are_those_of_references(world):
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import KFold, cross_val_predict

    some = asked(world, "texts score", "pairs", "asked")
    found = by_name(forgotten(world.base, world.damaged(), some))

    def rows(texts):
        return world.base.encode(texts).astype(float)

    cosines = np.einsum("nd,nd->n", rows(world.left), rows(world.right))
    assert found["pairs"].base == pytest.approx(spearmanr(cosines, world.alike).statistic, abs=1e-6)

    likeness = rows(world.queries) @ rows(world.documents).T
    rank = (likeness > np.diag(likeness)[:, None]).sum(axis=1) + 1
    gains = np.where(rank <= 10, 1 / np.log2(1 + rank), 0)
    assert found["asked"].measure == "nDCG@10"
    assert found["asked"].base == pytest.approx(gains.mean(), abs=1e-6)

    folds = KFold(5, shuffle=True, random_state=0)
    guessed = cross_val_predict(RidgeCV(np.logspace(-2, 4, 13)), rows(world.texts), world.scores, cv=folds)
    assert found["texts score"].base == pytest.approx(np.abs(guessed - world.scores).mean(), rel=0.06)
    median = np.abs(world.scores - np.median(world.scores)).mean()
    assert found["texts score"].floor == pytest.approx(median)


def test_no_row_is_predicted_by_a_head_that_learnt_from_it(tmp_path):
    rng = np.random.default_rng(3)
    n = 60
    texts = [f"word{row} word{row + 1000}" for row in range(n)]
    scores = rng.standard_normal(n)
    lines = [
        json.dumps({"text": text, "score": score}) for text, score in zip(texts, scores.tolist(), strict=True)
    ]
    (tmp_path / "noise.jsonl").write_text("\n".join(lines), encoding="utf8")
    # more dims than rows: a head that saw a row can name its score to the digit
    wide = Planted(dict(zip(texts, rng.standard_normal((n, 4 * n)), strict=True)))
    (one,) = forgotten(wide, wide, [GeneralSet.read(f"{tmp_path}/noise.jsonl,text=text,target=score")])
    assert one.base > 0.9 * one.floor


def test_holm_goes_over_the_sets(world):
    found = forgotten(world.base, world.damaged(0.4), asked(world, "texts score", "pairs", "asked"))
    p = np.array([one.p for one in found])
    assert [one.p_holm for one in found] == pytest.approx(holm(p).tolist())
    assert any(one.p_holm > one.p for one in found)


def test_what_was_tuned_on_judges_nothing_and_is_counted(world):
    seen = [*world.texts[:30], *world.left[:20], *world.right[15:40], world.queries[0], world.documents[1]]
    some = asked(world, "texts score", "pairs", "asked")
    found = by_name(forgotten(world.base, world.turned(seen=seen), some))
    assert (found["texts score"].n, found["texts score"].left_out) == (N - 30, 30)
    assert (found["pairs"].n, found["pairs"].left_out) == (N - 40, 40)
    assert (found["asked"].n, found["asked"].left_out) == (N - 2, 2)


def test_near_copies_of_what_was_just_read_judge_nothing_either(world):
    exact = [*world.texts[:30], *world.left[:20], *world.right[15:40], world.queries[0], world.documents[1]]
    read = [f"{text} again" for text in ("of no matter", *exact)]
    some = asked(world, "texts score", "pairs", "asked")
    assert [one.left_out for one in forgotten(world.base, world.turned(), some)] == [0, 0, 0]
    found = by_name(forgotten(world.base, world.turned(), some, read=read))
    assert {name: one.left_out for name, one in found.items()} == {"texts score": 30, "pairs": 40, "asked": 2}


def test_a_base_that_has_seen_rows_cannot_flatter_itself(world):
    tuned = world.turned()
    base = Planted(world.base.rows, seen=world.texts[:30])
    assert forgotten(base, tuned, asked(world, "texts score"))[0].left_out == 30


def test_a_set_that_was_tuned_on_whole_is_unresolved_and_takes_no_place_among_the_others(world):
    seen = [*world.texts, *world.queries]
    found = by_name(forgotten(world.base, world.damaged(seen=seen), asked(world)))
    for name in ("texts score", "texts label", "asked"):
        assert found[name].word == "unresolved"
        assert found[name].n == 0
        assert found[name].left_out == N
        assert "tuned on" in found[name].reason
    assert found["pairs"].p_holm == found["pairs"].p


def test_seen_texts_are_read_from_the_folder_of_the_encoder(world, tmp_path):
    base, tuned = (make(tmp_path / name, "bert") for name in ("base", "tuned"))
    write_seen(tuned, world.texts[:12])
    encoders = [load_encoder(str(folder)) for folder in (base, tuned)]
    assert [task.left_out for task in read_general(asked(world, "texts score"), encoders)] == [12]
    assert [task.left_out for task in read_general(asked(world, "texts score"), encoders[:1])] == [0]


def test_where_the_base_knows_nothing_there_is_nothing_to_forget(world):
    base = HashEncoder(DIM)
    rows = dict(zip(world.texts, base.encode(world.texts), strict=True))
    found = forgotten(base, Planted(rows, name="tuned"), asked(world, "texts score"))
    assert found[0].word == "unresolved"
    assert "nothing to forget" in found[0].reason


def test_near_copies_are_one_unit_and_pairs_that_share_a_text_too(world, tmp_path):
    rows = [
        {"left": left, "right": right, "alike": float(score)}
        for left, right, score in zip(world.left, world.right, world.alike, strict=True)
    ]
    for place in range(0, N, 2):  # every other pair has the left text of the one before on its right
        rows[place + 1]["right"] = rows[place]["left"]
    (tmp_path / "sharing.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf8")
    (task,) = read_general(
        [GeneralSet.read(f"{tmp_path}/sharing.jsonl,left=left,right=right,score=alike")], [world.base]
    )
    assert task.judged == N
    assert len(set(task.rows.groups)) == N // 2


def test_conditions_and_limits_choose_rows(world):
    one = asked(world, "texts score")[0]
    (up,) = read_general([one.model_copy(update={"where": ["label=up"]})], [world.base])
    assert up.judged == (world.scores > 0).sum()
    (few,) = read_general([one.model_copy(update={"limit": 50})], [world.base])
    assert few.judged == 50


def test_the_packaged_sample_is_taken_where_no_set_is_given(world):
    english = HashEncoder(DIM)
    english.languages = frozenset({"en"})
    found = read_general([], [english])
    assert [task.name for task in found] == ["sample satisfaction", "sample urgency"]
    every = read_general([], [HashEncoder(DIM)])
    assert all(one.judged < other.judged for one, other in zip(found, every, strict=True))


def test_a_margin_decides_what_is_equivalent(world):
    found = {
        margin: forgotten(world.base, world.damaged(0.3), asked(world, "pairs"), margin=margin)[0]
        for margin in (0.001, 0.9)
    }
    assert found[0.9].word == "equivalent"
    assert found[0.001].word != "equivalent"
