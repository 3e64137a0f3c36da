"""The page of a service in Chromium, on a real service: what it shows, and what it says when things go wrong."""

import json

import numpy as np
import pytest
from tests.browser.service_reader import SCORED, Reader, shown
from tests.running_service import get, make_classifier, make_constant, make_learner, post, running, service_of

from semascope.encoders.hashing import HashEncoder
from semascope.learner.learnt_range import said_outside
from semascope.probes.artifact import save_artifact
from semascope.probes.card import Card, TargetCard, encoder_fields
from semascope.probes.head import make_head
from semascope.serve.guarding.tokens import Tokens
from semascope.serve.served.not_read import said_of_truncated
from semascope.words.texts import unknown_said

pytestmark = [pytest.mark.browser, pytest.mark.long]

TOKEN, LEARN_TOKEN = "a-token-of-sixteen", "another-of-sixteen"
HOSTILE = '<img src=x onerror="window.pwned=1">'


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    learner = make_learner(folder / "tides.zip", examples=SCORED | {HOSTILE: 3.0})
    with running(service_of(f"tides={learner}", make_classifier(folder / "water"), "hash:16")) as found:
        yield found


@pytest.fixture
def reader(browser):
    reader = Reader(browser)
    yield reader
    reader.leave()


def test_the_page_asks_its_own_service_alone_and_has_nothing_to_say_to_the_console(reader, address):
    reader.open(address)
    for name in ("tides", "water", "hash:16"):
        reader.choose(name)
    assert all(url.startswith(f"{address}/") for url in reader.browser.requests())
    assert reader.browser.console() == []


def test_each_kind_shows_the_tools_that_it_can_answer(reader, address):
    reader.open(address)
    parts = "return [...document.querySelectorAll('section:not([hidden])')].map(each => each.id)"
    assert reader.run(parts) == ["try", "why", "rank", "program"]  # it does not learn here
    reader.choose("water")
    assert reader.run(parts) == ["try", "rank", "program"]
    reader.choose("hash:16")
    assert reader.run(parts) == ["compare", "program"]
    assert f'base_url="{address}/v1"' in reader.text("program-list")
    assert 'model="hash:16"' in reader.text("program-list")
    tells_roles_apart = json.loads(get(address, "/v1/models/hash:16"))["tells_roles_apart"]
    role = "return document.getElementById('compare-role-place').hidden"
    assert reader.run(role) is not tells_roles_apart  # nobody is asked for a role that changes nothing


def test_the_answer_to_a_text_is_the_one_of_the_service(reader, address):
    reader.open(address).fill("try-text", "spring tide")
    why = post(address, "/v1/explain/tides", {"text": "spring tide", "coverage": 0.5})
    reader.fill("try-coverage", "0.5")
    reader.says(
        "try-answer", f"50 % of such texts: {shown(why['interval']['low'])} to".replace(" %", "\u00a0%")
    )
    assert reader.text("try-answer").startswith(shown(why["score"]))
    assert f"From the mean of all examples, {shown(why['base'])}" in reader.text("why-base")
    pulls = reader.run("return [...document.querySelectorAll('#why-pulls b')].map(each => each.textContent)")
    assert pulls == [
        shown(value) if value < 0 else f"+{shown(value)}"
        for value in [each["pull"] for each in why["pulls"]] + [why["others_pull"]]
    ]
    directions = reader.run(
        "return [...document.querySelectorAll('#why-pulls .bar')].map(each => each.classList[1])"
    )
    assert directions == ["down" if each.startswith("\u2212") else "up" for each in pulls]


