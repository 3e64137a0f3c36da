"""How a study was made: the file as resolved, versions, digests, seeds, times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import definitions
from semascope.plain import plain
from semascope.words.numbers import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.studies.result import Finished


def section(result: Finished, rows: Sequence[tuple[str, str]]) -> Section:
    """Everything needed to make the study again; ``rows`` are pairs of what was counted and words."""
    made = [(key, _value(value)) for key, value in result.made.items()]
    return Section(
        id="making",
        title="How it was made",
        body=element(
            "div",
            element("h3", "The run"),
            definitions([*rows, ("folder", element("code", result.folder)), *made], class_="facts made"),
            element("h3", "The settings"),
            element("pre", element("code", study_file(result))),
        ),
    )


def study_file(result: Finished) -> str:
    """The study file as resolved."""
    return yaml.safe_dump(plain(result.settings), sort_keys=False, allow_unicode=True)


def in_words(value: Any) -> str:
    """What was noted of the run, as one text."""
    value = plain(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in flattened(value))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return significant(value, 6) if isinstance(value, float) else str(value)


def flattened(value: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested mappings as one list of dotted names.

    Examples
    --------
    >>> flattened({"a": 1, "b": {"c": 2}})
    [('a', 1), ('b.c', 2)]
    """
    found: list[tuple[str, Any]] = []
    for key, each in value.items():
        name = f"{prefix}{key}"
        if isinstance(each, Mapping) and each:
            found += flattened(each, f"{name}.")
        else:
            found.append((name, each))
    return found


def _value(value: Any) -> str | Markup:
    value, text = plain(value), in_words(value)
    if isinstance(value, dict | list | float):
        return text
    return element("code", text) if any(mark in text for mark in " /\\=") or len(text) > 20 else text
