"""What the reader should know about the data and the run, warnings first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.data.duplicates import GIANT
from semascope.embedding.bill import in_all, read_bill
from semascope.encoders.choices import lost_part, width_choice
from semascope.encoders.naming import source_of
from semascope.encoders.templates import get_template
from semascope.store.speeds import ELSEWHERE
from semascope.studies.heads.telling.leak_words import leak_title
from semascope.studies.heads.telling.other_languages import multilingual_way
from semascope.studies.result import Note
from semascope.studies.unread import reads_only
from semascope.words.numbers import count, percent
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set
    from typing import Any

    from semascope.embedding.bill import Bill
    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.asking.rows import Rows

_UNKNOWN = 0.01  # share of tokens outside a vocabulary from which on it is worth a word
READ_MORE = (
    "--long head-tail and --long chunk read more, and a study of several ways says what truncation costs"
)


def language_warnings(rows: Rows, encoders: Iterable[Encoder]) -> list[Note]:
    """A loud warning of encoders that were not trained for the language of some rows; one for all that read the same.

    An English-only encoder on other languages has invalidated a whole published comparison.
    """
    alike: dict[frozenset[str], list[str]] = {}
    for encoder in encoders:
        if encoder.languages is not None and rows.language.calls_for_warning(encoder.languages):
            alike.setdefault(frozenset(encoder.languages), []).append(encoder.name)
    notes = []
    way = multilingual_way(rows.language) if alike else ""
    for languages, names in alike.items():
        foreign = rows.language.foreign_rows(languages)
        its = "Its" if len(names) == 1 else "Their"
        notes.append(
            Note(
                level="warning",
                title=reads_only(names, languages),
                text=(
                    f"{in_other_languages(rows, languages)}. {its} vectors of"
                    f" those rows mean little: read the results by language{way}."
                ),
                rows=rows.table.rows[foreign].tolist(),
                count=len(foreign),
            )
        )
    return notes


def seen_notes(rows: Rows) -> list[Note]:
    """Encoders that were tuned on rows of this table: which rows still choose and judge, and who is not chosen among."""
    notes = []
    test = len(rows.split.test)
    for name, (train, held_out) in rows.seen.counts.items():
        parts = [f"{train:,} of {len(rows.split.train):,} training rows"] if train else []
        parts += [f"{held_out:,} of {test:,} held-out rows"] if held_out else []
        judged = " The held-out rows that it has not seen judge every cell." if held_out else ""
        chosen = " Every cell is chosen on the training rows that it has not seen." if train else ""
        if name in rows.seen.apart:
            chosen = (
                " It would look better there than it is, so its cells take no part in the choice; their held-out figures"
                " stand."
            )
        notes.append(
            Note(
                level="warning",
                title=f"{name} was tuned on {' and '.join(parts)} of this table",
                text=f"{chosen}{judged}".strip(),
                count=train + held_out,
            )
        )
    return notes


def in_other_languages(rows: Rows, languages: Set[str]) -> str:
    """How many rows are in others, and what was found."""
    shown = ", ".join(
        f"{name} {_percent(part)}" for name, part in rows.language.shares.items() if part >= 0.01
    )
    share = _percent(rows.language.foreign_share(languages))
    return f"{share} of the rows are in other languages ({shown}; from {rows.language.method})"


def instruction_warnings(prepared: Prepared) -> list[Note]:
    """An instruction given to encoders that were not trained to follow it is a stated choice."""
    strange: dict[bool, dict[str, None]] = {False: {}, True: {}}  # keys: trained with instructions of its own
    for cell in prepared.plan.cells:
        if cell.instruction.sentence:
            template = get_template(prepared.encoders[cell.encoder].space.template)
            if not template.knows(cell.instruction.sentence):
                strange[template.trained][cell.encoder] = None
    return [_instruction_warning(list(names), trained=trained) for trained, names in strange.items() if names]


def _instruction_warning(names: list[str], *, trained: bool) -> Note:
    was = "was" if len(names) == 1 else "were"
    if trained:
        return Note(
            level="warning",
            title=f"{listing(names)} {was} trained with a few tasks only",
            text="The sentence is none of them and is written in their form; `semascope encoders NAME` lists them.",
        )
    return Note(
        level="warning",
        title=f"{listing(names)} {was} not trained to follow instructions",
        text="The sentence is written in front of every text; what it changes is not what it asks for.",
    )


def width_notes(prepared: Prepared) -> list[Note]:
    """Widths that an encoder was not trained to be cut to are allowed, and said once per encoder.

    Loudly where the full width is not in the plan: nothing then shows what the cut costs.
    """
    notes = []
    for name, encoder in prepared.encoders.items():
        dims = [cell.dim for cell in prepared.plan.cells if cell.encoder == name]
        if said := width_choice(encoder, dims):
            level: Literal["warning", "info"] = "info" if encoder.dim in dims else "warning"
            notes.append(Note(level=level, title=f"{name} is cut to a narrower width", text=f"{said}."))
    return notes


def reading_notes(rows: Rows) -> list[Note]:
    """What the reader of the file has to say."""
    return [
        Note(
            level="warning" if remark.warning else "info",
            title=f"How {rows.table.source} was read",
            text=f"{capital(remark.text)}.",
        )
        for remark in rows.table.remarks
    ]


def data_notes(rows: Rows) -> list[Note]:
    """Leaks, duplicates, texts and targets that are missing."""
    notes = [*reading_notes(rows), *_leaks(rows), *_giants(rows)]
    exact, near = rows.duplicates.exact_repeats, rows.duplicates.near_repeats
    kept = "Copies stand on one side of the split" + (
        " where the given split allows it." if rows.given else "."
    )
    if len(exact):
        notes.append(
            _info(
                rows,
                exact,
                ("exact duplicate", "exact duplicates"),
                f"{'It repeats' if len(exact) == 1 else 'They repeat'} the text of an earlier row. {kept}",
            )
        )
    if len(near):
        share, their = ("It shares", "its") if len(near) == 1 else ("They share", "their")
        text = f"{share} at least four fifths of {their} word sequences with an earlier row. {kept}"
        notes.append(_info(rows, near, ("near duplicate", "near duplicates"), text))
    for found, title, texts in (
        (
            rows.empty,
            ("empty text", "empty texts"),
            (
                "It holds no visible character and is left out.",
                "They hold no visible character and are left out.",
            ),
        ),
        (
            rows.lacking,
            ("row without a target", "rows without a target"),
            (
                "It has a text but nothing to learn, and is left out.",
                "They have a text but nothing to learn, and are left out.",
            ),
        ),
        (
            rows.table.repaired,
            ("text with lone surrogates", "texts with lone surrogates"),
            ("Half characters became the replacement character.",) * 2,
        ),
    ):
        if len(found):
            notes.append(
                Note(
                    level="info",
                    title=count(len(found), *title),
                    text=texts[len(found) > 1],
                    rows=found.tolist(),
                    count=len(found),
                )
            )
    notes += _partly(rows)
    return notes


def cell_notes(records: Mapping[str, Mapping[str, Any]], encoders: Mapping[str, Encoder]) -> list[Note]:
    """Rows that encoders, by name, cut or read in windows; one note for all that did the same."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    for record in records.values():
        costs, name, long = record["costs"], record["cell"]["encoder"], record["cell"]["long"]
        if not name:
            continue
        if costs["truncated_rows"]:
            part = lost_part(encoders[name], long)
            key: tuple[Any, ...] = ("cut", costs["truncated_rows"], costs["tokens_lost_share"], part, long)
        elif costs.get("split_rows"):
            key = ("windows", costs["split_rows"], costs["windows"])
        else:
            continue
        names = alike.setdefault(key, [])
        if name not in names:
            names.append(name)
    return [
        _cut(names, *key[1:]) if key[0] == "cut" else _in_windows(names, *key[1:])
        for key, names in alike.items()
    ]


