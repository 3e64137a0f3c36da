"""Which papers are kept, and the account of those that are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.data.arxiv.papers import paper_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import arxiv

    from semascope.data.arxiv.papers import Paper
    from semascope.data.arxiv.roles import Roles


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


@dataclass(kw_only=True, slots=True)
class Collected:
    """What was kept so far."""

    roles: Roles
    papers: dict[str, Paper] = field(default_factory=dict)  # by id
    account: Account = field(default_factory=Account)
    _seen: set[str] = field(default_factory=set)  # ids, also of those left out

    def take(self, results: Iterable[arxiv.Result], share: int | None) -> Iterator[int]:
        """Keep papers until there are ``share`` new ones (None: to the end); gives their number after each."""
        kept = 0
        for result in results:
            if self._keep(paper_of(result)):
                kept += 1
                yield kept
            if kept == share:
                return

    def _keep(self, paper: Paper) -> bool:
        """Whether a paper is new and kept; else it is counted under what speaks against it."""
        if paper.id in self._seen:
            self.account.repeats += 1
            if paper.id in self.papers and paper.version > self.papers[paper.id].version:
                self.papers[paper.id] = paper
            return False
        self._seen.add(paper.id)
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
