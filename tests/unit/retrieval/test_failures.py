"""One reason for each failing query, from planted documents of which it is known what keeps the right one down."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.retrieval.failures import REASONS, Corpus, cause_of
from semascope.retrieval.words.shared_words import SharedWords
from semascope.retrieval.words.tokens import NONE, WordReader

QUERY = "harbour tide moon"
RIGHT, WORDY, BARE, COPY, HALF = range(5)
TEXTS = (
    "We begin with salt. The moon moves the tide.",  # shares tide and moon, in its second sentence
    "harbour tide moon harbour",
    "rope and anchor",
    "The moon moves the tide. We begin with salt.",
    "a harbour",
)
WORDS = SharedWords.of(TEXTS, WordReader(cut="words", stopwords=NONE, stemmer=NONE))


def corpus(**more):
    return Corpus(texts=TEXTS, copies=np.array([7, 1, 2, 7, 4]), words=WORDS, **more)


def reason(found, *, cutoff=10, grades=None, **more):
    cause = cause_of(QUERY, found, grades or {RIGHT: 1.0}, cutoff=cutoff, corpus=corpus(**more))
    return None if cause is None else cause.reason


@pytest.mark.parametrize(
    ("found", "more", "expected"),
    [
        ([], {}, "nothing"),
        ([WORDY, RIGHT], {"unread": {RIGHT: (20, 44)}}, "cut"),
        ([COPY, WORDY, RIGHT], {}, "copy"),
        ([BARE, RIGHT], {"topics": ["sea", "", "land", "", ""]}, "topic"),
        ([WORDY, RIGHT], {}, "words"),
        ([BARE, RIGHT], {}, "meaning"),
        ([RIGHT, WORDY], {}, None),
        # the sentence that shares most was read, and only the other one was not
        ([WORDY, RIGHT], {"unread": {RIGHT: (0, 20)}}, "words"),
        # another topic is one of all documents above, and both have one
        ([BARE, WORDY, RIGHT], {"topics": ["sea", "sea", "land", "", ""]}, "meaning"),
        ([BARE, RIGHT], {"topics": ["", "", "land", "", ""]}, "meaning"),
        ([BARE, RIGHT], {"topics": ["sea", "", "", "", ""]}, "meaning"),
    ],
)
def test_what_was_planted_is_the_reason(found, more, expected):
    assert reason(found, **more) == expected


def test_the_first_reason_that_holds_is_given():
    everything = {"unread": {RIGHT: (20, 44)}, "topics": ["sea", "land", "land", "land", "land"]}
    assert [reason([], **everything), reason([COPY, WORDY], **everything)] == ["nothing", "cut"]
    del everything["unread"]
    assert reason([COPY, WORDY], **everything) == "copy"
    assert reason([WORDY], **everything) == "topic"
    assert REASONS == ("nothing", "cut", "copy", "topic", "words", "meaning")


def test_what_stands_above_is_measured_by_its_mean():
    # the wordy one shares more than the right one, the bare ones nothing: their mean is less
    assert reason([WORDY, RIGHT]) == "words"
    assert reason([WORDY, BARE, HALF, RIGHT]) == "meaning"


def test_it_is_about_the_first_relevant_document_with_an_irrelevant_one_above():
    grades = {RIGHT: 1.0, HALF: 2.0, WORDY: 0.0}
    cause = cause_of(QUERY, [HALF, WORDY, RIGHT], grades, cutoff=10, corpus=corpus())
    assert (cause.document, cause.rank, list(cause.above)) == (RIGHT, 3, [WORDY])
    # of those that were not found, about the one that shares most
    cause = cause_of(QUERY, [BARE], grades, cutoff=10, corpus=corpus())
    assert (cause.document, cause.rank, list(cause.above)) == (RIGHT, None, [BARE])


def test_only_the_documents_within_the_cutoff_count():
    assert reason([BARE, COPY, RIGHT], cutoff=1) == "meaning"
    assert reason([BARE, COPY, RIGHT], cutoff=2) == "copy"
    # nothing irrelevant stands within it
    assert reason([HALF, BARE], cutoff=1, grades={HALF: 1.0, RIGHT: 1.0}) is None
