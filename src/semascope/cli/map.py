"""``semascope map``: spaces of the same texts side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options

if TYPE_CHECKING:
    from semascope.maps.linked_map import LinkedMap
    from semascope.maps.plan import MapPlan
    from semascope.maps.writing import Written

Columns = list[str] | None


def map_spaces(
    context: typer.Context,
    data: Annotated[Path | None, typer.Argument(metavar="FILE", help="Table of texts, or a YAML file of settings.")] = None,
    text: Annotated[Columns, typer.Option("--text", metavar="COLUMN", help="Column of the text; repeatable, joined by a newline.", rich_help_panel=options.ROLES)] = None,
    quoting: Annotated[str | None, typer.Option("--quoting", metavar="auto|standard|none", help=f"{options.QUOTING_HELP}; auto: as the file shows.", rich_help_panel=options.ROLES)] = None,
    label: Annotated[str | None, typer.Option(metavar="COLUMN", help="Colours and groups the map, and is judged.", rich_help_panel=options.ROLES)] = None,
    across: Annotated[str | None, typer.Option(metavar="COLUMN", help="Such as the language: how its values mix, and how well texts of other values tell the label.", rich_help_panel=options.ROLES)] = None,
    color: Annotated[Columns, typer.Option("--color", metavar="COLUMN", help="A further column to colour by; repeatable.", rich_help_panel=options.ROLES)] = None,
    target: Annotated[Columns, typer.Option("--target", metavar="COLUMN", help="Colour by what ridge predicts for it, out of fold, and by the residual; repeatable.", rich_help_panel=options.ROLES)] = None,
    encoder: Annotated[Columns, typer.Option("--encoder", metavar="[NAME=]ENCODER", help=f"{options.ENCODER_HELP}; repeatable.", rich_help_panel=options.GRID)] = None,
    instruction: Annotated[Columns, typer.Option("--instruction", metavar="NAME[=SENTENCE]", help="A preset or your own sentence; repeatable.", rich_help_panel=options.GRID)] = None,
    dim: Annotated[list[int] | None, typer.Option("--dim", metavar="N", help="Width to keep; repeatable.", rich_help_panel=options.GRID)] = None,
    coordinates: Annotated[Columns, typer.Option("--coordinates", metavar="NAME=X,Y", help="A panel from two columns of the file; repeatable.", rich_help_panel=options.GRID)] = None,
    list_instructions: Annotated[bool, typer.Option("--list-instructions", help="Print the presets and stop.")] = False,
    layout: Annotated[str | None, typer.Option(metavar="umap|pca|tsne", help="How vectors become places; umap unless named.")] = None,
    neighbors: Annotated[int | None, typer.Option(metavar="N", help="Of UMAP; 15 unless named.")] = None,
    min_dist: Annotated[float | None, typer.Option(metavar="X", help="Of UMAP; 0.1 unless named.")] = None,
    independent: Annotated[bool, typer.Option("--independent", help="No common start: each space is laid out by itself.")] = False,
    limit: options.Limit = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of everything random; 42 unless named.", rich_help_panel=options.JUDGED)] = None,
    precision: Annotated[str | None, typer.Option("--precision", metavar="auto|float32|bfloat16", help="auto: bfloat16 only where the processor has it.", rich_help_panel=options.COMPUTED)] = None,
    device: Annotated[str | None, typer.Option("--device", metavar="auto|cpu|cuda", help="Processor that encodes.", rich_help_panel=options.COMPUTED)] = None,
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    output: options.Output = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Draw the same texts in several spaces, linked, on one page that can be mailed."""
    from semascope.encoders.instructions import PRESETS
    from semascope.errors import ConfigError

    if list_instructions:
        for name, sentence in PRESETS.items():
            print(f"{name:12} {sentence or '(no instruction)'}")
        return
    if data is None:
        raise ConfigError(
            "no file is named; give a table of texts or a YAML file of settings; semascope map FILE --text COLUMN"
        )
    given = {
        "text": text, "quoting": quoting, "label": label, "across": across, "color": color, "target": target, "encoder": encoder, "instruction": instruction,
        "dim": dim, "coordinates": coordinates, "layout": layout, "neighbors": neighbors, "min_dist": min_dist,
        "independent": independent, "limit": limit, "seed": seed, "precision": precision, "device": device,
        "trust_remote_code": trust_remote_code,
    }  # fmt: skip
    # 0 is a value: `--seed 0` and `--min-dist 0` are settings, though 0 == False.
    named = {
        name: value for name, value in given.items() if not (value is None or value is False or value == [])
    }
    plan = _plan(data, named)
    folder = output or Path("runs") / f"map-{plan.data.stem}"
    found, written = _run(plan, store=store, folder=folder, command=str(context.obj or ""))
    if json:
        from semascope.cli.show import print_json

        print_json(found.record)
        return
    _tell(found, written)


def _plan(data: Path, given: dict[str, Any]) -> MapPlan:
    from semascope.maps.plan import MapPlan

    if data.suffix.lower() in (".yaml", ".yml"):
        return MapPlan.from_yaml(data, **given)
    if "text" not in given:
        from semascope.data.read import table_of
        from semascope.errors import ConfigError

        columns = ", ".join(table_of(data, limit=1, quoting=given.get("quoting", "auto")).columns)
        raise ConfigError(f"no text column is named; columns are {columns}; name one with --text")
    return MapPlan.from_mapping({"data": data, **given})


def _run(plan: MapPlan, *, store: Path | None, folder: Path, command: str) -> tuple[LinkedMap, Written]:
    from semascope.files import writing_folder
    from semascope.maps.layout_cache import LayoutCache
    from semascope.maps.run import run_map
    from semascope.maps.writing import check_folder, write_map
    from semascope.store.place import default_store
    from semascope.store.vectors import VectorStore
    from semascope.words.progress import ProgressDisplay

    check_folder(folder)
    kept = VectorStore(store) if store else default_store()
    cache = LayoutCache(store / "layouts" if store else None)
    settings = plan.model_dump(mode="json")
    with (
        ProgressDisplay(sys.stderr) as display,
        writing_folder(folder, settings, what="map", say=display.line),
    ):
        found = run_map(plan, store=kept, cache=cache, command=command, progress=display.show)
        return found, write_map(found, folder, display.show)


def _tell(found: LinkedMap, written: Written) -> None:
    contents, page = found.contents, written.page
    print(contents.sentence)
    for note in (*contents.notes, *contents.absent):
        print(f"  {note}")
    print()
    width = max(len(panel.name) for panel in contents.panels)
    for panel in contents.panels:
        facts = "; ".join(
            " ".join(filter(None, [fact.name, fact.value, fact.verdict]))
            for fact in panel.facts
            if fact.value
        )
        print(f"{panel.name:{width}}  {facts or panel.caption}")
    print(f"\npage     {page}\nnumbers  {page.with_name('map.json')}")
    if written.removed:
        names = ", ".join(path.name for path in written.removed)
        print(f"removed  what an earlier map left in this folder: {names}")
