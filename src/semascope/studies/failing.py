"""Cells that failed because an encoder behind an API gave no vectors: the others stand, and the next run completes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import NotServed
from semascope.studies.result import Note
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.encoders.protocol import Encoder
    from semascope.studies.task import Records

WIDTH = "encoder_dim"
"""Under which a record keeps the full width of an encoder behind an API: the next run needs no request to know it."""


def failed_notes(failed: Mapping[str, str]) -> list[Note]:
    """A warning for each reason, with the cells that failed for it.

    Examples
    --------
    >>> failed_notes({"a": "no key", "b": "no key"})[0].title
    '2 cells failed'
    """
    by_reason: dict[str, list[str]] = {}
    for cell, reason in failed.items():
        by_reason.setdefault(reason, []).append(cell)
    return [
        Note(
            level="warning",
            title=f"{count(len(cells), 'cell')} failed",
            text=f"{'; '.join(cells)}: {reason}. The same command completes {'it' if len(cells) == 1 else 'them'}; all that"
            " came is kept.",
            count=len(cells),
        )
        for reason, cells in by_reason.items()
    ]


def refuse_without(baseline: str, failed: Mapping[str, str]) -> None:
    """Raise ``NotServed`` when the cell that all others are held against failed."""
    if baseline in failed:
        raise NotServed(
            f"nothing can be judged, because the baseline {baseline!r} failed: {failed[baseline]}; what the other cells gave is kept:"
            " run the same command again when that is mended"
        )


def reached(
    encoders: Mapping[str, Encoder], records: Records, *, needed: str = ""
) -> tuple[dict[str, Encoder], dict[str, str]]:
    """The encoders whose width is known, and why the others' is not, by name.

    Parameters
    ----------
    records
        Finished cells of the folder, which say how wide an encoder's rows were.
    needed
        The one without which there is no study; "" for none.

    Raises
    ------
    NotServed
        When it is the one that is needed, or there is no other.
    """
    found: dict[str, Encoder] = {}
    lost: dict[str, str] = {}
    widths: dict[str, int] = {}
    for record in records.values():
        source = record.get("source") or record.get("made_of", {}).get("source", "")
        width = record.get(WIDTH) or record.get("encoder_has", {}).get("dim")
        if source and width:
            widths[source] = width
    for name, encoder in encoders.items():
        if (width := widths.get(getattr(encoder, "source", ""))) and hasattr(encoder, "expect_width"):
            encoder.expect_width(width)
        try:
            encoder.dim  # noqa: B018 - of one that no table knows, a request tells it
        except NotServed as error:
            if name == needed or len(encoders) == 1:
                raise
            lost[f"every cell of {name}"] = str(error)
        else:
            found[name] = encoder
    if encoders and not found:
        raise NotServed(next(iter(lost.values())))
    return found, lost
