"""Bills of several embeddings, by what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from semascope.embedding.account import Account
    from semascope.embedding.bill import Bill

Read: TypeAlias = tuple[str, str, str]
"""Encoder, instruction's sentence and way of reading long texts."""


class Bills:
    """What was billed so far, and how the provider's count of tokens stands to ours."""

    def __init__(self) -> None:
        self._bills: dict[Read, Bill] = {}
        self._counted: dict[Read, int] = {}

    def add(self, read: Read, account: Account) -> None:
        """One more embedding; one that bills nothing adds nothing."""
        if account.bill is None:
            return
        before = self._bills.get(read)
        self._bills[read] = account.bill if before is None else before.plus(account.bill)
        self._counted[read] = self._counted.get(read, 0) + account.encoded_tokens

    def of(self, read: Read) -> Bill | None:
        """All that was billed for these vectors; None where nobody is paid."""
        return self._bills.get(read)

    def ratio(self, read: Read) -> float:
        """Tokens that were billed for each of ours; 1 where nothing was."""
        bill, counted = self._bills.get(read), self._counted.get(read, 0)
        return bill.tokens / counted if bill is not None and counted and bill.tokens else 1.0
