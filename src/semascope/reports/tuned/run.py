"""The whole job in one call: an encoder tuned, judged, and its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from semascope.files import replace_file
from semascope.reports.forms.record import write_record
from semascope.reports.page import write_page
from semascope.reports.tuned.page import render_tuning
from semascope.reports.tuned.reopening import RECORD
from semascope.store.place import default_store
from semascope.store.vectors import VectorStore
from semascope.studies.tuned.asking.plan import TunePlan
from semascope.studies.tuned.run import prepare, run_prepared
from semascope.studies.tuned.training.earlier import writing_into
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.studies.tuned.result import TuneResult
    from semascope.types import Progress

PAGE = "report.html"


def complete_tuning(
    plan: TunePlan,
    *,
    output: Path,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    agrees: Callable[[str], bool] = lambda question: True,
    command: str = "tune",
) -> TuneResult:
    """The finished tuning; its folder holds ``encoder/``, ``tuning.json`` and ``report.html``."""
    prepared = prepare(plan, device=device, trust_remote_code=trust_remote_code)
    found = run_prepared(
        prepared,
        output=output,
        store=store or default_store(),
        progress=progress,
        say=say,
        agrees=agrees,
        command=command,
    )
    with writing_into(output):
        replace_file(output / RECORD, write_record(found).encode())
        write_page(render_tuning(found), output / PAGE)
    return found


def tune(
    data: Path | str,
    *,
    encoder: str = "",
    output: Path | str | None = None,
    store: VectorStore | Path | str | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    **settings: Any,
) -> TuneResult:
    """An encoder tuned on pairs or labels, and what that was worth: ``semascope tune`` as one call.

    Parameters
    ----------
    data
        Path of a table of pairs (``query=``, ``document=``), of labelled texts (``text=``, ``label=``), or of a folder with
        queries and judgements.
    encoder
        What is tuned: ``minilm``, a folder, a hub id; "" the packaged default.
    output
        Folder for ``encoder/``, ``tuning.json`` and ``report.html``; None takes ``runs/<data>-<name>``. A folder in which
        the same tuning was stopped is gone on with.
    store
        Vectors are looked up and kept there, also as the folder of one; None takes the store of this user.
    **settings
        The flags of ``semascope tune`` by their names, with ``_`` for ``-``, and all that its YAML file has: ``lora``,
        ``batch``, ``epochs``, ``temperature``, ``mine``, ``role``, ``share`` and the rest of ``TunePlan``.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        As the command's one line says; for a setting that there is not, with those that there are.
    """
    plan = TunePlan.from_mapping({"data": data, "encoder": encoder, **settings})
    return complete_tuning(
        plan,
        output=Path(output)
        if output is not None
        else Path("runs") / f"{plan.data.resolve().stem}-{plan.name}",
        store=VectorStore(store) if isinstance(store, str | Path) else store,
        device=device,
        trust_remote_code=trust_remote_code,
        progress=progress,
        say=say,
    )
