"""Texts of users on a page: readable, short, counted."""

from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.words.texts import listing, readable, shorten


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=40))
def test_readable_text_can_be_encoded_and_shows_no_control(text):
    shown = readable(text)
    shown.encode("utf-8")
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert readable(shown) == shown


@given(st.text(max_size=60), st.integers(2, 40))
def test_a_shortened_text_fits(text, limit):
    assert len(shorten(text, limit)) <= limit


def test_listings_count_what_they_leave_out():
    assert listing([]) == "" and listing(["a"]) == "a"
    assert listing(list("abcd"), limit=2) == "a, b and 2 more"
