"""The one thread of a service that may compute on all cores: for a text that comes while nothing else is to do.

It reads the prompt and computes it, so that one thread is woken instead of two. There is one, whatever number of encoders
a service has: OpenMP's threads stay awake between products only while there are no more of them than cores. With a
second team each product would wake its threads anew, and a lone text would take longer than on one core
(``docs/performance.md``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future

    from semascope.serve.batching.encoding import Encoding
    from semascope.serve.batching.job import Job


class Alone:
    """A thread that starts with its first task; methods but ``close`` are for the loop's thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encode-alone")
        self._task: Future[None] | None = None

    @property
    def is_free(self) -> bool:
        """Whether nothing is under way."""
        return self._task is None or self._task.done()

    def take(self, job: Job, encoding: Encoding) -> None:
        """Answer a job; where this is not free, the job waits."""
        self._task = self._thread.submit(encoding.answer, job)

    def close(self) -> None:
        """End when what was taken is done, and wait for that; for another thread."""
        self._thread.shutdown()
