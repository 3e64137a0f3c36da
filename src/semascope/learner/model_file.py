"""A learner as one file: a scorer artifact, zipped, with the examples attached."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ArtifactError, SemascopeError
from semascope.learner.example import RankingExample, check_metadata, check_score, check_text
from semascope.learner.line import RidgeLine
from semascope.probes.artifact import load_artifact, load_attachments, save_artifact
from semascope.probes.ridge import RidgeHead

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.probes.card import Card
    from semascope.types import Array

_EXAMPLES, _VECTORS, _SETTINGS = "examples.jsonl", "examples.safetensors", "learner.json"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SavedLearner:
    """What a model file holds."""

    card: Card
    ridge: RidgeLine
    examples: tuple[RankingExample, ...]  # those that the ridge was fitted on first, then those added since
    fitted: int  # how many of them the ridge was fitted on
    vectors: Array  # (fitted, d) float32, or float64 where a class makes its own
    embedding_dim: int  # dims kept of the encoder's vectors; a class of its own may append to them
    suggested: tuple[str, ...]  # texts that ``suggest`` has named


def save_learner(path: str | Path, saved: SavedLearner) -> Path:
    """Where the model now lies: one file, whatever its ending, written beside and renamed."""
    from safetensors.numpy import save

    target = saved.card.targets[0].name
    head = RidgeHead(measure="mae", alphas=(saved.ridge.alpha,), target_names=(target,))
    head.coef_, head.intercept_ = saved.ridge.coef_[None, :], np.array([saved.ridge.intercept_])
    head.choices, head.notes = {"alpha": {target: saved.ridge.alpha}, "edge": {}}, []
    lines = [
        json.dumps(
            {"text": example.text, "score": example.score, "metadata": example.metadata}, allow_nan=False
        )
        for example in saved.examples
    ]
    settings = {
        "fitted": saved.fitted,
        "embedding_dim": saved.embedding_dim,
        "suggested": list(saved.suggested),
    }
    attachments = {
        _EXAMPLES: "".join(f"{line}\n" for line in lines).encode(),
        _VECTORS: save({"vectors": np.ascontiguousarray(saved.vectors)}),
        _SETTINGS: json.dumps(settings).encode(),
    }
    return save_artifact(path, saved.card, head, attachments=attachments, one_file=True)


def load_learner(path: str | Path) -> SavedLearner:
    """The learner saved at ``path``.

    Raises
    ------
    ArtifactError
        For anything but a whole, unchanged model of a learner.
    """
    card, head = load_artifact(path)
    attached = load_attachments(path)
    if not {_EXAMPLES, _VECTORS, _SETTINGS} <= attached.keys() or not isinstance(head, RidgeHead):
        raise ArtifactError(
            f"{path} is a scorer ({card.head}) without examples; a learner needs the examples that it learnt from; apply it"
            " with Scorer.load or semascope score"
        )
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        settings: dict[str, Any] = json.loads(attached[_SETTINGS])
        examples = tuple(_example(json.loads(line)) for line in attached[_EXAMPLES].splitlines())
        vectors: Array = load(attached[_VECTORS])["vectors"]
        fitted, width = int(settings["fitted"]), int(settings["embedding_dim"])
        suggested = tuple(map(str, settings["suggested"]))
        alpha = float(next(iter(head.choices["alpha"].values())))
    except (KeyError, ValueError, TypeError, StopIteration, SafetensorError) as error:
        reason = str(error) if isinstance(error, SemascopeError) else f"{type(error).__name__}: {error}"
        raise ArtifactError(f"the examples of {path} cannot be read ({reason}); use the original") from error
    if (
        vectors.shape != (fitted, head.coef_.shape[1])
        or fitted > len(examples)
        or not np.isfinite(vectors).all()
    ):
        raise ArtifactError(
            f"the vectors of {path} are {vectors.shape} for {fitted} examples of {head.coef_.shape[1]} dims; use the original"
        )
    ridge = RidgeLine(alpha, head.coef_[0], float(head.intercept_[0]))
    return SavedLearner(
        card=card,
        ridge=ridge,
        examples=examples,
        fitted=fitted,
        vectors=vectors,
        embedding_dim=width,
        suggested=suggested,
    )


def _example(fields: dict[str, Any]) -> RankingExample:
    return RankingExample(
        check_text(fields["text"]), check_score(fields["score"]), check_metadata(fields["metadata"])
    )
