"""What BM25 counts as a word."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError, MissingExtra
from semascope.retrieval.words.tokens import (
    STEMMERS,
    STOP_WORDS,
    WordReader,
    check_stemmer,
    check_stop_words,
    main_language,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("?! …", []),
        ("The T-cell (CD4+) 0.5 µm", ["the", "t", "cell", "cd4", "0", "5", "μm"]),
        ("Zu\u0308rich ＦＥＲＲＹ", ["zürich", "ferry"]),  # one Unicode form
        ("हिन्दी में", ["हिन्दी", "में"]),  # vowel signs are parts of words
        ("我们走了。", ["我们", "们走", "走了"]),
        ("我 们", ["我", "们"]),  # a space ends a run
        ("走。好", ["走", "好"]),  # and so does punctuation
        ("使用BM25检索", ["使用", "bm25", "检索"]),
        ("カタカナ・テスト", ["カタ", "タカ", "カナ", "テス", "スト"]),
        ("人々", ["人々"]),
        ("한국어 검색", ["한국어", "검색"]),  # Korean writes spaces
        ("ก้าว", ["ก้า", "าว"]),  # a tone belongs to the character before it
        ("😀 tide😀 👍🏽", ["tide"]),
    ],
)
def test_words(text, words):
    assert words_of(text) == words


def test_a_chinese_sentence_shares_words_with_another():
    assert set(words_of("深度学习用于文本检索")) & set(words_of("文本检索的评估")) == {"文本", "本检", "检索"}


def test_stop_words_go_before_the_stemmer():
    reader = WordReader(cut="words", stopwords="en", stemmer="en")
    # "thing" is no stop word; "this" is one, and would be "thi" as a stem.
    assert reader.read("This is THE running of things") == ["run", "thing"]
    plain = WordReader(cut="words", stopwords="none", stemmer="none")
    assert plain.read("This is it") == ["this", "is", "it"]


def test_a_word_is_read_as_often_as_it_stands_there():
    assert WordReader(cut="words", stopwords="en", stemmer="en").read("tide, tides, a tide") == ["tide"] * 3


def test_words2_leaves_out_single_characters_but_not_of_scripts_without_spaces():
    read = WordReader(cut="words2", stopwords="none", stemmer="none").read
    assert read("vitamin D 5 mg 好") == ["vitamin", "mg", "好"]


def test_stemmers_are_those_of_the_installed_package():
    Stemmer = pytest.importorskip("Stemmer")
    assert set(STEMMERS.values()) <= set(Stemmer.algorithms())
    for name in STEMMERS:
        assert WordReader(cut="words", stopwords="none", stemmer=name).read("tides")


def test_lists_of_stop_words_are_those_of_the_installed_package():
    pytest.importorskip("bm25s")
    common = {
        "de": "und",
        "en": "the",
        "en_plus": "don't",
        "fr": "et",
        "es": "que",
        "ru": "и",
        "ko": "그리고",
    }
    for name in STOP_WORDS:
        read = WordReader(cut="words", stopwords=name, stemmer="none").read
        assert read("Semascope") == ["semascope"]
        if name in common and name != "en_plus":
            assert read(common[name]) == []


def test_a_stemmer_that_the_installed_package_lacks_is_refused(monkeypatch):
    import Stemmer

    monkeypatch.setattr(Stemmer, "algorithms", lambda: ["english"])
    with pytest.raises(ConfigError, match="the stemmer of 'pl' is not in the installed PyStemmer"):
        WordReader(cut="words", stopwords="none", stemmer="pl")


def test_names_of_languages():
    assert check_stemmer("German") == check_stemmer("de-AT") == "de"
    assert check_stop_words("en_plus") == "en_plus"
    assert check_stemmer("none") == "none"
    with pytest.raises(ConfigError, match="stemmer is 'zh'; known are auto, none, ar,"):
        check_stemmer("zh")
    with pytest.raises(ConfigError, match="stopwords is 'pl'; known are auto, none, da,"):
        check_stop_words("pl")


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr("semascope.extras.is_installed", lambda package: False)
    with pytest.raises(MissingExtra, match=r"pip install 'semascope\[retrieval\]'"):
        WordReader(cut="words", stopwords="none", stemmer="en")


ENGLISH, GERMAN = "The tide comes in twice a day at the harbour.", "Zweimal am Tag steigt die Flut im Hafen."


@pytest.mark.parametrize(
    ("texts", "language"),
    [([ENGLISH, ENGLISH, GERMAN], "en"), ([ENGLISH, GERMAN], ""), (["ok", ""], ""), ([], "")],
)
def test_the_language_of_a_collection_is_that_of_more_than_half(texts, language):
    assert main_language(texts)[0] == language


def test_a_column_says_the_language():
    found, profile = main_language(["x", "y", "z"], column=["German", "de", "en"], column_name="lang")
    assert (found, profile.method) == ("de", "column 'lang'")
