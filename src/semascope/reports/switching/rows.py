"""Held-out texts that are answered better and worse with NEW, those that changed most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.chips import chip
from semascope.pages.markup import element, joined
from semascope.reports.model import Items, Paragraph
from semascope.reports.parts import Apart, Part
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.studies.switching.result import RowChange, SwitchResult


def otherwise(result: SwitchResult) -> Part | None:
    """The texts of every target; None without any."""
    if not result.rows:
        return None
    targets = list(dict.fromkeys(change.target for change in result.rows))
    by_target = {name: [each for each in result.rows if each.target == name] for name in targets}
    page = element("div", *[_target(name, changes) for name, changes in by_target.items()])
    told = [Items(items=[_told(change) for change in result.rows])]
    return Part(
        id="otherwise",
        title="Texts that are answered otherwise",
        nav="Texts gained and lost",
        lead=f"Of {listing([f'“{name}”' for name in targets])} the held-out texts that gained and lost most.",
        blocks=[Apart(page=page, told=told)],
    )


def _target(name: str, changes: Sequence[RowChange]) -> Markup:
    parts = []
    for better, title in ((True, "Nearer with NEW"), (False, "Farther off with NEW")):
        found = [change for change in changes if change.better is better]
        if found:
            parts += [
                element("h3", f"“{name}”: {title}"),
                element("ol", *map(_item, found), class_="changes"),
            ]
    return joined(parts)


def _item(change: RowChange) -> Markup:
    mark = chip("better" if change.better else "worse", "nearer" if change.better else "farther off")
    return element(
        "li",
        element("p", change.text, class_="text", dir="auto"),
        element("p", mark, f" {_figures(change)}", class_="facts"),
    )


def _figures(change: RowChange) -> str:
    return f"row {change.row}; the truth is {change.truth}; {change.old} with OLD, {change.new} with NEW"


def _told(change: RowChange) -> Paragraph:
    word = "Nearer" if change.better else "Farther off"
    return Paragraph(opening=f"{word}, “{change.target}”, {_figures(change)}:", text=change.text)
