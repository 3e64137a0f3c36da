"""What answers say of a number of lanes: sums over one round of them, or several."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Answers:
    """Sums over answers with one number of lanes: latency, work (1 for a request of the reference size), lanes in use.

    The mean is latency over work, both summed: a small request that waits behind large ones is no slow one.
    """

    answers: int = 0
    latency: float = 0.0
    work: float = 0.0
    busy: float = 0.0
    held: float = 0.0  # answers to requests that the pacer held
    latency_squared: float = 0.0
    work_squared: float = 0.0
    both: float = 0.0

    def add(self, latency: float, work: float, busy: float, held: bool) -> None:
        """Take in one answer."""
        self.answers += 1
        self.latency += latency
        self.work += work
        self.busy += busy
        self.held += held
        self.latency_squared += latency * latency
        self.work_squared += work * work
        self.both += latency * work

    def join(self, other: Answers) -> None:
        """Take in those of another round."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def mean(self) -> float:
        """Seconds that a request of the reference size takes."""
        return self.latency / self.work

    @property
    def lanes(self) -> float:
        """Lanes in use, on average."""
        return self.busy / self.answers

    @property
    def error(self) -> float:
        """Standard error of the logarithm of the mean, squared: that of a ratio of two sums."""
        mean = self.mean
        residuals = self.latency_squared - 2 * mean * self.both + mean * mean * self.work_squared
        return max(0.0, residuals) / self.latency**2
