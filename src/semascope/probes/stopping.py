"""Early stopping: which step was the best so far, and when to give up."""

from __future__ import annotations


class Stopper:
    """Keeps the best of a row of scores and says when it is too long ago.

    Parameters
    ----------
    patience
        Steps without a better score after which ``exhausted`` turns true, 1 or more.

    Examples
    --------
    >>> stopper = Stopper(patience=2)
    >>> [stopper.improves(step, (loss,)) for step, loss in enumerate([3.0, 1.0, 1.0, 2.0], start=1)]
    [True, True, False, False]
    >>> stopper.best_step, stopper.best, stopper.exhausted
    (2, (1.0,), True)
    """

    def __init__(self, *, patience: int) -> None:
        self.patience = patience
        self.best: tuple[float, ...] | None = None
        self.best_step = 0
        self._last = 0

    def improves(self, step: int, score: tuple[float, ...]) -> bool:
        """Whether ``score`` (losses, compared from the left; low is good) beats all earlier ones; a tie does not."""
        self._last = step
        if self.best is not None and score >= self.best:
            return False
        self.best, self.best_step = score, step
        return True

    @property
    def exhausted(self) -> bool:
        """Whether the best score is ``patience`` steps ago."""
        return self._last - self.best_step >= self.patience
