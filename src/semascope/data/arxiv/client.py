"""The client that others maintain, from page to page of one query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import arxiv
import requests

from semascope.data.arxiv.page import UNREADABLE
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.data.arxiv.recorder import Recorder

PAGE = 100  # papers; part of what is asked, so another number finds no page that was recorded
RETRIES = 4  # of one page


def results(query: str, recorder: Recorder, address: str) -> Iterator[arxiv.Result]:
    """The papers of a query, page after page, some of them twice.

    Newest first: papers that come in meanwhile push others to later pages, where they are met again and none is missed.

    Raises
    ------
    DataError
        When a page could not be had in several tries.
    """
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
    except (arxiv.ArxivError, requests.exceptions.ConnectionError) as error:
        raise DataError(
            f"arXiv did not give a page in {RETRIES + 1} tries ({recorder.problem}); pages that came are kept; run the command"
            " again, and it asks for the others"
        ) from error
