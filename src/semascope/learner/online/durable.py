"""A model that a service learns into: every operation is on the disk before it is acknowledged."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.errors import ArtifactError, ConfigError, SemascopeError
from semascope.files import sole_writer
from semascope.learner.learner_saving import to_saved
from semascope.learner.model_file import load_learner, save_learner
from semascope.learner.online.answered import Answers
from semascope.learner.online.journal import JournalFile
from semascope.learner.online.operations import (
    Applied,
    Forget,
    Learn,
    LearnAll,
    Limits,
    Suggested,
    check_norm,
)
from semascope.learner.online.planning import Plan
from semascope.learner.online.reached import Reached
from semascope.learner.opening import model_of
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.learner.model import Model
    from semascope.learner.online.journal import Entry
    from semascope.learner.online.operations import Operation

MOST_LINES = 500  # operations in the journal from which it is folded
LEAST_BYTES = 2**20  # a journal up to this is read at once, however small the model is
QUIET = 2.0  # seconds without an operation after which the journal is folded
PAUSE = 60.0  # seconds until folding is tried again after it failed, as on a full disk


class DurableLearner:
    """A model with its journal; make it with ``open``, and close it, or use it as a context manager.

    ``apply`` writes operations to the journal and then does them; ``fold`` writes the model file and removes the journal.
    One thread calls these at a time, others wait; predictions from ``model`` go on meanwhile in any thread.

    Attributes
    ----------
    model
        The model as it is in memory: nobody else changes it. Ask for it each time: where something failed halfway, another one
        is read from the disk.
    """

    model: Model

    def __init__(
        self, path: Path, encoder: Encoder, folder: Path, held: ExitStack, clock: Callable[[], float]
    ) -> None:
        self._path, self._encoder, self._folder, self._held, self._clock = path, encoder, folder, held, clock
        self._lock = threading.RLock()
        self._closed = self._is_behind = False
        self._last, self._retry = clock(), -np.inf
        self._load()

    @classmethod
    def open(
        cls, path: Path, encoder: Encoder, folder: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> Self:
        """The model saved at ``path``, with everything that its journal holds; nobody else learns into it until it is closed.

        Parameters
        ----------
        encoder
            Of the model's space, loaded already.
        folder
            Of the vector store.
        clock
            Seconds, for ``due``.

        Raises
        ------
        ArtifactError
            When the model or its journal cannot be used, or they do not belong together.
        ConfigError
            While another process learns into it.
        DataError
            When the model's alpha is too small to learn on for certain, or its folder cannot be written.
        """
        with ExitStack() as held:
            held.enter_context(sole_writer(path))
            learner = cls(path, encoder, folder, held, clock)
            learner._held = held.pop_all()
        return learner

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def unfolded(self) -> int:
        """Operations that are in the journal and not in the model file."""
        return self._reached.through - self._folded

    # --- learning ---

    def apply(self, operations: Sequence[Operation]) -> list[Applied | SemascopeError]:
        """Write the operations down together, do them, and answer each; an error in place of an answer is of that one alone.

        A request id that was used for the same operation before gets the answer of then, and nothing is done.

        Raises
        ------
        ArtifactError
            When nothing could be written, or the model file was replaced meanwhile: no operation has been done.
        ConfigError
            After ``close``.
        """
        with self._lock:
            self._check_place()
            if self._is_behind:
                self._load()
            plan = Plan(
                self._counts,
                len(self.model.examples),
                Answers(below=self._answers),
                self._reached,
                self._limits,
            )
            answers = [_answered(plan, operation) for operation in operations]
            if plan.lines:
                self._journal.append(self._reached, plan.lines)
                self._do(plan)
            return answers

    def _do(self, plan: Plan) -> None:
        """Take what is written into the model."""
        self._is_behind = (
            True  # until all of it is done: whatever stops this, the next call reads it from the disk
        )
        with self.model.lock:
            for entry in plan.entries:
                self._do_one(entry)
        last = plan.entries[-1]
        self._reached = Reached(through=last.applied.number, mark=last.mark)
        for entry in plan.entries:
            self._answers.keep(entry.operation, entry.applied)
        self._counts |= plan.counts
        self._last, self._is_behind = self._clock(), False

    def _do_one(self, entry: Entry) -> None:
        operation = entry.operation
        if isinstance(operation, Learn):
            self._learn(operation)
        elif isinstance(operation, LearnAll):
            for example in operation.examples:
                self._learn(example)
        elif isinstance(operation, Forget):
            self.model.forget(operation.text)
        elif isinstance(operation, Suggested):
            self.model.note_suggested(operation.texts)

    def _learn(self, example: Learn) -> None:
        self.model.learn(example.text, example.score, example.metadata, example.vector)

    # --- the file ---

    def due(self) -> bool:
        """Whether it is time to fold: the journal is long, or nothing has come for two seconds."""
        with self._lock:
            if self._closed or not self.unfolded or self._clock() < self._retry:
                return False
            long = self._journal.lines > MOST_LINES or self._journal.length > max(self._bytes, LEAST_BYTES)
            return long or self._clock() - self._last >= QUIET

    def fold(self) -> None:
        """Write the model file whole, with everything that the journal holds, and remove the journal.

        A crash at any moment leaves the earlier file with the journal, or the new one, which knows what it holds.

        Raises
        ------
        ArtifactError
            When it cannot be written, or was replaced meanwhile; the journal stays, and learning can go on.
        """
        with self._lock:
            if self._is_behind:
                self._load()
            if self.unfolded:
                self._check_place()
                self._retry = self._clock() + PAUSE
                self._save()
                self._retry = -np.inf

    def close(self) -> None:
        """Fold, and let others learn into the model; a second call does nothing.

        Raises
        ------
        ArtifactError
            When the model file cannot be written: what was learnt is in the journal then, and the next to open it finds it there.
        """
        with self._lock, self._held:  # which is let go at the end
            if not self._closed:
                try:
                    self.fold()
                finally:
                    self._closed = True

    def _save(self) -> None:
        reached = replace(self._reached, answered=self._answers.all())
        with self.model.lock:  # not held while the file is written: intervals would wait for it
            saved = replace(to_saved(self.model), reached=reached)
        save_learner(self._path, saved)
        self._note_file()
        self._folded = reached.through
        self._journal.remove()

    def _load(self) -> None:
        """Take the model and its journal from the disk."""
        self._note_file()
        saved = load_learner(self._path)
        self.model = model_of(saved, self._encoder, self._path, self._folder)
        fit, reached = self.model.fitted(), saved.start
        check_norm(float(np.square(fit.vectors, dtype=np.float64).sum(axis=1).max()), fit.alpha)
        self._answers = Answers(reached.answered)
        self._reached = Reached(through=reached.through, mark=reached.mark)
        self._limits = Limits(dim=fit.vectors.shape[1], dtype=fit.vectors.dtype, alpha=fit.alpha)
        self._journal, self._folded = JournalFile(self._path), reached.through - saved.unfolded
        if len(fit.texts) < len(self.model.examples):  # added, and never trained on
            self.model.catch_up()
            self._save()
        elif not saved.unfolded:
            self._journal.remove()  # a crash came between the model file and this
        self._counts = dict(Counter(self.model.examples.texts))
        self._is_behind = False

    def _note_file(self) -> None:
        found = self._path.stat()
        self._stamp, self._bytes = (found.st_dev, found.st_ino, found.st_mtime_ns), found.st_size

    def _check_place(self) -> None:
        """Refuse to go on where the file is another than the one that was opened or written last."""
        if self._closed:
            raise ConfigError(f"{self._path} is closed and learns nothing more; open it again")
        stamp, size = self._stamp, self._bytes
        try:
            self._note_file()
            same = self._stamp == stamp
        except OSError:
            same = False
        self._stamp, self._bytes = stamp, size
        if not same:
            raise ArtifactError(
                f"{self._path} was replaced or removed while semascope serve learnt into it; {count(self.unfolded, 'operation')} of it lie"
                " in the journal beside it; start the service again, which says whether they fit the new file"
            )


def _answered(plan: Plan, operation: Operation) -> Applied | SemascopeError:
    try:
        return plan.take(operation)
    except SemascopeError as error:
        return error