def test_while_one_text_is_scored_only_the_newest_waits(reader, address):
    reader.open(address)
    reader.run(
        "wire.held = { path: '/v1/score/tides' }; wire.held.promise = new Promise(go => (wire.go = go));"
        "wire.most = 0"
    )
    reader.fill("try-text", "ebb")
    reader.wait("wire.inFlight === 1")
    for typed in ("ebb t", "ebb ti", "ebb tid", "ebb tide"):
        reader.fill("try-text", typed)
        reader.run("return new Promise(go => setTimeout(go, 170))")
    assert [each["texts"] for each in reader.asked("/v1/score/tides")] == [["ebb"]]
    reader.run("wire.held = null; wire.go()")
    score = post(address, "/v1/explain/tides", {"text": "ebb tide"})["score"]
    reader.says("try-answer", shown(score))
    assert [each["texts"] for each in reader.asked("/v1/score/tides")] == [["ebb"], ["ebb tide"]]
    assert [each["text"] for each in reader.asked("/v1/explain/tides")] == ["ebb tide"]
    assert reader.run("return wire.most") == 1


def test_a_text_that_is_taken_away_takes_its_answer_along(reader, address):
    reader.open(address).fill("try-text", "ebb tide")
    reader.says("try-answer", "of such texts")
    reader.fill("try-text", "  ")
    assert reader.text("try-answer") == "The answer appears here."
    assert reader.run("return document.getElementById('why-answer').hidden")


def test_classes_stand_with_their_probabilities(reader, address):
    reader.open(address).choose("water")
    reader.fill("try-text", "spring tide")
    result = post(address, "/v1/score/water", {"texts": ["spring tide"]})["results"][0]
    sure = f"{round(100 * result['probabilities'][result['class']])}\u00a0%"
    reader.says("try-answer", f"probability {sure}")
    first = reader.run("return document.querySelector('#try-answer .levels li').innerText").split()
    assert first == [result["class"], sure.split("\u00a0")[0], "%"]


def test_a_scorer_says_what_its_cut_took(reader, tmp_path):
    with running(service_of(make_constant(tmp_path / "stars", value=7.0))) as address:
        reader.open(address).fill("try-text", "ebb")
        reader.says("try-answer", "Without the cut to the scores that were learnt from, stars would be 7.00.")
        assert reader.text("try-answer").startswith("5.00\nstars\n")
    with running(service_of(make_constant(tmp_path / "others", value=3.0))) as address:
        reader.open(address).fill("try-text", "ebb")
        reader.says("try-answer", "3.00")
        assert "cut" not in reader.text("try-answer")
        assert reader.asked("/v1/rank/others") == []


def test_a_scorer_of_medians_says_what_ranks_and_of_no_cut(reader, tmp_path):
    encoder, random = HashEncoder(16), np.random.default_rng(0)
    vectors = random.standard_normal((400, 16)).astype(np.float32)
    stars = np.where(vectors[:, 0] > np.quantile(vectors[:, 0], 0.7), 3.0, 0.0)  # most have none
    head = make_head("ridge", kind="regression", measure="mae", target_names=("stars",)).fit(vectors, stars)
    card = Card(
        **encoder_fields(encoder),
        dim=16,
        kind="regression",
        head="ridge",
        targets=(TargetCard(name="stars", low=0.0, high=3.0),),
    )
    with running(service_of(save_artifact(tmp_path / "stars", card, head))) as address:
        text = next(
            text
            for text in (f"text number {number}" for number in range(100))
            if head.predict(encoder.encode([text]))[0, 0] == 0
            and 0.01 < head.predict_unmapped(encoder.encode([text]))[0, 0] < 3
        )
        line = head.predict_unmapped(encoder.encode([text]))[0, 0]
        reader.open(address).fill("try-text", text)
        reader.says("try-answer", f"The head itself says {shown(line)}, and a ranking goes by that;")
        assert "cut" not in reader.text("try-answer")


