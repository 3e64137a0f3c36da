"""The whole job in one call: may I switch, its page and its record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.files import replace_file, writing_folder
from semascope.plain import plain
from semascope.reports.page import write_page
from semascope.reports.switching.page import render_switch
from semascope.studies.switching.run import run_switch
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.store.vectors import VectorStore
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.result import SwitchResult
    from semascope.types import Progress

PAGE, RECORD = "report.html", "switch.json"


def write_switch(
    plan: SwitchPlan,
    *,
    output: Path | None = None,
    store: VectorStore | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] | None = None,
    command: str = "",
) -> SwitchResult:
    """The answer; its folder holds ``report.html`` and ``switch.json``."""
    folder = output or Path("runs") / f"switch-{plan.data.stem}"
    with writing_folder(folder, plan.model_dump(mode="json"), what="switch", say=say):
        result = run_switch(plan, store=store, folder=str(folder), command=command, progress=progress)
        record = json.dumps(plain(result), ensure_ascii=False, indent=1)
        write_page(render_switch(result), folder / PAGE)
        replace_file(folder / RECORD, f"{record}\n".encode())
        return result
