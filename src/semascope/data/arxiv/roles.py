"""What a category is to a study: its subject, what lies near it, what lies far from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

STUDY = (
    ("main", ("gr-qc",)),
    ("soft", ("hep-th", "astro-ph.CO")),
    ("hard", ("math-ph", "cond-mat.stat-mech")),
    ("cross", ("cs.LG", "cs.AI", "stat.ML")),
    ("other", ("q-bio.*",)),
)
"""The roles of the astrophysics study, with their categories."""
NAMES = tuple(name for name, _ in STUDY)
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.(?:[A-Za-z]+(?:-[A-Za-z]+)*|\*))?")


def check_category(category: str) -> str:
    """The category, as it was given.

    Raises
    ------
    ConfigError
        For what cannot be one. Whether arXiv has it, only arXiv knows.
    """
    if not _CATEGORY.fullmatch(category):
        raise ConfigError(
            f"category is {category!r}; it must look like gr-qc, astro-ph.CO or q-bio.*; see arxiv.org/category_taxonomy"
        )
    return category


@dataclass(frozen=True, kw_only=True, slots=True)
class Roles:
    """Which role a category has; by default as in the study.

    Parameters
    ----------
    categories
        Pairs of a role and its categories. ``q-bio.*`` stands for all that begin with ``q-bio.``; a category that is named
        in full goes before that.
    """

    categories: tuple[tuple[str, tuple[str, ...]], ...] = STUDY

    @classmethod
    def parsed(cls, given: Sequence[str]) -> Roles:
        """Those of the study, with some replaced.

        Parameters
        ----------
        given
            Texts such as ``soft=hep-th,astro-ph.CO``. A role that is named has these categories and no others; a category
            that is named leaves the role that it had.

        Raises
        ------
        ConfigError
            For an unknown role, a role without categories, and a category of two roles.

        Examples
        --------
        >>> roles = Roles.parsed(["soft=hep-th", "hard=math.DG"])
        >>> roles.of("hep-th"), roles.of("astro-ph.CO"), roles.of("math.DG"), roles.of("q-bio.NC")
        ('soft', None, 'hard', 'other')
        """
        replaced: dict[str, tuple[str, ...]] = {}
        for text in given:
            name, equals, listed = text.partition("=")
            if name not in NAMES or not equals:
                raise ConfigError(
                    f"role is {text!r}; it must be ROLE=CATEGORY,CATEGORY with one of {', '.join(NAMES)}; write soft=hep-th"
                )
            found = tuple(check_category(each.strip()) for each in listed.split(",") if each.strip())
            replaced[name] = (*replaced.get(name, ()), *found)
        named = [category for each in replaced.values() for category in each]
        if not all(replaced.values()) or (twice := {each for each in named if named.count(each) > 1}):
            problem = (
                f"{', '.join(sorted(twice))} is named twice"
                if all(replaced.values())
                else "one has no category"
            )
            raise ConfigError(f"roles are {', '.join(given)}, and {problem}; name each category once")
        return cls(
            categories=tuple(
                (name, replaced.get(name) or tuple(each for each in standard if each not in named))
                for name, standard in STUDY
            )
        )

    def of(self, category: str) -> str | None:
        """The role of a category; None where it has none."""
        pattern = category.partition(".")[0] + ".*"
        for wanted in (category, pattern):
            for name, categories in self.categories:
                if wanted in categories:
                    return name
        return None
