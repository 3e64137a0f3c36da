"""What makes pairs of a title and its text easier, or fewer, than they look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.contained import stands_in
from semascope.data.duplicates import find_duplicates
from semascope.errors import DataError
from semascope.words.numbers import count, percent, some_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.duplicates import Duplicates
    from semascope.types import Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PairChecks:
    """Of n pairs, which give themselves away and which repeat another one."""

    n: int
    title_in_text: Ints  # positions of the pairs whose title, of four words or more, stands in the text
    titles: Duplicates  # among the n titles
    texts: Duplicates  # among the n texts

    def lines(self) -> list[str]:
        """One sentence a finding that there is.

        Examples
        --------
        >>> checks = check_pairs(["Tides on a sphere"] * 2, ["High at noon.", "We treat tides on a sphere."])
        >>> for line in checks.lines():
        ...     print(line)
        1 of 2 titles (50 %) stands word by word in its text (row 1): common words alone find it
        1 title repeats an earlier one (row 1)
        """
        found = []
        if inside := len(self.title_in_text):
            share = percent(inside / self.n, 1 if inside / self.n < 0.0995 else 0, space=" ")
            one = inside == 1
            found.append(
                f"{inside:,} of {self.n:,} titles ({share}) {'stands' if one else 'stand'} word by word in"
                f" {'its' if one else 'their'} text ({some_rows(self.title_in_text)}): common words alone find"
                f" {'it' if one else 'them'}"
            )
        for noun, these in (("title", self.titles), ("text", self.texts)):
            for says, rows in (("repeat", these.exact_repeats), ("nearly repeat", these.near_repeats)):
                if len(rows):
                    verb = says + "s" * (len(rows) == 1)
                    found.append(f"{count(len(rows), noun)} {verb} an earlier one ({some_rows(rows)})")
        return found


def check_pairs(titles: Sequence[str], texts: Sequence[str]) -> PairChecks:
    """Titles that stand in their texts, and copies among each.

    Parameters
    ----------
    titles, texts
        n each; text i belongs to title i. What a copy is, ``find_duplicates`` says.

    Raises
    ------
    DataError
        When there are not as many of the one as of the other.
    """
    if len(titles) != len(texts):
        raise DataError(
            f"titles are {len(titles)} and texts {len(texts)}; each title needs one text; give as many"
        )
    inside = [stands_in(title, text) for title, text in zip(titles, texts, strict=True)]
    return PairChecks(
        n=len(titles),
        title_in_text=np.flatnonzero(inside),
        titles=find_duplicates(titles),
        texts=find_duplicates(texts),
    )
