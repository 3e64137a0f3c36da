"""How labels lie before and after: numbers against references, planted gains and losses, labels that were trained on apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import silhouette_score
from tests.planted_encoders import DIM, WORDS, Planted
from tests.tiny_checkpoints import make

from semascope.errors import DataError
from semascope.studies.geometry.run import run_geometry
from semascope.studies.tuned.judging.separation import geometry_plan_for, separate

LABELS = ["a", "b", "c", "d"]
PER_LABEL = 60
VERDICTS = ("knn", "silhouette", "gap")


def planted(apart: float = 1.0, *, seed: int = 0) -> tuple[Planted, list[str], list[str]]:
    """Four labels around centres of their own, label k along dim k."""
    rng = np.random.default_rng(seed)
    labels = [label for label in LABELS for _ in range(PER_LABEL)]
    texts = [f"{' '.join(rng.choice(WORDS, 6))} number {row}" for row in range(len(labels))]
    centres = apart * np.eye(len(LABELS), DIM)
    rows = centres[[LABELS.index(label) for label in labels]] + 0.35 * rng.standard_normal((len(labels), DIM))
    return Planted(dict(zip(texts, rows, strict=True))), texts, labels


def test_numbers_are_those_of_references():
    base, texts, labels = planted()
    stretched = base.changed(lambda rows: rows * np.where(np.arange(DIM) < 4, 2.0, 1.0))
    (part,) = separate(base, stretched, texts, labels, k=1).parts
    codes = np.array([LABELS.index(label) for label in labels])
    same = codes[:, None] == codes
    for encoder, side in ((base, "before"), (stretched, "after")):
        rows = encoder.encode(texts).astype(float)
        cosines = rows @ rows.T
        np.fill_diagonal(cosines, -2)
        voted = codes[cosines.argmax(axis=1)]
        others = ~np.eye(len(codes), dtype=bool)
        found = {name: getattr(number, side).value for name, number in part.numbers.items()}
        assert found["knn"] == pytest.approx((voted == codes).mean())
        assert found["silhouette"] == pytest.approx(silhouette_score(rows, codes, metric="cosine"), abs=1e-6)
        assert found["within"] == pytest.approx(cosines[same & others].mean(), abs=1e-6)
        assert found["across"] == pytest.approx(cosines[~same].mean(), abs=1e-6)
    assert (part.labels, part.texts, part.k, part.largest) == (4, 240, 1, 0.25)


def test_a_rotated_space_tells_labels_as_before():
    base, texts, labels = planted()
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((DIM, DIM)))[0]
    (part,) = separate(base, base.changed(lambda rows: rows @ turn), texts, labels).parts
    assert {part.numbers[name].verdict.word for name in VERDICTS} == {"equivalent"}


@pytest.mark.parametrize(("stretch", "word"), [(3.0, "better"), (0.0, "worse")])
def test_a_planted_change_is_found(stretch, word):
    base, texts, labels = planted(0.7)
    changed = base.changed(lambda rows: rows * np.where(np.arange(DIM) < 4, stretch, 1.0))
    (part,) = separate(base, changed, texts, labels).parts
    assert {part.numbers[name].verdict.word for name in VERDICTS} == {word}
    assert part.numbers["within"].verdict is None
    assert part.numbers["across"].verdict is None


def test_labels_that_were_not_trained_on_are_told_apart_among_themselves():
    base, texts, labels = planted()
    # what tells "a" from "b" grows; "c" and "d" stay as they were
    changed = base.changed(lambda rows: rows * np.where(np.arange(DIM) < 2, 4.0, 1.0))
    found = separate(base, changed, texts, labels, trained=["a", "b "])
    assert [part.which for part in found.parts] == ["all", "trained", "unseen"]
    trained, unseen = found.part("trained"), found.part("unseen")
    assert (trained.labels, trained.texts) == (unseen.labels, unseen.texts) == (2, 2 * PER_LABEL)
    assert trained.numbers["silhouette"].verdict.word == "better"
    assert unseen.numbers["silhouette"].verdict.word != "better"
    rows = base.encode(texts[2 * PER_LABEL :])
    expected = silhouette_score(rows, labels[2 * PER_LABEL :], metric="cosine")
    assert unseen.numbers["silhouette"].before.value == pytest.approx(expected, abs=1e-6)
    p = [part.numbers["knn"].verdict for part in found.parts]
    assert all(one.p_holm >= one.p for one in p)


@pytest.mark.parametrize("trained", [[], LABELS, ["no such label"]])
def test_without_labels_of_both_sorts_there_is_one_part(trained):
    base, texts, labels = planted()
    assert len(separate(base, base, texts, labels, trained=trained).parts) == 1


def test_texts_that_were_tuned_on_are_left_out_near_copies_too():
    base, texts, labels = planted()
    near = texts[0].upper()
    base.rows[near] = base.rows[texts[0]]
    tuned = Planted(base.rows, name="tuned", seen=texts[:25])
    found = separate(base, tuned, [*texts, near, " "], [*labels, "a", "a"])
    assert found.left_out == 26
    assert found.rows.tolist() == list(range(25, len(texts)))
    assert found.parts[0].texts == len(texts) - 25


def test_texts_of_one_group_have_no_vote_for_each_other():
    base, texts, labels = planted(apart=0.0)
    # every text has a twin that lies on it: alone they tell the label, as a group they do not
    twins = [f"twin of {text} {place}" for place, text in enumerate(texts)]
    for text, twin in zip(texts, twins, strict=True):
        base.rows[twin] = base.rows[text]
    groups = [str(row) for row in range(len(texts))] * 2
    apart, together = (
        separate(base, base, [*texts, *twins], labels * 2, k=1, groups=given).parts[0].numbers["knn"].before
        for given in (None, groups)
    )
    assert apart.value == 1.0
    assert together.value < 0.5


def test_one_vector_for_all_texts_tells_nothing_and_says_so():
    base, texts, labels = planted()
    flat = base.changed(lambda rows: np.tile(rows[:1], (len(rows), 1)))
    (part,) = separate(base, flat, texts, labels).parts
    assert not part.numbers
    assert part.reason == "all vectors of the tuned encoder are the same"
    (part,) = separate(flat, base, texts, labels).parts
    assert part.reason == "all vectors of the base are the same"


def test_what_cannot_be_judged_is_refused_or_said():
    base, texts, labels = planted()
    with pytest.raises(DataError, match="239 labels for 240 texts"):
        separate(base, base, texts, labels[1:])
    with pytest.raises(DataError, match="3 groups"):
        separate(base, base, texts, labels, groups=["a"] * 3)
    with pytest.raises(DataError, match="2 texts are left, 238 were tuned on"):
        separate(base, Planted(base.rows, name="tuned", seen=texts[2:]), texts, labels)
    assert separate(base, base, texts, ["a"] * len(texts)).parts[0].reason == "'label' has only one label"


def test_the_plan_of_a_geometry_gives_the_same_numbers(tmp_path):
    import json

    from semascope.encoders.loading import load_encoder

    rng = np.random.default_rng(5)
    texts = [f"{' '.join(rng.choice(WORDS, 6))} number {row}" for row in range(80)]
    labels = ["long" if len(text) > 42 else "short" for text in texts]
    file = tmp_path / "texts.jsonl"
    lines = [json.dumps({"text": text, "size": label}) for text, label in zip(texts, labels, strict=True)]
    file.write_text("\n".join(lines), encoding="utf8")
    base, tuned = (
        make(tmp_path / name, "bert", pooling=how) for name, how in (("one", "mean"), ("two", "cls"))
    )
    plan = geometry_plan_for(
        str(base), Path(tuned), file, text=["text"], label="size", names=("before", "after")
    )
    drawn = run_geometry(plan)
    own = separate(load_encoder(str(base)), load_encoder(str(tuned)), texts, labels, label="size").parts[0]
    assert list(drawn.labelled.spaces) == ["before", "after"]
    for name in ("knn", "silhouette", "within", "across"):
        numbers = own.numbers[name]
        for space, ours in (("before", numbers.before), ("after", numbers.after)):
            assert getattr(drawn.labelled.spaces[space], name).value == pytest.approx(ours.value, abs=1e-6)
    assert drawn.labelled.families["knn"].verdicts["after"] == own.numbers["knn"].verdict
