"""Teaching a learner from its page: what moves, what can be undone, and who may."""

import pytest
from tests.browser.service_reader import SCORED, Reader, shown
from tests.running_service import make_learner, post, running, service_of

from semascope.serve.guarding.tokens import Tokens

pytestmark = [pytest.mark.browser, pytest.mark.long]

TOKEN, LEARN_TOKEN = "a-token-of-sixteen", "another-of-sixteen"


def score_of(address, text):
    return post(address, "/v1/explain", {"text": text})["score"]


@pytest.fixture
def model(tmp_path):
    return make_learner(tmp_path / "tides.zip", examples=SCORED)


@pytest.fixture
def reader(browser):
    reader = Reader(browser)
    yield reader
    reader.leave()


@pytest.fixture
def address(model):
    with running(service_of(model, learn=True)) as found:
        yield found


def correct(reader, text, score):
    reader.fill("try-text", text)
    reader.says("try-answer", "of such texts")
    reader.wait("!document.querySelector('#correct-form button').disabled")
    reader.fill("correct-score", str(score))
    reader.send("correct-form")


def corrections(reader):
    return reader.run(
        "return [...document.querySelectorAll('#correct-list > li')].map(each => each.innerText)"
    )


def test_a_correction_is_learnt_shown_and_undone(reader, address):
    before = score_of(address, "spring tide")
    reader.open(address)
    correct(reader, "spring tide", 9.5)
    reader.says("correct-told", "Learnt:")
    after = score_of(address, "spring tide")
    assert after > before
    assert f"goes from {shown(before)} to {shown(after)}" in reader.text("correct-told")
    assert [f"Before {shown(before)}" in reader.text("correct-moved"), f"After {shown(after)}" in reader.text("correct-moved")] == [True, True]  # fmt: skip
    reader.says("try-answer", shown(after))
    assert "learnt from 27 examples" in reader.text("about")
    (sent,) = reader.asked("/v1/learn/tides")
    assert (sent["text"], sent["score"], len(sent["request_id"])) == ("spring tide", 9.5, 32)
    reader.press("#correct-list button", "Undo")
    reader.says("correct-told", "as if it had never learnt that score")
    assert score_of(address, "spring tide") == pytest.approx(before, abs=1e-9)
    reader.says("try-answer", shown(before))
    assert corrections(reader)[0].endswith("undone")
    assert reader.run("return document.querySelectorAll('#correct-list button').length") == 0


def test_a_text_that_was_an_example_before_has_no_undo(reader, address):
    reader.open(address)
    correct(reader, "slack water", 1)
    reader.says("correct-told", "was an example before; both scores are kept")
    assert "No undo: this text was an example before" in corrections(reader)[0]
    correct(reader, "slack water", 2)  # neither has a second one
    reader.wait("document.querySelectorAll('#correct-list > li').length === 2")
    assert reader.run("return document.querySelectorAll('#correct-list button').length") == 0


def test_undoing_one_of_two_scores_of_a_text_keeps_the_other(reader, address):
    reader.open(address)
    correct(reader, "spring tide", 9)
    reader.wait("document.querySelectorAll('#correct-list > li').length === 1")
    with_nine = score_of(address, "spring tide")
    correct(reader, "spring tide", 1)
    reader.wait("document.querySelectorAll('#correct-list > li').length === 2")
    reader.press("#correct-list li:first-child button")
    reader.says("correct-told", "as if it had never learnt that score")
    assert score_of(address, "spring tide") == pytest.approx(with_nine, abs=1e-9)
    assert len(reader.asked("/v1/forget/tides")) == 1
    assert reader.run("return document.querySelectorAll('#correct-list button').length") == 1


def test_what_somebody_else_has_scored_meanwhile_is_not_undone(reader, address):
    reader.open(address)
    correct(reader, "spring tide", 9)
    reader.wait("document.querySelectorAll('#correct-list > li').length === 1")
    post(address, "/v1/learn", {"text": "spring tide", "score": 5})
    reader.press("#correct-list button", "Undo")
    reader.says("correct-told", "Not undone: somebody else")
    assert reader.asked("/v1/forget/tides") == []


def test_an_answer_that_is_lost_is_asked_for_again_and_learnt_once(reader, address):
    reader.open(address)
    reader.run(
        "const sent = window.fetch; let lost = false; window.fetch = async (path, request) => {"
        " const answer = await sent(path, request);"
        " if (path === './v1/learn/tides' && !lost) { lost = true; throw new TypeError('gone'); } return answer; }"
    )
    correct(reader, "spring tide", 9)
    reader.says("correct-told", "Learnt:")
    first, again = reader.asked("/v1/learn/tides")
    assert first == again
    assert "learnt from 27 examples" in reader.text("about")


