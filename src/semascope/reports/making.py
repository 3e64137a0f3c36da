"""How the study was made: the file as resolved, versions, digests, seeds, times; and what was chosen inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml
from markupsafe import Markup

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table, definitions
from semascope.plain import plain
from semascope.reports.cells import SHOWN, name_cell
from semascope.words.numbers import significant

if TYPE_CHECKING:
    from semascope.reports.reading import Reading


def section(reading: Reading) -> Section:
    """Everything needed to make the study again, and the numbers that stand nowhere else."""
    result = reading.result
    made = [(key, _value(value)) for key, value in result.made.items()]
    blocks = [
        element("h3", "What each cell chose"),
        _choices(reading),
        element("h3", "The run"),
        definitions([*_rows(reading), *made], class_="facts made"),
        element("h3", "The study file"),
        element(
            "pre",
            element("code", yaml.safe_dump(plain(result.settings), sort_keys=False, allow_unicode=True)),
        ),
    ]
    return Section(
        id="making",
        title="How it was made",
        nav="How it was made",
        body=element("div", *[block for block in blocks if block]),
    )


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


def _rows(reading: Reading) -> list[tuple[str, str | Markup]]:
    result = reading.result
    return [
        (
            "rows",
            f"{result.rows_total:,} in the study, {result.rows_train:,} to train, {result.rows_test:,} held out",
        ),
        ("folder", element("code", result.folder)),
    ]


def _value(value: Any) -> str | Markup:
    value = plain(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in flattened(value))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, float):
        return significant(value, 6)
    text = str(value)
    return element("code", text) if any(mark in text for mark in " /\\=") or len(text) > 20 else text


def _choices(reading: Reading) -> Markup:
    cells = [cell for cell in reading.ordered if cell.choices or cell.notes or cell.sentence]
    if not cells:
        return Markup()
    rows = []
    for cell in cells:
        parts = _choice_words(reading, cell.choices)
        lines = [element("p", "; ".join(parts))] if parts else []
        lines += [element("p", note) for note in cell.notes]
        lines += [element("p", "Instruction: ", element("q", cell.sentence))] if cell.sentence else []
        rows.append(Row(cells=[name_cell(reading, cell), Cell(content=Markup().join(lines))]))
    columns = [
        Column(title="Cell", class_="name"),
        Column(title="Chosen on the training rows", class_="prose"),
    ]
    return data_table(columns, rows, caption="Hyperparameters chosen inside the training rows", fold=SHOWN)


def _choice_words(reading: Reading, choices: Mapping[str, Any]) -> list[str]:
    """Choices as a person would name them: no empty ones, and no target where one value holds for all."""
    found = []
    for name, value in choices.items():
        if name == "class" and isinstance(value, int) and value < len(reading.result.classes):
            value = reading.result.classes[value]
        if isinstance(value, Mapping | list | tuple) and not value:
            continue
        words = name.replace("_", " ")
        if isinstance(value, Mapping):
            by_part = {part: _short(each) for part, each in flattened(value)}
            alike = set(by_part) == set(reading.result.targets) and len(set(by_part.values())) == 1
            if alike:
                words += f" {next(iter(by_part.values()))}"
            else:
                words += ": " + ", ".join(f"{part} {each}" for part, each in by_part.items())
        else:
            words += f" {_short(value)}"
        found.append(words)
    return found


def _short(value: Any) -> str:
    value = plain(value)
    if isinstance(value, list):
        return "[" + ", ".join(_short(each) for each in value[:12]) + ("…]" if len(value) > 12 else "]")
    return significant(value, 4) if isinstance(value, float) else str(value)
