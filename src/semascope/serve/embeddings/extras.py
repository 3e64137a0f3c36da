"""Fields that this service does not have: clients send some, and one that is meant to change the vectors is never ignored."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from semascope.serve.embeddings.body import EmbeddingsBody
from semascope.serve.refusals import FieldRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN = tuple(EmbeddingsBody.model_fields)
_HARMLESS = frozenset({"user"})  # OpenAI's own; changes no vector
_UNIT = frozenset({"normalize", "normalized", "normalise", "normalize_embeddings"})
# What other servers call what is asked for here (text-embeddings-inference, Voyage, Cohere, Jina, Gemini, vLLM).
_OTHERS = {
    "prompt_name": "input_type",
    "task": "input_type",
    "task_type": "input_type",
    "prompt": "instruction",
    "query_instruction": "instruction",
    "output_dimension": "dimensions",
    "output_dimensionality": "dimensions",
    "output_dtype": "encoding_format",
    "embedding_type": "encoding_format",
    "embedding_types": "encoding_format",
    "truncation": "truncate",
    "truncate_prompt_tokens": "truncate",
}
_MOST = 32  # fields; a name is looked at letter by letter
_LONGEST = 40  # letters of a name that may be a mistyped one


def check_extras(extras: Mapping[str, Any]) -> list[str]:
    """A sentence about fields that are ignored; none where there are none.

    Raises
    ------
    FieldRefused
        For a field that is near one of ours or means one of ours elsewhere, and for rows of other than unit length.
    """
    given = [name for name, value in extras.items() if value is not None and name not in _HARMLESS]
    if len(given) > _MOST:
        raise FieldRefused(
            f"the request has {len(given)} fields that are not known; at most {_MOST} are ignored; known are"
            f" {', '.join(_OWN)}",
            param=given[0][:_LONGEST],
        )
    left = [name for name in given if not _is_met(name, extras[name])]
    for name in left:
        _check(name)
    if not left:
        return []
    named = ", ".join(repr(name[:_LONGEST]) for name in left)
    return [f"ignored: {named}; known are {', '.join(_OWN)}"]


def _is_met(name: str, value: Any) -> bool:
    """Whether a field asks for unit length, which rows have."""
    if name not in _UNIT:
        return False
    if value is True:
        return True
    raise FieldRefused(f"{name} is not true; rows have unit length always; leave it out", param=name)


def _check(name: str) -> None:
    near = get_close_matches(name.lower(), _OWN, n=1, cutoff=0.8) if len(name) <= _LONGEST else []
    meant = _OTHERS.get(name) or next(iter(near), None)
    if meant is not None:
        raise FieldRefused(
            f"{name!r} is no field of this request, and would change the vectors if it were; the field here is"
            f" {meant!r}; use that, or leave it out",
            param=name,
        )
