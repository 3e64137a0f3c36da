"""The papers of categories, through the client that others maintain, and an account of what was left out."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from semascope.data.arxiv.papers import Paper, paper_of
from semascope.data.arxiv.query import search_query, shares
from semascope.data.arxiv.roles import Roles, check_category
from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.extras import require
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    import arxiv

    from semascope.data.arxiv.recorder import Recorder
    from semascope.types import Progress

ADDRESS = "https://export.arxiv.org/api/query"
WAIT = 3.0
"""Seconds between two requests: what arXiv's terms of use ask for."""
PAGE = 100  # papers; part of what is asked, so another number finds no page that was recorded
RETRIES = 4  # of one page


@dataclass(kw_only=True, slots=True)
class Account:
    """What came, and what was left out and why; papers unless it says otherwise."""

    pages_recorded: int = 0  # pages that an earlier run had recorded
    pages_asked: int = 0  # pages that came from arXiv now
    repeats: int = 0  # rows of a paper that stood before, in another category or version, or on another page
    withdrawn: int = 0
    empty: int = 0  # without title or abstract
    without_role: Counter[str] = field(default_factory=Counter)  # by primary category
    unreadable: dict[str, str] = field(default_factory=dict)  # id -> what the entry lacks
    short: dict[str, int] = field(default_factory=dict)  # category -> papers, where its share was larger
    changed: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # category -> totals of first and last page


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
        Seconds between two requests, 0 or more.
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
        For a category without a role, days that lie the wrong way round, a limit below one a category.
    DataError
        When arXiv refuses or does not answer, and when a category has no paper to keep. Pages that came are kept.
    MissingExtra
        Without the extra ``arxiv``.
    """
    roles = roles or Roles()
    wanted = shares([check_category(category) for category in categories], limit)
    for category in wanted:
        if roles.of(category) is None:
            raise ConfigError(
                f"{category} has no role; each category needs one; give --role other={category}, or another role"
            )
    queries = {category: search_query(category, begin=begin, end=end) for category in wanted}
    if wait < 0:
        raise ConfigError(f"wait is {wait}; it must be 0 s or more, and arXiv asks for 3; leave it out")
    require("arxiv", purpose="fetching from arXiv")
    from semascope.data.arxiv.recorder import Recorder  # needs the extra, and so does page.py

    recorder = Recorder(folder, wait=wait, sleep=sleep, clock=clock)
    collected = _Collected(roles=roles)
    try:
        for category, share in wanted.items():
            _collect(
                category,
                share,
                _results(queries[category], recorder, address or ADDRESS),
                collected,
                progress,
            )
            totals = recorder.totals.get(queries[category], [0])
            if totals[0] != totals[-1]:
                collected.account.changed[category] = (totals[0], totals[-1])
    finally:
        recorder.close()
    account = collected.account
    account.pages_recorded, account.pages_asked = recorder.from_record, recorder.from_arxiv
    account.unreadable = recorder.unreadable
    return Fetched(table=_table(list(collected.papers.values()), roles), account=account)


@dataclass(kw_only=True, slots=True)
class _Collected:
    """What was kept so far."""

    roles: Roles
    papers: dict[str, Paper] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)  # ids, also of those left out
    account: Account = field(default_factory=Account)

    def take(self, paper: Paper) -> bool:
        """Whether a paper is new and kept; else it is counted under what speaks against it."""
        if paper.id in self.seen:
            self.account.repeats += 1
            if paper.id in self.papers and paper.version > self.papers[paper.id].version:
                self.papers[paper.id] = paper
            return False
        self.seen.add(paper.id)
        if paper.is_withdrawn:
            self.account.withdrawn += 1
        elif not (paper.title and paper.abstract):
            self.account.empty += 1
        elif self.roles.of(paper.primary) is None:
            self.account.without_role[paper.primary] += 1
        else:
            self.papers[paper.id] = paper
            return True
        return False


def _collect(
    category: str,
    share: int | None,
    results: Iterator[arxiv.Result],
    collected: _Collected,
    progress: Progress,
) -> None:
    """Take papers of one category until its share is full."""
    kept, came = 0, False
    for result in results:
        came = True
        if collected.take(paper_of(result)):
            kept += 1
            progress(Step(stage=f"fetching {category}", done=kept, total=share or kept, unit="papers"))
        if kept == share:
            return
    if not came:
        raise DataError(
            f"arXiv has no paper of {category} in these days; name a category that it has, or other days"
        )
    if share is not None:
        collected.account.short[category] = kept


def _results(query: str, recorder: Recorder, address: str) -> Iterator[arxiv.Result]:
    """The papers of a query, page after page.

    Newest first: papers that come in meanwhile push others to later pages, where they are met again and none is missed.
    """
    import arxiv

    from semascope.data.arxiv.page import UNREADABLE

    client = arxiv.Client(page_size=PAGE, delay_seconds=0.0, num_retries=RETRIES)  # the recorder waits
    client.query_url_format = f"{address}?{{}}"
    for scheme in ("https://", "http://"):
        client._session.mount(scheme, recorder)  # its two methods are all of a transport
    search = arxiv.Search(
        query=query,
        max_results=None,
        sort_by=arxiv.SortCriterion.SubmittedDate,
        sort_order=arxiv.SortOrder.Descending,
    )
    try:
        position, total = 0, 1
        while position < total:
            for result in client.results(search, offset=position):
                position += 1
                if result.entry_id != UNREADABLE:
                    yield result
            total = recorder.totals[query][-1]  # the client goes by that of its first page alone
    except arxiv.UnexpectedEmptyPageError:
        return  # there are fewer papers than the first page said; the recorder lets no other empty page through
    except (arxiv.ArxivError, _connection_error()) as error:
        raise DataError(
            f"arXiv did not give a page in {RETRIES + 1} tries ({recorder.problem}); pages that came are kept; run the command"
            " again, and it asks for the others"
        ) from error


def _connection_error() -> type[Exception]:
    import requests

    return requests.exceptions.ConnectionError


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
