"""One budget for what clients make the service hold: bodies that come, and answers that are not read."""

from __future__ import annotations

from semascope.serve.guarding.errors import CLOSE, Refused


class Memory:
    """Counts bytes; its methods are for the loop's thread.

    Parameters
    ----------
    most
        Bytes above which nothing more is accepted, 1 or more. A request that is alone is accepted whatever it holds: its own
        limits are those of bodies and answers.
    """

    def __init__(self, most: int) -> None:
        self.most, self.held = most, 0

    def take(self, count: int) -> None:
        """Hold so many bytes more."""
        self.held += count

    def give(self, count: int) -> None:
        """Hold so many bytes less."""
        self.held -= count

    def check(self, own: int = 0) -> None:
        """Refuse a request (503) where too much is held; ``own`` bytes of it by this request itself.

        Raises
        ------
        Refused
            With ``Retry-After``.
        """
        if self.held > self.most and self.held > own:
            raise Refused(
                503,
                f"the service holds {self.held:,} bytes of requests and answers, and accepts more below {self.most:,};"
                " send the request again in 1 s",
                code="overloaded",
                headers={**CLOSE, "Retry-After": "1"},
            )