def test_a_long_list_is_ranked_in_parts_as_the_service_ranks_it_at_once(reader, address):
    texts = [f"text number {number}" for number in range(700)] + ["=HYPERLINK(1)", HOSTILE]
    reader.open(address)
    reader.run(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async text => (window.took = text) } })"
    )
    reader.fill("rank-texts", "\n\n".join(texts))
    reader.send("rank-form")
    reader.says("rank-told", "702 texts ranked.")
    assert [len(each["texts"]) for each in reader.asked("/v1/rank/tides")] == [256, 256, 190]
    expected = [each["text"] for each in post(address, "/v1/rank/tides", {"texts": texts})["ranking"]]
    rows = "return [...document.querySelectorAll('#rank-rows .text')].map(each => each.textContent)"
    assert reader.run(rows) == expected[:100]
    reader.press("#rank-more")
    assert reader.run(rows) == expected[:600]
    reader.press("#rank-copy")
    reader.says("rank-told", "702 rows copied.")
    lines = reader.run("return window.took").split("\r\n")
    assert lines[0] == "rank,score,row,text"
    assert [line.split(",")[2] for line in lines[1:-1]] == [str(texts.index(text) + 1) for text in expected]
    assert any(line.endswith(",701,'=HYPERLINK(1)") for line in lines)
    assert reader.run("return window.pwned") is None


def lay_parts(reader, model, notes_of_parts):
    """Lay the answers to a list of eight texts that the service takes by twos: each part ranks both of its own."""
    pairs = [[{"index": row, "text": "", "score": 1.0, "value": 1.0} for row in (0, 1)] for _ in range(4)]
    for place, (ranking, notes) in enumerate(zip(pairs, notes_of_parts, strict=True)):
        for _ in range({0: 2, 2: 1}.get(place, 0)):  # eight and four at once are too many
            reader.lay(f"/v1/rank/{model}", 413, {})
        reader.lay(f"/v1/rank/{model}", 200, {"ranking": ranking, "left_out": [], "notes": notes})
    reader.fill("rank-texts", "\n".join("abcdefgh"))
    reader.send("rank-form")
    reader.says("rank-told", "8 texts ranked.")
    return reader.run(
        "return [...document.querySelectorAll('#rank-told-notes .fineprint')].map(each => each.textContent)"
    )


def test_scores_outside_of_the_range_are_counted_over_the_whole_list(reader, address):
    reader.open(address)

    def notes(*scores):
        values = np.array(scores)[:, None]
        return said_outside([TargetCard(name="score")], values, written=None, learnt=lambda: (0.0, 9.0))

    assert notes(20.0, 9.6)[0].startswith("2 of 2 scores of 'score' lie outside")
    assert lay_parts(reader, "tides", [notes(20.0, 9.6), notes(1.0, 2.0), notes(1.0, 9.7), []]) == [
        "3 of 8 scores of 'score' lie outside 0 to 9, the range that was learnt from; they were not cut to it."
    ]
    assert lay_parts(reader, "tides", [[], [], notes(1.0, 9.7), []]) == [
        "1 of 8 scores of 'score' lies outside 0 to 9, the range that was learnt from; they were not cut to it."
    ]


def test_every_note_is_shown_once_with_the_texts_that_it_is_of(reader, address):
    reader.open(address).choose("water")

    def notes(*rows):
        return [unknown_said("water", rows)] if rows else []

    assert lay_parts(reader, "water", [notes(1), notes(0, 1), [], notes(1)]) == [
        "Water knows no word of 4 texts (numbers 2, 3, 4, 8): all such texts have the vector of its unknown token, and so one score."
    ]
    assert lay_parts(reader, "water", [[], [], [], notes(1)]) == [
        "Water knows no word of 1 text (number 8): all such texts have the vector of its unknown token, and so one score."
    ]
    assert lay_parts(reader, "water", [notes(*range(20)), notes(0), [], []])[0].startswith(
        "Water knows no word of 21 texts (numbers 1, 2, 3, 4, 5, 6, 7, 8 and 13 more):"
    )


