"""Write docs/openapi.json from the routes themselves; a test compares the file with what this prints.

Command: python docs/make_openapi.py
"""

from __future__ import annotations

import json
from pathlib import Path

from semascope.serve.app import build_app
from semascope.serve.served.wanted import read_wanted
from semascope.serve.service import Service
from semascope.serve.settings import ServeSettings

PAGE = Path(__file__).with_name("openapi.json")


def page() -> str:
    """The whole document; it is the same whatever is served."""
    service = Service([read_wanted("hash:16")], ServeSettings())
    return json.dumps(build_app(service).openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
