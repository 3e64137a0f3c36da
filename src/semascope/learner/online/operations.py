"""What a service may ask a model to learn, checked, and what is answered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.text_checks import check_text, check_texts
from semascope.errors import ConfigError, DataError
from semascope.learner.example import check_metadata, check_score
from semascope.learner.ridge.scatter_inverse import check_reach

if TYPE_CHECKING:
    from semascope.types import Array

LONGEST_ID = 200  # characters of a request id


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Learn:
    """One more scored text."""

    text: str
    score: float
    vector: Array = field(repr=False)  # (d,) of the text, as the model's encoder makes it
    metadata: dict[str, Any] | None = None
    request_id: str = ""  # "" for none: then a repeat is learnt again


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnAll:
    """Several scored texts: all of them are learnt, or none, also where a crash comes between."""

    examples: tuple[Learn, ...]  # one or more; ids of their own say nothing
    request_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forget:
    """Every example with this text goes."""

    text: str
    request_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggested:
    """These texts were named as worth a score: when one becomes an example, no interval is promised."""

    texts: tuple[str, ...]
    request_id: str = ""


Operation = Learn | LearnAll | Forget | Suggested


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """What became of an operation."""

    number: int  # from 1, over the life of the model
    examples: int  # that the model held after it
    changed: int  # examples learnt or forgotten, texts noted
    repeated: bool = False  # it was asked before, and this is the answer of then


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a vector must be like to be learnt from."""

    dim: int
    dtype: np.dtype[Any]  # in which the model keeps its vectors
    alpha: float


def checked(operation: Operation, limits: Limits) -> Operation:
    """The operation with plain values, its vector in the model's precision.

    Raises
    ------
    ConfigError
        For a request id that cannot be kept.
    DataError
        For a text, a score, metadata or a vector that cannot be learnt.
    """
    check_id(operation.request_id)
    if isinstance(operation, Suggested):
        return replace(operation, texts=tuple(check_texts(operation.texts)))
    if isinstance(operation, LearnAll):
        return replace(operation, examples=_all_checked(operation.examples, limits))
    if isinstance(operation, Forget):
        check_text(operation.text)
        return operation
    return _checked_example(operation, limits)


def _all_checked(examples: tuple[Learn, ...], limits: Limits) -> tuple[Learn, ...]:
    if not examples:
        raise DataError("examples is empty; it must hold one or more; leave the request out")
    checked = []
    for place, example in enumerate(examples):
        try:
            checked.append(_checked_example(example, limits))
        except DataError as error:
            raise DataError(f"example {place}: {error}") from error
    return tuple(checked)


def _checked_example(operation: Learn, limits: Limits) -> Learn:
    return Learn(
        text=check_text(operation.text),
        score=check_score(operation.score),
        vector=_check_vector(operation.vector, limits),
        metadata=_as_read_back(check_metadata(operation.metadata)),
        request_id=operation.request_id,
    )


def check_id(request_id: object) -> None:
    """Refuse what is no request id."""
    if not isinstance(request_id, str) or len(request_id) > LONGEST_ID:
        raise ConfigError(
            f"request_id is {request_id!r:.60}; it must be a string of {LONGEST_ID} characters at most; a random UUID is a good one"
        )


def content_digest(operation: Operation) -> str:
    """Tells an operation from another with the same request id; the vector, which may differ by rounding, is left out."""
    if isinstance(operation, Learn):
        content: list[Any] = ["learn", *_content_of(operation)]
    elif isinstance(operation, LearnAll):
        content = ["learn all", *map(_content_of, operation.examples)]
    elif isinstance(operation, Forget):
        content = ["forget", operation.text]
    else:
        content = ["suggested", *operation.texts]
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=12).hexdigest()


def _content_of(example: Learn) -> list[Any]:
    return [example.text, example.score, example.metadata]


def _as_read_back(metadata: dict[str, Any] | None) -> dict[str, Any] | None:
    """As JSON gives it back, so that a repeat is known and memory holds what the disk holds."""
    found: dict[str, Any] | None = json.loads(json.dumps(metadata))
    return found


def _check_vector(vector: Array, limits: Limits) -> Array:
    try:
        given = np.asarray(vector, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"a vector holds no numbers ({error}); it must be one row of them; embed the text"
        ) from error
    if given.shape != (limits.dim,):
        raise DataError(
            f"a vector has shape {given.shape}; the model was trained on ({limits.dim},); embed with the model's encoder and width"
        )
    with np.errstate(over="ignore"):  # too large for float32 is infinite, and refused
        kept = np.array(given, dtype=limits.dtype)
    if not np.isfinite(kept).all():
        raise DataError("a vector is not finite; every number must be; embed the text again, or leave it out")
    check_norm(float(np.square(kept, dtype=np.float64).sum()), limits.alpha)
    return kept


def check_norm(square: float, alpha: float) -> None:
    """Refuse a row whose squared length could put it too far from the mean for this alpha, wherever the mean goes.

    What is written down must be learnable later, beside examples that come or go meanwhile: no two rows of at most this
    length lie further apart than twice of it.
    """
    check_reach(4 * square, alpha, DataError)
