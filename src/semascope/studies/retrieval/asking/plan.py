"""The cells of a study of retrieval: ways of searching, and which of them the others are held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from semascope.encoders.instructions import Instruction, parse_instructions
from semascope.encoders.long import check_long
from semascope.errors import ConfigError
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.hybrid_settings import Hybrid, is_hybrid
from semascope.retrieval.words.bm25_settings import Bm25, is_bm25
from semascope.words.texts import BETWEEN, listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.studies.retrieval.asking.settings import RetrievalStudy

NO_INSTRUCTION = Instruction("default", "")
TRUNCATE = "truncate"


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """Documents by the words that they share with a query."""

    id: str
    settings: Bm25  # settled


@dataclass(frozen=True, kw_only=True, slots=True)
class Dense:
    """Documents by their vectors, or by the vector of their best passage."""

    id: str
    encoder: str  # its name in the study
    instruction: Instruction = NO_INSTRUCTION  # of queries alone
    long: str = TRUNCATE
    dim: int | None = None  # None: full width
    passage: PassageLength | None = None  # None: documents are whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What somebody else's system found, out of a file."""

    id: str
    file: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixed:
    """Rankings of other cells put together."""

    id: str
    settings: Hybrid
    # ids of cells, one tuple a part; of several the choosing queries take one
    parts: tuple[tuple[str, ...], ...]


