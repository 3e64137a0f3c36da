"""The record of an answer: plain values, the same for ``--json`` and in ``switch.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.plain import plain

if TYPE_CHECKING:
    from semascope.studies.switching.result import SwitchResult

FORMAT = "semascope switch 1"


def record_of(result: SwitchResult) -> dict[str, Any]:
    """All that the page says and more; a number that nobody knows is None.

    ``docs/switching.md`` says what stands under which name.
    """
    values: dict[str, Any] = plain(result)
    return {"format": FORMAT, "answer": result.answer, "exit_code": result.exit_code, **values}