def test_suggestions_are_those_of_the_service_and_go_into_the_field(reader, address):
    reader.open(address)
    reader.fill("suggest-texts", "a quiet harbour\nslack water\n\nthe ferry is late")
    reader.fill("suggest-count", "1")
    reader.send("suggest-form")
    reader.says("suggest-told", "1 suggestion")
    (text,) = reader.run(
        "return [...document.querySelectorAll('#suggest-list .text')].map(each => each.textContent)"
    )
    assert reader.asked("/v1/suggest/tides") == [
        {"texts": ["a quiet harbour", "slack water", "the ferry is late"], "n": 1}
    ]
    reader.press("#suggest-list button", "Score it")
    assert reader.run("return document.getElementById('try-text').value") == text
    reader.says("try-answer", shown(score_of(address, text)))


def test_learning_asks_for_its_own_token(reader, model):
    tokens = Tokens(reading=TOKEN.encode(), learning=LEARN_TOKEN.encode())
    with running(service_of(model, learn=True), tokens) as address:
        reader.open_with(TOKEN, address)
        correct(reader, "spring tide", 9)
        reader.wait("document.getElementById('learning-token').hidden === false")
        reader.press("#learning-token-leave")
        reader.says("correct-told", "Nothing was learnt: that needs the token for learning.")
        reader.send("correct-form")
        reader.wait("document.getElementById('learning-token').hidden === false")
        reader.fill("learning-token-value", LEARN_TOKEN)
        reader.send("learning-token")
        reader.says("correct-told", "Learnt:")
        asked = reader.run("return wire.asked.map(each => each.path + ' ' + each.token)")
        assert f"/v1/learn/tides Bearer {LEARN_TOKEN}" in asked
        assert [each for each in asked if "explain" in each and LEARN_TOKEN in each] == []


def test_a_token_for_learning_that_the_service_has_not_is_not_asked_for(reader, model):
    with running(service_of(model, learn=True), Tokens(reading=TOKEN.encode())) as address:
        reader.open_with(TOKEN, address)
        correct(reader, "spring tide", 9)
        reader.says("correct-told", "This server has no token for learning")
        reader.fill("suggest-texts", "a quiet harbour")
        reader.send("suggest-form")
        reader.says("suggest-told", "This server has no token for learning")
        assert reader.run("return document.getElementById('learning-token').hidden")
        reader.run("sessionStorage.setItem('semascope-token', 'not-the-right-token')")
        reader.send("suggest-form")  # what is wanted now is the token that there is
        reader.wait("document.getElementById('reading-token').hidden === false")
        assert reader.run("return document.getElementById('learning-token').hidden")


def test_a_service_that_learns_no_more_says_so_and_asks_for_no_token(reader, address):
    reader.open(address)
    off = {
        "message": "learning is off in this service",
        "type": "permission_error",
        "param": None,
        "code": None,
    }
    reader.lay("/v1/learn/tides", 403, {"error": off})
    correct(reader, "spring tide", 9)
    reader.says("correct-told", "Learning is off in this service")
    assert reader.run("return document.getElementById('learning-token').hidden")


def test_the_token_for_learning_is_asked_for_where_it_is_needed(reader, model):
    form_is_below = "return document.getElementById('learning-token').previousElementSibling.id"
    said = "return document.getElementById('learning-token-said').innerText"
    with running(
        service_of(model, learn=True), Tokens(reading=TOKEN.encode(), learning=LEARN_TOKEN.encode())
    ) as address:
        reader.open_with(TOKEN, address)
        for _ in range(2):
            reader.fill("suggest-texts", "a quiet harbour")
            reader.send("suggest-form")
            reader.wait("document.getElementById('learning-token').hidden === false")
            reader.wait("document.activeElement.id === 'learning-token-value'")
            assert reader.run(form_is_below) == "suggest-form"
            assert reader.run(said) == ""  # nothing was typed yet, this time
            reader.fill("learning-token-value", "not-the-right-token")
            reader.send("learning-token")
            reader.says("learning-token-said", "not the right one")
            reader.press("#learning-token-leave")
            reader.says("suggest-told", "Nothing was suggested")
        correct(reader, "spring tide", 9)
        reader.wait("document.getElementById('learning-token').hidden === false")
        assert (reader.run(form_is_below), reader.run(said)) == ("correct-form", "")
        reader.fill("learning-token-value", LEARN_TOKEN)
        reader.send("learning-token")
        reader.says("correct-told", "Learnt:")
        assert reader.run("return document.activeElement.id") == "try-text"  # where it was before


