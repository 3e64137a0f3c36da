"""An ensemble as one file: a scorer artifact, zipped, with the examples and the members' cards attached."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from semascope.errors import ArtifactError, SemascopeError
from semascope.learner.model_parts import from_lines, to_lines
from semascope.probes.artifact import load_artifact, load_attachments, save_artifact
from semascope.probes.card import Card
from semascope.probes.ensemble_head import EnsembleHead, check_weights
from semascope.probes.ridge import RidgeHead

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.learner.example import RankingExample
    from semascope.probes.head import Head
    from semascope.types import Array, Floats

Sort = Literal["learner", "head"]
Weighting = Literal["equal", "error", "given"]

EXAMPLES, _ARRAYS, SETTINGS = "ensemble_examples.jsonl", "ensemble.safetensors", "ensemble.json"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SavedMember:
    """One member: a value learner, or a head on a learner's vectors."""

    sort: Sort
    card: Card
    head: Head
    space: int  # whose vectors it reads
    embedding_dim: int  # dims kept of the encoder's vectors
    measure: str = ""  # of a head
    seed: int = 0
    suggested: tuple[str, ...] = ()  # of a learner


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SavedEnsemble:
    """What the file of an ensemble holds. k members, n fitted examples."""

    card: Card
    members: tuple[SavedMember, ...]
    spaces: tuple[Array, ...]  # (n, d) vectors of the fitted examples, one array a space
    weighting: Weighting
    weights: Floats  # (k,) summing to 1
    mses: Floats  # (k,) out of fold; NaN where they are not known
    residuals: Floats  # (n,) out of fold; NaN where they are not known
    examples: tuple[RankingExample, ...]  # the fitted ones first
    fitted: int


def columns_of(members: tuple[SavedMember, ...], spaces: tuple[Array, ...]) -> list[tuple[int, int]]:
    """Dims that each member reads when the vectors of all spaces stand beside one another."""
    ends = np.cumsum([vectors.shape[1] for vectors in spaces]).tolist()
    return [(ends[each.space] - spaces[each.space].shape[1], ends[each.space]) for each in members]


def save_ensemble(path: str | Path, saved: SavedEnsemble) -> Path:
    """Where the ensemble now lies: one file, whatever its ending, written beside and renamed."""
    from safetensors.numpy import save

    head = EnsembleHead.of(
        [each.head for each in saved.members],
        weights=saved.weights.tolist(),
        columns=columns_of(saved.members, saved.spaces),
        target_names=tuple(target.name for target in saved.card.targets),
    )
    arrays = {f"vectors.{number}": vectors for number, vectors in enumerate(saved.spaces)}
    arrays |= {"weights": saved.weights, "mses": saved.mses, "residuals": saved.residuals}
    settings = {
        "weighting": saved.weighting,
        "fitted": saved.fitted,
        "members": [
            {
                "sort": each.sort,
                "card": each.card.model_dump(mode="json"),
                "space": each.space,
                "embedding_dim": each.embedding_dim,
                "measure": each.measure,
                "seed": each.seed,
                "suggested": list(each.suggested),
            }
            for each in saved.members
        ],
    }
    attachments = {
        EXAMPLES: to_lines(saved.examples),
        _ARRAYS: save({name: np.ascontiguousarray(array) for name, array in arrays.items()}),
        SETTINGS: json.dumps(settings, allow_nan=False).encode(),
    }
    return save_artifact(path, saved.card, head, attachments=attachments, one_file=True)


