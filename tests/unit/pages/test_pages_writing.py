"""Numbers, texts and elements as they are written on a page."""

import math
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from semascope.pages import numbers
from semascope.pages.markup import element, joined, number, safe
from semascope.pages.text import listing, readable, shorten


class Reader(HTMLParser):
    """Collects texts, tags and attributes as a browser would read them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.attributes = [], "", []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (0.0, 2, "0.00"),
        (-0.004, 2, "0.00"),
        (1234567.0, 0, "1,234,567"),
        (-2.5, 1, "−2.5"),
        (math.inf, 1, "∞"),
    ],
)
def test_numbers_have_a_true_minus_and_no_negative_zero(value, decimals, written):
    assert numbers.fixed(value, decimals) == written


def test_an_unknown_number_is_a_dash_everywhere():
    nan = math.nan
    assert {
        numbers.fixed(nan, 2),
        numbers.signed(nan, 2),
        numbers.percent(nan),
        numbers.p_value(nan),
        numbers.seconds(nan),
    } == {numbers.NOTHING}
    assert numbers.between(nan, 1.0, 2) == ""


def test_a_column_takes_the_decimals_of_its_median_interval():
    # widths 0.01, 0.04, 3.0: the median 0.04 needs three places to show two digits
    assert numbers.shared_decimals([3.0, 0.01, 0.04]) == 3
    assert numbers.shared_decimals([math.nan, 0.0], fallback=0.5) == 2


@pytest.mark.parametrize(
    ("value", "unit"), [(59.4, "s"), (59.6, "min"), (3599.6, "h"), (0.9996, "s"), (0.0, "ms")]
)
def test_durations_round_into_the_next_unit(value, unit):
    assert numbers.seconds(value).split(numbers.SPACE)[-1].endswith(unit)
    assert "60" not in numbers.seconds(value)


@settings(max_examples=60)
@given(st.text(), st.text())
def test_any_text_comes_back_as_text(content, attribute):
    reader = Reader(element("p", content, title=attribute))
    assert reader.tags == ["p"]
    assert reader.text == readable(content)
    assert reader.attributes == [("title", readable(attribute))]


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=40))
def test_readable_text_can_be_encoded_and_shows_no_control(text):
    shown = readable(text)
    shown.encode("utf-8")
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert readable(shown) == shown


def test_markup_is_kept_and_everything_else_escaped():
    inner = Markup("<b>1</b>")
    assert element("p", inner, "<b>", 2, class_="x", aria_hidden="true", hidden=False, id=None) == (
        '<p class="x" aria-hidden="true"><b>1</b>&lt;b&gt;2</p>'
    )
    assert joined([inner, inner], "<") == "<b>1</b>&lt;<b>1</b>"
    assert safe("\x00") == "␀"


def test_coordinates_are_short():
    assert [number(value) for value in (1.0, 1.239, -0.0, 100.0, 1e-9)] == ["1", "1.24", "0", "100", "0"]


@given(st.text(max_size=60), st.integers(2, 40))
def test_a_shortened_text_fits(text, limit):
    assert len(shorten(text, limit)) <= limit


def test_listings_count_what_they_leave_out():
    assert listing([]) == "" and listing(["a"]) == "a"
    assert listing(list("abcd"), limit=2) == "a, b and 2 more"
