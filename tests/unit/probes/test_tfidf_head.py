"""The head that reads words: what it chooses, says and refuses."""

import numpy as np
import pytest

from semascope.errors import ArtifactError, ConfigError, DataError
from semascope.probes.artifact import load_artifact, save_artifact
from semascope.probes.card import Card, TargetCard
from semascope.probes.head import make_head
from semascope.probes.scorer import Scorer
from semascope.probes.tfidf import VOCABULARY, TfidfHead

GOOD, BAD = ("calm", "bright", "splendid"), ("late", "broken", "cold")


def told(n: int = 60) -> tuple[list[str], np.ndarray]:
    """Texts whose words say the score: +1 for each good one, -1 for each bad one."""
    rng = np.random.default_rng(3)
    texts, scores = [], []
    for number in range(n):
        words = [*rng.choice(GOOD, 2), *rng.choice(BAD, 1)] if number % 2 else [*rng.choice(BAD, 2), "boat"]
        texts.append(" ".join([*words, f"no{number}"]))
        scores.append(sum((word in GOOD) - (word in BAD) for word in words))
    return texts, np.array(scores, dtype=np.float64)


def test_it_ranks_texts_by_their_words() -> None:
    head = TfidfHead().fit(*told())
    bad, unknown, good = head.predict(["late, broken", "quay", "Calm and SPLENDID"])[:, 0]
    assert bad < unknown < good
    assert set(head.choices) == {"alpha", "edge", "median_map", "ngrams", "characters"}
    assert head.choices["characters"] == 0


def test_vectors_are_refused() -> None:
    texts, scores = told(20)
    with pytest.raises(DataError, match="given numbers of shape"):
        TfidfHead().fit(np.zeros((20, 4), dtype=np.float32), scores)
    head = TfidfHead().fit(texts, scores)
    with pytest.raises(DataError, match="reads the texts themselves"):
        head.predict(np.zeros((1, 4)))
    with pytest.raises(DataError, match="text 1 is int"):
        head.predict(["fine", 3])


@pytest.mark.parametrize("grid", ["alphas", "strengths"])
def test_a_grid_that_is_not_ascending_is_refused(grid) -> None:
    with pytest.raises(ConfigError, match=f"{grid} are"):
        TfidfHead(**{grid: (1.0, 0.5)}).fit(*told(20))


def test_one_inner_fold_is_refused() -> None:
    with pytest.raises(ConfigError, match="folds is 1"):
        TfidfHead(folds=1).fit(*told(20))


def test_characters_are_read_where_a_script_writes_no_spaces_and_it_is_said() -> None:
    # 好 (good) and 坏 (bad) stand inside runs without a space: as words, no two texts would share any
    texts = [f"{number}月{'很好' if number % 2 else '很坏'}的船{number}" for number in range(40)]
    head = TfidfHead().fit(texts, np.array([number % 2 for number in range(40)], dtype=float))
    bad, good = head.predict(["坏", "好"])[:, 0]
    assert bad < 0.4 < 0.6 < good
    assert head.choices["characters"] > 0.5
    assert any("write no spaces" in note for note in head.notes)


def test_texts_that_share_no_word_are_answered_alike() -> None:
    head = TfidfHead().fit([f"w{number}" for number in range(12)], np.arange(12.0))
    assert head.predict(["w3", "anything"])[:, 0].tolist() == [5.5, 5.5]
    assert "no word stands in two training texts, so every text is answered alike" in head.notes


def test_each_target_is_fitted_on_the_rows_that_have_it() -> None:
    texts, scores = told()
    both = np.column_stack([scores, np.where(np.arange(60) < 40, -scores, np.nan)])
    head = TfidfHead().fit(texts, both)
    predicted = head.predict(["calm calm", "broken late"])
    assert predicted[0, 0] > predicted[1, 0]
    assert predicted[0, 1] < predicted[1, 1]
    with pytest.raises(DataError, match="missing in every row"):
        TfidfHead().fit(texts, np.full((60, 1), np.nan))


def test_above_two_thousand_rows_one_fold_chooses_the_strength() -> None:
    texts, scores = told(2_002)
    head = TfidfHead(kind="classification", measure="accuracy").fit(texts, (scores > 0).astype(np.int64))
    assert head.choices["C"] in head.choices["tried"]
    assert (head.predict(texts) == (scores > 0)).mean() > 0.95


# Handed over


def card(**changes) -> Card:
    fields = {
        "encoder": "", "space": {}, "precision": "", "fingerprint": "", "dim": 1, "kind": "regression",
        "head": "tfidf", "targets": (TargetCard(name="score", low=-2, high=2),),
    }  # fmt: skip
    return Card(**(fields | changes))


def test_a_saved_scorer_is_given_the_texts(tmp_path) -> None:
    head = TfidfHead().fit(*told())
    save_artifact(tmp_path / "winner", card(), head)
    assert {file.name for file in (tmp_path / "winner").iterdir()} == {
        "card.json", "weights.safetensors", VOCABULARY,
    }  # fmt: skip
    scorer = Scorer.load(tmp_path / "winner")
    texts = ["late and broken", "", "calm, bright, splendid"]
    scores = scorer.score(texts)
    known = [texts[0], texts[2]]
    np.testing.assert_array_equal(scores.values[[0, 2]], np.clip(head.predict(known), -2, 2))
    np.testing.assert_array_equal(scores.unclipped[[0, 2]], head.predict_unmapped(known))
    assert np.isnan(scores.values[1, 0])
    assert scorer.rank(texts).rows.tolist() == [2, 0]


def test_a_scorer_of_words_has_no_encoder() -> None:
    space = {"weights": "hash:6", "normalised": True, "max_tokens": 10}
    with pytest.raises(ValueError, match="reads the texts themselves and has no encoder"):
        card(encoder="hash:6", space=space)


def test_a_changed_vocabulary_is_refused(tmp_path) -> None:
    folder = save_artifact(tmp_path / "winner", card(), TfidfHead().fit(*told()))
    words = folder / VOCABULARY
    words.write_text(words.read_text(encoding="utf8").replace("calm", "clam"), encoding="utf8")
    with pytest.raises(ArtifactError, match=r"vocabulary.txt .* is not as it was saved"):
        load_artifact(folder)


@pytest.mark.parametrize("spoil", ["fewer", "cut", "slopes"])
def test_parts_that_do_not_belong_together_are_refused(tmp_path, monkeypatch, spoil) -> None:
    head = TfidfHead().fit(*told())
    arrays, settings = head.state()
    lines = settings["files"][VOCABULARY]
    if spoil == "fewer":
        settings["files"][VOCABULARY] = lines.partition("\n")[2]
    elif spoil == "cut":
        settings["files"][VOCABULARY] = lines[:-1]
    else:
        arrays["coef"] = arrays["coef"][:, 1:]
    monkeypatch.setattr(head, "state", lambda: (arrays, settings))
    folder = save_artifact(tmp_path / "winner", card(), head)
    with pytest.raises(ArtifactError, match="cannot be put together"):
        load_artifact(folder)


# Where vectors are meant


def test_a_regression_has_no_probabilities() -> None:
    with pytest.raises(ConfigError, match="probabilities were asked of a regression"):
        make_head("tfidf", kind="regression", measure="mae").fit(*told(20)).predict_proba(["a"])
