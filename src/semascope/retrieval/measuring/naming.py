"""What a measure of a run is called: names read and written alike, ``nDCG@10``."""

from __future__ import annotations

import re
from difflib import get_close_matches

from semascope.errors import ConfigError
from semascope.retrieval.measuring.measures import FAMILIES, QueryMeasure

DEFAULT = "nDCG@10"
_NAME = re.compile(r"\s*([A-Za-z]+)\s*(?:@\s*(\d+))?\s*", flags=re.ASCII)
_ALSO = {"recall": "r", "precision": "p", "mrr": "rr", "map": "ap", "hit": "success"}  # what others write
_BY_NAME = {family.name.casefold(): family for family in FAMILIES}


def query_measure(name: str) -> QueryMeasure:
    """The measure of that name.

    Parameters
    ----------
    name
        A family, and its cutoff behind ``@``; capitals do not matter, and ``Recall``, ``Precision``, ``MRR``, ``MAP`` and
        ``Hit`` are read as ``R``, ``P``, ``RR``, ``AP`` and ``Success``.

    Raises
    ------
    ConfigError
        For a name that is not known, a cutoff of 0, and one that is missing or too much.

    Examples
    --------
    >>> [query_measure(name).name for name in ("ndcg@10", "MRR@10", "AP", "recall@100")]
    ['nDCG@10', 'RR@10', 'AP', 'R@100']
    """
    match = _NAME.fullmatch(name)
    word = "" if match is None else match[1].casefold()
    family = _BY_NAME.get(_ALSO.get(word, word))
    if match is None or family is None:
        raise ConfigError(f"measure {name!r} is not known; accepted are {_examples()}; {_hint(name)}")
    cutoff = None if match[2] is None else int(match[2])
    if cutoff == 0:
        raise ConfigError(f"measure {name!r} has cutoff 0; it must be 1 or more; write {family.example}")
    if cutoff is None and family.cutoff == "needed":
        raise ConfigError(
            f"measure {name!r} has no cutoff; {family.name} needs one, 1 or more; write {family.example}"
        )
    if cutoff is not None and family.cutoff == "none":
        raise ConfigError(
            f"measure {name!r} has a cutoff; {family.name} looks at all that was retrieved; write {family.example}"
        )
    return family.at(cutoff)


def _examples() -> str:
    return ", ".join(family.example for family in FAMILIES)


def _hint(name: str) -> str:
    word = name.partition("@")[0].strip().casefold()
    near = get_close_matches(word, [*_BY_NAME, *_ALSO], n=1)
    if not near:
        return "write one of these, with any cutoff"
    return f"did you mean {_BY_NAME[_ALSO.get(near[0], near[0])].example}?"
