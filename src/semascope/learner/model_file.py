"""A learner as one file: a scorer artifact, zipped, with the examples attached."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.text_checks import check_text
from semascope.errors import ArtifactError, SemascopeError
from semascope.learner.example import RankingExample, check_metadata, check_score
from semascope.learner.online import answered
from semascope.learner.online.journal import read_journal
from semascope.learner.online.reached import Reached
from semascope.learner.online.replay import replayed
from semascope.learner.ridge.line import RidgeLine
from semascope.probes.artifact import load_artifact, load_attachments, save_artifact
from semascope.probes.learnt_since import ONLINE, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semascope.probes.card import Card
    from semascope.probes.ridge import RidgeHead
    from semascope.types import Array

EXAMPLES, _VECTORS = "examples.jsonl", "examples.safetensors"
_HELD_OUT, _ANSWERED = "held_out.jsonl", "answered.jsonl"  # only where there are such


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SavedLearner:
    """What a model file holds."""

    card: Card
    ridge: RidgeLine
    examples: tuple[RankingExample, ...]  # those that the ridge was fitted on first, then those added since
    fitted: int  # how many of them the ridge was fitted on
    vectors: Array  # (fitted, d) float32, or float64 where a class makes its own
    embedding_dim: int  # dims kept of the encoder's vectors; a class of its own may append to them
    suggested: tuple[str, ...]  # texts that ``suggest`` has named; see ``suggested.py``
    held_out: tuple[RankingExample, ...] = ()  # scored to measure the error; nothing is fitted on them
    own: Mapping[str, bytes] | None = None  # files of an encoder that goes into the file; not read back
    reached: Reached | None = None  # of the journal; None where no service has learnt into it
    digest: str = ""  # of what the file holds; "" for what was not read from one
    unfolded: int = 0  # operations that the journal beside the file holds, and the file does not

    @property
    def start(self) -> Reached:
        """Where a journal goes on from it."""
        return self.reached or Reached(through=0, mark=self.digest)


def save_learner(path: str | Path, saved: SavedLearner) -> Path:
    """Where the model now lies: one file, whatever its ending, written beside and renamed."""
    from safetensors.numpy import save

    settings: dict[str, Any] = {
        "fitted": saved.fitted,
        "embedding_dim": saved.embedding_dim,
        "suggested": list(saved.suggested),
    }
    if saved.reached:
        settings[ONLINE] = {"through": saved.reached.through, "mark": saved.reached.mark}
    attachments = {
        EXAMPLES: to_lines(saved.examples),
        _VECTORS: save({"vectors": np.ascontiguousarray(saved.vectors)}),
        SETTINGS: json.dumps(settings).encode(),
    }
    if saved.held_out:
        attachments[_HELD_OUT] = to_lines(saved.held_out)
    if saved.reached and saved.reached.answered:
        attachments[_ANSWERED] = answered.to_lines(saved.reached.answered)
    head = to_head(saved.ridge, saved.card.targets[0].name)
    return save_artifact(path, saved.card, head, attachments=attachments, encoder=saved.own, one_file=True)


def load_learner(path: str | Path) -> SavedLearner:
    """The learner saved at ``path``, with what a service has learnt into it since, which lies in a journal beside it.

    Raises
    ------
    ArtifactError
        For anything but a whole, unchanged model of a learner, and for a journal that is damaged or of another model.
    """
    journal = read_journal(Path(path))  # first: a service may put its operations into the file meanwhile
    saved = _load_file(path)
    return saved if journal is None else replayed(saved, journal, Path(path))


def _load_file(path: str | Path) -> SavedLearner:
    from semascope.probes.ridge import RidgeHead

    card, head = load_artifact(path)
    attached = load_attachments(path)
    if not {EXAMPLES, _VECTORS, SETTINGS} <= attached.keys() or not isinstance(head, RidgeHead):
        raise ArtifactError(
            f"{path} is a scorer ({card.head}) without examples; a learner needs the examples that it learnt from; apply it"
            " with Scorer.load or semascope score"
        )
    from safetensors import SafetensorError

    try:
        saved = _saved(card, head, attached)
    except (KeyError, ValueError, TypeError, StopIteration, SafetensorError) as error:
        reason = str(error) if isinstance(error, SemascopeError) else f"{type(error).__name__}: {error}"
        raise ArtifactError(f"the examples of {path} cannot be read ({reason}); use the original") from error
    vectors, fitted, width = saved.vectors, saved.fitted, head.coef_.shape[1]
    if vectors.shape != (fitted, width) or fitted > len(saved.examples) or not np.isfinite(vectors).all():
        raise ArtifactError(
            f"the vectors of {path} are {vectors.shape} for {fitted} examples of {width} dims; use the original"
        )
    return saved


def _saved(card: Card, head: RidgeHead, attached: Mapping[str, bytes]) -> SavedLearner:
    """The parts read; one that cannot be is one of the errors that ``load_learner`` knows."""
    from safetensors.numpy import load

    settings: dict[str, Any] = json.loads(attached[SETTINGS])
    return SavedLearner(
        card=card,
        ridge=to_line(head),
        examples=from_lines(attached[EXAMPLES]),
        fitted=int(settings["fitted"]),
        vectors=load(attached[_VECTORS])["vectors"],
        embedding_dim=int(settings["embedding_dim"]),
        suggested=tuple(map(str, settings["suggested"])),
        held_out=from_lines(attached.get(_HELD_OUT, b"")),
        reached=_reached(settings, attached),
        digest=_digest(head, attached),
    )


def _reached(settings: Mapping[str, Any], attached: Mapping[str, bytes]) -> Reached | None:
    if ONLINE not in settings:
        return None
    last = settings[ONLINE]
    kept = answered.from_lines(attached.get(_ANSWERED, b""))
    return Reached(through=int(last["through"]), mark=str(last["mark"]), answered=kept)


def _digest(head: RidgeHead, attached: Mapping[str, bytes]) -> str:
    """Tells a model from another with other examples or another fit, wherever it lies."""
    found = hashlib.blake2b(np.ascontiguousarray(head.coef_).tobytes(), digest_size=8)
    for name in (EXAMPLES, _VECTORS, SETTINGS):
        found.update(hashlib.blake2b(attached[name]).digest())
    return found.hexdigest()


def to_head(ridge: RidgeLine, target: str) -> RidgeHead:
    """The head of ``probes/`` that predicts what the line predicts."""
    from semascope.probes.ridge import RidgeHead  # brings scikit-learn: late

    head = RidgeHead(measure="mae", alphas=(ridge.alpha,), target_names=(target,), median_map=False)
    head.coef_, head.intercept_ = ridge.coef_[None, :], np.array([ridge.intercept_])
    head.maps_ = [None]
    head.choices, head.notes = {"alpha": {target: ridge.alpha}, "edge": {}}, []
    return head


def to_line(head: RidgeHead) -> RidgeLine:
    """The line of a head with one target; a head without its alpha is a ``StopIteration`` or a ``KeyError``."""
    alpha = float(next(iter(head.choices["alpha"].values())))
    return RidgeLine(alpha, head.coef_[0], float(head.intercept_[0]))


def to_lines(examples: Iterable[RankingExample]) -> bytes:
    """JSON lines, one an example."""
    lines = [
        json.dumps(
            {"text": example.text, "score": example.score, "metadata": example.metadata}, allow_nan=False
        )
        for example in examples
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def from_lines(data: bytes) -> tuple[RankingExample, ...]:
    """The examples of such lines, checked; a line that is none is a ``KeyError``, ``TypeError`` or ``ValueError``."""
    return tuple(_example(json.loads(line)) for line in data.splitlines())


def _example(fields: dict[str, Any]) -> RankingExample:
    return RankingExample(
        check_text(fields["text"]), check_score(fields["score"]), check_metadata(fields["metadata"])
    )
