"""What reading a finished run folder again takes, whatever kind of study lies in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from semascope.errors import ConfigError, DataError
from semascope.files import differing
from semascope.studies.folder import FORMAT
from semascope.studies.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.studies.folder import RunFolder

OF_A_RUN = ("command", "ended", "cells computed now", "versions")
"""What only the run itself can say of how it was made."""
STUDY, RETRIEVE = "semascope study", "semascope retrieve"
VERBS = (STUDY, RETRIEVE)
"""What writes run folders."""


def verb_of(shared: Mapping[str, Any]) -> str:
    """The command whose cells share these settings."""
    return STUDY if "target" in shared else RETRIEVE


def shared_of(run: RunFolder) -> dict[str, Any]:
    """What the folder's cells share.

    Raises
    ------
    ConfigError, DataError
        For what is no run folder, or one of another version.
    """
    wrote = " or ".join(f"`{verb}`" for verb in VERBS)
    if not run.path.is_dir():
        raise DataError(
            f"run folder {run.path} does not exist; what {wrote} wrote is accepted; see its last lines, or runs/"
        )
    shared = run.shared()
    if shared is None or not run.study.is_file():
        raise DataError(
            f"{run.path} is no run folder: it holds no study.yaml with frozen.json; what {wrote} wrote is accepted"
        )
    if shared.pop("format", None) != FORMAT:
        raise ConfigError(
            f"run folder {run.path} was made by another version of semascope, which kept its cells otherwise; its own"
            f" report.html stays as it is; for another form run the study again: {verb_of(shared)} {run.study} --output FOLDER"
        )
    return shared


def check_same(
    run: RunFolder, shared: Mapping[str, Any], now: Mapping[str, Any], *, what: str, changed: str
) -> None:
    """Refuse data or settings that are not those of the folder's cells.

    Parameters
    ----------
    what
        What the folder is of: "data file".
    changed
        How it may have changed: "other rows, or other values in the columns that it used".

    Raises
    ------
    ConfigError, DataError
        With what differs.
    """
    now = json.loads(json.dumps(now))
    if shared.get("data_digest") != now["data_digest"]:
        raise DataError(
            f"the {what} of run folder {run.path} has changed since the study: {changed}; a report speaks about what was"
            f" measured; put the earlier {what.rpartition(' ')[2]} back, or run the study again"
        )
    if differ := differing(shared, now):
        raise ConfigError(
            f"{run.study} does not say what the cells of its folder were computed with: {'; '.join(differ[:4])}; undo the change,"
            " or run the study again with another --output"
        )


def unfinished(run: RunFolder, what: str, *, verb: str) -> DataError:
    """That a folder holds a part of its study; ``what`` says which: "holds no finished cell"."""
    return DataError(
        f"run folder {run.path} {what}; a report is made of a finished study; finish it with: {verb} {run.study}"
        f" --output {run.path}"
    )


def made_of_run(run: RunFolder) -> dict[str, Any]:
    """How the run was made, as it noted itself; empty in a folder that does not say.

    Raises
    ------
    DataError
        When the note is damaged.
    """
    if not run.made.is_file():
        return {}
    try:
        found: dict[str, Any] = json.loads(run.made.read_text(encoding="utf8"))
    except ValueError as error:
        raise DataError(
            f"{run.made} is damaged ({error}); it says how the study was made; delete it"
        ) from None
    return found


def made_again(made: Mapping[str, Any], now: Mapping[str, Any], *, command: str) -> dict[str, Any]:
    """How a folder that is read again was made, and by what it is read.

    Parameters
    ----------
    made
        What the run noted; a folder that does not say still knows what its cells say.
    now
        How it would be made now.
    """
    known = made or {name: value for name, value in now.items() if name not in OF_A_RUN}
    return {**known, "read again": read_again(command)}


def read_again(command: str) -> dict[str, str]:
    """By what a folder was read after its run had ended."""
    return {
        "command": command,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "semascope": installed_versions()["semascope"],
    }
