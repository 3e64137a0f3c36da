"""``semascope speed`` times each encoder in a process of its own."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.long


def test_two_encoders_are_timed_side_by_side(shell, table, tiny_bert):
    asked = (
        "speed",
        table,
        "--text",
        "text",
        "--encoder",
        "hash:16",
        "--encoder",
        f"small={tiny_bert}",
        "--limit",
        "40",
    )
    assert shell(*asked, "--json") == 0
    found = json.loads(shell.out)
    assert [each["name"] for each in found] == ["hash:16", "small"]
    for each in found:
        assert each["texts"] == 40
        assert 0 < each["p50_ms"] <= each["p95_ms"]
        assert each["texts_a_second"]["all"] > 0
        assert each["cold_seconds"] > 0.05  # Python starts in it
    assert found[0]["weights_met"] == 0 < found[1]["weights_met"]
    assert 0 < found[1]["peak_share"] < 1
    assert found[1]["peak_memory"] > found[0]["peak_memory"]  # it loads torch, the other does not
    assert "timing small" in shell.err


def test_a_table_is_printed(shell, table):
    assert shell("speed", table, "--text", "text", "--encoder", "hash:16", "--limit", "10") == 0
    assert "hash:16" in shell.out
    assert "10 texts, " in shell.out
    assert "tokens a text on average" in shell.out


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--encoder", "hash:none"), "hash:WIDTH"),
        (("--encoder", "hash:8", "--text", "nothing"), "nothing"),
    ],
)
def test_what_cannot_be_timed_is_one_error(shell, table, flags, says):
    text = () if "--text" in flags else ("--text", "text")
    assert shell("speed", table, *text, *flags) == 2
