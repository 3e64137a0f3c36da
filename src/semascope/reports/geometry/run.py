"""The whole job in one call: what spaces are like, how they differ and what mending changes, and its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.files import writing_folder
from semascope.reports.geometry.writing import KEPT, write_geometry
from semascope.store.place import default_store
from semascope.store.vectors import VectorStore
from semascope.studies.geometry.asking.plan import GeometryPlan
from semascope.studies.geometry.keeping import keep_remedy
from semascope.studies.geometry.run import run_geometry
from semascope.studies.geometry.telling.headline import headline_of
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.studies.geometry.result import GeometryResult
    from semascope.types import Array, Progress

_ALONE = "vectors"
"""What a single array of vectors is called."""
_TEXT = "text"


def complete_geometry(
    plan: GeometryPlan,
    *,
    output: Path,
    store: VectorStore | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    command: str = "run_geometry",
) -> GeometryResult:
    """The finished geometry of a plan; its folder holds ``report.html`` and ``geometry.json``."""
    with writing_folder(output, plan.model_dump(mode="json"), what="geometry", say=say):
        found = run_geometry(plan, store=store, command=command, progress=progress)
        return _written(plan, found, output)


def _written(plan: GeometryPlan, found: GeometryResult, folder: Path) -> GeometryResult:
    """The geometry in its folder, which nobody else may write to meanwhile."""
    kept = keep_remedy(plan, found, folder / KEPT)
    found = replace(found, folder=str(folder), kept=kept)
    found = replace(found, headline=headline_of(found))
    write_geometry(found, folder, figures=plan.figures)
    return found


def describe_geometry(
    data: Path | str | Table | Array | Mapping[str, Array],
    *,
    labels: Sequence[object] | None = None,
    texts: Sequence[str] | None = None,
    groups: Sequence[object] | None = None,
    output: Path | str | None = None,
    store: VectorStore | Path | str | None = None,
    progress: Progress = silent,
    **settings: Any,
) -> GeometryResult:
    """What spaces are like, how labels lie in them, how they differ, and what mending changes: ``semascope geometry`` as one call.

    Parameters
    ----------
    data
        Path of a table, an archive, a folder of texts or a collection; a ``Table``; or vectors: (n, d) of one space, or
        those of several by their names, row i of each of the same text.
    labels, texts, groups
        n each, beside vectors: the label of each text (None for none), the text itself, and what belongs together. Of a
        table name the columns instead (``label="subject"``).
    output
        Folder for ``report.html`` and ``geometry.json``; None writes nothing.
    store
        Vectors are looked up and kept there, also as the folder of one; None takes the store of this user.
    **settings
        The flags of ``semascope geometry`` by their names, with ``_`` for ``-``: ``text``, ``label``, ``encoder``,
        ``instruction``, ``dim``, ``pair``, ``slice``, ``compare``, ``remedy``, ``k``, ``seed`` and the rest of ``GeometryPlan``.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        As the command's one line says; for a setting that there is not, with those that there are.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cone = rng.standard_normal((200, 8)) + 3
    >>> found = describe_geometry({"cone": cone}, store=None, remedy="none")
    >>> round(found.spaces["cone"].shape.measured["mean_cosine"].value, 1)
    0.9
    """
    table, given, path = _taken(data, labels=labels, texts=texts, groups=groups)
    asked: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    if given:
        asked |= {"text": _TEXT}
        asked |= {"label": "label"} if labels is not None else {}
        asked |= {"group": "group"} if groups is not None else {}
    plan = GeometryPlan.from_mapping({"data": path, **asked})
    if plan.keep is not None and output is None:
        raise ConfigError(
            f"keep is {plan.keep!r} and there is no output; a kept remedy is a folder; give output=FOLDER"
        )
    if plan.keep is not None and given and not plan.encoder:
        raise ConfigError(
            f"keep is {plan.keep!r} and only vectors were given; a remedy is kept with its encoder; name encoder="
        )
    kept = VectorStore(store) if isinstance(store, str | Path) else store
    if kept is None and not given:
        kept = default_store()
    found = run_geometry(
        plan, table=table, given=given, store=kept, command="describe_geometry", progress=progress
    )
    if output is None:
        return found
    with writing_folder(Path(output), plan.model_dump(mode="json"), what="geometry"):
        return _written(plan, found, Path(output))


def _taken(
    data: Path | str | Table | Array | Mapping[str, Array],
    *,
    labels: Sequence[object] | None,
    texts: Sequence[str] | None,
    groups: Sequence[object] | None,
) -> tuple[Table | None, dict[str, Array], Path]:
    """The rows, the spaces that are there already, and what names them."""
    beside = {"labels": labels, "texts": texts, "groups": groups}
    given = [name for name, values in beside.items() if values is not None]
    if isinstance(data, str | Path | Table):
        if given:
            raise ConfigError(
                f"{given[0]} was given beside a table; they go with vectors; name a column instead, such as label='subject'"
            )
        return (data, {}, Path(data.source)) if isinstance(data, Table) else (None, {}, Path(data))
    spaces = dict(data) if isinstance(data, Mapping) else {_ALONE: data}
    arrays = {str(name): np.asarray(vectors) for name, vectors in spaces.items()}
    if not arrays:
        raise DataError(
            "data holds no space; a mapping of names to (texts, dim) arrays is accepted; give one or more"
        )
    first = next(iter(arrays.values()))
    n = len(first) if first.ndim else 0
    columns: dict[str, list[object]] = {_TEXT: [""] * n if texts is None else list(texts)}
    columns |= {
        name.removesuffix("s"): _as_list(values)
        for name, values in beside.items()
        if values is not None and name != "texts"
    }
    for name, values in columns.items():
        if len(values) != n:
            raise DataError(
                f"{name} has {len(values):,} entries for {n:,} rows of vectors; each row needs one; pass as many"
            )
    return Table.from_columns(columns, source=_ALONE), arrays, Path(_ALONE)


def _as_list(values: Sequence[object]) -> list[object]:
    """Plain values: those of an array, a list or a column of a frame."""
    return list(values.tolist()) if hasattr(values, "tolist") else list(values)
