"""What an API is sent of each prompt."""

from __future__ import annotations

import pytest

from semascope.encoders.api.counting import EstimatedCounter, find_counter
from semascope.encoders.api.reading import Reading
from semascope.encoders.api.windows import cut_prompts
from semascope.errors import ConfigError

TEXTS = ["low tide at noon", "the tide " * 60]


def test_a_reading_cuts_in_its_own_way(tiny_bert):
    reading = Reading(counter=find_counter("", tiny_bert), limit=24)
    for long in ("truncate", "head-tail", "chunk"):
        found = reading.in_way(long).pieces(TEXTS)
        wanted = cut_prompts(TEXTS, limit=24, long=long, family="plain", counter=reading.counter)
        assert found.texts == wanted.texts
        lengths = reading.in_way(long).lengths(TEXTS)
        assert lengths.windows.tolist() == wanted.lengths.windows.tolist()
        assert (lengths.windows[1] > 1) == (long == "chunk") == (lengths.lost[1] == 0)
    with pytest.raises(ConfigError, match="long is 'middle'; known are truncate, head-tail, chunk"):
        reading.in_way("middle")


def test_what_is_stated_says_how_sure_the_count_is(tiny_bert):
    assert (
        "own tokenizer (tokenizer.json " in Reading(counter=find_counter("", tiny_bert), limit=24).stated[0]
    )
    estimated = Reading(counter=EstimatedCounter("nothing is known"), limit=8192, cautious=False)
    assert "estimated by the scripts of the characters (nothing is known)" in estimated.stated[0]
    assert "sent whole unless it is expected to have more than 8,192 tokens" in estimated.stated[1]
    assert "cut where it may have more than 8,192 tokens" in estimated.cautiously().stated[1]


def test_a_text_between_what_is_expected_and_what_may_be(tiny_bert):
    counter = EstimatedCounter()
    limit = int(counter.count(TEXTS[1:])[0] + 5)
    reading = Reading(counter=counter, limit=limit, cautious=False)
    assert reading.pieces(TEXTS).texts == TEXTS
    assert len(reading.cautiously().pieces(TEXTS).texts[1]) < len(TEXTS[1])
