"""What requests cost so far: counted as the provider counts, where it says so."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Requests, tokens and money of one model at one address, in this process."""

    requests: int = 0  # that brought vectors
    retries: int = 0
    texts: int = 0
    tokens: int = 0  # as the provider counted them; as they are estimated where it does not say
    estimated: int = 0  # of those, tokens that are estimates

    def less(self, before: Spent) -> Spent:
        """What came after ``before``."""
        return Spent(
            requests=self.requests - before.requests,
            retries=self.retries - before.retries,
            texts=self.texts - before.texts,
            tokens=self.tokens - before.tokens,
            estimated=self.estimated - before.estimated,
        )


class Till:
    """Where spending is added up; any thread may read it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent = Spent()

    @property
    def spent(self) -> Spent:
        """So far."""
        return self._spent

    def retry(self) -> None:
        """One request goes again."""
        with self._lock:
            self._spent = replace(self._spent, retries=self._spent.retries + 1)

    def lose(self, tokens: int) -> None:
        """Tokens of a reply that held no vectors: it is billed all the same, as far as anybody knows."""
        with self._lock:
            so_far = self._spent
            self._spent = replace(so_far, tokens=so_far.tokens + tokens, estimated=so_far.estimated + tokens)

    def add(self, *, tokens: int, texts: int, counted: bool) -> None:
        """One request brought vectors; ``counted`` by the provider, or estimated here."""
        with self._lock:
            so_far = self._spent
            self._spent = replace(
                so_far,
                requests=so_far.requests + 1,
                texts=so_far.texts + texts,
                tokens=so_far.tokens + tokens,
                estimated=so_far.estimated + (0 if counted else tokens),
            )
