"""Which text is asked next, and what becomes of an answer."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error

from semascope.encoders.hashing import HashEncoder
from semascope.learner.labelling.asking import Asking
from semascope.learner.learner import ValueLearner
from semascope.learner.model_file import load_learner

POOL = [f"text number {number}" for number in range(60)]


def truth(text: str) -> float:
    return float(int(re.findall(r"\d+", text)[-1]) % 7)


class Loop:
    """An ``Asking`` on hashed vectors that keeps what it saves."""

    def __init__(self, folder, texts=POOL, *, learner=None, alphas=(), seed=42):
        self.folder, self.saved = folder, folder / "model.zip"
        self.asking = Asking(
            learner or self.fresh(),
            texts,
            seed=seed,
            save=lambda learner: learner.save_model(self.saved),
            fresh=self.fresh,
            discard=lambda: self.saved.unlink(missing_ok=True),
            alphas=alphas,
        )

    def fresh(self):
        return ValueLearner(encoder="hash:16", embedding_dim=16, cache_dir=self.folder / "store")

    def reopened(self):
        learner = self.fresh()
        learner.load_model(self.saved)
        return learner

    def answer(self, count):
        questions = []
        for _ in range(count):
            questions.append(self.asking.next())
            self.asking.answer(questions[-1], truth(questions[-1].text))
        return questions


@pytest.fixture
def loop(tmp_path):
    return Loop(tmp_path)


# --- which text comes next ---


def test_one_question_in_five_is_at_random_and_never_learnt(loop):
    questions = loop.answer(25)
    assert [question.held_out for question in questions] == ([False] * 4 + [True]) * 5
    assert [question.number for question in questions] == list(range(1, 26))
    assert [question.left for question in questions] == list(range(60, 35, -1))
    saved = load_learner(loop.saved)
    learnt = [question.text for question in questions if not question.held_out]
    assert [example.text for example in saved.examples] == learnt
    assert [example.text for example in saved.held_out] == [q.text for q in questions if q.held_out]
    reference = Ridge(alpha=1.0).fit(
        HashEncoder(16).encode(learnt).astype(float), [truth(text) for text in learnt]
    )
    np.testing.assert_allclose(saved.ridge.coef_, reference.coef_, atol=1e-6)


def test_every_text_is_asked_once_and_copies_and_empty_ones_never(tmp_path):
    loop = Loop(tmp_path, [*POOL[:20], "", " \u200b", "TEXT  number 3"])
    asked = [question.text for question in loop.answer(20)]
    assert sorted(asked) == sorted(POOL[:20])
    assert loop.asking.next() is None


def test_what_is_asked_at_random_does_not_depend_on_answers_or_order(tmp_path):
    first = Loop(tmp_path / "a")
    second = Loop(tmp_path / "b", POOL[::-1])
    for question in (second.asking.next() for _ in range(25)):
        second.asking.answer(question, 100 - truth(question.text))
    held = [q.text for q in first.answer(25) if q.held_out]
    assert held == [example.text for example in second.asking.learner.held_out]
    other = Loop(tmp_path / "c", seed=7)
    assert [q.text for q in other.answer(25) if q.held_out] != held


def test_texts_set_aside_are_about_a_fifth(tmp_path):
    loop = Loop(tmp_path, [f"text {number}" for number in range(4000)])
    # four standard errors of a share of a fifth among 4,000
    assert abs(len(loop.asking._aside) / 4000 - 0.2) < 4 * (0.2 * 0.8 / 4000) ** 0.5


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_a_few_texts_can_all_be_learnt_or_asked(tmp_path, count):
    loop = Loop(tmp_path, POOL[:count])
    questions = loop.answer(count)
    assert not questions[0].held_out
    assert loop.asking.next() is None


def test_a_skipped_text_is_not_asked_again(loop):
    first = loop.asking.next()
    loop.asking.skip(first)
    seen = {question.text for question in loop.answer(59)}
    assert first.text not in seen
    assert loop.asking.next() is None


def test_going_on_asks_what_would_have_been_asked(tmp_path):
    straight, broken = Loop(tmp_path / "a"), Loop(tmp_path / "b")
    expected = [(question.text, question.held_out) for question in straight.answer(17)]
    found = broken.answer(8)
    going_on = Loop(tmp_path / "b", learner=broken.reopened())
    found += going_on.answer(9)
    assert [(question.text, question.held_out) for question in found] == expected
    assert found[-1].number == 17


# --- undo ---


@pytest.mark.parametrize("count", [2, 4, 5, 6, 9])
def test_undo_takes_the_last_answer_back_from_model_and_file(loop, count):
    loop.answer(count - 1)
    before, question = loop.reopened(), loop.asking.next()
    loop.asking.answer(question, 1000.0)
    assert loop.asking.undo().score == 1000.0
    after = loop.reopened()
    np.testing.assert_allclose(after.ridge.coef_, before.ridge.coef_, atol=1e-8)
    assert (after.training_texts, after.held_out) == (before.training_texts, before.held_out)
    assert loop.asking.next() == question


def test_undo_brings_back_the_alpha_that_an_answer_changed(tmp_path, monkeypatch):
    monkeypatch.setattr("semascope.learner.labelling.asking.FIRST_CHOICE", 20)
    loop = Loop(tmp_path, alphas=(0.01, 100.0))
    loop.answer(23)
    before, expected = loop.reopened(), loop.asking.learner.predict_many(POOL)
    question = loop.asking.next()
    loop.asking.answer(question, 3.0)
    assert loop.asking.learner.ridge_alpha != 1.0
    loop.asking.undo()
    after = loop.reopened()
    assert after.ridge_alpha == loop.asking.learner.ridge_alpha == before.ridge_alpha == 1.0
    np.testing.assert_allclose(after.predict_many(POOL), expected, atol=1e-8)
    assert after.training_metadata == before.training_metadata
    assert loop.asking.next() == question
    loop.asking.answer(question, 3.0)  # the twentieth again: chosen again
    assert loop.asking.learner.ridge_alpha != 1.0


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_after_an_undo_the_same_texts_come_as_without_it(tmp_path, count):
    straight, undone = Loop(tmp_path / "a"), Loop(tmp_path / "b")
    expected = [question.text for question in straight.answer(15)]
    undone.answer(count)
    undone.asking.undo()
    assert [question.text for question in undone.answer(16 - count)] == expected[count - 1 :]
    # Both know which texts were suggested, so neither promises what it cannot.
    assert not undone.reopened().predict_interval("new").promised
    assert load_learner(undone.saved).suggested == load_learner(straight.saved).suggested


def test_after_undo_of_the_only_answer_the_model_still_knows_that_its_text_was_suggested(loop):
    loop.answer(1)
    loop.asking.undo()
    loop.answer(1)
    assert not loop.reopened().predict_interval("new").promised


def test_an_undo_does_not_bring_back_a_skipped_text(loop):
    loop.answer(1)
    skipped = loop.asking.next()
    loop.asking.skip(skipped)
    loop.asking.undo()
    assert skipped.text not in {question.text for question in loop.answer(59)}


def test_undo_of_everything_leaves_no_model(loop):
    loop.answer(3)
    for _ in range(3):
        assert loop.asking.undo()
    assert loop.asking.undo() is None
    assert not loop.saved.exists()
    loop.answer(6)
    assert len(load_learner(loop.saved).examples) == 5


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["answer", "answer", "answer", "skip", "undo"]), max_size=25))
def test_the_file_always_holds_the_answers_that_stand(tmp_path_factory, steps):
    loop, standing = Loop(tmp_path_factory.mktemp("loop")), {}
    for step in steps:
        question = loop.asking.next()
        if step == "skip":
            loop.asking.skip(question)
        elif step == "undo":
            if last := loop.asking.undo():
                del standing[last.text]
        else:
            loop.asking.answer(question, truth(question.text))
            standing[question.text] = (truth(question.text), question.held_out)
    if not standing:
        assert not loop.saved.exists()
        return
    saved = load_learner(loop.saved)
    found = {example.text: (example.score, False) for example in saved.examples}
    found |= {example.text: (example.score, True) for example in saved.held_out}
    assert found == standing
    held = len(saved.held_out)
    assert 4 * held <= len(saved.examples) < 4 * (held + 1) + 1


# --- what is said ---


def test_the_curve_is_that_of_refits_by_another_library(loop):
    questions = loop.answer(40)
    curve = loop.asking.curve()
    learnt = [question.text for question in questions if not question.held_out]
    held = [question.text for question in questions if question.held_out]
    encode = HashEncoder(16).encode
    scores, actual = [truth(text) for text in learnt], [truth(text) for text in held]
    x, other = encode(learnt).astype(float), encode(held).astype(float)
    expected = [
        root_mean_squared_error(actual, Ridge(alpha=1.0).fit(x[:k], scores[:k]).predict(other))
        for k in (5, 10, 20, 32)
    ]
    assert curve.learnt == (5, 10, 20, 32)
    np.testing.assert_allclose(curve.errors, expected, atol=1e-6)
    assert curve.mean == pytest.approx(root_mean_squared_error(actual, np.full(8, np.mean(scores))))
    assert curve.texts == 8


def test_what_was_predicted_is_from_before_the_answer(loop):
    loop.answer(9)
    question = loop.asking.next()
    before = loop.reopened().predict(question.text)
    answered = loop.asking.answer(question, 50.0)
    assert answered.predicted == pytest.approx(before)
    assert not answered.outside  # nine scores before: too few to say
    loop.answer(1)
    assert loop.asking.answer(loop.asking.next(), 51.0).outside


def test_alpha_is_chosen_when_there_are_enough_examples(tmp_path, monkeypatch):
    monkeypatch.setattr("semascope.learner.labelling.asking.FIRST_CHOICE", 20)
    loop = Loop(tmp_path, alphas=(0.01, 100.0))
    loop.answer(23)
    assert loop.asking.learner.ridge_alpha == 1.0
    loop.answer(2)
    assert len(loop.asking.learner.training_texts) == 20
    assert loop.asking.learner.ridge_alpha in (0.01, 100.0)
