"""Families of labels as they are written, and every way of writing them wrong."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError
from semascope.studies.geometry.comparing.families import parse_families

KNOWN = ["comp.graphics", "comp.sys", "rec.autos", "sci.crypt", "talk.politics.guns", "talk.politics.misc"]


def test_globs_name_the_values_in_their_own_order():
    first, second = parse_families(["political = talk.politics.*", "technical=sci.crypt, comp.?????*"], KNOWN)
    assert first.labels == ("talk.politics.guns", "talk.politics.misc")
    assert second.labels == ("comp.graphics", "sci.crypt")
    assert (first.name, second.name) == ("political", "technical")
    assert second.written == "sci.crypt,comp.?????*"


def test_capitals_count():
    with pytest.raises(ConfigError, match="'SCI"):
        parse_families(["a=SCI.*", "b=rec.*"], KNOWN)


@pytest.mark.parametrize(
    ("written", "match"),
    [
        (["a=rec.*"], "given 1 times; it takes two families"),
        (["a=rec.*", "b=sci.*", "c=comp.*"], "given 3 times"),
        (["rec.*", "b=sci.*"], r"contrast is 'rec\.\*'; it is written NAME="),
        (["=rec.*", "b=sci.*"], "it is written NAME="),
        (["a= , ", "b=sci.*"], "it is written NAME="),
        (["a=rec.*", "a=sci.*"], "two families are called 'a'"),
        (
            ["a=rec.*,alt.*", "b=sci.*"],
            r"'alt\.\*', which no value of 'group' matches; known are comp\.graphics, .*talk\.politics\.misc",
        ),
        (["a=comp.*", "b=comp.sys,sci.*"], r"'comp\.sys' of 'group' belongs to 'a' and to 'b'"),
    ],
)
def test_what_is_written_wrong_is_named(written, match):
    with pytest.raises(ConfigError, match=match):
        parse_families(written, KNOWN, column="group")
