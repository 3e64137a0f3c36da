import pytest

from semascope.data.odd import is_empty, odd_texts


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


def test_each_oddity_has_its_rows():
    texts = [
        "fine",
        "",
        "a\0",
        "\0",
        "x\ufffd",
        "é" * 500_000,
        "x" * 999_999,
        "x" * 1_000_000,
        "😀" * 250_000,
        "\ud83d" * 9,
    ]
    odd = odd_texts(texts)
    assert odd.empty.tolist() == [1, 3]
    assert odd.nul.tolist() == [2, 3]
    assert odd.replaced.tolist() == [4]
    assert odd.very_long.tolist() == [5, 7, 8]
    assert odd_texts([]).empty.tolist() == []