def test_after_suggestions_an_interval_promises_nothing(reader, address):
    reader.open(address)
    reader.fill("suggest-texts", "a quiet harbour")
    reader.fill("suggest-count", "1")
    reader.send("suggest-form")
    reader.says("suggest-told", "1 suggestion")
    reader.press("#suggest-list button", "Score it")
    reader.says("try-answer", "of such texts")
    reader.fill("correct-score", "3")
    reader.send("correct-form")
    reader.says("correct-told", "Learnt:")
    aimed = "aimed at 90\u00a0%, not promised: "
    reader.says("try-answer", aimed)
    assert "90\u00a0% of such texts" not in reader.text("try-answer")
    before, after = reader.text("correct-moved").split("After ")
    assert "90\u00a0% of such texts: " in before and aimed in after


def test_what_could_not_be_learnt_again_is_said(reader, address):
    reader.open(address)
    for score in (9, 1):
        correct(reader, "spring tide", score)
        reader.wait(f"document.getElementById('correct-list').innerText.includes('scored {score}.00')")
        reader.says("correct-told", "Learnt:")
    reader.lay("/v1/learn/tides", 503, {"error": {"message": "the disk is full"}})
    reader.press("#correct-list li:first-child button")
    reader.says("correct-told", "The disk is full. All scores of this text are forgotten")
    assert [each.endswith("undone") for each in corrections(reader)] == [True, True]


def hold(reader, path):
    reader.run(
        "wire.held = { path: arguments[0] }; wire.held.promise = new Promise(go => (wire.go = go))", path
    )


def held(reader, path):
    reader.wait("wire.asked.at(-1).path === arguments[0]", path)


@pytest.fixture
def two(model, tmp_path):
    other = make_learner(tmp_path / "moons.zip", examples=SCORED)
    with running(service_of(model, other, learn=True)) as found:
        yield found


def test_a_score_goes_to_the_model_that_was_shown_when_it_was_given(reader, two):
    reader.open(two)
    reader.fill("try-text", "spring tide")
    reader.says("try-answer", "of such texts")
    reader.fill("correct-score", "9")
    hold(reader, "/v1/explain/tides")
    reader.send("correct-form")
    held(reader, "/v1/explain/tides")
    reader.choose("moons")
    reader.run("wire.held = null; wire.go()")
    reader.says("correct-told", "tides: Learnt.")
    assert [each["score"] for each in reader.asked("/v1/learn/tides")] == [9]
    assert reader.asked("/v1/learn/moons") == []
    assert corrections(reader) == []
    reader.choose("tides")
    assert "scored 9.00" in corrections(reader)[0]
    assert "learnt from 27 examples" in reader.text("about")


def test_an_undo_and_what_is_sent_again_go_to_the_model_that_they_are_of(reader, two):
    reader.open(two)
    for score in (9, 1):
        correct(reader, "spring tide", score)
        reader.wait(f"document.getElementById('correct-list').innerText.includes('scored {score}.00')")
        reader.says("correct-told", "Learnt:")
    reader.says("try-answer", "of such texts")
    reader.run(
        "const sent = window.fetch; let lost = false; window.fetch = async (path, request) => {"
        " const answer = await sent(path, request);"
        " if (path === './v1/forget/tides' && !lost) { lost = true; throw new TypeError('gone'); } return answer; }"
    )
    hold(reader, "/v1/explain/tides")
    reader.press("#correct-list li:first-child button")
    held(reader, "/v1/explain/tides")
    reader.choose("moons")
    reader.run("wire.held = null; wire.go()")
    reader.says("correct-told", "tides: Undone")
    first, again = reader.asked("/v1/forget/tides")
    assert first == again
    assert [each["score"] for each in reader.asked("/v1/learn/tides")] == [9, 1, 9]
    assert reader.run("return wire.asked.filter(each => /(learn|forget).moons/.test(each.path)).length") == 0


def test_what_moved_is_said_of_the_text_that_stands_there(reader, address):
    reader.open(address)
    correct(reader, "spring tide", 9)
    reader.says("correct-told", "Learnt:")
    reader.fill("try-text", "ebb")
    reader.wait(
        "document.getElementById('correct-moved').hidden && document.getElementById('correct-told').hidden"
    )
    assert len(corrections(reader)) == 1