Cell: TypeAlias = Words | Dense | Given | Mixed
Single: TypeAlias = Words | Dense | Given


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What was asked for, by kind, each in the order given."""

    encoders: Sequence[str]
    words: Sequence[Bm25]
    hybrids: Sequence[Hybrid]
    runs: Mapping[str, str] = field(default_factory=dict)  # files of others' runs, by name

    @classmethod
    def of(cls, asked: Sequence[str], *, bm25: bool, runs: Mapping[str, str] | None = None) -> Written:
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
            runs=runs or {},
        )

    def unnamed_parts(self, encoders: Iterable[str]) -> list[str]:
        """Parts of hybrids that are encoders without a cell of their own yet: they get one, as a hybrid is judged beside them."""
        known = {*encoders, *self.runs, *(one.label for one in self.words), *(one.name for one in self.words)}
        parts = [part for one in self.hybrids for part in one.parts]
        return list(
            dict.fromkeys(
                part for part in parts if part not in known and BETWEEN not in part and not is_bm25(part)
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """In how many ways every encoder reads: the cells are all combinations."""

    instructions: Sequence[Instruction] = (NO_INSTRUCTION,)
    ways: Sequence[str] = (TRUNCATE,)  # of documents and queries over the encoder's limit
    dims: Sequence[int] = ()  # none: full widths
    passages: Sequence[PassageLength] = ()  # beside whole documents

    @classmethod
    def of(cls, study: RetrievalStudy) -> Grid:
        """That of a study.

        Raises
        ------
        ConfigError
            For an instruction or a way that there is not, and for passages that cannot be.
        """
        return cls(
            instructions=parse_instructions(study.instruction),
            ways=[check_long(way) for way in study.long],
            dims=study.dim,
            passages=[PassageLength.read(one) for one in study.passage],
        )

    def fitting(self, *, dim: int, max_tokens: int) -> Grid:
        """The grid without widths and passages that are more than an encoder has or reads."""
        return Grid(
            instructions=self.instructions,
            ways=self.ways,
            dims=[width for width in self.dims if width <= dim],
            passages=[one for one in self.passages if one.tokens <= max_tokens],
        )

    def cells(self, encoder: str) -> list[Dense]:
        """Those of one encoder: whole documents, then passages, which are within its limit and read in one way."""
        whole = [(way, None) for way in self.ways]
        parts = [(TRUNCATE, passage) for passage in self.passages]
        return [
            Dense(
                id=_named(encoder, instruction, way, dim, passage),
                encoder=encoder,
                instruction=instruction,
                long=way,
                dim=dim,
                passage=passage,
            )
            for (way, passage), instruction, dim in product(
                [*whole, *parts], self.instructions, self.dims or (None,)
            )
        ]


def _named(
    encoder: str, instruction: Instruction, way: str, dim: int | None, passage: PassageLength | None
) -> str:
    """The encoder, and behind it what is not its default: "minilm · topic · 128 · passages 64/8"."""
    parts = [
        encoder,
        "" if instruction == NO_INSTRUCTION else instruction.name,
        "" if way == TRUNCATE else way,
        "" if dim is None else str(dim),
        "" if passage is None else f"passages {passage.label}",
    ]
    return BETWEEN.join(filter(None, parts))


def make_cells(written: Written, grids: Mapping[str, Grid], *, language: str) -> list[Cell]:
    """BM25 first, then every encoder in every way, runs of others, and the hybrids.

    Parameters
    ----------
    grids
        How each encoder reads, by its name.
    language
        Code of the documents' language, for stop words and stemmer; "" where it is not known.

    Raises
    ------
    ConfigError
        For one name of two cells, a part of a hybrid that is no cell, and a study without a cell.
    """
    words = [Words(id=one.label, settings=one.settled(language)) for one in written.words]
    dense = [cell for name, grid in grids.items() for cell in grid.cells(name)]
    given = [Given(id=name, file=file) for name, file in written.runs.items()]
    single: list[Single] = [*words, *dense, *given]
    mixed = [
        Mixed(id=one.label, settings=one, parts=tuple(_part(part, one, single) for part in one.parts))
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


def needs_no_choice(cells: Sequence[Cell]) -> bool:
    """Whether there are two cells at most: what chooses a weight or a part is a hybrid, whose parts are two cells more."""
    return len(cells) <= 2


def baseline_of(cells: Sequence[Cell]) -> str:
    """Id of the cell that others are held against: BM25, else the first."""
    return next((cell.id for cell in cells if isinstance(cell, Words)), cells[0].id)


def left_out(grid: Grid, encoders: Iterable[Encoder]) -> list[str]:
    """Widths and passages that an encoder has no cell of, in a sentence each.

    Raises
    ------
    ConfigError
        Where an encoder has none of the widths, or none reads passages of a length whole.
    """
    encoders = list(encoders)
    found = []
    for encoder in encoders:
        fitting = grid.fitting(dim=encoder.dim, max_tokens=encoder.max_tokens)
        if grid.dims and not fitting.dims:
            raise ConfigError(
                f"dim is {min(grid.dims)}; encoder {encoder.name!r} has {encoder.dim} dims; choose from 1 to {encoder.dim}"
            )
        wide = [str(dim) for dim in grid.dims if dim not in fitting.dims]
        if wide:
            found.append(
                f"dim {listing(wide)} is left out for {encoder.name!r}, which has {encoder.dim} dims"
            )
        long = [one.label for one in grid.passages if one not in fitting.passages]
        if long:
            found.append(
                f"passages of {listing(long)} tokens are left out for {encoder.name!r}, which reads {encoder.max_tokens:,}"
            )
    most = max((encoder.max_tokens for encoder in encoders), default=0)
    for one in grid.passages:
        if encoders and one.tokens > most:
            raise ConfigError(
                f"passage has {one.tokens} tokens; the encoders of this study read {most:,} at most, so that each would be cut;"
                f" take {most} or fewer"
            )
    return found


def _part(part: str, hybrid: Hybrid, cells: Sequence[Single]) -> tuple[str, ...]:
    """The cells that a part of a hybrid stands for: all of an encoder, of which the choosing queries take one, or one by its id."""
    found = tuple(
        cell.id
        for cell in cells
        # what another part names is not taken twice
        if isinstance(cell, Dense) and cell.encoder == part and cell.id not in set(hybrid.parts) - {part}
    )
    found = found or tuple(cell.id for cell in cells if cell.id == part)
    if found:
        return found
    known = listing([repr(cell.id) for cell in cells]) or "none"
    raise ConfigError(
        f"{hybrid.label}: part {part!r} is no cell of this study; cells are {known}; name one of them, or add --encoder {part}"
    )
