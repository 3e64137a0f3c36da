"""Between the client and the network: pages are recorded as they come, read again from there, and asked for politely.

The client builds addresses, goes from page to page and repeats what failed. This is its transport: a page that was
recorded costs no request, and between two requests lies the wait that arXiv asks for.
"""

from __future__ import annotations

import io
import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from semascope.data.arxiv.page import Page, RefusedQuery, UnusablePage, read_page
from semascope.errors import DataError
from semascope.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OK = 200
PATIENCE = 300.0
"""Seconds. A longer pause than this is not waited for: the pages are kept, and another run goes on."""
TIMEOUT = (
    10.0,
    60.0,
)  # seconds to connect, and between two pieces of an answer; the client itself would wait for ever


class Recorder:
    """The transport of one client.

    Parameters
    ----------
    folder
        Where pages lie, one file each; made with the first one.
    wait
        Seconds between the end of a request and the next one, 0 or more; doubled after each failure in a row.
    sleep, clock
        Seconds; a test gives its own.
    """

    def __init__(
        self, folder: Path, *, wait: float, sleep: Callable[[float], None], clock: Callable[[], float]
    ) -> None:
        self._folder = folder
        self._wait, self._sleep, self._clock = wait, sleep, clock
        self._network = HTTPAdapter()
        self._free_at: float | None = None  # by the clock: when the next request may go
        self._failures = 0  # in a row
        self.problem = ""  # of the last request that failed
        self.from_record = 0  # pages
        self.from_arxiv = 0
        self.totals: dict[str, list[int]] = {}  # query -> papers that its pages say there are, in order
        self.unreadable: dict[str, str] = {}  # id -> what the entry lacks

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        """The answer to one request, recorded or fresh; the signature is that of a transport of ``requests``."""
        query = parse_qs(urlsplit(request.url or "").query)
        path = self._folder / _file_name(str(request.url))
        if path.exists():
            page = self._recorded(path)
            self.from_record += 1
        else:
            response = self._ask(request, settings)
            if response.status_code != OK:
                return response  # the client repeats the request, or follows where it leads
            page = self._fresh(response, start=int(query["start"][0]))
            if page.total:  # "none at all" may be said by mistake, and would be read for ever
                self._record(path, response.content)
            self.from_arxiv += 1
        self.totals.setdefault(query["search_query"][0], []).append(page.total)
        self.unreadable |= page.unreadable
        return _answer(request, page.content)

    def close(self) -> None:
        """End the connections."""
        self._network.close()

    def _ask(self, request: requests.PreparedRequest, settings: dict[str, Any]) -> requests.Response:
        """What comes from arXiv, read to its end."""
        if self._free_at is not None and (left := self._free_at - self._clock()) > 0:
            self._sleep(left)
        try:
            response = self._network.send(request, **{**settings, "timeout": TIMEOUT, "stream": False})
            _ = response.content
        except requests.exceptions.RequestException as error:
            raise self._failed(f"the connection failed: {error}") from error
        if (status := response.status_code) >= 400:
            if status < 500 and status not in (408, 425, 429):
                raise DataError(_refusal(status, response.content))
            self._failed(f"HTTP {status}", asked=_retry_after(response))
        else:
            self._failures = 0
            self._free_at = self._clock() + self._wait
        return response

    def _fresh(self, response: requests.Response, *, start: int) -> Page:
        try:
            page = read_page(response.content)
        except UnusablePage as error:
            raise self._failed(str(error)) from error
        except RefusedQuery as error:
            raise DataError(_refusal(response.status_code, response.content)) from error
        if not page.entries and (page.total > start or (start and not page.total)):
            raise self._failed(
                f"the page from {start:,} on is empty, though there are papers: it counts {page.total:,}"
            )
        return page

    def _failed(self, problem: str, *, asked: float | None = None) -> requests.exceptions.ConnectionError:
        """Note a failure and when to go on; what comes back is an error that the client answers by asking again."""
        self._failures += 1
        self.problem = problem
        if asked is not None and asked > PATIENCE:
            raise DataError(
                f"arXiv asks to wait {asked:,.0f} s ({problem}); pages are kept in {self._folder}; run the command again then"
            )
        self._free_at = self._clock() + max(self._wait * 2.0**self._failures, asked or 0.0)
        return requests.exceptions.ConnectionError(problem)

    def _recorded(self, path: Path) -> Page:
        try:
            return read_page(path.read_bytes())
        except (UnusablePage, RefusedQuery, OSError) as error:
            raise DataError(
                f"{path} cannot be read ({error}); it must be a page as arXiv gave it; delete it, and it is asked for again"
            ) from error

    def _record(self, path: Path, content: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(path, content)
        except OSError as error:
            raise DataError(
                f"{path} cannot be written ({error.strerror or error}); pages are recorded there; make room or choose another output"
            ) from error


def _file_name(url: str) -> str:
    """Readable, and another one for each question; the host is no part of it."""
    query = urlsplit(url).query
    asked = parse_qs(query)
    category = re.search(r"cat:([\w.*-]+)", asked.get("search_query", [""])[0])
    name = category[1].replace("*", "all") if category else "query"
    digest = blake2b(query.encode(), digest_size=5).hexdigest()
    return f"{name}-{int(asked.get('start', ['0'])[0]):06d}-{digest}.xml"


def _answer(request: requests.PreparedRequest, content: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = OK
    response.raw = io.BytesIO(content)
    response.request, response.url = request, str(request.url)
    return response


def _retry_after(response: requests.Response) -> float | None:
    """Seconds that the answer asks to wait; None where it does not, or cannot be read."""
    try:
        return Retry().parse_retry_after(response.headers.get("Retry-After", ""))
    except InvalidHeader:
        return None


def _refusal(status: int, content: bytes) -> str:
    try:
        read_page(content)
        said = f"HTTP {status}"
    except RefusedQuery as error:
        said = str(error) or f"HTTP {status}"
    except UnusablePage:
        said = f"HTTP {status}"
    return f"arXiv refuses the question: {said}; categories, days and a limit that it knows are accepted; change them"
