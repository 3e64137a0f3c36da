"""The posts of the newsgroups study, by scikit-learn's loader or from a copy on this machine."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.table import Table
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CATEGORIES = (
    "alt.atheism", "comp.graphics", "rec.autos", "rec.sport.baseball", "sci.crypt", "sci.med", "sci.space",
    "talk.politics.guns", "talk.politics.mideast", "talk.religion.misc",
)  # fmt: skip
"""The ten groups of the classic study."""
LEAST_CHARACTERS = 100  # shorter bodies say nothing once headers, quotes and signatures are gone


def fetch_newsgroups(
    *,
    limit: int = 800,
    categories: Sequence[str] = CATEGORIES,
    copy: Path | None = None,
    seed: int = 42,
) -> Table:
    """Posts without headers, quotes and signatures; as many of each group as there are to have.

    Parameters
    ----------
    limit
        Posts in all, 1 or more.
    categories
        Names of groups.
    copy
        The archive ``20news-bydate.tar.gz``, or the folder that it unpacks to; None downloads through scikit-learn.
    seed
        Of the choice among the posts of a group.

    Returns
    -------
    Table
        Columns ``text`` and ``label``.

    Raises
    ------
    DataError
        Without a network and a copy, for a copy that holds none of the groups, fewer than one post, or a negative seed.
    """
    if limit < 1:
        raise DataError(f"limit is {limit}; it must be 1 or more")
    if seed < 0:
        raise DataError(f"seed is {seed}; it must be 0 or more")
    posts = _from_copy(copy, categories) if copy else _from_loader(categories)
    by_group: dict[str, list[str]] = {category: [] for category in categories}
    for label, text in posts:
        if len(text.strip()) >= LEAST_CHARACTERS:
            by_group[label].append(text.strip())
    if empty := [label for label, texts in by_group.items() if not texts]:
        raise DataError(
            f"no post of {', '.join(empty)} was found; give the whole archive, or name other groups"
        )
    rng = np.random.default_rng(seed)
    shares = np.full(len(by_group), limit // len(by_group)) + (
        np.arange(len(by_group)) < limit % len(by_group)
    )
    texts, labels = [], []
    for (label, found), share in zip(by_group.items(), shares.tolist(), strict=True):
        found.sort()  # the loader and a copy come in different orders; the seed draws the same posts of both
        for place in rng.permutation(len(found))[:share]:
            texts.append(found[place])
            labels.append(label)
    return Table.from_columns({"text": texts, "label": labels}, source="newsgroups")


def _from_loader(categories: Sequence[str]) -> Iterator[tuple[str, str]]:
    from sklearn.datasets import fetch_20newsgroups

    try:
        found = fetch_20newsgroups(
            subset="all", categories=list(categories), remove=("headers", "footers", "quotes"), n_retries=1
        )
    except OSError as error:
        raise DataError(
            f"the newsgroups cannot be downloaded ({error}); they are fetched once and kept by scikit-learn; without a network"
            " give a copy with --from: 20news-bydate.tar.gz, or the folder that it unpacks to"
        ) from error
    except ValueError as error:  # it looks each name up in the groups that it has
        raise DataError(
            f"one of {', '.join(categories)} is no newsgroup ({error}); name groups such as {CATEGORIES[0]}"
        ) from error
    names = found.target_names
    return ((names[number], text) for number, text in zip(found.target, found.data, strict=True))


def _from_copy(copy: Path, categories: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(group, body) of every post."""
    from sklearn.datasets._twenty_newsgroups import (
        strip_newsgroup_footer,
        strip_newsgroup_header,
        strip_newsgroup_quoting,
    )

    if not copy.exists():
        raise DataError(f"{copy} does not exist; give 20news-bydate.tar.gz, or the folder that it unpacks to")
    for label, text in _posts(copy, set(categories)):
        # in the loader's order: another one leaves other texts
        yield label, strip_newsgroup_quoting(strip_newsgroup_footer(strip_newsgroup_header(text)))


def _posts(copy: Path, categories: set[str]) -> Iterator[tuple[str, str]]:
    if copy.is_dir():
        for file in sorted(
            path for path in copy.rglob("*") if path.is_file() and path.parent.name in categories
        ):
            yield file.parent.name, file.read_text(encoding="latin1")
        return
    try:
        with tarfile.open(copy) as archive:
            members = [
                each
                for each in archive.getmembers()
                if each.isfile() and Path(each.name).parent.name in categories
            ]
            for member in sorted(members, key=lambda each: each.name):
                stream = archive.extractfile(member)
                if stream is not None:
                    yield Path(member.name).parent.name, stream.read().decode("latin1")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataError(
            f"{copy} cannot be read as an archive ({error}); give 20news-bydate.tar.gz or its folder"
        ) from error
