"""What the reader should know of a tuning's data and course."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from semascope.data.seen import among
from semascope.encoders.protocol import Tuned
from semascope.studies.result import Note
from semascope.tuning.contrastive.rows import JOINED
from semascope.words.numbers import count, fixed, percent, rounded_share
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.data.token_lengths import TokenLengths
    from semascope.encoders.protocol import Encoder
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.kinds.kind import Kind
    from semascope.studies.tuned.result import MinedTold
    from semascope.studies.tuned.training.train import Trained
    from semascope.tuning.contrastive.poolings import ComparedPoolings
    from semascope.tuning.start import Start

EASY = 0.98
"""Share of queries whose own document was nearest before they learnt anything: there is nothing to tell apart."""
_OFTEN = 1.05  # times a row stands in an epoch, above which its role is said to repeat
_PLURAL = {"query": "queries", "document": "documents", "text": "texts"}
_SELDOM = 0.9  # below which rows are said to wait


def notes_of(
    plan: TunePlan,
    kind: Kind,
    start: Start,
    trained: Trained,
    *,
    lengths: Sequence[TokenLengths] = (),
    poolings: ComparedPoolings | None = None,
) -> list[Note]:
    """Warnings first.

    Parameters
    ----------
    lengths
        Of the texts of each column, with the tokens that are read among their limits.
    """
    found = [
        *ended(plan, trained),
        *known_to_base(start.encoder, kind.columns()),
        *smaller(plan, trained),
        *unshared(plan),
        *too_easy(plan, trained),
        *cut(lengths, start.checkpoint.max_tokens, most=start.encoder.max_tokens),
        *kind.notes(),
        *filled(trained),
        *mined(kind.mined()),
        *asked(plan),
        *pooled(poolings),
    ]
    return sorted(found, key=lambda note: note.level != "warning")


def ended(plan: TunePlan, trained: Trained) -> list[Note]:
    """Why training ended before its time, where it did."""
    if trained.stopped:
        return [
            Note(
                level="warning",
                title="Training ended before its time",
                text=f"{capital(trained.stopped)}; what is kept is that of step {trained.kept_step:,}. A lower --rate, or --precision"
                " float32, may carry it further.",
            )
        ]
    planned = plan.steps_of(trained.a_epoch)
    if trained.steps >= planned:
        return []
    return [
        Note(
            level="info",
            title=f"Training ended after {trained.steps:,} of {count(planned, 'step')}",
            text=f"{count(plan.patience, 'look')} in a row {'was' if plan.patience == 1 else 'were'} no better; what is kept is that of"
            f" step {trained.kept_step:,}.",
        )
    ]


def known_to_base(encoder: Encoder, columns: Mapping[str, Sequence[str]]) -> list[Note]:
    """Texts of these data that the base itself was tuned on."""
    if not isinstance(encoder, Tuned) or not len(encoder.seen):
        return []
    found = {name: int(among(texts, encoder.seen).sum()) for name, texts in columns.items()}
    told = [
        f"{number:,} of {len(columns[name]):,} {_PLURAL.get(name, name)}"
        for name, number in found.items()
        if number
    ]
    if not told:
        return []
    return [
        Note(
            level="warning",
            title=f"{encoder.name} was tuned on some of these texts",
            text=f"It has seen {listing(told)}, so that its own figures are flattered, and a gain looks smaller than it is elsewhere.",
            count=sum(found.values()),
        )
    ]


def too_easy(plan: TunePlan, trained: Trained) -> list[Note]:
    """Roles whose queries found their own document before they learnt anything."""
    first = trained.hardness[0] if trained.hardness else {}
    easy = {role: told for role, told in first.items() if told["first"] > EASY}
    if not easy:
        return []
    harder = (
        "--mine 4 or a larger --batch makes them harder"
        if plan.flavour == "pairs"
        else "a larger --batch makes them harder"
    )
    own = "its own document" if plan.flavour == "pairs" else "a text of its own label"
    shares = listing(
        [
            f"{role} {rounded_share(told['first'])}" if role else rounded_share(told["first"])
            for role, told in easy.items()
        ]
    )
    whole, noun = len(easy) == len(first), "Role" if plan.flavour == "pairs" else "Label"
    text = (
        f"In the first round each found {own} before all others in its batch: {shares}. What is told apart already teaches little;"
        f" {harder}."
    )
    if whole:
        return [Note(level="warning", title="The batches were too easy to teach much", text=text)]
    return [
        Note(
            level="info",
            title=f"{noun}{'' if len(easy) == 1 else 's'} {listing([repr(role) for role in easy])} {'was' if len(easy) == 1 else 'were'} too easy to teach much",
            text=text,
        )
    ]


def cut(lengths: Iterable[TokenLengths], limit: int, *, most: int) -> list[Note]:
    """Texts that training did not read to their end; ``most`` tokens could be read."""
    told = [
        f"{rounded_share(column.above[limit])} of the {_PLURAL.get(column.column, column.column)}"
        for column in lengths
        if column.above.get(limit, 0.0) > 0
    ]
    if not told:
        return []
    more = "--tokens reads more, and takes longer" if most > limit else "the base reads no more either"
    return [
        Note(
            level="warning",
            title="Texts longer than what is read of them",
            text=f"{capital(listing(told))} have more than {limit:,} tokens; what stands behind them was not learnt from. {capital(more)}.",
        )
    ]


def filled(trained: Trained) -> list[Note]:
    """Roles whose rows repeat in an epoch, or wait for another one; and those that are dealt as one."""
    found = [note for one in trained.filling for note in _filled(one)]
    return [*found, *(note for one in trained.filling for note in _dealt_as_one(one, trained.batch))]


def _dealt_as_one(one: Mapping[str, Any], batch: int) -> list[Note]:
    """Roles that are too rare for a row of every batch (``RoleRows.pooled``)."""
    most, *rare = one["role"].split(JOINED)
    if not rare:
        return []
    return [
        Note(
            level="info",
            title=f"{'Role' if len(rare) == 1 else 'Roles'} {listing([repr(role) for role in rare])} {'is' if len(rare) == 1 else 'are'} not in every batch",
            text=f"{'Its' if len(rare) == 1 else 'Their'} rows are too few for one of each {batch:,}, so they are dealt among those of"
            f" {most!r}. With --share they stand in every batch, and an epoch is as short as they are few.",
        )
    ]


def _filled(one: Mapping[str, Any]) -> list[Note]:
    used = one["an_epoch"] / one["rows"] if one["rows"] else math.nan
    who = f"Role {one['role']!r}" if one["role"] else "The training side"
    if used > _OFTEN:
        return [
            Note(
                level="info",
                title=f"{who} repeats its rows",
                text=f"Its {count(one['rows'], 'row')} {'stands' if one['rows'] == 1 else 'stand'} {fixed(used, 1)} times in an epoch to fill"
                f" {one['a_batch']:,} places of every batch: they are learnt by heart sooner than others.",
                count=one["rows"],
            )
        ]
    if used < _SELDOM:
        return [
            Note(
                level="info",
                title=f"{who} is not used up in an epoch",
                text=f"{one['an_epoch']:,} of {count(one['rows'], 'row')} stand in an epoch, {percent(used, space=' ')}; the others wait for"
                " another one.",
                count=one["rows"] - one["an_epoch"],
            )
        ]
    return []


def mined(told: MinedTold | None) -> list[Note]:
    """What mining came to."""
    if told is None:
        return []
    empty = f"; {count(told.empty, 'pair')} got none" if told.empty else ""
    near = f" and {told.too_near:,} by a margin" if told.too_near else ""
    return [
        Note(
            level="info",
            title=f"{count(told.found, 'hard negative')} mined",
            text=f"For {count(told.pairs, 'pair')}{empty}. {count(told.answering, 'candidate')} that answer{'s' if told.answering == 1 else ''}"
            f" the query, or nearly repeat{'s' if told.answering == 1 else ''} what does, {'was' if told.answering == 1 else 'were'} left out{near}.",
            count=told.found,
        )
    ]


def smaller(plan: TunePlan, trained: Trained) -> list[Note]:
    """That batches hold fewer rows than were asked for, where they do."""
    if trained.batch >= plan.effective_batch:
        return []
    return [
        Note(
            level="warning",
            title="Smaller batches than asked for",
            text=f"No batch of {plan.effective_batch:,} can be filled without two rows of one document or text; each has"
            f" {trained.batch:,}, and so fewer wrong answers a query.",
            count=trained.batch,
        )
    ]


def pooled(found: ComparedPoolings | None) -> list[Note]:
    """Which pooling the frozen network does best with, where nobody had said one."""
    if found is None:
        return []
    figures = ", ".join(f"{one.pooling} {fixed(one.ndcg, 3)}" for one in found.figures)
    return [
        Note(
            level="info",
            title=f"Token vectors become one by {found.best}",
            text=f"The checkpoint does not say how, and the frozen network does best so: nDCG@10 of {count(found.queries, 'query', 'queries')}"
            f" that learn among {count(found.documents, 'document')} is {figures}. The base is read by the mean.",
        )
    ]


def unshared(plan: TunePlan) -> list[Note]:
    """That shares do not sum to 1, where they do not: they are taken as they stand to each other."""
    whole = sum(plan.share.values())
    if not plan.share or abs(whole - 1) < 0.005:
        return []
    return [
        Note(
            level="warning",
            title="Shares that do not sum to 1",
            text=f"They sum to {whole:.3g}, and are taken as they stand to each other: rows of roles without a share were not learnt from.",
        )
    ]


def asked(plan: TunePlan) -> list[Note]:
    """What the settings mean for whoever uses the encoder, or compares its training with another one's."""
    found = []
    if plan.sentence:
        whose = "Queries" if plan.flavour == "pairs" else "Texts"
        found.append(
            Note(
                level="info",
                title=f"{whose} were read with an instruction",
                text=f"“{plan.sentence}” It must be given again wherever the encoder is used: --instruction {_quoted(plan.instruction)}.",
            )
        )
    if plan.accumulate > 1:
        found.append(
            Note(
                level="info",
                title=f"{plan.accumulate:,} batches are one step",
                text=f"Carried out as one batch of {plan.effective_batch:,} (GradCache): adding up gradients of small batches would be"
                " another loss.",
            )
        )
    return found


def _quoted(written: str) -> str:
    return written if written.isalnum() else f'"{written}"'
