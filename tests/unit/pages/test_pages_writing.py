"""Elements as they are written on a page."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from semascope.pages.markup import element, joined, number, safe
from semascope.words.texts import readable


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


@settings(max_examples=60)
@given(st.text(), st.text())
def test_any_text_comes_back_as_text(content, attribute):
    reader = Reader(element("p", content, title=attribute))
    assert reader.tags == ["p"]
    assert reader.text == readable(content)
    assert reader.attributes == [("title", readable(attribute))]


def test_markup_is_kept_and_everything_else_escaped():
    inner = Markup("<b>1</b>")
    assert element("p", inner, "<b>", 2, class_="x", aria_hidden="true", hidden=False, id=None) == (
        '<p class="x" aria-hidden="true"><b>1</b>&lt;b&gt;2</p>'
    )
    assert joined([inner, inner], "<") == "<b>1</b>&lt;<b>1</b>"
    assert safe("\x00") == "␀"


def test_coordinates_are_short():
    assert [number(value) for value in (1.0, 1.239, -0.0, 100.0, 1e-9)] == ["1", "1.24", "0", "100", "0"]
