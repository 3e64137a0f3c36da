"""Spaces that encoders make of texts: one for each encoder, instruction and width."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from semascope.data.seen import among
from semascope.embedding.bill import in_all
from semascope.embedding.consent import agree_to
from semascope.embedding.estimate import ToEmbed
from semascope.embedding.path import embed
from semascope.embedding.width import check_dim, cut
from semascope.encoders.catalogue import default_encoder, name_encoders
from semascope.encoders.choices import stated_choices
from semascope.encoders.instructions import parse_instruction
from semascope.encoders.loading import load_encoder
from semascope.encoders.protocol import Tuned
from semascope.errors import ConfigError
from semascope.spaces.preparing import Space
from semascope.words.numbers import count, some_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from semascope.data.table import Table
    from semascope.embedding.account import Account, Embedded
    from semascope.encoders.instructions import Instruction
    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.store.vectors import VectorStore
    from semascope.types import Ints, Precision, Progress, Step, Vectors


class Grid(Protocol):
    """What a plan says of its spaces: every encoder under every instruction at every width."""

    @property
    def encoder(self) -> Sequence[str]:
        """As a user names them; none takes the packaged default."""

    @property
    def instruction(self) -> Sequence[str]:
        """``NAME`` or ``NAME=SENTENCE``; none takes ``default``."""

    @property
    def dim(self) -> Sequence[int]:
        """Widths to keep; none takes each encoder's full width."""

    @property
    def precision(self) -> Precision:
        """Of the arithmetic."""

    @property
    def device(self) -> str:
        """Where the vectors are computed."""

    @property
    def trust_remote_code(self) -> bool:
        """Whether code that comes with a checkpoint may run."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Beside:
    """Other texts that every space places too: the queries of a collection, the other texts of pairs."""

    name: str
    texts: Sequence[str]  # m
    role: Role | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sourced:
    """Spaces of n texts, and what a reader must know of how they came about."""

    spaces: tuple[Space, ...]
    notes: tuple[str, ...]
    encoders: Mapping[str, str] = field(default_factory=dict)  # what each is read from, by its name
    made_by: tuple[str, ...] = ()  # name of the encoder of each space
    # by encoder: what was read or assumed about it, in sentences
    stated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # by encoder: the codes of the languages that it was trained for; None where nobody says
    reads: Mapping[str, AbstractSet[str] | None] = field(default_factory=dict)
    # by name, in the order of the spaces: the (m, d) vectors of the texts beside
    beside: Mapping[str, tuple[Vectors, ...]] = field(default_factory=dict)


def from_encoders(
    plan: Grid,
    table: Table,
    texts: Sequence[str],
    store: VectorStore | None,
    progress: Progress,
    *,
    long: str = "truncate",
    role: Role | None = None,
    beside: Sequence[Beside] = (),
) -> Sourced:
    """A space for each encoder, instruction and width.

    Parameters
    ----------
    table
        Where the texts come from: its row numbers and remarks stand in the notes.
    long
        What happens to a text over an encoder's limit.
    role
        Of the texts: documents of a collection take no instruction.
    beside
        Other texts, placed under the same encoder, instruction and width.
    """
    sources = name_encoders(plan.encoder or [default_encoder()])
    instructions = _instructions(plan)
    widths: list[int | None] = list(plan.dim) or [None]
    encoders = _load(plan, sources, widths, long)
    stated = {name: tuple(encoder.stated) for name, encoder in encoders.items()}
    reads = {name: encoder.languages for name, encoder in encoders.items()}
    placed = [Beside(name="", texts=texts, role=role), *beside]
    agree_to(_work(encoders.values(), instructions, placed), store=store)
    spaces: list[Space] = []
    made_by: list[str] = []
    others: dict[str, list[Vectors]] = {each.name: [] for each in beside}
    notes = [*_origins(sources), *notes_on_reading(table)]
    for name in sources:
        encoder = encoders.pop(name)  # so that the model before it can leave the memory
        accounts = []
        for instruction in instructions:
            given = _Given(encoder=encoder, sentence=instruction.sentence, store=store)
            embedded = given.embed(
                texts, role=role, numbers=table.rows, progress=_named(instruction.name, progress)
            )
            found = {
                each.name: given.embed(
                    each.texts, role=each.role, progress=_named(f"{each.name}, {instruction.name}", progress)
                ).vectors
                for each in beside
            }
            accounts.append(embedded.account)
            notes += stated_choices(encoder, instruction=instruction.sentence, dims=widths)
            for dim in widths:
                told = [  # what tells the space from the others
                    name if len(sources) > 1 else "",
                    instruction.name if len(instructions) > 1 or len(sources) * len(widths) == 1 else "",
                    f"{dim} dims" if len(widths) > 1 else "",
                ]
                called = ", ".join(filter(None, told))
                caption = instruction.sentence or "no instruction"
                spaces.append(Space(name=called, caption=caption, vectors=cut(embedded.vectors, dim)))
                made_by.append(name)
                for what, vectors in found.items():
                    others[what].append(cut(vectors, dim))
        notes += _account_notes(encoder, accounts)
        notes += _seen_notes(encoder, texts)
    return Sourced(
        spaces=tuple(spaces),
        notes=tuple(dict.fromkeys(notes)),
        encoders=sources,
        made_by=tuple(made_by),
        stated=stated,
        reads=reads,
        beside={what: tuple(vectors) for what, vectors in others.items()},
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Given:
    """An encoder under an instruction."""

    encoder: Encoder
    sentence: str  # "" for none
    store: VectorStore | None

    def embed(
        self,
        texts: Sequence[str],
        *,
        role: Role | None,
        progress: Progress,
        numbers: Ints | None = None,
    ) -> Embedded:
        """Vectors of texts; documents of a collection take no instruction."""
        return embed(
            texts,
            encoder=self.encoder,
            instruction="" if role == "document" else self.sentence,
            role=role,
            store=self.store,
            numbers=numbers,
            progress=progress,
        )


def _work(
    encoders: Iterable[Encoder], instructions: Sequence[Instruction], placed: Sequence[Beside]
) -> Iterator[ToEmbed]:
    """All that will be embedded."""
    for encoder in encoders:
        for instruction in instructions:
            for each in placed:
                sentence = "" if each.role == "document" else instruction.sentence
                yield ToEmbed(texts=each.texts, encoder=encoder, instruction=sentence, role=each.role)


def _load(plan: Grid, sources: dict[str, str], widths: Sequence[int | None], long: str) -> dict[str, Encoder]:
    """Every encoder, checked before the first embeds; weights come later."""
    encoders = {
        name: load_encoder(
            source,
            called=name,
            precision=plan.precision,
            device=plan.device,
            trust_remote_code=plan.trust_remote_code,
            long=long,
        )
        for name, source in sources.items()
    }
    for encoder in encoders.values():
        for dim in widths:
            check_dim(dim, encoder)
    return encoders


def _instructions(plan: Grid) -> list[Instruction]:
    found = [parse_instruction(written) for written in plan.instruction or ["default"]]
    names = [instruction.name for instruction in found]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two instructions are called {name!r}; names must differ; rename one")
    return found


def _named(instruction: str, progress: Progress) -> Progress:
    """One stage for each instruction: the rate and the time left of a stage count from its own start."""

    def show(step: Step) -> None:
        progress(replace(step, stage=f"{step.stage}, {instruction}"))

    return show


def _origins(sources: dict[str, str]) -> list[str]:
    """Which encoder made the vectors, where the names of the spaces leave it open."""
    read = [f"{name!r} is the encoder in {source}." for name, source in sources.items() if source != name]
    return read if len(sources) > 1 else [f"The vectors come from {name}." for name in sources] + read


def _account_notes(encoder: Encoder, accounts: Sequence[Account]) -> list[str]:
    """Texts that were cut, and texts that say nothing; a longer instruction leaves less room."""
    rows = [account.truncated_rows for account in accounts]
    bills = in_all(account.bill for account in accounts if account.bill is not None and account.bill.requests)
    least, most, first = min(rows), max(rows), accounts[0]
    notes = [f"{encoder.name}: {bill}" for bill in bills]
    if most:
        many = f"{most:,}" if least == most else f"{least:,} to {most:,}, by instruction,"
        are, were = ("is", "was") if most == 1 else ("are", "were")
        notes.append(
            f"{encoder.name} reads {encoder.max_tokens:,} tokens: {many} of {first.rows:,} texts {are} longer and {were} cut"
        )
    if first.unknown_rows:
        notes.append(
            f"{encoder.name} knows no word of {_texts(first.unknown_rows)}: all such texts have the vector of its unknown"
            " token, and one place"
        )
    if first.empty_rows:
        said = "says nothing; it has" if len(first.empty_rows) == 1 else "say nothing; they have"
        notes.append(f"{_texts(first.empty_rows)} {said} a vector and a place like any other")
    return notes


def _seen_notes(encoder: Encoder, texts: Sequence[str]) -> list[str]:
    """That an encoder was tuned on some of the texts: it places them better than any others like them."""
    seen = int(among(texts, encoder.seen).sum()) if isinstance(encoder, Tuned) else 0
    if not seen:
        return []
    return [
        f"Warning: {encoder.name!r} was tuned on {seen:,} of the {len(texts):,} texts: its space looks better on them than on texts"
        " that it has not seen"
    ]


def notes_on_reading(table: Table) -> list[str]:
    """What was odd about the file, and about its characters."""
    remarks = [f"{'Warning: ' if each.warning else ''}{each.text}" for each in table.remarks]
    if not len(table.repaired):
        return remarks
    return [*remarks, f"{_texts(table.repaired.tolist())} had broken characters, read as U+FFFD"]


def _texts(rows: Sequence[int]) -> str:
    return f"{count(len(rows), 'text')} ({some_rows(rows, limit=5)})"
