import pytest

from semascope.data.odd import is_empty


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\t\r\n",
        "\u00a0\u3000",
        "\u200b\u200d\ufeff",
        "\0",
        "\x1b\x07",
        "\u2028",
        "\u3164",
        "\u00ad",
        "\u2800",
    ],
)
def test_nothing_to_read_is_empty(text):
    assert is_empty(text)


@pytest.mark.parametrize("text", ["a", " . ", "😀", "\ufffd", "\0a", "שלום", "\u0301"])
def test_anything_to_read_is_not(text):
    assert not is_empty(text)
