"""Columns that are added to the rows of a file: stale ones of an earlier run are replaced, those of the user never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from semascope.data.table import Table

REASON = "not_scored"
"""Stands in every file that was scored or ranked, so it tells whose columns the others are."""

_SCORES = ("predicted_", "probability_")  # what names of scores begin with
_SUGGESTED = "suggested"  # a number of its own, which no other column vouches for


def check_added(
    table: Table, names: Sequence[str], *, own: Sequence[str] = (), by_us: Sequence[str] | None = None
) -> list[str]:
    """What is to be said about columns of the file that get in the way, before anything is computed.

    Parameters
    ----------
    names
        Columns that will be written.
    own
        Columns of the file that are the user's for certain: texts and targets.
    by_us
        Columns that an earlier run has given; None goes by the file, which tells whether it was scored or ranked.

    Returns
    -------
    list[str]
        What is replaced; and, where scores are written, what looks like a score and stays though it is none of these.

    Raises
    ------
    ConfigError
        When a column would be replaced that may be the user's.
    """
    earlier = _of_an_earlier_run(table.columns) if by_us is None else by_us
    taken = [name for name in names if name in table.columns]
    for name in taken:
        if name in own or name not in (*earlier, _SUGGESTED):
            raise ConfigError(
                f"{table.source} has a column {name!r} of its own; one of that name would be written; rename yours, or drop"
                " it if it is left over from an earlier run"
            )
    notices = []
    if replaced := [name for name in taken if name != REASON]:
        known = all(name in earlier for name in replaced)
        notices.append(
            _say(
                replaced,
                table,
                "replaced",
                "left over from an earlier run" if known else "left over from an earlier run, or yours",
            )
        )
    if REASON in names:
        looks = [name for name in table.columns if name in earlier or name.startswith(_SCORES)]
        if stale := [name for name in looks if name not in (*names, *own, REASON)]:
            notices.append(_say(stale, table, "left as it is", "not part of these scores"))
    return notices


def _of_an_earlier_run(columns: Sequence[str]) -> list[str]:
    """Columns that ``score`` or ``rank`` wrote, as far as the file vouches for it: ``REASON`` stands in what they wrote.

    A ``score`` is of a ranking only beside its ``rank``, and ``low`` and ``high`` are an interval only together.
    """
    if REASON not in columns:
        return []
    ranking = "predicted_score" if "predicted_score" in columns else "score"
    pairs = [pair for pair in (("rank", ranking), ("low", "high")) if all(name in columns for name in pair)]
    paired = {name for pair in pairs for name in pair}
    return [name for name in columns if name == REASON or name.startswith(_SCORES) or name in paired]


def put(rows: pa.Table, name: str, column: pa.Array) -> pa.Table:
    """The rows with this column last, in place of any of its name."""
    if name in rows.column_names:
        rows = rows.drop_columns([name])
    return rows.append_column(name, column)


def _say(names: Sequence[str], table: Table, done: str, why: str) -> str:
    listed = f"{', '.join(map(repr, names))} of {table.source}"
    return (
        f"column {listed} is {done}: it is {why}"
        if len(names) == 1
        else f"columns {listed} are {done}: they are {why}"
    )
