"""The packaged sample is what docs/sample.md says it is."""

import json
import re
import unicodedata
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import py3langid
import pytest

from semascope.data.sample_texts import sample_path

FIELDS = ["id", "text", "lang", "satisfaction", "urgency", "category", "channel"]
CATEGORIES = {"booking", "staff", "bike", "crossing", "price", "website"}
CHANNELS = {"email", "form", "review", "chat"}
LANGUAGES = {"en": 257, "fr": 51, "es": 51, "pt": 51}

SAME_TEXT = {
    ("m017", "m255"),
    ("m159", "m256"),
    ("m160", "m286"),
    ("m185", "m326"),
    ("m196", "m263"),
    ("m315", "m395"),
}
OTHER_SCORE = ("m315", "m395")
NEARLY_SAME = {("m130", "m265"), ("m269", "m285"), ("m362", "m396"), ("m137", "m293")}
BLANK = {"m336", "m345"}
LONG = "m116"
UNSCORED = "m175"


@pytest.fixture(scope="module")
def rows():
    with sample_path().open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def regular(rows):
    """One row for each text that somebody wrote, without the planted problems."""
    again = {second for _, second in SAME_TEXT | NEARLY_SAME}
    return [row for row in rows if row["id"] not in again | BLANK | {LONG}]


def words(text):
    return re.findall(r"\w+", text.casefold())


def normal(text):
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def faults(row):
    """What is wrong with the fields of one row, in words."""
    found = []
    if list(row) != FIELDS:
        found.append("fields")
    for name, lowest in (("satisfaction", 1), ("urgency", 0)):
        score = row[name]
        if score is None and name == "satisfaction" and row["id"] == UNSCORED:
            continue
        if type(score) not in (int, float) or not lowest <= score <= 10 or (2 * score) % 1:
            found.append(name)
    for name, known in (("lang", LANGUAGES), ("category", CATEGORIES), ("channel", CHANNELS)):
        if row[name] not in known:
            found.append(name)
    return found


def test_every_row_has_the_fields_and_scores_in_range(rows):
    assert {row["id"]: faults(row) for row in rows if faults(row)} == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("satisfaction", 0.5),
        ("satisfaction", 10.5),
        ("satisfaction", 7.3),
        ("satisfaction", None),
        ("satisfaction", "7"),
        ("urgency", -1),
        ("urgency", 11),
        ("urgency", None),
        ("urgency", True),
        ("urgency", float("nan")),
        ("category", "boat"),
        ("channel", "fax"),
        ("lang", "de"),
    ],
)
def test_a_bad_edit_of_a_row_is_seen(rows, field, value):
    assert faults(rows[0]) == []
    assert faults(rows[0] | {field: value}) == [field]


def test_rows_are_counted_by_language_and_numbered_in_order(rows):
    assert Counter(row["lang"] for row in rows) == LANGUAGES
    assert [row["id"] for row in rows] == [f"m{number:03d}" for number in range(1, 411)]


def test_categories_and_channels_are_balanced(regular):
    for lang in LANGUAGES:
        categories = Counter(row["category"] for row in regular if row["lang"] == lang)
        assert set(categories) == CATEGORIES
        assert max(categories.values()) <= 2 * min(categories.values())
        assert {row["channel"] for row in regular if row["lang"] == lang} == CHANNELS


@pytest.mark.parametrize("lang", LANGUAGES)
def test_scores_spread_over_the_range_and_are_not_one_thing_twice(regular, lang):
    scored = [row for row in regular if row["lang"] == lang and row["satisfaction"] is not None]
    satisfaction, urgency = (np.array([row[name] for row in scored]) for name in ("satisfaction", "urgency"))
    for scores, lowest in ((satisfaction, 1), (urgency, 0)):
        shares = np.histogram(scores, bins=np.linspace(lowest, 10, 4))[0] / len(scores)
        assert shares.min() > 0.15
        assert scores.std() > 2.5
    assert abs(np.corrcoef(satisfaction, urgency)[0, 1]) < 0.55


def test_scores_spread_within_every_english_category(regular):
    for category in CATEGORIES:
        scores = [
            row["satisfaction"] for row in regular if (row["category"], row["lang"]) == (category, "en")
        ]
        assert np.std([score for score in scores if score is not None]) > 2


