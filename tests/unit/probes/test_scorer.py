import dataclasses
import warnings

import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError, ConfigError, DataError, EncoderError
from semascope.probes.baseline import MeanHead
from semascope.probes.card import Card, TargetCard, encoder_fields
from semascope.probes.head import make_head
from semascope.probes.scorer import EMPTY, Scorer

TEXTS = [f"tide table number {i}" for i in range(40)]
ENCODER = HashEncoder(8)
VECTORS = embed(TEXTS, encoder=ENCODER, instruction="Judge it", dim=6).vectors


def regression(**changes) -> Scorer:
    targets = np.column_stack([VECTORS[:, 0] * 3 + 3, VECTORS[:, 1]])
    head = make_head("ridge", kind="regression", measure="mae").fit(VECTORS, targets)
    fields = encoder_fields(ENCODER) | {
        "sentence": "Judge it",
        "dim": 6,
        "kind": "regression",
        "head": "ridge",
        "targets": (TargetCard(name="stars", low=2.5, high=3.5), TargetCard(name="other")),
    }
    return Scorer(Card(**(fields | changes)), head, encoder=ENCODER)


def classification() -> Scorer:
    classes = (VECTORS[:, 0] > 0).astype(np.int64)
    head = make_head("logistic", kind="classification", measure="accuracy").fit(VECTORS, classes)
    card = Card(
        **encoder_fields(ENCODER),
        sentence="Judge it",
        dim=6,
        kind="classification",
        head="logistic",
        targets=(TargetCard(name="mood"),),
        classes=("calm", "rough"),
    )
    return Scorer(card, head, encoder=ENCODER)


def test_scores_are_those_of_the_head_on_the_same_vectors() -> None:
    scorer = regression()
    scores = scorer.score(TEXTS)
    np.testing.assert_array_equal(scores.unclipped, scorer.head.predict(VECTORS))
    np.testing.assert_array_equal(scores.values[:, 0], np.clip(scores.unclipped[:, 0], 2.5, 3.5))
    np.testing.assert_array_equal(scores.values[:, 1], scores.unclipped[:, 1])
    assert (scores.targets, scores.classes, scores.probabilities.shape) == (("stars", "other"), (), (40, 0))
    assert scores.unclipped[:, 0].max() > 3.5  # the clipping had something to do


def test_a_mapped_head_answers_medians_and_ranks_by_its_line(tmp_path) -> None:
    hidden = VECTORS[:, 0].astype(np.float64)
    stars = np.where(hidden > np.quantile(hidden, 0.7), 3.0, 0.0)  # 28 of 40 have none
    many = np.tile(VECTORS, (10, 1)) + 0.01 * np.random.default_rng(0).standard_normal((400, 6)).astype(
        np.float32
    )
    head = make_head("ridge", kind="regression", measure="mae", target_names=("stars",)).fit(
        many, np.tile(stars, 10)
    )
    assert "stars" in head.choices["median_map"]
    card = regression().card.model_copy(update={"targets": (TargetCard(name="stars", low=0.0, high=3.0),)})
    Scorer(card, head, encoder=ENCODER).save(tmp_path / "winner")
    scorer = Scorer.load(tmp_path / "winner", encoder=ENCODER)
    scores, line = scorer.score(TEXTS), head.predict_unmapped(VECTORS)
    np.testing.assert_array_equal(scores.values, head.predict(VECTORS))
    np.testing.assert_array_equal(scores.unclipped, line)
    assert (scores.values == 0).sum() > 20  # ties, which rank nothing
    assert scorer.rank(TEXTS).rows.tolist() == np.argsort(-line[:, 0], kind="stable").tolist()


def test_an_error_names_the_row_of_the_file(monkeypatch) -> None:
    scorer = regression()
    monkeypatch.setattr(
        HashEncoder, "encode", lambda self, prompts: np.full((len(prompts), 8), np.nan, dtype=np.float32)
    )
    for verb in (scorer.score, lambda texts, **more: scorer.rank(texts, target="stars", **more)):
        with pytest.raises(EncoderError, match="for 2 rows, the first is row 70;"):
            verb(["", *TEXTS[:2]], numbers=[11, 70, 902])
        with pytest.raises(EncoderError, match="the first is row 1;"):
            verb(["", *TEXTS[:2]])


def test_texts_without_anything_to_read_stay_with_the_reason() -> None:
    scores = regression().score(["", TEXTS[0], " \n\u200b"])
    assert scores.reasons == (EMPTY, "", EMPTY)
    assert np.isnan(scores.values[[0, 2]]).all()
    np.testing.assert_allclose(scores.values[1], regression().score(TEXTS).values[0], rtol=1e-12)
    none = regression().score([])
    assert none.values.shape == (0, 2)


def test_a_classifier_gives_labels_and_probabilities() -> None:
    scores = classification().score([*TEXTS, ""])
    best = scores.probabilities[:40].argmax(axis=1)
    assert scores.labels == (*[("calm", "rough")[index] for index in best], "")
    np.testing.assert_allclose(scores.probabilities[:40].sum(axis=1), 1.0)
    assert np.isnan(scores.probabilities[40]).all()