def test_texts_that_were_not_read_whole_are_counted_over_the_whole_list(reader, address):
    reader.open(address)
    encoder = HashEncoder(16)

    def notes(*lost):
        return said_of_truncated(np.array(lost), encoder)

    parts = [notes(True, False), notes(True, True), notes(False, False), notes(True)]
    (said,) = lay_parts(reader, "tides", parts)
    assert said.startswith("4 of 8 texts are longer than hash:16 reads (")
    assert said.endswith(": their ends were not read.")
    (said,) = lay_parts(reader, "tides", [[], [], notes(True, False), []])
    assert said.startswith("1 of 8 texts is longer") and said.endswith(": its end was not read.")


def test_a_note_of_another_form_is_said_once_for_the_parts_that_it_is_of(reader, address):
    reader.open(address)
    assert lay_parts(
        reader, "tides", [["low", "high"], ["high"], ["low", "high"], ["high", "one", "two"]]
    ) == [
        "Numbers 1 to 2, 5 to 6: low.",
        "High.",
        "Numbers 7 to 8: one.",
        "Numbers 7 to 8: two.",
    ]
    assert reader.text("rank-told-notes").endswith("And 1 more note")
    reader.press("#rank-told-notes summary")
    assert reader.text("rank-told-notes").endswith("Numbers 7 to 8: two.")


def test_what_an_encoder_did_not_read_is_said_beside_the_cosines(reader, address):
    reader.open(address).choose("hash:16")
    said = "input[1] has 900 tokens; minilm reads at most 256: the end was not read"
    laid = {"data": [{"embedding": [1, 0]}, {"embedding": [0, 1]}], "usage": {"total_tokens": 902}}
    reader.lay("/v1/embeddings", 200, laid | {"notes": [said]})
    reader.fill("compare-texts", "ebb\nflood")
    reader.send("compare-form")
    reader.says("compare-told-notes", said.replace("input[1]", "Number 2"))
    reader.send("compare-form")
    reader.wait("document.getElementById('compare-told-notes').hidden")


def test_a_text_in_letters_that_the_encoder_was_not_made_for_is_told(reader, tmp_path, monkeypatch):
    monkeypatch.setattr(HashEncoder, "languages", frozenset({"en"}))
    model = make_learner(tmp_path / "tides.zip", examples=SCORED)
    with running(service_of(model, "hash:16")) as address:
        reader.open(address)
        assert "reads with hash:16, made for English" in reader.text("about")
        reader.fill("try-text", "прилив в полдень")
        reader.says(
            "try-answer",
            "What hash:16 makes of this text means little: it was made for English, not for such",
        )
        reader.fill("try-text", "the tide at Архангельск comes late and stays")
        reader.wait("!document.getElementById('try-answer').innerText.includes('was made for')")
        reader.choose("hash:16")
        reader.fill("compare-texts", "満潮は正午です\nhigh water\n만조")
        reader.send("compare-form")
        reader.says(
            "compare-told-notes", "What hash:16 makes of 2 of 3 texts means little: it was made for English"
        )


def test_letters_of_any_language_of_the_encoder_are_its_own(reader, tmp_path, monkeypatch):
    monkeypatch.setattr(HashEncoder, "languages", frozenset({"en", "ja", "ko", "ru", "zh", "el"}))
    with running(service_of("hash:16")) as address:
        reader.open(address)
        assert "is made for 6 languages" in reader.text("about")
        reader.fill("compare-texts", "満潮は正午です\nhigh water\n만조\nприлив\n满潮\nשלום\n12 + 5")
        reader.send("compare-form")
        reader.says(
            "compare-told-notes",
            "What hash:16 makes of 1 of 7 texts means little: it was made for 6 languages",
        )


