"""Finished run folders read again, of whatever kind their studies are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.errors import ConfigError
from semascope.reports.tuned.reopening import is_tuning, read_tuning
from semascope.studies.folder import RunFolder
from semascope.studies.heads.joining import read_studies
from semascope.studies.reopening import RETRIEVE, STUDY, shared_of, verb_of
from semascope.studies.retrieval.reopening import read_retrieval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.studies.heads.result import HeadsResult
    from semascope.studies.retrieval.result import RetrievalResult
    from semascope.studies.tuned.result import TuneResult


def read_any(
    folders: Sequence[Path], *, price: float | None = None, command: str = "read_any", **loading: Any
) -> HeadsResult | RetrievalResult | TuneResult:
    """The finished study of one run folder, or of several that hold heads on the same rows; the tuning of one folder.

    Parameters
    ----------
    folders
        Run folders.
    price, command, loading
        As in ``read_studies``. Of retrieval no encoder is loaded, and a search has no price of its own.

    Raises
    ------
    ConfigError, DataError
        For a folder that cannot be read again, and for what cannot be asked of a study of retrieval or of a tuning.
    """
    tuned = [folder for folder in folders if is_tuning(folder)]
    if tuned and (len(folders) > 1 or price is not None):
        what = f"price is {price:g}" if price is not None else f"{len(folders)} folders are given"
        raise ConfigError(
            f"{what} and {tuned[0]} is of `semascope tune`; its report has one base, one tuned encoder and no money; give that folder alone"
        )
    if tuned:
        return read_tuning(tuned[0])
    if len(folders) != 1 or verb_of(shared_of(RunFolder(folders[0]))) == STUDY:
        return read_studies(folders, price=price, command=command, **loading)
    if price is not None:
        raise ConfigError(
            f"price is {price:g} and {folders[0]} is of `{RETRIEVE}`, whose report has seconds and bytes and no money; a price is"
            f" accepted for what `{STUDY}` wrote; leave it out"
        )
    return read_retrieval(folders[0], command=command)
