"""A saved recipe at work: texts -> prompts -> vectors -> scores, exactly as it was measured."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.data.odd import is_empty
from semascope.data.spellings import is_same_label
from semascope.data.text_checks import check_texts
from semascope.embedding.path import embed
from semascope.embedding.width import check_dim
from semascope.errors import ArtifactError, ConfigError
from semascope.probes.artifact import load_artifact, save_artifact
from semascope.probes.card_encoder import load_card_encoder
from semascope.probes.head import TUNED, predict_both
from semascope.probes.inputs import as_columns
from semascope.probes.learnt_since import said_of_journal
from semascope.probes.own_encoder import files_inside
from semascope.probes.space_check import check_space
from semascope.probes.threads import calm_threads
from semascope.types import silent
from semascope.words.texts import unknown_said, unknown_words_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.probes.card import Card
    from semascope.probes.head import Head
    from semascope.store.vectors import VectorStore
    from semascope.types import Array, Floats, Ints, Mask, Precision, Progress

EMPTY = "the text is empty"
"""Reason of a text without a visible character: empty, or white space, control and zero-width characters only."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReadTexts:
    """What a head sees of m texts."""

    rows: Array  # (m, dim) vectors, or (m,) texts
    truncated: Mask  # (m,) texts that lost tokens
    unknown_rows: tuple[int, ...] = ()  # as in ``Scores``


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scores:
    """Answers for n texts, row i for text i. t targets, c classes."""

    targets: tuple[str, ...]
    classes: tuple[str, ...]  # empty for a regression
    values: Floats  # (n, t) clipped to the range of each target's labels; class index; NaN where not scored
    unclipped: Floats  # (n, t) what ranks: neither clipped nor mapped to medians, which both make ties
    probabilities: Floats  # (n, c), NaN where not scored; (n, 0) for a regression
    reasons: tuple[str, ...]  # (n,) why a text was not scored; "" where it was
    truncated: Mask  # (n,) texts that lost tokens
    unknown_rows: tuple[
        int, ...
    ] = ()  # numbers of the texts of which the vocabulary of the encoder or head holds nothing

    @property
    def labels(self) -> tuple[str, ...]:
        """(n,) class names; "" where not scored, and everywhere for a regression."""
        if not self.classes:
            return ("",) * len(self.values)
        return tuple("" if np.isnan(index) else self.classes[int(index)] for index in self.values[:, 0])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ranking:
    """Texts in order, highest first; ties keep the order of the texts."""

    rows: Ints  # (m,) positions of the texts that were scored
    scores: Floats  # (m,) the unclipped score, or the probability of the class
    left_out: Ints  # (n - m,) positions of the texts that could not be scored
    reasons: tuple[str, ...]  # (n - m,) why
    unknown_rows: tuple[int, ...] = ()  # as in ``Scores``