def test_a_model_that_is_written_anew_is_shown_as_it_is_now(reader, tmp_path):
    path = make_constant(tmp_path / "water", value=3.0)
    with running(service_of(path, watch=True)) as address:
        reader.open(address).fill("try-text", "spring tide")
        reader.says("try-answer", "3.00")
        make_classifier(path)
        reader.wait(
            "fetch('./v1/models').then(answer => answer.json()).then(all => all.data[0].classes.length > 0)"
        )
        reader.fill("try-text", "spring tide at noon")
        reader.says("try-answer", "probability")
        assert "It tells low, high apart" in reader.text("about")
        options = "return [...document.querySelectorAll('#rank-by option')].map(each => each.value)"
        assert reader.run(options) == ["low", "high"]
        make_constant(path, value=3.0)
        reader.wait(
            "fetch('./v1/models').then(answer => answer.json()).then(all => all.data[0].classes.length === 0)"
        )
        reader.fill("rank-texts", "ebb")
        reader.send("rank-form")  # by a class that it no longer has
        reader.says("rank-told", "water was replaced meanwhile")
        assert "It scores stars" in reader.text("about")
        reader.send("rank-form")
        reader.says("rank-told", "1 text ranked.")


def test_parts_that_are_too_large_for_a_service_are_halved(reader, tmp_path):
    with running(service_of(make_classifier(tmp_path / "water"), most_texts=3)) as address:
        reader.open(address).fill("rank-texts", "\n".join(f"text number {number}" for number in range(8)))
        reader.send("rank-form")
        reader.says("rank-told", "8 texts ranked.")
        assert [len(each["texts"]) for each in reader.asked("/v1/rank/water")] == [8, 4, 2, 2, 4, 2, 2]


def test_paragraphs_are_texts_too(reader, address):
    reader.open(address).fill("rank-texts", "one\ntext\n \nanother\n\n\n")
    reader.fill("rank-split", "paragraph")
    reader.send("rank-form")
    reader.says("rank-told", "2 texts ranked.")
    assert reader.asked("/v1/rank/tides")[0]["texts"] == ["one\ntext", "another"]


def test_cosines_are_those_of_the_encoder(reader, address):
    texts = ["ebb", "flood", "slack water"]
    reader.open(address).choose("hash:16")
    reader.fill("compare-texts", "\n".join(texts))
    reader.send("compare-form")
    reader.says("compare-told", "3 texts, 4 tokens.")
    rows = HashEncoder(16).encode(texts)
    cells = reader.run(
        "return [...document.querySelectorAll('#compare-rows tr')].map(row => [...row.querySelectorAll('td')].map(each => each.textContent))"
    )
    assert cells == [[shown(value).replace("0.", ".") for value in row] for row in rows @ rows.T]
    best = max(
        [(0, 1), (0, 2), (1, 2)], key=lambda pair: (rows @ rows.T)[pair]
    )  # numbered from 1 on the page
    assert f"Most alike are numbers {best[0] + 1} and {best[1] + 1}" in reader.text("compare-said")
    tints = reader.run(
        "return [...document.querySelectorAll('#compare-rows td')].map(each => each.className)"
    )
    assert tints[3 * best[0] + best[1]] == "s9"
    assert np.count_nonzero(np.array(tints) == "same") == 3


def test_a_full_service_is_asked_again_when_it_says(reader, address):
    reader.open(address)
    reader.lay(
        "/v1/rank/tides",
        429,
        {"error": {"message": "8 texts wait"}},
        retry_after="1",
        content_type="text/json",
    )
    reader.fill("rank-texts", "ebb")
    reader.send("rank-form")
    reader.says("rank-told", "The service is full; asking again in 1")
    reader.says("rank-told", "1 text ranked.")
    assert len(reader.asked("/v1/rank/tides")) == 2


def test_a_refusal_is_said_in_the_words_of_the_service(reader, address):
    reader.open(address)
    reader.lay("/v1/rank/tides", 400, {"error": {"message": "texts holds too much; send several"}})
    reader.fill("rank-texts", "ebb")
    reader.send("rank-form")
    reader.says("rank-told", "Texts holds too much; send several.")
    reader.lay("/v1/rank/tides", 502, "of a proxy")
    reader.send("rank-form")
    reader.says("rank-told", "The service answered with status 502.")
    assert reader.run("return document.getElementById('rank-go').disabled") is False


