"""Several heads as one: averages, weights, and their one artifact. What every head promises is in test_head_contract."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError, ConfigError
from semascope.extras import is_installed
from semascope.probes.artifact import load_artifact, save_artifact
from semascope.probes.card import Card, TargetCard, encoder_fields
from semascope.probes.ensemble_head import EnsembleHead, average, check_weights
from semascope.probes.head import make_head
from semascope.probes.scorer import Scorer

rng = np.random.default_rng(0)
X = rng.standard_normal((60, 6)).astype(np.float32)
Y = (X[:, :1] * 2 + 0.3 * rng.standard_normal((60, 1))).astype(np.float64)


def made(name):
    return make_head(name, kind="regression", measure="mse").fit(X, Y)


def card_of(head, **changes) -> Card:
    fields = {"kind": "regression", "head": head.name, "targets": (TargetCard(name="score"),), "dim": 6}
    return Card(**(encoder_fields(HashEncoder(6)) | fields | changes))


def test_fitted_members_are_those_of_the_heads_alone() -> None:
    head = EnsembleHead(heads=("ridge", "mlp", "median"), measure="mse").fit(X, Y)
    alone = [made(name).predict(X) for name in ("ridge", "mlp", "median")]
    np.testing.assert_array_equal(head.predict(X), sum(alone) / 3)
    assert head.choices["0 ridge"] == made("ridge").choices
    assert head.notes == [
        f"{place} {name}: {note}" for place, name in enumerate(head.heads) for note in made(name).notes
    ]


def test_weights_are_worked_out_by_hand() -> None:
    # 3 : 1 of 1 and 5 is (3 + 5) / 4
    assert average([np.array([1.0]), np.array([5.0])], check_weights([3, 1], 2)) == [2.0]
    head = EnsembleHead(heads=("ridge", "mean"), weights=(3, 1), measure="mse").fit(X, Y)
    np.testing.assert_allclose(head.predict(X), 0.75 * made("ridge").predict(X) + 0.25 * Y.mean(), rtol=1e-12)
    # a weight of 0 leaves a member out
    head = EnsembleHead(heads=("ridge", "mean"), weights=(2, 0), measure="mse").fit(X, Y)
    np.testing.assert_array_equal(head.predict(X), made("ridge").predict(X))


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=12),
)
def test_equal_weights_are_the_plain_sum_divided(values) -> None:
    arrays = [np.array(row) for row in values]
    found = average(arrays, check_weights([1.0] * len(arrays), len(arrays)))
    np.testing.assert_array_equal(found, sum(arrays[1:], start=arrays[0]) / len(arrays))


@settings(max_examples=100, deadline=None)
@given(weights=st.lists(st.floats(0, 1e300), min_size=1, max_size=8).filter(any))
def test_weights_sum_to_one_and_keep_their_bits_the_second_time(weights) -> None:
    shares = check_weights(weights, len(weights))
    assert shares.sum() == pytest.approx(1, abs=1e-12)
    assert (shares >= 0).all()
    np.testing.assert_array_equal(check_weights(shares.tolist(), len(weights)), shares)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -0.1], "must be numbers of 0 or more"),
        ([1.0, float("nan")], "must be numbers of 0 or more"),
        ([1.0, float("inf")], "must be numbers of 0 or more"),
        (["a", "b"], "must be numbers of 0 or more"),
        ([1.0], "1 weights for 2 members"),
        ([1.0, 1.0, 1.0], "3 weights for 2 members"),
        ([0.0, 0.0], "one at least must be above 0"),
    ],
)
def test_weights_that_do_not_fit(weights, message) -> None:
    with pytest.raises(ConfigError, match=message):
        check_weights(weights, 2)


def test_heads_that_cannot_be_members() -> None:
    with pytest.raises(ConfigError, match="heads is empty"):
        EnsembleHead(heads=()).fit(X, Y)
    with pytest.raises(ConfigError, match="an ensemble cannot hold an ensemble"):
        EnsembleHead(heads=("ridge", "ensemble")).fit(X, Y)
    with pytest.raises(ConfigError, match="head is 'rigde'"):
        EnsembleHead(heads=("rigde",)).fit(X, Y)
    with pytest.raises(ConfigError, match="1 weights for 2 members"):
        EnsembleHead(weights=(1.0,)).fit(X, Y)


def test_one_artifact_holds_members_of_every_sort(tmp_path) -> None:
    names = ["ridge", "mlp", "mean", *(["boosting", "boosting"] if is_installed("lightgbm") else [])]
    head = EnsembleHead(heads=tuple(names), weights=tuple(range(1, len(names) + 1)), measure="mse").fit(X, Y)
    path = save_artifact(tmp_path / "one.zip", card_of(head), head)
    _, again = load_artifact(path)
    np.testing.assert_array_equal(again.predict(X), head.predict(X))
    scorer = Scorer.load(path)
    texts = ["tide", "ebb"]
    np.testing.assert_array_equal(scorer.score(texts).unclipped, head.predict(HashEncoder(6).encode(texts)))


def test_a_card_that_no_scorer_can_use_says_why(tmp_path) -> None:
    head = EnsembleHead().fit(X, Y)
    card = card_of(head, unscorable="its members read vectors of 2 spaces")
    path = save_artifact(tmp_path / "one.zip", card, head)
    with pytest.raises(
        ArtifactError, match=r"cannot be used by a scorer: its members read vectors of 2 spaces; train one"
    ):
        Scorer.load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda settings: settings["members"].pop(),
        lambda settings: settings["members"][0].update(head="mlp"),
        lambda settings: settings["params"].update(weights=[-1.0, 2.0]),
        lambda settings: settings["params"].update(heads=["ensemble", "mlp"]),
        lambda settings: settings["members"][1].pop("settings"),
    ],
)
def test_settings_that_were_changed(change, tmp_path) -> None:
    head = EnsembleHead().fit(X, Y)
    arrays, described = head.state()
    described = json.loads(json.dumps(described))
    change(described)
    head.state = lambda: (arrays, described)
    path = save_artifact(tmp_path / "one", card_of(head), head)
    with pytest.raises(ArtifactError):
        load_artifact(path)
