"""A linked map in one call, from a file, a table or a list of texts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from semascope.data.read import table_of
from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.maps.laying_out.layout_cache import LayoutCache
from semascope.maps.plan import MapPlan
from semascope.maps.run import run_map
from semascope.maps.writing import check_folder
from semascope.store.place import default_store
from semascope.store.vectors import VectorStore
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.linked_map import LinkedMap
    from semascope.types import Precision, Progress, Quoting

    Names: TypeAlias = str | Sequence[str]

_GIVEN = "texts"  # what a list of texts is called where a file would give its name


def build_map(
    data: str | Path | Table | Sequence[str],
    *,
    text: Names = "text",
    quoting: Quoting = "auto",
    label: str | Sequence[object] | None = None,
    across: str | None = None,
    color: Names = (),
    target: Names = (),
    encoder: Names = (),
    instruction: Names = (),
    dim: int | Sequence[int] = (),
    coordinates: Names = (),
    layout: Literal["pca", "umap", "tsne"] = "umap",
    neighbors: int = 15,
    min_dist: float = 0.1,
    independent: bool = False,
    limit: int | None = None,
    seed: int = 42,
    precision: Precision = "auto",
    device: str = "auto",
    store: VectorStore | Path | str | None = None,
    output: Path | str | None = None,
    progress: Progress = silent,
) -> LinkedMap:
    """The same texts in several spaces, side by side and linked; a notebook shows it as the last line of a cell.

    Parameters
    ----------
    data
        Path of a table, a ``Table``, or n texts.
    text
        Columns of the text, joined by a newline; what n texts are called.
    quoting
        Of a CSV or TSV: ``standard`` if quotation marks enclose cells, ``none`` if they are letters, ``auto`` to let the
        file show it.
    label
        Column that colours and groups the map and is judged in every space, or n values: one a row of ``data``.
    across
        Column, such as the language: how its values mix in every space, and how well texts of other values tell the label.
    color
        Further columns to colour by, numbers or labels.
    target
        Columns whose out-of-fold predictions and residuals colour the map.
    encoder
        ``minilm``, a folder, a hub id, ``hash:16``, each with ``NAME=`` before it or without; none takes the packaged MiniLM.
    instruction
        ``NAME`` of a preset or ``NAME=SENTENCE``; one space each.
    dim
        Widths to keep; none takes the full width.
    coordinates
        ``NAME=X_COLUMN,Y_COLUMN``: spaces whose layout comes from elsewhere, instead of encoders.
    layout
        How vectors become places; ``umap`` needs the extra ``maps``.
    neighbors, min_dist
        Of UMAP.
    independent
        Lay out every space by itself, without a common start.
    limit
        Rows to keep, drawn at random and left in the order of ``data``.
    seed
        Of everything random.
    precision, device
        ``auto``, ``float32`` or ``bfloat16``; ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    store
        Vectors are looked up and kept there, layouts in its folder ``layouts``; None takes the store of this user.
    output
        Folder to write everything to, as ``LinkedMap.save``; None writes no page.
    progress
        Called after every batch; silent unless given.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        For settings, columns and rows that cannot be used, before anything is computed wherever that can be known.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> shown = build_map(
    ...     ["High tide at noon.", "Low tide at six.", "The bridge is closed."] * 8,
    ...     encoder=["hash:16", "hash:64"], layout="pca", store=mkdtemp(),
    ... )
    >>> [panel.name for panel in shown.contents.panels]
    ['hash:16', 'hash:64']
    """
    given = {name: value for name, value in locals().items() if name in MapPlan.model_fields}
    table, columns = _table(data, text)
    if label is not None and not isinstance(label, str):
        table = table_of(_path(data), quoting=quoting) if table is None else table
        table, label = _with_label(table, label)
    plan = MapPlan.from_mapping(
        {
            **given,
            "data": Path(table.source) if table is not None else _path(data),
            "text": columns,
            "label": label,
        }
    )
    if output is not None:
        check_folder(Path(output))
    kept = _store(store)
    cache = LayoutCache(None if store is None else kept.root / "layouts")
    found = run_map(
        plan, table=table, store=kept, cache=cache, command="semascope.build_map", progress=progress
    )
    if output is not None:
        found.save(output)
    return found


def _table(data: str | Path | Table | Sequence[str], text: Names) -> tuple[Table | None, list[str]]:
    """The rows, None where they lie in a file, and the columns of the text."""
    columns = [text] if isinstance(text, str) else list(text)
    if isinstance(data, (str, Path)):
        return None, columns
    if isinstance(data, Table):
        return data, columns
    texts = list(data)
    odd = next((row for row, given in enumerate(texts) if not isinstance(given, str)), None)
    if odd is not None:
        raise DataError(
            f"text {odd} (counted from 0) is {texts[odd]!r:.60}; texts are strings; "
            "for rows with columns pass semascope.Table.from_columns(...)"
        )
    if not texts:
        raise DataError("there are no texts; a map needs one or more; give some")
    if len(columns) != 1:
        raise ConfigError(
            f"text is {columns!r}; a list of texts is one column; leave it out, or pass a table with these columns"
        )
    return Table.from_columns({columns[0]: texts}, source=_GIVEN), columns


def _path(data: object) -> Path:
    return Path(str(data)).expanduser()


def _with_label(table: Table, label: Sequence[object]) -> tuple[Table, str]:
    """The table with these labels as a further column, and what that is called."""
    values = label.tolist() if hasattr(label, "tolist") else list(label)
    if len(values) != len(table):
        raise DataError(
            f"label has {len(values):,} values for {len(table):,} rows; it needs one a row; take both from one table"
        )
    name = "label"
    while name in table.columns:
        name += "_"
    column = Table.from_columns({name: values}).data.column(name)
    return replace(table, data=table.data.append_column(name, column)), name


def _store(store: VectorStore | Path | str | None) -> VectorStore:
    if store is None:
        return default_store()
    return store if isinstance(store, VectorStore) else VectorStore(Path(store).expanduser())
