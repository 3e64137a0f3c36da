"""What was fetched and what was left out, in sentences."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.data.arxiv.collecting import Account
    from semascope.data.arxiv.fetching import Fetched

SHOWN = 6  # names in one sentence


def summary(fetched: Fetched) -> list[str]:
    """How many papers there are of each role, and a sentence for each reason why others are not there."""
    roles = Counter(fetched.table.strings("role"))
    shares = ", ".join(f"{number:,} {role}" for role, number in roles.most_common())
    account = fetched.account
    pages = f"{count(account.pages_asked, 'page')} asked for, {count(account.pages_recorded, 'page')} read from the record"
    return [
        f"{count(len(fetched.table), 'paper')}: {shares}; {pages}",
        *_left_out(account),
        *_uneven(account),
    ]


def _left_out(account: Account) -> list[str]:
    found = []
    if account.withdrawn:
        found.append(f"left out: {count(account.withdrawn, 'paper')} withdrawn")
    if account.empty:
        found.append(f"left out: {count(account.empty, 'paper')} without title or abstract")
    if without := account.without_role.total():
        names = [f"{category} {number:,}" for category, number in account.without_role.most_common()]
        found.append(
            f"left out: {count(without, 'paper')} whose primary category has no role ({listing(names, limit=SHOWN)});"
            f" --role other={account.without_role.most_common(1)[0][0]} would keep some"
        )
    if account.unreadable:
        names = [f"{name}: {lack}" for name, lack in account.unreadable.items()]
        entries = count(len(account.unreadable), "entry", "entries")
        found.append(f"left out: {entries} that cannot be read ({listing(names, limit=SHOWN)})")
    if account.repeats:
        found.append(f"{count(account.repeats, 'row')} of papers that stood before, each kept once")
    return found


def _uneven(account: Account) -> list[str]:
    short = [
        f"{category} has {count(kept, 'paper')} to keep, fewer than its share of the limit"
        for category, kept in account.short.items()
    ]
    return short + [
        f"while {category} was fetched, the number of its papers went from {first:,} to {last:,}"
        for category, (first, last) in account.changed.items()
    ]