def test_a_service_that_is_gone_is_missed_and_comes_back(reader, address):
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    reader.open(address)
    reader.browser.driver.execute_cdp_cmd("Network.enable", {})
    reader.browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    reader.fill("try-text", "ebb tide")
    reader.says("try-told", "The service does not answer.")
    assert reader.run("return document.getElementById('offline').hidden") is False
    reader.browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline | {"offline": False})
    reader.says("try-answer", "of such texts")  # without a key pressed
    assert reader.run("return document.getElementById('offline').hidden") is True
    assert reader.run("return document.getElementById('try-told').hidden") is True


def test_a_token_is_asked_for_kept_for_the_tab_and_sent(reader):
    with running(service_of("hash:16"), Tokens(reading=TOKEN.encode())) as address:
        reader.open(address, ready="document.getElementById('reading-token').hidden === false")
        assert reader.run("return document.activeElement.id") == "reading-token-value"
        reader.fill("reading-token-value", "not-the-right-token")
        reader.send("reading-token")
        reader.says("reading-token-said", "not the right one")
        reader.fill("reading-token-value", TOKEN)
        reader.send("reading-token")
        reader.says("name", "hash:16")
        assert reader.run("return document.activeElement.id") == "compare-texts"  # not lost with the form
        assert reader.run("return document.getElementById('reading-token').hidden") is True
        assert 'api_key=os.environ["SEMASCOPE_TOKEN"]' in reader.text("program-list")
        assert TOKEN not in reader.text("content")
        assert reader.run("return wire.asked.map(each => each.token)") == [
            "",
            "Bearer not-the-right-token",
            f"Bearer {TOKEN}",
        ]
        assert reader.run("return Object.values(sessionStorage)") == [TOKEN]
        assert reader.run("return localStorage.length + document.cookie.length") == 0
        assert TOKEN not in "".join(reader.browser.requests())


def test_texts_stay_out_of_addresses_and_storage(reader, address):
    reader.open(address).fill("try-text", "zebra crossing")
    reader.says("try-answer", "of such texts")
    assert "zebra" not in "".join(reader.browser.requests()) + reader.browser.driver.current_url
    assert (
        reader.run("return JSON.stringify([sessionStorage, localStorage, history.state])") == "[{},{},null]"
    )


@pytest.mark.parametrize("width", [360, 1360])
def test_nothing_stands_beside_the_page_and_every_field_has_a_name(reader, address, width):
    reader.open(address, width=width, dark=width == 360)
    reader.fill("try-text", "w" * 3_000)
    reader.says("try-answer", "of such texts")
    reader.fill("rank-texts", "w" * 900 + "\nebb")
    reader.send("rank-form")
    reader.says("rank-told", "2 texts ranked.")
    for name in ("tides", "water", "hash:16"):
        reader.choose(name)
        wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert reader.run(wide) <= 0
        nameless = (
            "return [...document.querySelectorAll('input, select, textarea, button')].filter(each =>"
            " each.checkVisibility() && !(each.labels?.length || each.ariaLabel || each.textContent.trim())).map(each => each.outerHTML)"
        )
        assert reader.run(nameless) == []


def test_everything_is_reached_and_sent_with_the_keyboard(reader, address):
    from selenium.webdriver.common.keys import Keys

    reader.open(address)
    reader.run("document.getElementById('rank-texts').focus()")
    driver = reader.browser.driver
    driver.switch_to.active_element.send_keys("ebb", Keys.ENTER, "flood")
    reached = []
    for _ in range(3):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(reader.run("return document.activeElement.id"))
        if reached[-1] == "rank-go":
            break
    assert reached == ["rank-split", "rank-go"]
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    reader.says("rank-told", "2 texts ranked.")
    reader.wait("document.getElementById('announcer').textContent === '2 texts ranked.'")  # read out
