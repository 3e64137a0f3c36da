"""The public call: two arrays, and what is said of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import semascope as sm
from semascope.errors import ConfigError, DataError
from semascope.studies.geometry.comparing.compare import compare_spaces


def pair(n=150, *, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, n)
    x = 2 * np.eye(3, 6)[codes] + rng.standard_normal((n, 6))
    return x, x[:, :4] + noise * rng.standard_normal((n, 4)), [f"kind {code}" for code in codes]


def test_it_is_public():
    assert sm.compare_spaces is compare_spaces


def test_lengths_and_types_change_nothing():
    x, y, _ = pair()
    found = compare_spaces(x, y)
    again = compare_spaces(7 * x.astype(np.float64), (y * np.linspace(1, 2, 150)[:, None]).astype(np.float64))
    assert again.numbers.share.value == found.numbers.share.value
    assert again.numbers.cka.value == pytest.approx(found.numbers.cka.value, abs=1e-5)
    halved = compare_spaces(x.astype(np.float16), y.astype(np.float16))
    assert halved.numbers.share.value == pytest.approx(found.numbers.share.value, abs=0.05)


def test_what_is_said():
    x, y, labels = pair()
    texts = [f"text {row}\nwith two lines" for row in range(150)]
    found = compare_spaces(x, y, texts=texts, labels=labels, first_name="old", second_name="new")
    assert found.sentence.startswith("'new' keeps ")
    assert "of the 10 nearest texts that texts have in 'old' (95 %" in found.sentence
    assert "debiased CKA is ." in found.sentences[1]
    assert "texts in another order leave" in found.sentences[2]
    assert found.labels.leader in ("old", "new")
    assert "separates the texts by label" in found.sentences[3]
    place = found.numbers.changed[0].place
    assert found.changed[0].startswith(f"“text {place} with two lines” (row {place}) keeps")


def test_unrelated_spaces_are_not_said_to_share():
    x, _, _ = pair()
    found = compare_spaces(x, np.random.default_rng(9).standard_normal((150, 5)))
    assert "is not shown to share more with 'first' than chance would" in found.sentence


def test_a_copy_and_a_turned_one():
    x, _, _ = pair()
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((6, 6)))[0]
    found = compare_spaces(x, x @ turn)
    assert (
        found.sentence
        == "'first' and 'second' are one space turned: every text has the same 10 nearest texts in both."
    )
    assert found.changed == ()


def test_rows_without_direction_are_left_out_and_named_and_others_keep_their_numbers():
    x, y, labels = pair()
    x, y = x.copy(), y.copy()
    x[3], y[0] = 0, np.nan
    found = compare_spaces(x, y, labels=labels, first_name="old", second_name="new")
    kept = [row for row in range(150) if row not in (0, 3)]
    want = compare_spaces(x[kept], y[kept], labels=[labels[row] for row in kept])
    assert found.numbers.texts == 148
    assert found.numbers.share.value == want.numbers.share.value
    assert [each.place for each in found.numbers.changed] == [
        kept[each.place] for each in want.numbers.changed
    ]
    assert found.numbers.changed[0].first == tuple(kept[place] for place in want.numbers.changed[0].first)
    assert any("'old'" in note and "3" in note for note in found.notes)
    assert any("'new'" in note and "0" in note for note in found.notes)


def test_labels_that_tell_nothing_are_noted():
    x, y, _ = pair()
    found = compare_spaces(x, y, labels=["same"] * 150)
    assert found.labels is None
    assert found.notes == ("The labels tell nothing of the spaces: 'label' has only one label.",)


def test_groups_are_drawn_whole():
    x, y, _ = pair()
    x, y = np.repeat(x[:30], 5, axis=0), np.repeat(y[:30], 5, axis=0)
    rng = np.random.default_rng(2)
    x, y = x + 0.3 * rng.standard_normal(x.shape), y + 0.3 * rng.standard_normal(y.shape)
    alone = compare_spaces(x, y).numbers.cka.estimate
    grouped = compare_spaces(x, y, groups=np.repeat(np.arange(30), 5).tolist()).numbers.cka.estimate
    assert grouped.value == pytest.approx(alone.value)
    assert grouped.high - grouped.low > 1.3 * (alone.high - alone.low)


def test_it_is_plain_values():
    x, y, labels = pair(60)
    found = compare_spaces(x, y, labels=labels)
    written = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert written["sentence"] == found.sentence
    assert written["numbers"]["share"]["estimate"]["value"] == found.numbers.share.value
    assert written["labels"]["leader"] == found.labels.leader


def test_the_same_seed_gives_the_same_answer():
    x, y, labels = pair(80)
    assert compare_spaces(x, y, labels=labels).to_dict() == compare_spaces(x, y, labels=labels).to_dict()


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_few_rows_have_what_they_can(n):
    x, y, _ = pair(10)
    found = compare_spaces(x[:n], y[:n], labels=["a"] * n)
    assert found.sentence.endswith(".")
    assert found.labels is None


def test_what_cannot_be_used_is_refused():
    x, y, _ = pair(20)
    with pytest.raises(DataError, match="'second' has 19 rows for 20 texts"):
        compare_spaces(x, y[:19])
    with pytest.raises(ConfigError, match="two spaces are called 'a'"):
        compare_spaces(x, y, first_name="a", second_name="a")
    with pytest.raises(ConfigError, match="k is 0"):
        compare_spaces(x, y, k=0)
    for name in ("texts", "labels", "groups"):
        with pytest.raises(DataError, match=f"{name} has 3 entries for 20 rows"):
            compare_spaces(x, y, **{name: ["a", "b", "c"]})
    with pytest.raises(DataError, match="no text has a usable vector"):
        compare_spaces(x, np.full((20, 3), np.nan))
    with pytest.raises(DataError, match="shape"):
        compare_spaces(x[0], y)
