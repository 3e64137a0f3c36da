"""The role that a request gives its texts: behind the model's name, or in a field, in the words of several services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.serve.refusals import FieldRefused

if TYPE_CHECKING:
    from semascope.encoders.templates import Role

_NAMED: dict[str, Role | None] = {"query": "query", "document": "document", "none": None}
# Cohere's, NVIDIA's and Jina's words for the same.
_WRITTEN: dict[str, Role | None] = {
    **_NAMED,
    "search_query": "query",
    "search_document": "document",
    "passage": "document",
    "retrieval.query": "query",
    "retrieval.passage": "document",
}


def read_role(after_name: str | None, input_type: str | None) -> tuple[Role | None, bool]:
    """The role, and whether one was given at all ("none" is one).

    Parameters
    ----------
    after_name
        What stands behind the name of the model, without its question mark; None: nothing.

    Raises
    ------
    FieldRefused
        For words that stand for no role, and for two roles.

    Examples
    --------
    >>> read_role("query", None), read_role(None, "search_document"), read_role(None, None)
    (('query', True), ('document', True), (None, False))
    """
    given = []
    if after_name is not None:
        given.append(_known(after_name, _NAMED, param="model", before="what follows '?' in model"))
    if input_type is not None:
        given.append(_known(input_type, _WRITTEN, param="input_type", before="input_type"))
    if len(set(given)) > 1:
        raise FieldRefused(
            f"model ends in ?{after_name} and input_type is {input_type!r}; both must say the same; leave one out",
            param="input_type",
        )
    return (given[0], True) if given else (None, False)


def _known(word: str, known: dict[str, Role | None], *, param: str, before: str) -> Role | None:
    if word not in known:
        tasks = "; a task other than retrieval is given as instruction" if param == "input_type" else ""
        raise FieldRefused(
            f"{before} is {word[:40]!r}; accepted are {', '.join(known)}; use one of them{tasks}", param=param
        )
    return known[word]
