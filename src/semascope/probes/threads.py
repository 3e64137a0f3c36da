"""How many threads the linear algebra of a head may take."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY_NUMBERS = 4_000_000  # rows x dims from which a second thread saves more than it costs


@contextmanager
def calm_threads(numbers: int) -> Iterator[None]:
    """One thread for small linear algebra, all of them for large.

    Parameters
    ----------
    numbers
        Rows times dims of what is worked on.

    Notes
    -----
    OpenBLAS joins its threads after every small product, and on a machine with other work each join waits for the
    scheduler: a ridge of 326 x 384 took 5.5 s with two threads and 0.06 s with one (``docs/performance.md``).
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1 if numbers < MANY_NUMBERS else None, user_api="blas"):
        yield
