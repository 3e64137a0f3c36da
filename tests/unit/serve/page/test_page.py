"""The page as it leaves the service: one file, its policy, and nothing in it that others could use."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from starlette.testclient import TestClient
from tests.running_service import service_of

from semascope.serve.app import build_guarded
from semascope.serve.guarding.tokens import Tokens
from semascope.serve.page.page import make_page


@pytest.fixture(scope="module")
def answer():
    tokens = Tokens(reading=b"a-token-of-sixteen", learning=b"another-of-sixteen")
    with TestClient(
        build_guarded(service_of("hash:16"), tokens), base_url="http://127.0.0.1", client=("127.0.0.1", 5)
    ) as client:
        return client.get("/")


def digest(inline):
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


def test_the_page_needs_no_token_and_says_nothing_of_what_is_served(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "hash:16" not in answer.text


def test_its_policy_allows_exactly_what_stands_in_it_and_its_own_service(answer):
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert policy == {
        "default-src": "'none'",
        "style-src": " ".join(map(digest, styles)),
        "script-src": " ".join(map(digest, scripts)),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "connect-src": "'self'",
        "frame-ancestors": "'none'",
    }
    assert len(scripts) == 2 and len(styles) == 1
    in_the_page = re.search(r'Content-Security-Policy" content="([^"]*)"', answer.text)[1]
    assert in_the_page.replace("&#39;", "'") == make_page().policy.removesuffix("; frame-ancestors 'none'")


def test_it_loads_nothing_and_stays_small(answer):
    assert len(answer.content) < 120_000
    assert not re.findall(r"(?:src|action)=", answer.text.replace("script-src", ""))
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert [each for each in links if not each.startswith(("#", "data:"))] == ["openapi.json"]
    assert not re.findall(
        r"\sstyle=|\son\w+=\"|innerHTML|insertAdjacentHTML|document\.write|\beval\(", answer.text
    )
