"""The whole job in one call: may I switch, its page and its record."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.settings_file import as_list
from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.files import replace_file, writing_folder
from semascope.reports.page import write_page
from semascope.reports.switching.page import render_switch
from semascope.reports.switching.record import record_of
from semascope.store.place import open_store
from semascope.store.vectors import VectorStore
from semascope.studies.switching.asking.plan import SwitchPlan
from semascope.studies.switching.run import run_switch
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.studies.switching.result import SwitchResult
    from semascope.types import Array, Progress

PAGE, RECORD = "report.html", "switch.json"
_TEXTS = "texts"  # what a list of texts is called where a file would give its name


def may_switch(
    old: str | Path | Array,
    new: str | Path | Array,
    data: str | Path | Table | Sequence[str],
    *,
    text: str | Sequence[str] = (),
    target: str | Sequence[str] = (),
    output: Path | str | None = None,
    store: VectorStore | Path | str | None = None,
    progress: Progress = silent,
    **settings: Any,
) -> SwitchResult:
    """May vectors be replaced by others? ``semascope switch`` as one call.

    Parameters
    ----------
    old, new
        An encoder (``minilm``, a folder, a hub id, ``hash:16``), a file of vectors, or an (n, d) array of them: one row for
        each row of ``data``.
    data
        A table of texts, as its path or a ``Table``; n texts; or the path of a collection, or of a table of pairs.
    text
        Columns of the text, joined by a newline; of n texts none is needed.
    target
        Columns to predict.
    output
        Folder for the page and the record; None writes nothing.
    store
        Vectors are looked up and kept there; None takes the store of this user.
    progress
        Called after every batch.
    **settings
        The flags of ``semascope switch`` by their names, with ``_`` for ``-``: ``new_dim``, ``margin``, ``k``, ``query``,
        ``document``, ``limit``, ``price`` and the rest of ``SwitchPlan``.

    Returns
    -------
    SwitchResult
        ``answer`` is "switch", "do not switch" or "cannot be told"; ``headline`` says it in sentences, ``judged`` has a verdict
        for every task.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        For settings, columns and rows that cannot be used, before anything is encoded wherever that can be known.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> texts = [f"the tide stands at {n} feet" for n in range(40)]
    >>> may_switch("hash:16", "hash:16", texts, store=mkdtemp()).answer
    'switch'
    """
    given = {side: value for side, value in (("old", old), ("new", new)) if isinstance(value, np.ndarray)}
    names = {
        side: f"{side.upper()} array" if side in given else str(value)
        for side, value in (("old", old), ("new", new))
    }
    table, columns = _table(data, list(as_list(text)))
    named = {"text": columns, "target": list(as_list(target))}
    path = Path(_TEXTS if table is not None else str(data)).expanduser()
    if isinstance(data, Table):
        path = Path(data.source)
    plan = SwitchPlan.from_mapping({**names, "data": path, **named, **settings})
    return write_switch(
        plan,
        table=table,
        given=given,
        output=None if output is None else Path(output),
        store=store if isinstance(store, VectorStore) else open_store(None if store is None else Path(store)),
        progress=progress,
        command="semascope.may_switch",
    )


def write_switch(
    plan: SwitchPlan,
    *,
    table: Table | None = None,
    given: Mapping[str, Array] | None = None,
    output: Path | None,
    store: VectorStore | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] | None = None,
    command: str = "",
) -> SwitchResult:
    """The answer to a plan; ``output`` holds ``report.html`` and ``switch.json`` then.

    Parameters
    ----------
    output
        Folder; None writes nothing.
    say
        Gets the line that says that we wait for another run of the same; None refuses to wait.
    table, given, store, progress, command
        As in ``run_switch``.
    """
    if output is not None:
        check_folder(output)
    lock = (
        nullcontext()
        if output is None
        else writing_folder(output, plan.model_dump(mode="json"), what="switch", say=say)
    )
    with lock:
        result = run_switch(
            plan,
            table=table,
            given=given,
            store=store,
            folder="" if output is None else str(output),
            command=command,
            progress=progress,
        )
        if output is not None:
            _write(result, output)
    return result


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written to; asked before the work, since the page is written after it."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        why = "may not be written to" if there.is_dir() else "is a file"
        raise DataError(f"the answer cannot be written to {folder}: {there} {why}; name another folder")


def _write(result: SwitchResult, folder: Path) -> None:
    record = json.dumps(record_of(result), ensure_ascii=False, indent=1, allow_nan=False)
    write_page(render_switch(result), folder / PAGE)
    try:
        replace_file(folder / RECORD, f"{record}\n".encode("utf-8", "replace"))
    except OSError as error:
        raise DataError(
            f"the answer cannot be written to {folder} ({error.strerror or error}); name another folder"
        ) from error


def _table(data: str | Path | Table | Sequence[str], text: list[str]) -> tuple[Table | None, list[str]]:
    """The rows, None where they lie in a file, and the columns of the text."""
    if isinstance(data, (str, Path)):
        return None, text
    if isinstance(data, Table):
        return data, text
    texts = list(data)
    odd = next((row for row, each in enumerate(texts) if not isinstance(each, str)), None)
    if odd is not None:
        raise DataError(
            f"text {odd} (counted from 0) is {texts[odd]!r:.60}; texts are strings; for rows with columns pass"
            " semascope.Table.from_columns(...)"
        )
    if len(text) > 1:
        raise ConfigError(
            f"text is {text!r}; a list of texts is one column; leave it out, or pass a table with these columns"
        )
    name = text[0] if text else "text"
    return Table.from_columns({name: texts}, source=_TEXTS), [name]
