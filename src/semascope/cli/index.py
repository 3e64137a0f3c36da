"""``semascope index``: documents into a folder that ``semascope search`` searches."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace as with_other
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options
from semascope.words import settings
from semascope.words.settings import GRID, OUTPUT, ROLES, Setting

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from semascope.retrieval.collections.collection import Documents
    from semascope.retrieval.indexes.index import Index
    from semascope.retrieval.indexes.recipe import Recipe

_ENGINE = "Search by vectors"


def _flag(name: str, says: str, *, takes: str | None = None, panel: str = OUTPUT, **more: Any) -> Any:
    return options.option_of(Setting(takes=takes, says=says, panel=panel), name, **more)


Documents_ = Annotated[
    Path | None,
    typer.Argument(
        metavar="[DATA]",
        help="Table (--text), folder with a corpus, or folder or archive of text files; none to look after an index.",
    ),
]
Text = Annotated[list[str] | None, options.option_of(settings.TEXT, "text", several=True)]
Id = Annotated[
    str | None,
    _flag("id", "Column of the ids; by default _id, id, doc_id and the like", takes="COLUMN", panel=ROLES),
]
Title = Annotated[
    str | None, _flag("title", "Column of the title, read before the text", takes="COLUMN", panel=ROLES)
]
Encoder = Annotated[
    str,
    options.option_of(
        with_other(
            settings.ENCODER,
            takes="ENCODER",
            says="minilm or any encoder; bm25 or bm25:k1=0.9; hybrid:minilm+bm25 by ranks,"
            " hybrid:minilm+bm25,way=sum,weight=0.5 by scores",
        ),
        "encoder",
    ),
]
Passage = Annotated[
    str | None,
    _flag(
        "passage",
        "Cut documents into passages of so many tokens; the best passage counts",
        takes="TOKENS[/OVERLAP]",
        panel=GRID,
    ),
]
Engine = Annotated[
    str,
    _flag(
        "engine",
        "How rows are found; auto compares all of them up to 500,000, and asks a graph of faiss above",
        takes="auto|exact|usearch|faiss",
        panel=_ENGINE,
    ),
]
Stored = Annotated[
    str,
    _flag(
        "stored",
        "What a graph keeps of a row; what it finds is compared in float32 all the same",
        takes="float32|float16|int8",
        panel=_ENGINE,
    ),
]
Recall = Annotated[
    float,
    _flag(
        "recall",
        "Share of the exact ten that a graph shall find: its search is as wide as that takes",
        takes="SHARE",
        panel=_ENGINE,
    ),
]
Output = Annotated[
    Path, _flag("output", "Folder of the index; documents are added where it is one", takes="FOLDER")
]
Replace = Annotated[bool, _flag("replace", "Let documents take the place of others with their ids")]
Delete = Annotated[
    list[str] | None, _flag("delete", "Delete the document with this id", takes="ID", several=True)
]
ExportFaiss = Annotated[
    Path | None,
    _flag("export-faiss", "Write the rows as a file of faiss, with their ids beside", takes="PATH"),
]


def index(
    context: typer.Context,
    output: Output,
    data: Documents_ = None,
    text: Text = None,
    id: Id = None,
    title: Title = None,
    quoting: options.Quoting = "auto",
    encoder: Encoder = "",
    instruction: options.Instruction = "default",
    dim: options.Dim = None,
    long: options.Long = "truncate",
    passage: Passage = None,
    engine: Engine = "auto",
    stored: Stored = "float16",
    recall: Recall = 0.99,
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    replace: Replace = False,
    delete: Delete = None,
    export_faiss: ExportFaiss = None,
    json: options.Json = False,
) -> None:
    """Keep documents so that they are found: by vectors, by words, or by both. Run again, it adds what is new."""
    from semascope.cli.show_index import print_index
    from semascope.encoders.instructions import parse_instruction
    from semascope.retrieval.indexes.written import read_engine, read_recipe
    from semascope.store.place import open_store

    found = None if data is None else _read(data, text, id, title, quoting)
    asked = {"encoder": encoder, "dim": dim, "passage": passage, "instruction": instruction != "default"}
    asked["long"] = long != "truncate"
    asked["engine"] = (engine, stored, recall) != ("auto", "float16", 0.99)
    recipe = read_recipe(
        encoder,
        instruction=parse_instruction(instruction).sentence,
        dim=dim,
        long=long,
        passage=passage,
        engine=read_engine(engine, stored=stored, recall=recall) if asked["engine"] else None,
    )
    computed = {"precision": precision, "device": device, "trust_remote_code": trust_remote_code}
    with _one_writer(output, changes=found is not None or bool(delete)):
        opened = _open(
            output,
            recipe,
            [name for name, given in asked.items() if given],
            computed | {"store": open_store(store)},
            command=context.obj if found is not None else "",
        )
        added, deleted = _change(opened, found, delete, replace=replace)
    exported = None if export_faiss is None else opened.export_faiss(export_faiss)
    print_index(opened, added, deleted, exported=exported, json=json)


def _read(data: Path, text: list[str] | None, id: str | None, title: str | None, quoting: Any) -> Documents:
    """The documents, with what is odd about them on standard error."""
    from semascope.retrieval.indexes.reading import read_any_documents

    documents, notes = read_any_documents(data, text=text or (), id=id, title=title, quoting=quoting)
    for note in notes:
        print(f"{'warning' if note.warning else 'note'}: {note.text}", file=sys.stderr)
    return documents


def _one_writer(output: Path, *, changes: bool) -> AbstractContextManager[None]:
    """Nobody else makes the index or changes it from the first look at it to the last document; others wait."""
    from semascope.retrieval.indexes.writing import writing

    if not changes or output.is_file():  # a file is refused with its own words
        return nullcontext()
    return writing(output, say=lambda line: print(f"note: {line}", file=sys.stderr))


def _open(output: Path, recipe: Recipe, given: list[str], computed: dict[str, Any], *, command: str) -> Index:
    """The index at ``output``, made where there is none and documents come."""
    from semascope.errors import ConfigError
    from semascope.retrieval.indexes.card import is_index
    from semascope.retrieval.indexes.index import Index
    from semascope.retrieval.indexes.remedies import refuse_other_remedy
    from semascope.retrieval.indexes.written import refuse_other_recipe

    if is_index(output):
        opened = Index.open(output, **computed)
        if len(opened) or not command or not given:
            refuse_other_recipe(output, opened.recipe, recipe, given)
            if "encoder" in given:
                refuse_other_remedy(output, opened.card, recipe)
            return opened
    elif not command:
        raise ConfigError(
            f"no DATA is given, and {output} is no index; documents make one; name a table or a folder before the flags"
        )
    return Index.create(output, recipe=recipe, command=command, **computed)


def _change(opened: Index, found: Documents | None, delete: list[str] | None, *, replace: bool) -> Any:
    """What was added and what was deleted; None for what was not asked for."""
    from semascope.words.progress import ProgressDisplay

    deleted = opened.delete(delete) if delete else None
    if found is None:
        return None, deleted
    with ProgressDisplay(sys.stderr) as display:
        return opened.add(found, replace=replace, progress=display.show), deleted
