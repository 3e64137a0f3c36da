"""One run of ``semascope learn``: a learner, the rows for it, and the file that it lies in."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from rich.console import Console

from semascope.cli.asking import ASKED, Asking, Curve
from semascope.cli.conversation import RULE, converse
from semascope.cli.learning import Learnt, add_rows, fit, fit_quietly
from semascope.cli.open_learner import new_learner, open_learner
from semascope.cli.unknown_texts import unknown_said
from semascope.embedding.unknown import unknown_texts
from semascope.encoders.choices import stated_choices
from semascope.errors import ArtifactError, ConfigError
from semascope.learner.advice import LearnerWarning
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TextIO

    from semascope.cli.learning import FileRows
    from semascope.cli.open_learner import EncoderFlags
    from semascope.encoders.protocol import Encoder
    from semascope.learner.learner import ValueLearner


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a loop of questions ended with: the record that ``--json`` prints."""

    model: str  # "" where nothing was scored
    answered: int  # in this session
    learnt: int
    held_out: int
    curve: Curve | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Session:
    """What one run works with."""

    learner: ValueLearner
    encoder: Encoder
    rows: FileRows
    output: Path
    going_on: bool  # the learner came from a file
    alphas: Sequence[float]
    keep_alpha: bool  # where the learner came from a file
    choices: Sequence[str]  # what a new learner asks of its encoder that it was not trained for
    fresh: Callable[[], ValueLearner]

    @classmethod
    def open(
        cls,
        flags: EncoderFlags,
        rows: FileRows,
        *,
        target: str | None,
        model: Path | None,
        output: Path,
        alphas: Sequence[float],
        keep_alpha: bool,
    ) -> Self:
        """A new learner, or that of ``model``."""
        if model is None:
            first = 1.0 if 1.0 in alphas else alphas[len(alphas) // 2]
            opened = new_learner(flags, target=target or "score", alpha=first)
            asked = opened.learner.instruction, opened.learner.embedding_dim
            choices = stated_choices(opened.encoder, instruction=asked[0], dims=[asked[1]])
        else:
            opened, choices = open_learner(model, flags), []
        return cls(
            learner=opened.learner,
            encoder=opened.encoder,
            rows=rows,
            output=output,
            going_on=model is not None,
            alphas=alphas,
            keep_alpha=keep_alpha and model is not None,
            choices=choices,
            fresh=opened.fresh,
        )

    def learn(self, replace_scores: bool, folds: int, test_size: float) -> Learnt:
        """Learn the rows, save the model, and say how it went."""
        added, left_out = add_rows(self.learner, self.rows, replace=replace_scores)
        learnt = fit(
            self.learner,
            self.rows,
            encoder=self.encoder.name,
            alphas=() if self.keep_alpha else self.alphas,
            folds=folds,
            test_size=test_size,
            added=added if self.going_on else None,
            left_out=left_out,
        )
        self.learner.save_model(self.output)
        rows = self.rows
        said = self._unknown([example.text for example in rows.examples], rows.example_rows)
        return replace(learnt, model=str(self.output), advice=(*learnt.advice, *said))

    def ask(self, replace_scores: bool, seed: int, folds: int, *, json: bool) -> Asked:
        """Learn the rows that have a score, then ask for the others; every answer is saved."""
        with warnings.catch_warnings():
            for said in self.choices:  # the greeting says them
                warnings.filterwarnings("ignore", re.escape(said), LearnerWarning)
            return self._ask(replace_scores, seed, folds, json=json)

    def _ask(self, replace_scores: bool, seed: int, folds: int, *, json: bool) -> Asked:
        screen = sys.stderr if json else sys.stdout
        added, _ = add_rows(self.learner, self.rows, replace=replace_scores)
        if added.new:
            fit_quietly(self.learner, alphas=() if self.keep_alpha else self.alphas, folds=folds)
            self.learner.save_model(self.output)
        asking = Asking(
            self.learner,
            self.rows.unscored,
            seed=seed,
            save=lambda learner: learner.save_model(self.output),
            fresh=self.fresh,
            discard=lambda: self.output.unlink(missing_ok=True),
            alphas=self.alphas,
        )
        for line in self._greeting(asking):
            print(line, file=screen)
        converse(
            asking,
            read=_reader(screen),
            write=_writer(screen),
            size=shutil.get_terminal_size,
        )
        learner = asking.learner
        return Asked(
            model=str(self.output) if learner.training_texts else "",
            answered=asking.answered,
            learnt=len(learner.training_texts),
            held_out=len(learner.held_out),
            curve=asking.curve(),
        )

    def _greeting(self, asking: Asking) -> list[str]:
        known, held = len(asking.learner.training_texts), len(asking.learner.held_out)
        lines = [
            f"{count(asking.left, 'text')} of {self.rows.source} without a score; every answer is saved in {self.output}"
        ]
        if known:
            lines.append(
                f"the model has learnt {count(known, 'example')}"
                + (f" and holds {held:,} out" if held else "")
            )
        unknown = self._unknown(self.rows.unscored, self.rows.unscored_rows)
        return lines + [f"note: {said}" for said in (*self.choices, *unknown)]

    def _unknown(self, texts: Sequence[str], rows: Sequence[int]) -> list[str]:
        """A sentence where the encoder knows no word of some of the texts, which stand in these rows."""
        places = unknown_texts(texts, encoder=self.encoder, instruction=self.learner.instruction)
        return [unknown_said(self.encoder.name, [rows[place] for place in places])] if places else []


def find_places(model: Path | None, output: Path | None, *, ask: bool) -> tuple[Path | None, Path]:
    """The model to go on with, and where the result goes.

    Raises
    ------
    ConfigError
        When no place is named, or it cannot be written.
    ArtifactError
        When something else lies there, or answers that were typed in would be lost.
    """
    place = output or model
    if place is None:
        raise ConfigError(
            "no --output is given; the model needs a place; name a file, such as --output model.zip"
        )
    _check_writable(place)
    if place.is_dir():
        raise ConfigError(
            f"{place} is a folder; a model is one file; name a file, such as {place / 'model.zip'}"
        )
    there = place.exists() and place.stat().st_size > 0
    if there and (model is None or not (model.exists() and place.samefile(model))):
        answers = _answers_in(place)
        if ask and model is None:
            return place, place
        if answers:
            raise ArtifactError(
                f"{place} holds {count(answers, 'score')} typed in with --ask, which would be lost; add to it with"
                f" --model {place}, or choose another --output"
            )
    return model, place


def check_flags(*, target: str | None, model: Path | None, ask: bool, replace_scores: bool) -> None:
    """A file of scores needs their column, which a loop that asks does not; only what is there can be replaced."""
    if replace_scores and model is None:
        raise ConfigError(
            "--replace is given without --model; it says what becomes of a model's scores; name one"
        )
    if target is None and not ask:
        raise ConfigError(
            "no --target is given; it names the column of the scores; name one, or let --ask ask for scores"
        )


def _check_writable(place: Path) -> None:
    """Make a file like those that a save and its lock make beside the model, before anything is read or asked."""
    above = next((folder for folder in place.absolute().parents if folder.exists()), None)
    if above is None:
        return
    if not above.is_dir():
        raise ConfigError(f"{above} is a file; {place} cannot lie below it; choose another --output")
    try:
        with tempfile.NamedTemporaryFile(prefix=f".{place.name}.", dir=above):
            pass
    except OSError as error:
        raise ConfigError(f"{place} cannot be written ({error.strerror}); choose another --output") from None


def _answers_in(path: Path) -> int:
    """Scores in a model file that a person gave at the terminal."""
    from semascope.learner.model_file import load_learner
    from semascope.probes.artifact import read_card

    try:
        read_card(path)
    except ArtifactError as error:
        raise ArtifactError(f"{path} exists and is no model; it is not overwritten ({error})") from error
    try:
        saved = load_learner(path)
    except ArtifactError:  # another scorer, which may be replaced
        return 0
    return len(saved.held_out) + sum(example.metadata == ASKED for example in saved.examples)


def _writer(screen: TextIO) -> Callable[[str], None]:
    """Prints a line as it is; the rule above a question stands out on a terminal."""
    console = Console(file=screen, highlight=False)

    def write(line: str) -> None:
        style = "cyan" if line.startswith(RULE) else ""
        console.print(line, style=style, markup=False, emoji=False, soft_wrap=True)

    return write


def _reader(screen: TextIO) -> Callable[[str], str]:
    """Shows a prompt and reads a line; what is piped in is shown too, so that a transcript can be read."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    typed = sys.stdin.isatty()

    def read(prompt: str) -> str:
        print(prompt, end="", file=screen, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        if not typed:
            print(line.rstrip("\n"), file=screen)
        return line

    return read
