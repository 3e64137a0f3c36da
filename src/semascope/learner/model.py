"""What a learner holds and how it changes: examples, where their vectors come from, and what is fitted on them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from semascope.errors import ConfigError
from semascope.learner.examples import Examples
from semascope.learner.ridge.fit import Fit
from semascope.learner.ridge.line import check_alpha
from semascope.learner.suggested import is_guided, noted
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.learner.example import RankingExample
    from semascope.learner.online.reached import Reached
    from semascope.learner.vector_source import VectorSource
    from semascope.types import Array, Floats, Progress

T = TypeVar("T")

DEFAULT_ALPHA = 1.0


class Model:
    """Examples with their vectors and a ridge; a learner is the face of one.

    Whoever reads and changes it in several steps holds ``lock``. Predicting only reads and needs none.

    Parameters
    ----------
    source
        Makes the vectors; several models may share one.
    alpha
        Penalty of the next fit; may be changed by hand.
    target
        What the scores are called.

    Attributes
    ----------
    examples
        The examples in the order in which they came.
    fit
        None before training.
    suggested
        Texts that were suggested, as ``suggested.py`` has them: no interval is promised when one of them became an example.
    held_out
        Scored texts that only measure the error.
    reached
        Last operation of a service's journal that it holds; None where there was none.
    """

    def __init__(self, source: VectorSource, alpha: float, *, target: str) -> None:
        self.source, self.alpha, self.target = source, check_alpha(alpha), target
        self.examples = Examples([], [], [])
        self.fit: Fit | None = None
        self.suggested: set[str] = set()
        self.held_out: list[RankingExample] = []
        self.reached: Reached | None = None
        self.lock = threading.RLock()
        self._changes, self._since = source.changes(), ""

    def taught(self, *, least: int) -> tuple[Array, Floats]:
        """(n, d) vectors and (n,) scores of all examples, at least ``least``."""
        self.heed_settings()
        return self.examples.taught(self.source.vectors, least=least)

    def fit_now(self, *, least: int) -> Fit:
        """A fit of all examples, at least ``least``, that the model does not have yet."""
        vectors, scores = self.taught(least=least)
        return Fit(self.examples.texts, scores, vectors, alpha=check_alpha(self.alpha))

    def fitted(self) -> Fit:
        """The fit; an error before training."""
        self.heed_settings()
        fit = self.fit
        if fit is None:
            raise ConfigError(
                f"the model is not trained{self._since}; it holds {count(len(self.examples), 'example')}; call train(), or"
                " load_model(path)"
            )
        return fit

    def predict(self, texts: list[str], progress: Progress | None) -> Floats:
        """(n,) scores of n texts, one or more."""
        fit = self.fitted()
        return fit.predict(self.source.vectors(texts, progress))

    # --- learning on ---

    def learn_last(self) -> None:
        """Learn the example that was added last, and any other that the fit has not seen; where that fails, drop it."""
        try:
            self.catch_up()
        except (
            BaseException
        ):  # the encoder failed, or the user lost patience: a second call must not add it twice
            self.take_back()
            raise

    def catch_up(self) -> None:
        """Learn the examples that the fit has not seen."""
        with self.lock:
            self.heed_settings()
            if self.fit is not None and self.fit.is_of(self.examples.texts, self.examples.scores):
                self.fit.catch_up(self.examples, self.source.vectors)
            else:  # there is no fit yet, or the lists were changed by hand
                self.fit = self.fit_now(least=1)

    def learn(self, text: str, score: float, metadata: dict[str, Any] | None, vector: Array) -> None:
        """Learn one more example, whose (d,) vector was made elsewhere; nothing has changed where that fails."""
        with self.lock:
            fit = self.fitted()
            if len(fit.texts) < len(self.examples):
                self.catch_up()
            fit.add(text, score, vector)
            self.examples.add(text, score, metadata)
            self.examples.known[text] = vector

    def take_back(self) -> None:
        """Be without the example that was added last, whether it was learnt or not."""
        with self.lock:
            self.examples.take_back()
            if self.fit is not None and not self.fit.keep_first(len(self.examples)):
                self.fit = None

    def forget(self, text: str) -> int:
        """Take every example with this text out; how many there were."""
        with self.lock:
            self.heed_settings()
            rows = self.examples.to_forget(text, keep_one=self.fit is not None)
            if self.fit is not None:
                self.catch_up()
                self.fitted().remove(rows)
            self.examples.remove(rows)
        return len(rows)

    # --- suggestions ---

    def note_suggested(self, texts: Iterable[str]) -> None:
        """Remember that these texts were suggested."""
        with self.lock:
            self.suggested = noted(self.suggested, texts)

    def was_guided(self) -> bool:
        """Whether an example of the fit was suggested, or so many texts were that nobody knows."""
        return is_guided(self.suggested, self.fitted().texts)

    # --- settings and files ---

    def heed_settings(self) -> None:
        """Drop the fit, and vectors of examples, that were made under settings which were changed by hand since."""
        if self._changes == self.source.changes():
            return
        with self.lock:
            if self._changes == (now := self.source.changes()):
                return
            self._since = " since instruction or embedding_dim was changed"
            self.fit, self.examples.known, self._changes = None, {}, now
            self.reached = None  # what a service learns has vectors of the space that was

    def take(self, fit: Fit, examples: Examples, *, suggested: Sequence[str]) -> None:
        """Become a saved model whose vectors the source makes by now."""
        with self.lock:
            self.fit, self._changes = fit, self.source.changes()
            self.examples.replace(examples)
            self.suggested = set(suggested)


class PartOf(Generic[T]):
    """An attribute of a learner that lives in one of its parts, where it may be read and changed alike."""

    def __init__(self, part: str, name: str) -> None:
        self._part, self._name = part, name

    @overload
    def __get__(self, learner: None, kind: type) -> Self: ...
    @overload
    def __get__(self, learner: object, kind: type) -> T: ...
    def __get__(self, learner: object | None, kind: type) -> T | Self:
        """The attribute; of the class itself, this."""
        if learner is None:
            return self
        found: T = getattr(getattr(learner, self._part), self._name)
        return found

    def __set__(self, learner: Any, value: T) -> None:
        setattr(getattr(learner, self._part), self._name, value)
