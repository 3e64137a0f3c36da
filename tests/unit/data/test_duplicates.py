from collections import Counter
from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.data import near
from semascope.data.duplicates import find_duplicates, normalise, repeats
from semascope.data.near import Vocabulary, near_labels
from semascope.data.splits import by_appearance

WORDS = [f"w{i}" for i in range(40)]


def sentence(n, start=0):
    return [f"word{start + i}" for i in range(n)]


def are_near(first, second):
    found = find_duplicates([" ".join(first), " ".join(second)])
    assert found.exact.tolist() == [0, 1]
    return found.near.tolist() == [0, 0]


def test_exact_means_equal_after_normalisation():
    texts = ["High tide", "high  TIDE\n", "Ｈigh tide", "high-tide", "", " ", "\u3000", "HIGH TIDE"]
    found = find_duplicates(texts)
    assert found.exact.tolist() == [0, 0, 0, 1, 2, 3, 4, 0]
    assert found.near.tolist() == [0, 0, 0, 0, 1, 2, 3, 0]  # a hyphen is not a word
    assert found.exact_repeats.tolist() == [1, 2, 7]
    assert found.near_repeats.tolist() == [3]
    assert found.groups == 1
    assert np.flatnonzero(found.near == np.bincount(found.near).argmax()).tolist() == [0, 1, 2, 3, 7]


def test_where_near_begins():
    # 19 words are 18 pairs; a replaced inner word changes 2: 16 / 20 = .8. With 18 words: 15 / 19 < .8
    assert are_near(sentence(19), [*sentence(9), "other", *sentence(9, start=10)])
    assert not are_near(sentence(18), [*sentence(9), "other", *sentence(8, start=10)])
    # one word more at the end: 4 / 5 pairs from 5 words on, 3 / 4 with 4
    assert are_near(sentence(5), sentence(6))
    assert not are_near(sentence(4), sentence(5))


def test_order_and_number_of_words_count():
    assert not are_near(["dog", "bites", "man"], ["man", "bites", "dog"])
    assert not are_near(["very"] * 2, ["very"] * 1000)
    assert are_near(["very"] * 900, ["very"] * 1000)
    assert not are_near(["yes"], ["no"])


def test_punctuation_and_emoji_are_not_words_but_texts_without_words_are_nobodys_near_duplicate():
    found = find_duplicates(["Good morning 😀", "good morning!", "😀😀", "😀", "!!", "!!"])
    assert found.near.tolist() == [0, 0, 1, 2, 3, 3]
    assert found.exact.tolist() == [0, 1, 2, 3, 4, 4]


def test_scripts_without_spaces_are_compared_by_character():
    text = "今天天气很好我们一起去海边看日出然后回家吃早饭"
    assert are_near([text], [text.replace("海", "湖")])
    assert not are_near([text], ["昨天下雨了所以大家都留在屋里读书喝茶聊天到晚上"])
    assert len(Vocabulary().words("abc漢字def カナ")) == 6


def test_no_texts_and_one_text():
    assert find_duplicates([]).near.tolist() == []
    found = find_duplicates(["a"])
    assert found.groups == 0


def test_odd_texts_pass():
    found = find_duplicates(["\ud83d", "\ud83d", "\0", "a\0b", "ﬁ", "fi", "x" * 1_000_000, "word " * 200_000])
    assert found.exact.tolist() == [0, 0, 1, 2, 3, 3, 4, 5]


def test_normalise():
    assert normalise(" Straße\t\u00a0ＡＢＣ ") == "strasse abc"


def test_repeats():
    assert repeats(np.array([3, 3, 1, 3, 1])).tolist() == [1, 3, 4]


def test_a_chain_is_one_component():
    texts = [
        " ".join(sentence(40, start=2 * i)) for i in range(12)
    ]  # each shares 37 of 41 pairs with the next
    others = [" ".join(sentence(30, start=1000 * i)) for i in range(1, 109)]
    found = find_duplicates(texts + others)
    assert np.flatnonzero(found.near == np.bincount(found.near).argmax()).tolist() == list(range(12))


def slow_near_labels(texts):
    """All pairs, with Python's own bags."""
    bags = [Counter(pairwise(t)) if len(t) > 1 else Counter([(x, None) for x in t]) for t in texts]
    labels = list(range(len(texts)))
    for i in range(len(texts)):
        for j in range(i):
            shared, union = (bags[i] & bags[j]).total(), (bags[i] | bags[j]).total()
            if union and shared / union >= 0.8 and labels[i] != labels[j]:
                labels = [labels[j] if label == labels[i] else label for label in labels]
    return by_appearance(np.array(labels, dtype=np.int64)).tolist()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), max_size=12), max_size=14))
def test_labels_agree_with_comparing_all_pairs(texts):
    assert near_labels([np.array(t, dtype=np.int64) for t in texts]).tolist() == slow_near_labels(texts)


@pytest.mark.parametrize("chunk", [50, 2_000_000])
def test_labels_agree_with_comparing_all_pairs_of_edited_texts(monkeypatch, chunk):
    monkeypatch.setattr(near, "CHUNK", chunk)
    rng = np.random.default_rng(5)
    texts = []
    for _ in range(60):
        original = rng.integers(0, 500, rng.integers(3, 60)).tolist()
        texts.append(original)
        for _ in range(rng.integers(0, 4)):
            edited = list(original)
            for _ in range(rng.integers(0, 5)):
                edited[rng.integers(len(edited))] = int(rng.integers(500))
            texts.append(edited[int(rng.integers(0, 3)) :] or original)
    expected = slow_near_labels(texts)
    assert len(set(expected)) < len(texts) - 30  # there is something to find
    assert near_labels([np.array(t, dtype=np.int64) for t in texts]).tolist() == expected


def test_thousands_of_identical_and_of_alike_rows_take_linear_time():
    rng = np.random.default_rng(1)
    texts = ["the same line of words again and again"] * 20_000
    texts += [" ".join([*sentence(30), f"number{i}"]) for i in range(10_000)]  # all near each other
    texts += [" ".join(rng.choice(WORDS, 12)) for _ in range(5_000)]
    started = perf_counter()
    found = find_duplicates(texts)
    seconds = perf_counter() - started
    assert len(set(found.near[:20_000])) == 1
    assert len(set(found.near[20_000:30_000])) == 1
    assert seconds < 20  # about 2 s on one core; all pairs of the alike ones would take minutes