class Scorer:
    """A fitted head with everything around it that made its vectors.

    Parameters
    ----------
    card
        What it is.
    head
        Fitted.
    encoder
        Of the card's space; None for a head that looks at no vector, only at the words or at nothing.
    store
        Asked for vectors first, and given new ones; None computes everything.
    """

    def __init__(
        self, card: Card, head: Head, *, encoder: Encoder | None = None, store: VectorStore | None = None
    ) -> None:
        self.card, self.head, self.encoder, self.store = card, head, encoder, store
        if card.encoder and encoder is None:
            raise ConfigError(
                f"no encoder was given; this scorer needs {card.encoder_name!r}; use Scorer.load"
            )
        if card.encoder and encoder is not None:
            warning = check_space(card, encoder)
            if warning:
                warnings.warn(warning, UserWarning, stacklevel=2)
            check_dim(card.dim, encoder)

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        encoder: Encoder | str | None = None,
        precision: Precision = "auto",
        device: str = "auto",
        trust_remote_code: bool = False,
        store: VectorStore | None = None,
    ) -> Self:
        """The scorer saved at ``path``, a folder or a zip.

        Parameters
        ----------
        encoder
            An encoder or its name; None loads the one that the card names. It must be of the same space.
        precision, device
            How that encoder computes. ``auto`` takes the card's precision where the processor has it natively;
            another precision than the card's is warned of once.

        trust_remote_code
            Whether code that comes with a checkpoint may run.

        Raises
        ------
        ArtifactError
            When the artifact is damaged, or the encoder is of another space; the fields that differ are named.

        Warns
        -----
        UserWarning
            Where semascope serve has learnt examples that the weights in the file do not know yet.
        """
        if said := said_of_journal(Path(path)):
            warnings.warn(said, UserWarning, stacklevel=2)
        card, head = load_artifact(path)
        if card.custom:
            raise ArtifactError(
                f"{path} was trained on vectors that class {card.custom!r} makes with code of its own; only that class can"
                " use it; load it there with load_model"
            )
        if card.unscorable:
            raise ArtifactError(
                f"{path} cannot score texts: {card.unscorable}; score with a model whose encoder runs here, or give vectors from the"
                f" same place to the head alone: semascope.probes.artifact.load_artifact({str(path)!r})"
            )
        if not card.encoder:
            return cls(card, head)
        if encoder is None or isinstance(encoder, str):
            encoder = load_card_encoder(
                card,
                encoder or "",
                precision=precision,
                device=device,
                trust_remote_code=trust_remote_code,
            )
        return cls(card, head, encoder=encoder, store=store)

    def save(self, path: str | Path) -> Path:
        """Where it now lies; see ``save_artifact``."""
        own = Path(self.card.encoder) if self.card.head == TUNED else files_inside(self.encoder)
        return save_artifact(path, self.card, self.head, encoder=own)

    def score(
        self,
        texts: Sequence[str],
        *,
        numbers: Sequence[int] | Ints | None = None,
        progress: Progress = silent,
    ) -> Scores:
        """Scores of n texts; those without anything to read are left out, with the reason.

        Parameters
        ----------
        numbers
            What errors call each text: its row in the file it comes from. None counts from 0.

        Examples
        --------
        >>> from semascope.probes.baseline import MeanHead
        >>> from semascope.probes.card import Card, TargetCard
        >>> card = Card(encoder="", space={}, precision="", fingerprint="", dim=1, kind="regression", head="mean",
        ...             targets=(TargetCard(name="stars", low=1.0, high=5.0),))
        >>> head = MeanHead().fit(np.zeros((2, 1), dtype=np.float32), np.array([[2.0], [5.0]]))
        >>> Scorer(card, head).score(["fine", " "]).values.tolist()
        [[3.5], [nan]]
        """
        check_texts(texts, numbers)
        readable = self.readable(texts)
        named = readable if numbers is None else np.asarray(numbers, dtype=np.int64)[readable]
        read = self._read([texts[place] for place in readable], named, progress)
        with calm_threads(read.rows.size):
            return self.answer(texts, read)

    @staticmethod
    def readable(texts: Sequence[str]) -> Ints:
        """Places of the texts that hold something to read; only those are embedded and scored."""
        return np.flatnonzero([not is_empty(text) for text in texts]).astype(np.int64)

    def answer(self, texts: Sequence[str], read: ReadTexts, *, predicted: Floats | None = None) -> Scores:
        """As ``score``, of texts of which those at ``readable`` are embedded, or kept as they are, already.

        ``predicted``: (m, t) what the head of a regression has said of them; None asks it.
        """
        n, card = len(texts), self.card
        scored = self.readable(texts)
        reasons = np.full(n, EMPTY, dtype=object)
        reasons[scored] = ""
        numbers = np.full((n, len(card.targets)), np.nan)
        unclipped = numbers.copy()
        probabilities = np.full((n, len(card.classes)), np.nan)
        if card.kind == "classification":
            probabilities[scored] = self.head.predict_proba(read.rows)
        said = predict_both(self.head, read.rows) if predicted is None else (predicted, predicted)
        numbers[scored], unclipped[scored] = map(as_columns, said)
        truncated = np.zeros(n, dtype=np.bool_)
        truncated[scored] = read.truncated
        return Scores(
            targets=tuple(target.name for target in card.targets),
            classes=card.classes,
            values=self._clipped(numbers),
            unclipped=unclipped,
            probabilities=probabilities,
            reasons=tuple(reasons.tolist()),
            truncated=truncated,
            unknown_rows=read.unknown_rows,
        )

    def rank(
        self,
        texts: Sequence[str],
        *,
        target: str | None = None,
        class_name: str | None = None,
        numbers: Sequence[int] | Ints | None = None,
        progress: Progress = silent,
    ) -> Ranking:
        """The texts from the highest to the lowest score.

        Parameters
        ----------
        target
            Of a regression; None takes the only one.
        class_name
            Of a classification: texts are ranked by its probability.
        numbers
            As in ``score``.

        Raises
        ------
        ConfigError
            When what to rank by is not named and there are several, or there is no such name.
        """
        self.column(target, class_name)  # what cannot be ranked by is refused before anything is computed
        scores = self.score(texts, numbers=numbers, progress=progress)
        return self.in_order(scores, target=target, class_name=class_name)

    def in_order(
        self, scores: Scores, *, target: str | None = None, class_name: str | None = None
    ) -> Ranking:
        """As ``rank``, of texts that are scored already."""
        column = self.column(target, class_name)
        values = (scores.probabilities if self.card.kind == "classification" else scores.unclipped)[:, column]
        scored = np.flatnonzero(~np.isnan(values))
        left_out = np.flatnonzero(np.isnan(values))
        rows = scored[np.argsort(-values[scored], kind="stable")]
        return Ranking(
            rows=rows,
            scores=values[rows],
            left_out=left_out,
            reasons=tuple(scores.reasons[row] for row in left_out),
            unknown_rows=scores.unknown_rows,
        )

    def column(self, target: str | None, class_name: str | None) -> int:
        """Number of the target or class to rank by; see ``rank`` for what is refused."""
        classification = self.card.kind == "classification"
        what, given, other = (
            ("class", class_name, target) if classification else ("target", target, class_name)
        )
        if other is not None:
            raise ConfigError(
                f"{other!r} was given to rank by; this scorer is a {self.card.kind}; name a {what}"
            )
        names = self.card.classes if classification else tuple(each.name for each in self.card.targets)
        if given is None and len(names) == 1:
            return 0
        if given in names:
            return names.index(given)
        for place, name in enumerate(names):
            if classification and given is not None and is_same_label(given, name):
                return place
        said = "no" if given is None else f"{given!r} as"
        raise ConfigError(
            f"{said} {what} was given to rank by; known are {', '.join(names)}; name one of them"
        )

    def _read(self, texts: list[str], numbers: Ints, progress: Progress) -> ReadTexts:
        """What the head sees of texts that hold something."""
        if self.card.reads_texts or self.encoder is None:
            return self.unread(texts, numbers)
        embedded = embed(
            texts,
            encoder=self.encoder,
            instruction=self.card.sentence,
            role=self.card.role,
            dim=self.card.dim,
            store=self.store,
            numbers=numbers,
            progress=progress,
        )
        return ReadTexts(
            rows=embedded.vectors,
            truncated=embedded.truncated,
            unknown_rows=embedded.account.unknown_rows,
        )

    def unread(self, texts: list[str], numbers: Ints | None = None) -> ReadTexts:
        """What a head sees that looks at no vector: the texts where it reads words, zeros where it is a constant.

        ``numbers``: as in ``score``.
        """
        truncated = np.zeros(len(texts), dtype=np.bool_)
        if not self.card.reads_texts:
            return ReadTexts(rows=np.zeros((len(texts), 1), dtype=np.float32), truncated=truncated)
        rows = np.array(texts, dtype=np.object_)
        places = self.head.unknown_places(rows)  # type: ignore[attr-defined]
        unknown = places if numbers is None else numbers[places].tolist()
        return ReadTexts(rows=rows, truncated=truncated, unknown_rows=tuple(unknown))

    def said_of_unknown(self, rows: Sequence[int]) -> list[str]:
        """A sentence on texts whose score says nothing of them, which stand in these rows; none where there are none."""
        if not rows:
            return []
        if self.encoder is None:
            return [unknown_words_said(self.card.head, rows)]
        return [unknown_said(self.encoder.name, rows)]

    def _clipped(self, values: Floats) -> Floats:
        if self.card.kind == "classification":
            return values
        low = [-np.inf if target.low is None else target.low for target in self.card.targets]
        high = [np.inf if target.high is None else target.high for target in self.card.targets]
        return np.clip(values, low, high)