def test_equal_texts_are_those_documented(rows):
    texts = {row["id"]: normal(row["text"]) for row in rows if row["text"].strip()}
    assert {pair for pair in combinations(texts, 2) if texts[pair[0]] == texts[pair[1]]} == SAME_TEXT
    whole = {row["id"]: row for row in rows}
    for first, second in SAME_TEXT:
        differing = {name for name in FIELDS if whole[first][name] != whole[second][name]}
        assert differing == ({"id", "satisfaction"} if (first, second) == OTHER_SCORE else {"id"})


def test_nearly_equal_texts_are_those_documented(rows):
    sets = {row["id"]: set(words(row["text"])) for row in rows if row["text"].strip()}
    alike = {
        (a, b) for a, b in combinations(sets, 2) if len(sets[a] & sets[b]) > 0.4 * len(sets[a] | sets[b])
    }
    assert alike - SAME_TEXT == NEARLY_SAME


def test_blank_long_and_unscored_rows_are_those_documented(rows):
    assert {row["id"] for row in rows if not row["text"].strip()} == BLANK
    assert sorted(row["text"] == "" for row in rows if row["id"] in BLANK) == [False, True]
    assert [row["id"] for row in rows if len(words(row["text"])) > 100] == [LONG]
    assert [row["id"] for row in rows if row["satisfaction"] is None] == [UNSCORED]
    (long,) = (row for row in rows if row["id"] == LONG)
    # A word-piece tokenizer makes at least one token of a word, so no encoder of 256 tokens reads this to its end.
    assert len(words(long["text"])) > 400
    assert "best day" in " ".join(words(long["text"])[-60:])
    assert long["satisfaction"] == 9.5


def test_lengths_vary_from_a_line_to_a_paragraph(regular):
    counts = np.array([len(row["text"].split()) for row in regular])
    assert counts.min() <= 5
    assert 60 <= counts.max() <= 80
    assert np.percentile(counts, 90) > 2.5 * np.percentile(counts, 10)


def test_no_sentence_frame_is_filled_in_again_and_again(regular):
    opening3 = Counter(tuple(words(row["text"])[:3]) for row in regular)
    opening5 = Counter(tuple(words(row["text"])[:5]) for row in regular)
    runs = Counter()
    for row in regular:
        tokens = words(row["text"])
        runs.update(set(zip(*(tokens[start:] for start in range(5)), strict=False)))
    assert max(opening3.values()) <= 3
    assert max(opening5.values()) <= 2
    assert max(runs.values()) <= 2  # any five words in a row, anywhere in a text


def test_a_language_detector_agrees_with_the_language_column(regular):
    wrong = [row["id"] for row in regular if py3langid.classify(row["text"])[0] != row["lang"]]
    assert wrong == []


@pytest.mark.parametrize(("target", "least"), [("satisfaction", 0.15), ("urgency", 0.25)])
def test_scores_follow_the_words_of_the_english_texts(regular, target, least):
    """Shuffled or mislaid scores would give an R2 near 0 or below; this is words counted, no encoder."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.pipeline import make_pipeline

    scored = [row for row in regular if row["lang"] == "en" and row["satisfaction"] is not None]
    texts, truth = [row["text"] for row in scored], np.array([row[target] for row in scored], dtype=float)
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), Ridge(1.0))
    folds = KFold(5, shuffle=True, random_state=0)
    assert cross_val_score(model, texts, truth, cv=folds, scoring="r2").mean() > least
    shuffled = np.random.default_rng(0).permutation(truth)
    assert cross_val_score(model, texts, shuffled, cv=folds, scoring="r2").mean() < 0.1


def test_every_planted_row_is_named_in_the_documentation():
    page = (Path(__file__).parents[3] / "docs" / "sample.md").read_text(encoding="utf-8")
    pairs = SAME_TEXT | NEARLY_SAME
    planted = {row_id for pair in pairs for row_id in pair} | BLANK | {LONG, UNSCORED}
    assert set(re.findall(r"\bm\d{3}\b", page)) == planted