def test_ranking_uses_unclipped_scores_and_leaves_empty_texts_out() -> None:
    scorer = regression()
    ranking = scorer.rank(["", *TEXTS], target="stars")
    raw = scorer.score(TEXTS).unclipped[:, 0]
    np.testing.assert_array_equal(ranking.rows, np.argsort(-raw, kind="stable") + 1)
    assert (np.diff(ranking.scores) < 0).all()  # no ties, though many lie above the range
    assert (ranking.left_out.tolist(), ranking.reasons) == ([0], (EMPTY,))


def test_ranking_by_a_class_and_ties_in_order() -> None:
    scorer = classification()
    ranking = scorer.rank([*TEXTS, TEXTS[0]], class_name="rough")
    assert (np.diff(ranking.scores) <= 0).all()
    places = ranking.rows.tolist()
    assert places.index(0) + 1 == places.index(40)  # the copy follows its first


@pytest.mark.parametrize(
    ("scorer", "asked", "message"),
    [
        (regression, {}, "no target was given to rank by; known are stars, other"),
        (regression, {"target": "star"}, "'star' as target was given"),
        (regression, {"class_name": "calm"}, "this scorer is a regression; name a target"),
        (classification, {}, "no class was given to rank by; known are calm, rough"),
        (classification, {"target": "mood"}, "this scorer is a classification; name a class"),
    ],
)
def test_what_to_rank_by_must_be_clear(scorer, asked, message) -> None:
    with pytest.raises(ConfigError, match=message):
        scorer().rank(TEXTS, **asked)


@pytest.mark.parametrize("name", ["winner", "winner.zip"])
def test_save_and_load(tmp_path, name) -> None:
    scorer = regression()
    again = Scorer.load(scorer.save(tmp_path / name))
    np.testing.assert_array_equal(again.score(TEXTS).values, scorer.score(TEXTS).values)


def test_another_space_is_refused_by_the_fields_that_differ(tmp_path) -> None:
    path = regression().save(tmp_path / "winner")
    with pytest.raises(ArtifactError, match=r"weights is 'hash:16' instead of 'hash:8'.*made with 'hash:8'"):
        Scorer.load(path, encoder="hash:16")


class Pooled(HashEncoder):
    def __init__(self) -> None:
        super().__init__(8)
        self.space = dataclasses.replace(self.space, pooling="cls", template="e5")


def test_every_differing_field_is_named(tmp_path) -> None:
    path = regression().save(tmp_path / "winner")
    with pytest.raises(
        ArtifactError, match="pooling is 'cls' instead of 'none', template is 'e5' instead of 'plain'"
    ):
        Scorer.load(path, encoder=Pooled())


class Rough(HashEncoder):
    tolerance = 0.02

    def __init__(self) -> None:
        super().__init__(8)
        self.fingerprint = f"{self.space.digest}-bfloat16"


def test_another_precision_loads_with_one_warning_that_names_the_tolerance(tmp_path) -> None:
    path = regression().save(tmp_path / "winner")
    with pytest.warns(
        UserWarning, match=r"made in float32, the encoder computes in bfloat16.*by 0\.02"
    ) as caught:
        Scorer.load(path, encoder=Rough())
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Scorer.load(path)


def test_the_tolerance_is_that_of_the_coarser_side() -> None:
    """A scorer made in bfloat16 is off by bfloat16's rounding, however exact the encoder is that it meets."""
    made = regression()
    fine = HashEncoder(8)
    fine.fingerprint = f"{fine.space.digest}-float32"
    card = made.card.model_copy(update={"precision": "bfloat16"})
    with pytest.warns(UserWarning, match=r"made in bfloat16, the encoder computes in float32.*by 0\.02"):
        Scorer(card, made.head, encoder=fine)


def test_a_constant_head_needs_no_encoder(tmp_path) -> None:
    head = make_head("median", kind="regression", measure="mae")
    head.fit(np.zeros((3, 1), dtype=np.float32), np.array([[1.0], [2.0], [9.0]]))
    card = Card(
        encoder="",
        space={},
        precision="",
        fingerprint="",
        dim=1,
        kind="regression",
        head="median",
        targets=(TargetCard(name="y"),),
    )
    path = Scorer(card, head).save(tmp_path / "w")
    np.testing.assert_array_equal(Scorer.load(path).score(["a", "b"]).values, [[2.0], [2.0]])


def test_a_scorer_without_its_encoder_is_refused() -> None:
    scorer = regression()
    with pytest.raises(ConfigError, match="needs 'hash:8'"):
        Scorer(scorer.card, scorer.head)


@pytest.mark.parametrize("given", ["low tide", ["low tide", None]])
def test_what_is_no_list_of_strings_is_refused(given):
    card = Card(encoder="", space={}, precision="", fingerprint="", dim=1, kind="regression", head="mean",
                targets=(TargetCard(name="stars", low=1.0, high=5.0),))  # fmt: skip
    head = MeanHead().fit(np.zeros((2, 1), dtype=np.float32), np.array([[2.0], [5.0]]))
    for ask in (Scorer(card, head).score, Scorer(card, head).rank):
        with pytest.raises(DataError, match="must be a"):
            ask(given)
