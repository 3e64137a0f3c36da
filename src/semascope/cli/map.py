"""``semascope map``: spaces of the same texts side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings

if TYPE_CHECKING:
    from semascope.maps.linked_map import LinkedMap
    from semascope.maps.plan import MapPlan
    from semascope.maps.writing import Written


def settings() -> type[MapPlan]:
    """What the flags of a map are made of."""
    from semascope.maps.plan import MapPlan

    return MapPlan


def map_spaces(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Table of texts, or a YAML file of settings.")
    ] = None,
    list_instructions: Annotated[
        bool, typer.Option("--list-instructions", help="Print the presets and stop.")
    ] = False,
    store: options.Store = None,
    output: options.Output = None,
    json: options.Json = False,
) -> None:
    """Draw the same texts in several spaces, side by side and linked, on one page that you can mail."""
    if list_instructions:
        _list_instructions()
        return
    plan = _plan(data, given_settings(context))
    folder = output or Path("runs") / f"map-{plan.data.stem}"
    found, written = _run(plan, store=store, folder=folder, command=str(context.obj or ""))
    if json:
        from semascope.cli.show import print_json

        print_json(found.record)
        return
    _tell(found, written)


def _list_instructions() -> None:
    from semascope.encoders.instructions import PRESETS

    for name, sentence in PRESETS.items():
        print(f"{name:12} {sentence or '(no instruction)'}")


def _plan(data: Path | None, given: dict[str, Any]) -> MapPlan:
    from semascope.data.settings_file import is_settings_file
    from semascope.errors import ConfigError

    if data is None:
        raise ConfigError(
            "no file is named; give a table of texts or a YAML file of settings; semascope map FILE --text COLUMN"
        )
    if "text" not in given and not is_settings_file(data):
        from semascope.data.read import table_of

        columns = ", ".join(table_of(data, limit=1, quoting=given.get("quoting", "auto")).columns)
        raise ConfigError(f"no text column is named; columns are {columns}; name one with --text")
    return settings().from_flags(data, given)


def _run(plan: MapPlan, *, store: Path | None, folder: Path, command: str) -> tuple[LinkedMap, Written]:
    from semascope.files import writing_folder
    from semascope.maps.laying_out.layout_cache import LayoutCache
    from semascope.maps.run import run_map
    from semascope.maps.writing import check_folder
    from semascope.store.place import open_store
    from semascope.words.progress import ProgressDisplay

    check_folder(folder)
    kept = open_store(store)
    cache = LayoutCache(store / "layouts" if store else None)
    settings = plan.model_dump(mode="json")
    with (
        ProgressDisplay(sys.stderr) as display,
        writing_folder(folder, settings, what="map", say=display.line),
    ):
        found = run_map(plan, store=kept, cache=cache, command=command, progress=display.show)
        return found, found.write(folder, display.show)


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
    for sentence in contents.against:
        print(sentence)
    print(f"\npage     {page}\nnumbers  {page.with_name('map.json')}")
    if written.removed:
        names = ", ".join(path.name for path in written.removed)
        print(f"removed  what an earlier map left in this folder: {names}")
