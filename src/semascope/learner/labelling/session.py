"""One session with a learner: a new one or one from its file, rows to learn, texts to ask about, and where it is saved."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from semascope.embedding.unknown import unknown_texts
from semascope.encoders.choices import stated_choices
from semascope.errors import ConfigError
from semascope.files import sole_writer
from semascope.learner.labelling.asking import Asking, Curve
from semascope.learner.labelling.file_rows import add_rows, check_enough, read_rows
from semascope.learner.labelling.learning import Learnt, check_alphas, fit, fit_quietly
from semascope.learner.labelling.places import find_places, is_same
from semascope.learner.online.folding import fold_in
from semascope.learner.opening import new_learner, open_learner
from semascope.words.texts import unknown_said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from semascope.data.table import Table
    from semascope.learner.labelling.file_rows import FileRows
    from semascope.learner.opening import EncoderWish, Opened


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a loop of questions ended with: a record of plain values."""

    model: str  # "" where nothing was scored
    answered: int  # in this session
    learnt: int
    held_out: int
    curve: Curve | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a session is to do with which columns of a table, and with which model."""

    text: Sequence[str]
    target: str | None  # column of the scores; only a session that asks can do without
    metadata: Sequence[str] = ()  # columns kept beside each example
    model: Path | None = None  # to go on with; None for a new one
    output: Path | None = None  # None for the place of ``model``
    ask: bool = False  # for scores of the texts that have none
    replace: bool = False  # where a text has another score by now, it takes the place of the earlier one
    alphas: Sequence[float] = ()  # to choose from; none: those of the library, or what ``model`` has
    folds: int = 5
    test_size: float = 0.2
    seed: int = 42


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Session:
    """What one session works with."""

    opened: Opened
    job: Job
    rows: FileRows
    output: Path
    alphas: Sequence[float]  # to try
    choices: Sequence[str]  # what a new learner asks of its encoder that it was not trained for

    def learn(self) -> Learnt:
        """Learn the rows, save the model, and say how it went."""
        learner, job = self.opened.learner, self.job
        added, left_out = add_rows(learner, self.rows, replace=job.replace)
        learnt = fit(
            learner,
            self.rows,
            encoder=self.opened.encoder.name,
            alphas=self._to_choose_from(),
            folds=job.folds,
            test_size=job.test_size,
            added=added if job.model else None,
            left_out=left_out,
        )
        learner.save_model(self.output)
        said = self._unknown([example.text for example in self.rows.examples], self.rows.example_rows)
        return replace(learnt, model=str(self.output), advice=(*learnt.advice, *said))

    def asking(self) -> Asking:
        """Learn the rows that have a score; what then asks for the others saves every answer."""
        learner, job = self.opened.learner, self.job
        added, _ = add_rows(learner, self.rows, replace=job.replace)
        if added.new:
            fit_quietly(learner, alphas=self._to_choose_from(), folds=job.folds)
            learner.save_model(self.output)
        return Asking(
            learner,
            self.rows.unscored,
            seed=job.seed,
            save=lambda learner: learner.save_model(self.output),
            fresh=self.opened.fresh,
            discard=lambda: self.output.unlink(missing_ok=True),
            alphas=self.alphas,
        )

    def asked(self, asking: Asking) -> Asked:
        """What it has come to."""
        learner = asking.learner
        return Asked(
            model=str(self.output) if learner.training_texts else "",
            answered=asking.answered,
            learnt=len(learner.training_texts),
            held_out=len(learner.held_out),
            curve=asking.curve(),
        )

    def notes(self) -> list[str]:
        """What should be heard before questions are asked: how the encoder is used, and texts that it does not know."""
        return [*self.choices, *self._unknown(self.rows.unscored, self.rows.unscored_rows)]

    def _unknown(self, texts: Sequence[str], rows: Sequence[int]) -> list[str]:
        """A sentence where the encoder knows no word of some of the texts, which stand in these rows."""
        encoder = self.opened.encoder
        places = unknown_texts(texts, encoder=encoder, instruction=self.opened.learner.instruction)
        return [unknown_said(encoder.name, [rows[place] for place in places])] if places else []

    def _to_choose_from(self) -> Sequence[float]:
        """A model keeps its alpha unless others are named."""
        return () if self.job.model and not self.job.alphas else self.alphas


@contextmanager
def open_session(job: Job, wish: EncoderWish, read: Callable[[], Table]) -> Iterator[Session]:
    """A session that nobody else can have with the same model meanwhile.

    Parameters
    ----------
    read
        Reads the table, once it is known that the job can be done.

    Raises
    ------
    ConfigError
        For a job that cannot be done, or while another session learns into the same model.
    DataError
        For a table that nothing can be learnt from.
    ArtifactError
        When the model cannot be used, or something else lies where the result would go.
    """
    alphas = check_alphas(job.alphas)
    model, place = find_places(job.model, job.output, ask=job.ask)
    job = replace(job, model=model)
    _check_job(job)
    rows = read_rows(read(), text=job.text, target=job.target, metadata=job.metadata)
    if model is None and not job.ask:
        check_enough(rows)
    with sole_writer(place):
        if model is None:
            first = 1.0 if 1.0 in alphas else alphas[len(alphas) // 2]
            opened = new_learner(wish, target=job.target or "score", alpha=first)
            asked = opened.learner.instruction, opened.learner.embedding_dim
            choices = stated_choices(opened.encoder, instruction=asked[0], dims=[asked[1]])
        else:
            opened, choices = open_learner(model, wish), []
            if is_same(model, place):
                fold_in(opened.learner, place)
        yield Session(opened=opened, job=job, rows=rows, output=place, alphas=alphas, choices=choices)


def _check_job(job: Job) -> None:
    """A file of scores needs their column, which a loop that asks does not; only what is there can be replaced."""
    if job.replace and job.model is None:
        raise ConfigError(
            "--replace is given without --model; it replaces scores of an existing model; name one"
        )
    if job.target is None and not job.ask:
        raise ConfigError(
            "no --target is given; it names the column of the scores; name one, or let --ask ask for scores"
        )
