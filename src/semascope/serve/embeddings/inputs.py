"""The texts of a request, or the token ids, whichever way they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from semascope.serve.refusals import FieldRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

_ACCEPTED = "accepted are a string, a list of strings, a list of token ids, and a list of such lists"
_KINDS = {
    bool: "true or false",
    type(None): "null",
    int: "a number",
    float: "a number",
    dict: "an object",
    str: "a string",
    list: "a list",
}


def read_input(given: Any) -> list[str] | list[list[int]]:
    """Texts, or ids of texts, one or more.

    Raises
    ------
    FieldRefused
        For anything else, naming the place.

    Examples
    --------
    >>> read_input("low tide"), read_input([7, 8]), read_input([[7, 8], [9]])
    (['low tide'], [[7, 8]], [[7, 8], [9]])
    """
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list):
        _refuse("input", given)
    if not given:
        raise FieldRefused("input is an empty list; a text, or several, is accepted; send one", param="input")
    kinds = set(map(type, given))
    if kinds == {str}:
        return given
    if kinds == {int}:
        return [given]
    if kinds == {list}:
        return _id_lists(given)
    odd = _odd(given, type(given[0]) if type(given[0]) in (str, int, list) else None)
    _refuse(f"input[{odd}]", given[odd])


def check_not_empty(texts: Sequence[str], *, alone: bool) -> None:
    """Refuse an empty text, and one of white space alone: there is nothing to embed.

    Parameters
    ----------
    alone
        Whether the one text was no list, so that its place has no number.
    """
    for place, text in enumerate(texts):
        if not text or text.isspace():
            raise FieldRefused(
                f"{'input' if alone else f'input[{place}]'} is empty, or white space alone; a text must hold something; leave it out",
                param="input",
            )


def _id_lists(given: list[list[Any]]) -> list[list[int]]:
    for place, ids in enumerate(given):
        if not ids:
            raise FieldRefused(
                f"input[{place}] is an empty list; one of token ids holds one or more; leave it out",
                param="input",
            )
        if set(map(type, ids)) != {int}:
            odd = _odd(ids, int)
            _refuse(f"input[{place}][{odd}]", ids[odd])
    return given


def _odd(given: list[Any], kind: type | None) -> int:
    """Where the first stands that is of another kind; one of them is. In C: there may be millions of ids before it."""
    kinds = list(map(type, given))
    return min(kinds.index(other) for other in set(kinds) if other is not kind)


def _refuse(place: str, value: Any) -> NoReturn:
    raise FieldRefused(
        f"{place} is {_KINDS.get(type(value), 'no JSON')}; {_ACCEPTED}; send one of them", param="input"
    )
