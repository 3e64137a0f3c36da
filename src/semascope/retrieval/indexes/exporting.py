"""The rows of an index as a file that plain faiss reads."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from semascope.errors import ConfigError, DataError
from semascope.files import beside, replace_file
from semascope.retrieval.indexes.engines.by_faiss import write_flat, write_graph

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.retrieval.indexes.recipe import Recipe
    from semascope.retrieval.indexes.view import View


def export_faiss(view: View, recipe: Recipe, path: Path) -> Path:
    """Write the file, and ``PATH.ids.jsonl`` with the document of each row; errors are those of ``Index.export_faiss``."""
    if len(recipe.vectors) != 1:
        raise ConfigError(
            f"this index has {len(recipe.vectors)} encoders; a file of faiss holds the rows of one; make an index of one encoder"
        )
    if not len(view):
        raise DataError(
            "this index has no documents; a file of faiss needs rows; add some with semascope index"
        )
    entries = view.entries(0)
    dense = entries.exact.dense
    rows = dense.rows[entries.row_of(dense)]
    if not path.parent.is_dir():
        raise DataError(
            f"{path.parent} is no folder; a file of faiss is written into one that is there; make it, or choose another path"
        )
    try:
        partial = beside(path)
        try:
            if recipe.engine.name == "faiss":
                write_graph(rows, partial, recipe.engine)
            else:
                write_flat(rows, partial)
            partial.replace(path)
        finally:
            with suppress(FileNotFoundError):
                partial.unlink()
        lines = []
        for number, name in enumerate(view.doc_ids if entries.owners is None else entries.owners.tolist()):
            if entries.owners is None:
                lines.append({"id": name})
            else:
                _, start, end = entries.spans[number].tolist()
                lines.append({"id": view.doc_ids[name], "start": start, "end": end})
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        replace_file(path.with_name(f"{path.name}.ids.jsonl"), text.encode())
    except (OSError, RuntimeError) as error:  # faiss has no words of its own for a full disk
        reason = getattr(error, "strerror", None) or str(error).splitlines()[-1]
        raise DataError(
            f"{path} cannot be written ({reason}); a file in a folder with room is needed; choose another"
            " path"
        ) from error
    return path
