"""How BM25 is written, and what is refused."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError
from semascope.retrieval.words.bm25_settings import Bm25, is_bm25


def test_a_flag_and_a_mapping_mean_the_same():
    flag = Bm25.read("bm25: k1=0.9, b=0.4,variant=bm25+,tokens=words2,stopwords=en_plus,stemmer=none")
    mapping = Bm25.read(
        {
            "k1": 0.9,
            "b": 0.4,
            "variant": "bm25+",
            "tokens": "words2",
            "stopwords": "en_plus",
            "stemmer": "none",
        }
    )
    assert flag == mapping == Bm25.read(mapping)
    assert flag.label == "bm25:variant=bm25+,k1=0.9,b=0.4,tokens=words2,stopwords=en_plus,stemmer=none"
    assert Bm25.read(flag.label) == flag
    assert Bm25.read("bm25:name=short,b=0.4").label == "short"


def test_the_defaults():
    plain = Bm25.read("bm25")
    assert plain.label == "bm25"
    assert plain.written() == {}
    assert (plain.variant, plain.k1, plain.b, plain.tokens) == ("lucene", 1.5, 0.75, "words")
    assert [Bm25(variant=name).floor for name in ("lucene", "bm25l", "bm25+")] == [0.0, 0.5, 1.0]
    assert Bm25(variant="bm25+", delta=0.25).floor == 0.25


@pytest.mark.parametrize(
    ("language", "written", "stopwords", "stemmer"),
    [
        ("en", "bm25", "en", "en"),
        ("fi", "bm25", "none", "fi"),
        ("zh", "bm25", "none", "none"),
        ("", "bm25", "none", "none"),
        ("en", "bm25:stemmer=German,stopwords=none", "none", "de"),
        ("de", "bm25:stemmer=none", "de", "none"),
        ("de", "bm25:stopwords=English", "en", "de"),
    ],
)
def test_what_a_language_settles(language, written, stopwords, stemmer):
    settled = Bm25.read(written).settled(language)
    assert (settled.stopwords, settled.stemmer) == (stopwords, stemmer)
    settled.reader()


@pytest.mark.parametrize("written", ["bm25", "bm25:stemmer=none", "bm25:stopwords=none"])
def test_unsettled_settings_read_nothing(written):
    with pytest.raises(ConfigError, match=r"call settled\(language\) first"):
        Bm25.read(written).reader()


def test_whose_name_it_is():
    assert is_bm25("bm25") and is_bm25("bm25:b=0.4")
    assert not is_bm25("bm25s") and not is_bm25("hybrid:minilm+bm25")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("bm25s", "'bm25s' is no bm25; write for example bm25:k1=0.9"),
        ("bm25:k1", "'k1' has no value; write k1=VALUE"),
        ("bm25:b=1,b=0", "'b' is given twice"),
        ("bm25:b=1.5", "b is '1.5'; it must be less than or equal to 1"),
        ("bm25:k1=-1", "k1 is '-1'; it must be greater than or equal to 0"),
        ("bm25:k1=nan", "k1 is 'nan'; it must be a finite number"),
        ("bm25:k1=much", "k1 is 'much'; it must be a valid number"),
        ("bm25:variants=1", "setting 'variants' is unknown; known are name, .*did you mean 'variant'"),
        ("bm25:variant=okapi", "variant is 'okapi'; it must be 'lucene', "),
        ("bm25:delta=1", "delta belongs to the variants bm25l and bm25\\+; leave it out"),
        ("bm25:variant=bm25+,k1=0", "k1 is 0; the variants bm25l and bm25\\+ need more"),
        ("bm25:stemmer=klingon", "stemmer is 'klingon'; known are auto, none"),
        ("bm25:stopwords=zh", "stopwords is 'zh'; known are auto, none"),
        ("bm25:tokens=sentences", "it must be 'words' or 'words2'"),
        (7, "bm25 is 7; it must be settings"),
    ],
)
def test_what_cannot_be_is_refused(written, message):
    with pytest.raises(ConfigError, match=message):
        Bm25.read(written)
