"""What every cell chose on the training rows, and what it has to say about that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.plain import plain
from semascope.reports.heads.cells import SHOWN, name_cell
from semascope.reports.making import flattened
from semascope.words.numbers import significant

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult

CAPTION = "Hyperparameters chosen inside the training rows"


def section(reading: Reading) -> Section | None:
    """Hyperparameters, notes and instructions of the cells; None where no cell has any."""
    cells = choosing(reading)
    if not cells:
        return None
    rows = []
    for cell in cells:
        parts = choice_words(reading, cell.choices)
        lines = [element("p", "; ".join(parts))] if parts else []
        lines += [element("p", note) for note in cell.notes]
        lines += [element("p", "Instruction: ", element("q", cell.sentence))] if cell.sentence else []
        rows.append(Row(cells=[name_cell(reading, cell), Cell(content=Markup().join(lines))]))
    columns = [
        Column(title="Cell", class_="name"),
        Column(title="Chosen on the training rows", class_="prose"),
    ]
    return Section(
        id="choices",
        title="What each cell chose",
        body=data_table(columns, rows, caption=CAPTION, fold=SHOWN),
    )


def choosing(reading: Reading) -> list[HeadResult]:
    """The cells that have something to say of this, the best first."""
    return [cell for cell in reading.ordered if cell.choices or cell.notes or cell.sentence]


def choice_words(reading: Reading, choices: Mapping[str, Any]) -> list[str]:
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
