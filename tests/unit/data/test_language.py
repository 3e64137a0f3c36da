from pathlib import Path

import numpy as np
import pytest

from semascope.data.language import LanguageProfile, detect_language, languages_of
from semascope.data.language_names import CODES, NAMES, language_code
from semascope.data.read import read_table
from semascope.errors import ConfigError, DataError

SHARED = Path(__file__).parents[3] / "../shared/data"
TIDES = {
    "en": "The tide comes in twice a day and leaves the harbour dry.",
    "fr": "La marée monte deux fois par jour et laisse le port à sec.",
    "es": "La marea sube dos veces al día y deja seco el puerto.",
    "pt": "A maré sobe duas vezes por dia e deixa o porto seco.",
    "de": "Die Flut kommt zweimal am Tag und lässt den Hafen trocken zurück.",
    "zh": "潮水每天上涨两次，退潮以后港口就干了，船都停在沙滩上，孩子们在那里捡贝壳。",
    "ru": "Прилив приходит дважды в день и оставляет гавань сухой.",
}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("en", "en"),
        (" EN ", "en"),
        ("en-US", "en"),
        ("en_GB", "en"),
        ("English", "en"),
        ("English (US)", "en"),
        ("eng", "en"),
        ("Français", "fr"),
        ("zh-Hans", "zh"),
        ("cmn", "zh"),
        ("nb", "no"),
        ("iw", "he"),
        ("gsw", "gsw"),
        ("klingon", "klingon"),
        ("", ""),
        ("und", ""),
        ("Unknown", ""),
        ("mul", ""),
    ],
)
def test_one_code_a_language(value, code):
    assert language_code(value) == code


def test_no_name_stands_for_two_languages():
    assert len(CODES) == sum(1 + len(names.split()) for names in NAMES.values())


@pytest.mark.parametrize("code", TIDES)
def test_a_plain_sentence_is_detected(code):
    assert detect_language(TIDES[code]) == code


@pytest.mark.parametrize(
    "text",
    ["", "ok", "😀😀😀", "merci bcp", "https://example.org/la/maree/monte/deux/fois", "1234 5678 " * 10],
)
def test_short_texts_and_texts_without_words_are_unknown(text):
    assert detect_language(text) == ""


def test_a_column_is_taken_at_its_word():
    profile = languages_of(["a", "b", "c", "d"], column=["EN", "english", "fr-CA", ""], column_name="lang")
    assert profile.languages == ["en", "en", "fr", ""]
    assert profile.method == "column 'lang'"
    assert not profile.is_detected
    assert profile.known == 3
    assert profile.shares == {"en": pytest.approx(2 / 3), "fr": pytest.approx(1 / 3)}
    assert profile.foreign_rows({"en"}).tolist() == [2]
    assert profile.foreign_share({"en"}) == pytest.approx(1 / 3)
    assert profile.calls_for_warning({"en"})
    assert not profile.calls_for_warning({"en", "fr"})
    with pytest.raises(DataError, match="the language column has 1 values for 2 texts"):
        languages_of(["a", "b"], column=["en"])


def test_without_a_column_a_seeded_sample_is_detected():
    texts = [TIDES["en"], TIDES["fr"], "", " "] * 50
    profile = languages_of(texts, sample=40, seed=7)
    assert profile.method == "py3langid on a sample of 40 rows"
    assert len(profile.looked_at) == 40
    assert set(profile.looked_at % 4) == {0, 1}  # rows without text are not drawn
    assert all(profile.languages[i] == ("en", "fr")[i % 4] for i in profile.looked_at)
    assert profile.known == 40
    again = languages_of(texts, sample=40, seed=7)
    assert again.looked_at.tolist() == profile.looked_at.tolist()
    assert languages_of(texts, sample=40, seed=8).looked_at.tolist() != profile.looked_at.tolist()
    assert profile.calls_for_warning({"en"})
    whole = languages_of([TIDES["en"]] * 3)
    assert whole.method == "py3langid on all 3 rows"
    with pytest.raises(ConfigError, match="sample is 0; it must be 1 or more"):
        languages_of(texts, sample=0)


def test_no_text_no_language():
    profile = languages_of(["", ""])
    assert profile.shares == {}
    assert profile.foreign_share({"en"}) == 0.0
    assert not profile.calls_for_warning({"en"})
    assert languages_of([]).languages == []


@pytest.mark.parametrize(
    ("foreign", "of", "warns"), [(2, 10, False), (3, 10, True), (3, 300, False), (4, 300, True)]
)
def test_a_few_detected_rows_are_not_worth_a_warning(foreign, of, warns):
    languages = ["fr"] * foreign + ["en"] * (of - foreign)
    profile = LanguageProfile(languages=languages, looked_at=np.arange(of), method="", is_detected=True)
    assert profile.calls_for_warning({"en"}) is warns


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data")
@pytest.mark.parametrize(
    ("name", "column", "most_wrong", "least_known"),
    [
        ("readmepp_readability", "text", 0.002, 0.93),
        ("stsb_multi_mt_pairs", "text_a", 0.002, 0.75),
        ("mint_tweet_intimacy", "text", 0.008, 0.65),
    ],
)
def test_false_alarms_and_finds_on_real_texts(name, column, most_wrong, least_known):
    table = read_table(SHARED / f"{name}.jsonl").sample(3000, seed=1)
    truth = table.strings("lang")
    found = languages_of(table.texts([column]), sample=3000).languages
    known = [(f, t) for f, t in zip(found, truth, strict=True) if f]
    assert len(known) / len(truth) >= least_known
    assert sum(f != t for f, t in known) / len(known) <= most_wrong
    english = [f for f, t in zip(found, truth, strict=True) if t == "en"]
    assert sum(f not in ("", "en") for f in english) / len(english) <= 0.002
