"""Two families of labels, as they are written: ``political=talk.politics.*``."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelFamily:
    """Labels that are taken together."""

    name: str
    labels: tuple[str, ...]  # in the order of the column's values
    written: str  # the globs as they were given


def parse_families(
    written: Sequence[str], known: Sequence[str], *, column: str = "label"
) -> tuple[LabelFamily, LabelFamily]:
    """Two families from ``NAME=GLOB[,GLOB...]``.

    Parameters
    ----------
    known
        Values of the label column. A glob is matched with capitals: ``*`` stands for any letters, ``?`` for one,
        ``[ab]`` for one of several.

    Raises
    ------
    ConfigError
        Not two families, one without a name or globs, equal names, a glob that matches no value, or a value that
        belongs to both.

    Examples
    --------
    >>> pair = parse_families(["a=x.*", "b=y"], ["x.1", "x.2", "y", "z"])
    >>> [(family.name, family.labels) for family in pair]
    [('a', ('x.1', 'x.2')), ('b', ('y',))]
    """
    if len(written) != 2:
        raise ConfigError(
            f"contrast is given {len(written)} times; it takes two families; write NAME=LABEL[,LABEL] twice"
        )
    first, second = (_family(each, known, column) for each in written)
    if first.name == second.name:
        raise ConfigError(f"two families are called {first.name!r}; names must differ; rename one")
    both = [label for label in first.labels if label in second.labels]
    if both:
        raise ConfigError(
            f"{listing([repr(label) for label in both])} of {column!r} belongs to {first.name!r} and to {second.name!r}; "
            "a label belongs to one family; write narrower globs"
        )
    return first, second


def _family(written: str, known: Sequence[str], column: str) -> LabelFamily:
    name, given, globs = (part.strip() for part in written.partition("="))
    wanted = [glob.strip() for glob in globs.split(",") if glob.strip()]
    if not given or not name or not wanted:
        raise ConfigError(
            f"contrast is {written!r}; it is written NAME=LABEL[,LABEL], * for any letters; name the family and its labels"
        )
    for glob in wanted:
        if not any(fnmatchcase(label, glob) for label in known):
            raise ConfigError(
                f"contrast {name!r} asks for {glob!r}, which no value of {column!r} matches; known are "
                f"{listing(list(known), limit=30)}; correct it"
            )
    labels = tuple(label for label in known if any(fnmatchcase(label, glob) for glob in wanted))
    return LabelFamily(name=name, labels=labels, written=",".join(wanted))
