"""What docs/service.md shows of a service is what one answers, and what it says of limits and statuses is so."""

from __future__ import annotations

import json
import re
import shlex
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

PAGE = Path(__file__).parents[2] / "docs" / "service.md"
TEXT = PAGE.read_text(encoding="utf8")
ASKED = re.findall(r"^```sh\n(curl [^\n]+)\n```\n\n```text\n(.*?)^```$", TEXT, flags=re.DOTALL | re.MULTILINE)
CLOSE = 0.15  # of numbers: processors that have no bfloat16 compute in float32, and other rows move a fit a little


def ask(command: str, address: str):
    """What the service answers to a command of curl."""
    program, quiet, url, header, told, data, body = shlex.split(command)
    assert (program, quiet, header, data) == ("curl", "-s", "-H", "-d")
    name, _, value = told.partition(": ")
    request = urllib.request.Request(
        url.replace("http://127.0.0.1:8080", address), body.encode(), {name: value}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def differences(shown, found, place="answer"):
    """Where two answers differ; a number is shown to some digits, and a text that ends in … by its beginning."""
    if isinstance(shown, dict) and isinstance(found, dict) and shown.keys() == found.keys():
        return [line for key in shown for line in differences(shown[key], found[key], f"{place}.{key}")]
    if isinstance(shown, list) and isinstance(found, list) and len(shown) == len(found):
        pairs = enumerate(zip(shown, found, strict=True))
        return [line for number, pair in pairs for line in differences(*pair, f"{place}[{number}]")]
    if isinstance(shown, float) and isinstance(found, float):
        return [] if abs(shown - found) < CLOSE else [f"{place}: {shown} is shown, {found} comes"]
    if isinstance(shown, str) and isinstance(found, str) and shown.endswith(" …"):
        shown, found = shown[:-2], found[: len(shown) - 2]
    same = shown == found and type(shown) is type(found)
    return [] if same else [f"{place}: {shown!r} is shown, {found!r} comes"]


def test_every_answer_that_is_shown_comes(shown_service):
    assert len(ASKED) == TEXT.count("\ncurl ") >= 8
    wrong = [
        line
        for command, shown in ASKED
        for line in differences(json.loads(shown), ask(command, shown_service))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_difference_is_found():
    assert differences({"a": [1, "long …"]}, {"a": [1, "long text"]}) == []
    assert differences({"a": [1.0]}, {"a": [2.0]}) == ["answer.a[0]: 1.0 is shown, 2.0 comes"]
    assert differences({"a": 1}, {"b": 1}) and differences([], [1]) and differences(True, 1)


def test_every_route_is_on_the_page_and_every_status(shown_service):
    with urllib.request.urlopen(f"{shown_service}/openapi.json", timeout=30) as answer:
        document = json.load(answer)
    for path, methods in document["paths"].items():
        named = path.replace("/{name}", "")
        for method, operation in methods.items():
            assert f"`{method.upper()} {named}`" in TEXT, f"{method} {path} is not on the page"
            for status in operation["responses"]:
                assert status == "200" or re.search(
                    rf"^\| (\d+, )*{status}(, \d+)* \|", TEXT, re.MULTILINE
                ), status