def load_ensemble(path: str | Path) -> SavedEnsemble:
    """The ensemble saved at ``path``.

    Raises
    ------
    ArtifactError
        For anything but a whole, unchanged ensemble.
    """
    card, head = load_artifact(path)
    attached = load_attachments(path)
    if not {EXAMPLES, _ARRAYS, SETTINGS} <= attached.keys() or not isinstance(head, EnsembleHead):
        raise ArtifactError(
            f"{path} is a scorer ({card.head}) and no saved ensemble; it must come from Ensemble.save_model; load a learner's"
            " model with ValueLearner.load_model"
        )
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        settings: dict[str, Any] = json.loads(attached[SETTINGS])
        arrays: dict[str, Array] = load(attached[_ARRAYS])
        members = tuple(
            _member(fields, own) for fields, own in zip(settings["members"], head.members_, strict=True)
        )
        numbers = range(max(each.space for each in members) + 1)
        saved = SavedEnsemble(
            card=card,
            members=members,
            spaces=tuple(arrays[f"vectors.{number}"] for number in numbers),
            weighting=settings["weighting"],
            weights=check_weights(arrays["weights"].tolist(), len(members)),
            mses=arrays["mses"],
            residuals=arrays["residuals"],
            examples=from_lines(attached[EXAMPLES]),
            fitted=int(settings["fitted"]),
        )
        _check(saved, head)
    except (KeyError, ValueError, TypeError, IndexError, StopIteration, SafetensorError) as error:
        reason = str(error) if isinstance(error, SemascopeError) else f"{type(error).__name__}: {error}"
        raise ArtifactError(f"the members of {path} cannot be read ({reason}); use the original") from error
    return saved


def ensemble_card(members: tuple[SavedMember, ...], spaces: tuple[Array, ...], *, note: str) -> Card:
    """Card of the file: a scorer's where one encoder makes what all members read."""
    card, width = (
        members[0].card.model_copy(update={"head": "ensemble", "notes": (note,)}),
        sum(v.shape[1] for v in spaces),
    )
    own = sorted({each.card.custom for each in members} - {""})
    if len(spaces) == 1:
        return card  # one that a class of its own makes says so already
    reason = f"its {len(members)} members read vectors of {len(spaces)} spaces ({_named(members)})"
    if own:
        reason += f", some of them made by code of {', '.join(own)}"
    nothing = {
        "encoder": "",
        "called": "",
        "space": {},
        "precision": "",
        "fingerprint": "",
        "sentence": "",
        "custom": "",
    }
    return card.model_copy(update=nothing | {"instruction": "default", "dim": width, "unscorable": reason})


def _named(members: tuple[SavedMember, ...]) -> str:
    """The spaces in words, each once."""
    said: dict[int, str] = {}
    for each in members:
        words = [each.card.encoder_name or each.card.custom, f"{each.card.dim} dims"]
        words += [f"instruction {each.card.sentence!r}"] if each.card.sentence else []
        said.setdefault(each.space, " ".join(words))
    return ", ".join(said.values())


def _member(fields: dict[str, Any], head: Head) -> SavedMember:
    card = Card.model_validate(fields["card"])
    if fields["sort"] not in ("learner", "head") or card.head != head.name:
        raise ValueError(f"a {fields['sort']!r} by {card.head!r} that holds a {head.name!r}")
    if fields["sort"] == "learner" and not isinstance(head, RidgeHead):
        raise ValueError(f"a learner that holds a {head.name!r}")
    return SavedMember(
        sort=fields["sort"],
        card=card,
        head=head,
        space=int(fields["space"]),
        embedding_dim=int(fields["embedding_dim"]),
        measure=str(fields["measure"]),
        seed=int(fields["seed"]),
        suggested=tuple(map(str, fields["suggested"])),
    )


def _check(saved: SavedEnsemble, head: EnsembleHead) -> None:
    """Refuse parts that do not belong together."""
    n, k = saved.fitted, len(saved.members)
    if saved.weighting not in ("equal", "error", "given"):
        raise ValueError(f"weighting is {saved.weighting!r}")
    if any(each.space < 0 for each in saved.members) or not 1 <= n <= len(saved.examples):
        raise ValueError(f"{n} fitted of {len(saved.examples)} examples")
    if any(v.ndim != 2 or len(v) != n or not np.isfinite(v).all() for v in saved.spaces):
        raise ValueError(f"vectors are {[v.shape for v in saved.spaces]} for {n} examples")
    if saved.mses.shape != (k,) or saved.residuals.shape != (n,):
        raise ValueError(f"errors are {saved.mses.shape} and {saved.residuals.shape}")
    if columns_of(saved.members, saved.spaces) != head.columns_ or not np.array_equal(
        saved.weights, head.weights_
    ):
        raise ValueError("the members' dims or weights are not those of the head")
    for each in saved.members:
        if each.card.dim != saved.spaces[each.space].shape[1] or len(each.card.targets) != 1:
            raise ValueError(f"a card of {each.card.dim} dims and {len(each.card.targets)} targets")
