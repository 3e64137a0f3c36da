"""Atom feeds as the API of arXiv gives them, over loopback, with the faults that it is known for.

What stands in them is made up; their elements, namespaces and line breaks are those of recorded answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr


@dataclass(kw_only=True)
class Entry:
    """One paper of the feed; ``published`` None leaves the element out."""

    id: str = "2401.00001v1"
    title: str = "Tides of compact\n  binaries"
    summary: str = "  We compute tides\nof compact binaries to second order.\n"
    primary: str = "gr-qc"
    categories: tuple[str, ...] = ("gr-qc",)
    published: str | None = "2024-01-02T03:04:05Z"
    updated: str = "2024-02-02T03:04:05Z"
    authors: tuple[str, ...] = ("Ada Tide", "Bo Ebb")
    comment: str = ""
    doi: str = ""

    def xml(self) -> str:
        authors = "".join(
            f"    <author>\n      <name>{escape(name)}</name>\n    </author>\n" for name in self.authors
        )
        categories = "".join(
            f'    <category term={quoteattr(each)} scheme="http://arxiv.org/schemas/atom"/>\n'
            for each in self.categories
        )
        published = f"    <published>{self.published}</published>\n" if self.published is not None else ""
        comment = f"    <arxiv:comment>{escape(self.comment)}</arxiv:comment>\n" if self.comment else ""
        doi = f"    <arxiv:doi>{self.doi}</arxiv:doi>\n" if self.doi else ""
        return (
            f"  <entry>\n    <id>http://arxiv.org/abs/{self.id}</id>\n    <title>{escape(self.title)}</title>\n"
            f"    <updated>{self.updated}</updated>\n"
            f'    <link href="https://arxiv.org/abs/{self.id}" rel="alternate" type="text/html"/>\n'
            f'    <link href="https://arxiv.org/pdf/{self.id}" rel="related" type="application/pdf" title="pdf"/>\n'
            f"    <summary>{escape(self.summary)}</summary>\n{categories}{published}{comment}"
            f"    <arxiv:primary_category term={quoteattr(self.primary)}/>\n{authors}{doi}  </entry>\n"
        )


def feed(entries: list[Entry], *, total: int, start: int = 0) -> bytes:
    """One page."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"'
        ' xmlns="http://www.w3.org/2005/Atom">\n  <id>https://arxiv.org/api/made-up</id>\n'
        "  <title>arXiv Query: search_query=made-up</title>\n  <updated>2026-11-30T00:00:00Z</updated>\n"
        f"  <opensearch:itemsPerPage>100</opensearch:itemsPerPage>\n  <opensearch:totalResults>{total}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n"
        + "".join(entry.xml() for entry in entries)
        + "</feed>\n"
    ).encode()


def refusal(said: str) -> bytes:
    """What the API answers to a question that it does not understand."""
    error = Entry(title="Error", summary=said).xml()
    error = error.replace("http://arxiv.org/abs/2401.00001v1", "https://arxiv.org/api/errors#made_up")
    return feed([], total=1).replace(b"</feed>", error.encode() + b"</feed>")


@dataclass(kw_only=True)
class Fault:
    """What is answered once, in place of the page."""

    status: int = 200
    body: bytes | Callable[[bytes], bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False  # the connection ends in the middle of the body


class AtomServer:
    """Serves lists of papers by category; ``faults[n]`` is the answer to request n, counted from 0."""

    def __init__(self, papers: dict[str, list[Entry]]) -> None:
        self.papers = papers
        self.faults: dict[int, Fault] = {}
        self.asked: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/query"

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        number = len(self.asked)
        self.asked.append(asked)
        start, size = int(asked["start"]), int(asked["max_results"])
        papers = self.papers[asked["search_query"].removeprefix("cat:").split(" ")[0]]
        page = feed(papers[start : start + size], total=len(papers), start=start)
        fault = self.faults.get(number, Fault(body=page))
        body = fault.body(page) if callable(fault.body) else fault.body
        handler.send_response(fault.status)
        for name, value in fault.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2] if fault.hang_up else body)
