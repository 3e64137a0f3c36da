"""The one thread of a service that may compute on all cores: for a text that comes while nothing else is to do.

It reads the prompt and computes it, so that one thread is woken instead of two. There is one, whatever number of encoders
a service has: OpenMP's threads stay awake between products only while there are no more of them than cores. With a
second team each product would wake its threads anew, and a lone text would take longer than on one core
(``docs/performance.md``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.serve.batching.encoding import Encoding
    from semascope.serve.batching.job import Job


class Alone:
    """A thread that starts with its first task; methods but ``close`` are for the loop's thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encode-alone")
        self.is_free = True

    def freed_first(
        self, on_loop: Callable[[Callable[..., None], Any], None]
    ) -> Callable[[Callable[..., None], Any], None]:
        """``on_loop``, once this is free again: who is answered may ask at once. Each job is told of once."""

        def tell(function: Callable[..., None], argument: Any) -> None:
            self.is_free = True
            on_loop(function, argument)

        return tell

    def take(self, job: Job, encoding: Encoding) -> None:
        """Answer a job by an encoding that tells ``freed_first``; it must be free."""
        self.is_free = False
        self._thread.submit(encoding.answer, job)

    def close(self) -> None:
        """End when what was taken is done, and wait for that; for another thread."""
        self._thread.shutdown()
