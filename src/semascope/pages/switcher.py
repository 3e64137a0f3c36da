"""Several pictures of the same kind in one place, one shown at a time where the page runs its script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.markup import element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup


def switcher(panels: Sequence[tuple[str, Markup]], *, label: str) -> Markup:
    """The pictures below each other, each under its name; the script turns the names into a choice.

    Parameters
    ----------
    panels
        (name, picture) pairs, the one to be shown first in front.
    label
        What is chosen, before the buttons: "Predictions of".
    """
    if len(panels) == 1:
        return panels[0][1]
    parts = [
        element("div", element("h3", name, class_="panel-name"), panel, class_="panel", data_name=name)
        for name, panel in panels
    ]
    return element("div", *parts, class_="switcher", data_label=label)


def long_text(text: str, *, opening: str) -> Markup:
    """A text that unfolds: ``opening`` stands for it until then. Without a cut it is shown as it is."""
    if opening == text:
        return element("p", text, class_="text", dir="auto")
    summary = element("summary", element("span", opening, class_="text", dir="auto"))
    return element("details", summary, element("p", text, class_="text", dir="auto"), class_="long")