def _cut(names: list[str], rows: int, lost: float, part: str, long: str) -> Note:
    more = f"; {READ_MORE}" if long == "truncate" else ""
    where = {"middle": " in the middle", "beginning": " at the beginning"}.get(part, "")
    return Note(
        level="warning" if lost > 0.1 else "info",
        title=f"{count(rows, 'row')} cut by {listing(names)}{where}",
        text=f"{'Its' if rows == 1 else 'Their'} {part} was not seen: {_percent(lost, 1)} of all tokens are lost{more}.",
        count=rows,
    )


def _in_windows(names: list[str], rows: int, windows: int) -> Note:
    return Note(
        level="info",
        title=f"{count(rows, 'row')} read by {listing(names)} in windows",
        text=f"{'It makes' if rows == 1 else 'They make'} {windows:,} windows that overlap; no token is lost.",
        count=rows,
    )


def unknown_notes(records: Mapping[str, Mapping[str, Any]]) -> list[Note]:
    """Texts that a vocabulary does not hold, one note an encoder, where it tells: a row then says that it knows nothing."""
    found: dict[str, tuple[int, float]] = {}
    for record in records.values():
        costs, name = record["costs"], record["cell"]["encoder"]
        rows, share = costs.get("unknown_rows", 0), costs.get("unknown_share", 0.0)
        if name and (rows or share > _UNKNOWN):
            found.setdefault(name, (rows, share))
    notes = []
    for name, (rows, share) in found.items():
        text = f"{_percent(share, 1)} of the tokens that it reads are not in its vocabulary."
        title = f"{name} does not know all words"
        if rows:
            title = f"{name} knows no word of {count(rows, 'row')}"
            text += " Those rows all have the vector of its unknown token: it cannot tell them apart."
        level: Literal["info", "warning"] = "warning" if rows or share > 0.1 else "info"
        notes.append(Note(level=level, title=title, text=text, count=rows or None))
    return notes


