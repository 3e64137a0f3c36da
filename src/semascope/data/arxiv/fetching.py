"""The papers of categories as a table."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from semascope.data.arxiv.collecting import Account, Collected
from semascope.data.arxiv.query import search_query, shares
from semascope.data.arxiv.roles import Roles, check_category
from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.extras import require
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from semascope.data.arxiv.papers import Paper
    from semascope.data.arxiv.recorder import Recorder
    from semascope.types import Progress

ADDRESS = "https://export.arxiv.org/api/query"
WAIT = 3.0  # seconds: what arXiv's terms of use ask for


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fetched:
    """Papers, newest first within a category, and the account."""

    table: Table
    account: Account


def fetch_arxiv(
    categories: Sequence[str],
    *,
    folder: Path,
    roles: Roles | None = None,
    begin: date | None = None,
    end: date | None = None,
    limit: int | None = None,
    wait: float = WAIT,
    address: str | None = None,
    progress: Progress = silent,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Fetched:
    """Papers of some categories, each once, with the role of its primary category.

    Parameters
    ----------
    categories
        One or more, such as ``gr-qc`` or ``q-bio.*``; each needs a role.
    folder
        Where pages are recorded as they come. Those that are there are read and not asked for.
    roles
        None: those of the study.
    begin, end
        First and last day of submission; None is open.
    limit
        Papers in all, shared equally by the categories; None takes all.
    wait
        Seconds between two requests: 3 or more where arXiv itself is asked, as its terms of use say, else 0 or more.
    address
        Of the API; None is arXiv's.
    progress
        Told of every paper that is kept.
    sleep, clock
        Seconds; a test gives its own.

    Returns
    -------
    Fetched
        Columns ``id``, ``title``, ``abstract``, ``categories``, ``primary``, ``role``, ``published``, ``updated``,
        ``authors``, ``doi``.

    Raises
    ------
    ConfigError
        For a category without a role, days that lie the wrong way round, a limit below one a category, too short a wait.
    DataError
        When arXiv refuses or does not answer, and when it has no paper of a category. Pages that came are kept.
    MissingExtra
        Without the extra ``arxiv``.
    """
    roles = roles or Roles()
    wanted = shares([_with_role(category, roles) for category in categories], limit)
    queries = {category: search_query(category, begin=begin, end=end) for category in wanted}
    if wait < (WAIT if address is None else 0.0):
        raise ConfigError(
            f"wait is {wait:g} s; it must be 0 or more, and 3 or more for arXiv itself; leave it out"
        )
    require("arxiv", purpose="fetching from arXiv")
    from semascope.data.arxiv.recorder import Recorder  # needs the extra

    recorder = Recorder(folder, wait=wait, sleep=sleep, clock=clock)
    job = _Job(
        recorder=recorder, address=address or ADDRESS, collected=Collected(roles=roles), progress=progress
    )
    try:
        for category, share in wanted.items():
            job.fetch(category, queries[category], share)
    finally:
        recorder.close()
    account = job.collected.account
    account.pages_recorded, account.pages_asked = recorder.from_record, recorder.from_arxiv
    account.unreadable = recorder.unreadable
    return Fetched(table=_table(list(job.collected.papers.values()), roles), account=account)


def _with_role(category: str, roles: Roles) -> str:
    if roles.of(check_category(category)) is None:
        raise ConfigError(
            f"{category} has no role; each category needs one; give --role other={category}, or another role"
        )
    return category


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """What the categories of one call share."""

    recorder: Recorder
    address: str
    collected: Collected
    progress: Progress

    def fetch(self, category: str, query: str, share: int | None) -> None:
        """Papers of one category, until its share is full."""
        from semascope.data.arxiv.client import results

        kept = 0
        for kept in self.collected.take(results(query, self.recorder, self.address), share):
            total = self.recorder.totals[query][-1]
            total = total if share is None else min(share, total)
            self.progress(
                Step(stage=f"fetching {category}", done=kept, total=max(kept, total), unit="papers")
            )
        totals = self.recorder.totals[query]
        if not max(totals):
            raise DataError(
                f"arXiv has no paper of {category} in these days; name a category that it has, or other days"
            )
        if share is not None and kept < share:
            self.collected.account.short[category] = kept
        if totals[0] != totals[-1]:
            self.collected.account.changed[category] = (totals[0], totals[-1])


def _table(papers: list[Paper], roles: Roles) -> Table:
    words = pa.list_(pa.string())
    columns = {
        "id": pa.array([paper.id for paper in papers], pa.string()),
        "title": pa.array([paper.title for paper in papers], pa.string()),
        "abstract": pa.array([paper.abstract for paper in papers], pa.string()),
        "categories": pa.array([list(paper.categories) for paper in papers], words),
        "primary": pa.array([paper.primary for paper in papers], pa.string()),
        "role": pa.array([roles.of(paper.primary) for paper in papers], pa.string()),
        "published": pa.array([paper.published for paper in papers], pa.string()),
        "updated": pa.array([paper.updated for paper in papers], pa.string()),
        "authors": pa.array([list(paper.authors) for paper in papers], words),
        "doi": pa.array([paper.doi for paper in papers], pa.string()),
    }
    return Table(data=pa.table(columns), source="arxiv", rows=np.arange(len(papers)))
