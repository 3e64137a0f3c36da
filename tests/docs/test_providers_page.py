"""docs/api.md says what the packaged table says, and its example is a table."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from semascope.encoders.api.providers import Limits, Model, Part, Provider, read_providers

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api.md"


def test_the_tables_of_the_page_are_those_of_the_packaged_file():
    spec = importlib.util.spec_from_file_location(
        "make_providers_page", ROOT / "docs" / "make_providers_page.py"
    )
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    page = PAGE.read_text(encoding="utf8")
    assert page.count("<!-- end of ") == 2
    assert maker.providers() in page, "run: python docs/make_providers_page.py"
    assert maker.models() in page, "run: python docs/make_providers_page.py"


def test_the_example_is_an_own_table(tmp_path):
    (example,) = re.findall(
        r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf8"), flags=re.DOTALL | re.MULTILINE
    )
    own = tmp_path / "own.yaml"
    own.write_text(example, encoding="utf8")
    table = read_providers(own)
    assert table["openai"].limits.requests_per_minute == 5000
    assert table["siliconflow"].model("Qwen/Qwen3-Embedding-0.6B").price == 0.07
    assert table["ours"].hosts == {"vectors.example.com"}


def test_every_field_is_explained():
    page = PAGE.read_text(encoding="utf8")
    kinds: tuple[type[Part], ...] = (Provider, Limits, Model)
    fields = {name for kind in kinds for name in kind.model_fields} - {"name", "id", "wire"}
    assert [name for name in sorted(fields) if f"`{name}`" not in page] == []
