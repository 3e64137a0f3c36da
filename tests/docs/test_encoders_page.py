"""docs/encoders.md says what the catalogue and the templates say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tables_of_the_page_are_those_of_the_code():
    spec = importlib.util.spec_from_file_location(
        "make_encoders_page", ROOT / "docs" / "make_encoders_page.py"
    )
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    page = maker.PAGE.read_text(encoding="utf8")
    assert page.count("<!-- end of ") == 2
    assert maker.catalogue() in page, "run: python docs/make_encoders_page.py"
    assert maker.templates() in page, "run: python docs/make_encoders_page.py"
