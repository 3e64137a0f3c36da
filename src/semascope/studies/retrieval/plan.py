"""The cells of a study of retrieval: ways of searching, and which of them the others are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from semascope.encoders.naming import BETWEEN
from semascope.errors import ConfigError
from semascope.retrieval.bm25_settings import Bm25, is_bm25
from semascope.retrieval.hybrid_settings import Hybrid, is_hybrid
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """Documents by the words that they share with a query."""

    id: str
    settings: Bm25  # settled


@dataclass(frozen=True, kw_only=True, slots=True)
class Dense:
    """Documents by their vectors."""

    id: str
    encoder: str  # its name in the study
    dim: int | None  # None: full width


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixed:
    """Rankings of other cells put together."""

    id: str
    settings: Hybrid
    parts: tuple[str, ...]  # ids of cells


Cell: TypeAlias = Words | Dense | Mixed


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What was asked for, by kind, each in the order given."""

    encoders: Sequence[str]
    words: Sequence[Bm25]
    hybrids: Sequence[Hybrid]

    @classmethod
    def of(cls, asked: Sequence[str], *, bm25: bool) -> Written:
        """Read ``--encoder``; with ``bm25`` there is one BM25 at least.

        Raises
        ------
        ConfigError
            For settings that there are not.
        """
        words = [Bm25.read(one) for one in asked if is_bm25(one)]
        if words and not bm25:
            raise ConfigError(
                f"encoder has {words[0].label!r} and no-bm25 leaves BM25 out; only one of them can hold; leave one out"
            )
        return cls(
            encoders=[one for one in asked if not is_bm25(one) and not is_hybrid(one)],
            words=words or ([Bm25()] if bm25 else []),
            hybrids=[Hybrid.read(one) for one in asked if is_hybrid(one)],
        )


def make_cells(
    written: Written, encoders: Sequence[str], dims: Sequence[int], *, language: str
) -> list[Cell]:
    """BM25 first, then every encoder in every width, then the hybrids.

    Parameters
    ----------
    encoders
        Names of the encoders.
    dims
        Widths; none for the full ones.
    language
        Code of the documents' language, for stop words and stemmer; "" where it is not known.

    Raises
    ------
    ConfigError
        For one name of two cells, a part of a hybrid that is no cell or several, and a study without a cell.
    """
    words = [Words(id=one.label, settings=one.settled(language)) for one in written.words]
    dense = [
        Dense(id=name if dim is None else f"{name}{BETWEEN}{dim}", encoder=name, dim=dim)
        for name in encoders
        for dim in (dims or (None,))
    ]
    single: list[Words | Dense] = [*words, *dense]
    mixed = [
        Mixed(
            id=one.label,
            settings=one,
            parts=tuple(_part(part, one, single) for part in one.parts),
        )
        for one in written.hybrids
    ]
    cells: list[Cell] = [*single, *mixed]
    if not cells:
        raise ConfigError(
            "nothing is to be compared; a study needs one way of searching at least; add --encoder"
        )
    by_id: dict[str, Cell] = {}
    for cell in cells:
        if by_id.setdefault(cell.id, cell) is not cell:
            raise ConfigError(
                f"two cells are called {cell.id!r}; names must differ; leave one out, or give it a name of its own"
            )
    return cells


def baseline_of(cells: Sequence[Cell]) -> str:
    """Id of the cell that others are held against: BM25, else the first."""
    return next((cell.id for cell in cells if isinstance(cell, Words)), cells[0].id)


def _part(part: str, hybrid: Hybrid, cells: Sequence[Words | Dense]) -> str:
    """The cell that a part of a hybrid names: by its id, or by its encoder where that has one cell."""
    if any(cell.id == part for cell in cells):
        return part
    found = [cell.id for cell in cells if isinstance(cell, Dense) and cell.encoder == part]
    if len(found) == 1:
        return found[0]
    known = listing([repr(cell.id) for cell in cells]) or "none"
    what = f"stands for {listing([repr(one) for one in found])}" if found else "is no cell of this study"
    raise ConfigError(
        f"{hybrid.label}: part {part!r} {what}; cells are {known}; name one of them, or add --encoder {part}"
    )