def timing_notes(records: Mapping[str, Mapping[str, Any]]) -> list[Note]:
    """Encoders whose price is that of another machine, one note a device, and what providers billed."""
    return [*_elsewhere_notes(records), *billing_notes(records)]


def billing_notes(records: Mapping[str, Mapping[str, Any]]) -> list[Note]:
    """What providers billed for the vectors of this study, one note an encoder."""
    bills: dict[str, dict[tuple[str, str], Bill]] = {}
    for record in records.values():
        cell, bill = record["cell"], record["costs"].get("bill")
        if bill:  # shared by all cells on the same vectors
            read = cell["sentence"], cell["long"]
            bills.setdefault(cell["encoder"], {}).setdefault(read, read_bill(bill))
    return [
        Note(
            level="info",
            title=f"What {name} was billed",
            text=f"{'; '.join(capital(str(bill)) for bill in in_all(found.values()))}. What the store had was paid for before. Seconds"
            " are those of the provider's answers and rates, and of no machine.",
        )
        for name, found in bills.items()
    ]


def _elsewhere_notes(records: Mapping[str, Mapping[str, Any]]) -> list[Note]:
    """Encoders whose price is that of another machine, one note a device."""
    found: dict[str, list[str]] = {}
    for record in records.values():
        name, device = record["cell"]["encoder"], record["costs"].get("encoded_on", "")
        if device.endswith(ELSEWHERE) and name not in found.get(device, ()):
            found.setdefault(device, []).append(name)
    return [
        Note(
            level="info",
            title=f"What {listing(names)} {'costs' if len(names) == 1 else 'cost'} was timed on {device}",
            text="All vectors were in the store, with the speed of the machine that encoded them; nothing was encoded here.",
        )
        for device, names in found.items()
    ]


def encoder_notes(encoders: Iterable[Encoder]) -> list[Note]:
    """What was read or assumed about each encoder, and whether its languages could be checked."""
    notes = []
    for encoder in encoders:
        source = source_of(encoder)
        stated = [*([] if source == encoder.name else [f"it is read from {source}"]), *encoder.stated]
        if encoder.languages is None:
            stated.append("it states no languages, so the languages of the rows were not checked against it")
        if stated:
            text = ". ".join(capital(sentence) for sentence in stated) + "."
            notes.append(Note(level="info", title=f"How {encoder.name} is run", text=text))
    return notes


def _leaks(rows: Rows) -> list[Note]:
    if not len(rows.leaked):
        return []
    share, clean = len(rows.leaked) / len(rows.split.test), len(rows.split.test) - len(rows.leaked)
    return [
        Note(
            level="warning",
            title=leak_title(len(rows.leaked), grouped=rows.groups is not None),
            text=(
                f"{_percent(share, 1)} of the held-out rows repeat a training row, exactly or nearly, or belong to a group that"
                f" trains. A head knows their answers, so every figure is that of the {count(clean, 'other row')}; what the"
                " leaked ones would have said stands beside them."
            ),
            rows=rows.table.rows[rows.leaked].tolist(),
            count=len(rows.leaked),
        )
    ]


def _giants(rows: Rows) -> list[Note]:
    largest = int(np.bincount(rows.components).max())
    if largest <= GIANT * len(rows):
        return []
    return [
        Note(
            level="warning",
            title=f"{largest:,} rows hang together",
            text="They are joined by duplicates or a group and must stand on one side of the split, which makes it uneven.",
            count=largest,
        )
    ]


def _partly(rows: Rows) -> list[Note]:
    notes = []
    for place, target in enumerate(rows.targets):
        lacking = np.flatnonzero(~np.isfinite(rows.truth[:, place]))
        if len(lacking):
            notes.append(
                _info(
                    rows,
                    lacking,
                    (f"row lacks “{target}”", f"rows lack “{target}”"),
                    f"{'It is' if len(lacking) == 1 else 'They are'} left out for this target only.",
                )
            )
    return notes


def _info(rows: Rows, found: Sequence[int] | np.ndarray[Any, Any], title: tuple[str, str], text: str) -> Note:
    numbers = rows.table.rows[np.asarray(found)].tolist()
    return Note(level="info", title=count(len(numbers), *title), text=text, rows=numbers, count=len(numbers))


def _percent(share: float, decimals: int = 0) -> str:
    return percent(share, decimals, space=" ")
