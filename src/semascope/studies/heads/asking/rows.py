"""The rows of a study: read, checked, split; what is odd about them is noted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import Duplicates, find_duplicates
from semascope.data.giveaway import MOST_CELLS, giveaways
from semascope.data.language import LanguageProfile, languages_of
from semascope.data.language_names import LANGUAGE_COLUMNS
from semascope.data.odd import is_empty
from semascope.data.read import table_of
from semascope.data.spellings import Spellings, is_same_label, join_spellings, joined_words
from semascope.data.splits import Split, given_split, group_labels, join_components, leaked_rows, make_split
from semascope.errors import ConfigError, DataError
from semascope.probes.magnitude import check_magnitude
from semascope.studies.heads.asking.answer_columns import Answers, answer_columns, read_answers
from semascope.studies.heads.asking.kinds import Taken, kind_of, why_classes
from semascope.words.numbers import count, exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from semascope.data.giveaway import Giveaway
    from semascope.data.table import Table
    from semascope.studies.heads.asking.settings import Study
    from semascope.types import Floats, Ints, Kind, Mask

SELECTION_FOLDS = 3
"""Folds of the training rows whose out-of-fold predictions rank the cells; the same for every cell."""
FEWEST_ROWS = 20  # below it neither five folds nor a held-out side say anything
# training rows of each target that the headline speaks about: the winner is chosen on them
FEWEST_TO_LEARN = 10
FEWEST_HELD_OUT = 2  # held-out rows of each target, in every repeat


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenRows:
    """Rows that encoders of the study were tuned on; see ``seen_rows.py``."""

    rows: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))  # that neither judge nor choose
    apart: tuple[str, ...] = ()  # encoders that take no part in the choice
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # by encoder: training, held-out rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """The n rows that a study works on: those with a text and at least one target."""

    table: Table
    texts: Sequence[str]
    kind: Kind
    targets: Sequence[str]
    classes: Sequence[str]  # empty for a regression
    truth: Floats  # (n, t), NaN where a target is missing; class index for a classification
    components: Ints  # (n,) rows that must stay on one side: duplicates, groups
    duplicates: Duplicates
    groups: Sequence[str] | None
    language: LanguageProfile
    slices: dict[str, list[str]]
    split: Split  # of the first repeat
    given: bool  # the split comes from a column
    leaked: Ints  # held-out rows whose text or group also stands in training; only a given split has any
    asked: Mask  # (n,) rows that the headline is asked to speak about
    seen: SeenRows = field(default_factory=SeenRows)
    digest: str  # of every column that was used
    empty: Ints  # rows of the file left out because they hold no text
    lacking: Ints  # rows of the file left out because they hold no target
    taken: Taken = field(default_factory=Taken)  # how two-valued numbers were taken
    spelled: Mapping[str, Spellings] = field(default_factory=dict)  # by column: classes, groups, slices
    giveaways: Mapping[str, Sequence[Giveaway]] = field(default_factory=dict)  # by target: unused columns
    answers: Mapping[str, Answers] = field(default_factory=dict)  # by cell: columns that are judged like one
    file_rows: int = 0  # of the whole file, before any was left out

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def clean(self) -> Mask:
        """(n,) all rows but those that a head or an encoder has learnt by heart: leaked ones, and those tuned on."""
        clean = np.ones(len(self), dtype=np.bool_)
        clean[self.leaked] = False
        clean[self.seen.rows] = False
        return clean

    @property
    def judged(self) -> Mask:
        """(n,) rows that judge and choose: those that the headline speaks about, of the clean ones."""
        return self.asked & self.clean

    def units(self, rows: Ints) -> list[int] | None:
        """What counts as one for tests and intervals on some ``rows``, (k,) labels; None when that is the row.

        With groups: the rows that the split keeps together. Without: copies of one text too, because they say the
        same thing again and rows would then look like more than they are.
        """
        labels = self.components[rows]
        if self.groups is None and len(np.unique(labels)) == len(labels):
            return None
        found: list[int] = labels.tolist()
        return found

    @property
    def strata(self) -> Ints | None:
        """(n,) class of each row, by which splits are stratified; None for a regression."""
        return self.truth[:, 0].astype(np.int64) if self.kind == "classification" else None

    def part(self, chosen: Ints) -> Rows:
        """The (k,) chosen rows as a study of their own that only learns: all are training rows."""
        return replace(
            self,
            table=self.table.take(chosen),
            texts=[self.texts[row] for row in chosen],
            truth=self.truth[chosen],
            components=self.components[chosen],
            groups=None if self.groups is None else [self.groups[row] for row in chosen],
            slices={name: [values[row] for row in chosen] for name, values in self.slices.items()},
            split=Split(train=np.arange(len(chosen)), test=np.empty(0, dtype=np.int64)),
            asked=self.judged[chosen],
            leaked=np.empty(0, dtype=np.int64),
            seen=SeenRows(),
        )

    def splits(self, *, repeats: int, test_size: float, seed: int) -> Iterator[Split]:
        """The splits of all repeats, the study's own first."""
        for repeat in range(repeats):
            yield self.resplit(repeat=repeat, test_size=test_size, seed=seed)

    def resplit(self, *, repeat: int, test_size: float, seed: int) -> Split:
        """The split of a repeat; repeat 0 is the study's own."""
        if repeat == 0:
            return self.split
        return make_split(self.components, strata=self.strata, test_size=test_size, seed=seed + repeat)


def load_rows(study: Study) -> Rows:
    """Read the study's table and prepare it.

    Raises
    ------
    DataError, ConfigError
        For a file, a column or a target that cannot be used.
    """
    _check_named(study)
    whole = table_of(study.data, quoting=study.quoting)
    used = _columns(study, whole)
    table = replace(whole, data=whole.data.select(used))
    digest = table.digest(used)
    taken = kind_of(study, table)
    if study.limit is not None and study.limit < len(table):
        table = table.sample(study.limit, seed=study.seed)
    texts = table.texts(study.text)
    spelled: dict[str, Spellings] = {}
    classes, truth = _targets(study, table, taken.kind, spelled)
    kind = taken.kind
    has_text = np.array([not is_empty(text) for text in texts], dtype=np.bool_)
    has_target = np.isfinite(truth).any(axis=1)
    keep = np.flatnonzero(has_text & has_target)
    empty, lacking = table.rows[~has_text], table.rows[has_text & ~has_target]
    table, truth = table.take(keep), truth[keep]
    texts = [texts[row] for row in keep]
    _check(study, table, kind, classes, truth)
    if kind == "classification":
        classes, truth = _present(study, classes, truth)
    duplicates = find_duplicates(texts)
    groups = None
    if study.group:
        spelled[study.group] = join_spellings(table.strings(study.group), alike=True)
        groups = spelled[study.group].values
    slices = {name: join_spellings(table.strings(name)) for name in study.slice}
    spelled |= {name: found for name, found in slices.items() if name not in spelled}
    components = duplicates.near if groups is None else join_components(duplicates.near, group_labels(groups))
    strata = truth[:, 0].astype(np.int64) if kind == "classification" else None
    split = _split(study, table, components, strata)
    rows = Rows(
        table=table,
        texts=texts,
        kind=kind,
        targets=study.target,
        classes=classes,
        truth=truth,
        components=components,
        duplicates=duplicates,
        groups=groups,
        language=_languages(study, table, texts),
        slices={name: found.values for name, found in slices.items()},
        split=split,
        given=study.split_column is not None,
        leaked=leaked_rows(components, split) if study.split_column else np.empty(0, dtype=np.int64),
        asked=_asked(study, table, split),
        digest=digest,
        empty=empty,
        lacking=lacking,
        taken=taken,
        spelled=spelled,
        giveaways=_giveaways(study, whole, rows=table.rows, used=used, kind=kind),
        file_rows=len(whole),
    )
    check_sides(study, rows)
    return replace(rows, answers=read_answers(study, whole, rows))


def _check_named(study: Study) -> None:
    """What can be wrong before the file is read."""
    both = [name for name in study.target if name in study.text]
    if both:
        raise ConfigError(
            f"column {both[0]!r} is a text and a target; a head would read its own answer; name it once"
        )
    if study.split_column and (study.repeats or 1) > 1:
        raise ConfigError("repeats cannot be used with a given split; leave out --repeats or --split-column")


def _split(study: Study, table: Table, components: Ints, strata: Ints | None) -> Split:
    """The split that the file gives, or one in whole components."""
    if study.split_column:
        return given_split(table.strings(study.split_column), rows=table.rows)
    return make_split(components, strata=strata, test_size=study.test_size, seed=study.seed)


def _languages(study: Study, table: Table, texts: list[str]) -> LanguageProfile:
    """As a column gives them, or as they are found."""
    column = _language_column(study, table)
    given = table.strings(column) if column else None
    return languages_of(texts, column=given, column_name=column or "", seed=study.seed)


def _giveaways(
    study: Study, whole: Table, *, rows: Ints, used: Sequence[str], kind: Kind
) -> dict[str, list[Giveaway]]:
    """What the columns that the study does not name say of its targets; an id among them."""
    named = {
        *study.text,
        *study.target,
        study.group,
        study.split_column,
        *study.slice,
        *answer_columns(study),
    }
    others = [name for name in whole.columns if name not in named and (name not in used or name == "id")]
    if not others:
        return {}
    table = whole if len(rows) == len(whole) else whole.take(np.searchsorted(whole.rows, rows))
    return {
        target: giveaways(
            table,
            others,
            table.numbers(target) if kind == "regression" else join_spellings(table.strings(target)).values,
            cells=MOST_CELLS // len(study.target),
            seed=study.seed,
        )
        for target in study.target
    }


def check_sides(study: Study, rows: Rows) -> None:
    """Every target needs rows on both sides of every split, among those that the headline speaks about.

    Raises
    ------
    DataError
        With the target, the side and the repeat.
    """
    apart = len(np.unique(rows.components[rows.split.train]))
    if apart < SELECTION_FOLDS:
        spelt = joined_words(rows.spelled[study.group]) if study.group else ""
        joined = f", in any spelling ({spelt})," if spelt else ""
        raise DataError(
            f"the training rows form {count(apart, 'component')} (copies of one text and rows of one group{joined} stay together); a study"
            f" needs at least {SELECTION_FOLDS}, to choose the winner on some that a head has not seen; take more rows,"
            " or another group column"
        )
    spoken = f" with {study.headline}" if study.headline else ""
    # Leaked rows count here: when too few others are left, nothing is claimed, and the rest of the study stands.
    known = np.isfinite(rows.truth) & rows.asked[:, None]
    splits = rows.splits(repeats=study.repeats or 1, test_size=study.test_size, seed=study.seed)
    for repeat, split in enumerate(splits):
        where = f" of repeat {repeat + 1}" if repeat else ""
        for side, name, fewest in (
            (split.train, "training", FEWEST_TO_LEARN),
            (split.test, "held-out", FEWEST_HELD_OUT),
        ):
            for target, values in zip(rows.targets, known[side].sum(axis=0).tolist(), strict=True):
                if values < fewest:
                    raise DataError(
                        f"target {target!r} has {count(values, 'value')} among the {name} rows{where}{spoken}; it needs at least"
                        f" {fewest}; label more rows, or leave out the target, the headline or the given split"
                    )


def _columns(study: Study, table: Table) -> list[str]:
    headline = [study.headline.partition("=")[0]] if study.headline else []
    named = [
        *study.text,
        *study.target,
        study.group,
        *study.slice,
        study.split_column,
        study.language_column,
        *headline,
    ]
    wanted = list(dict.fromkeys(name for name in named if name))
    table.require(wanted)
    if study.language_column is None:
        wanted += [name for name in LANGUAGE_COLUMNS if name in table.columns and name not in wanted][:1]
    if "id" in table.columns and "id" not in wanted:
        wanted.append("id")
    return wanted


def _language_column(study: Study, table: Table) -> str | None:
    if study.language_column:
        return study.language_column
    return next((name for name in LANGUAGE_COLUMNS if name in table.columns), None)


def _targets(
    study: Study, table: Table, kind: Kind, spelled: dict[str, Spellings]
) -> tuple[list[str], Floats]:
    if kind == "regression":
        if study.positive:
            raise ConfigError(
                "positive names a class, but this is a regression; use --kind classification, or leave it out"
            )
        return [], np.column_stack([table.numbers(name) for name in study.target])
    if len(study.target) > 1:
        raise ConfigError(
            f"targets are {', '.join(study.target)}; a classification learns one target; name one,"
            f" or make all of them numbers{_why_none(study, table)}"
        )
    spelled[study.target[0]] = join_spellings(table.strings(study.target[0]))
    values = spelled[study.target[0]].values
    classes = sorted(set(values) - {""})
    index = {name: number for number, name in enumerate(classes)}
    truth = np.array([index.get(value, np.nan) for value in values], dtype=np.float64)[:, None]
    return classes, truth


def _why_none(study: Study, table: Table) -> str:
    """What keeps the first target that is no column of numbers from being one, where that can be told."""
    for name in study.target:
        if hint := table.why_words(name):
            return f"; in {name!r}, {hint}"
    return ""


def _present(study: Study, classes: Sequence[str], truth: Floats) -> tuple[list[str], Floats]:
    """Classes that still have a row, and the truth in their numbering."""
    left, codes = np.unique(truth[:, 0].astype(np.int64), return_inverse=True)
    present = [classes[number] for number in left]
    if study.positive and not any(is_same_label(study.positive, name) for name in present):
        raise ConfigError(
            f"positive is {study.positive!r}; classes are {', '.join(present[:20])}; name one of them"
        )
    return present, codes.astype(np.float64)[:, None]


def _check(study: Study, table: Table, kind: Kind, classes: Sequence[str], truth: Floats) -> None:
    if len(table) < FEWEST_ROWS:
        raise DataError(
            f"{table.source} has {len(table)} rows with a text and a target; a study needs at least {FEWEST_ROWS};"
            " label more rows"
        )
    for place, name in enumerate(study.target):
        values = truth[:, place][np.isfinite(truth[:, place])]
        if kind == "regression":
            check_magnitude(name, truth[:, place], table.rows)
        if len(values) < FEWEST_ROWS:
            raise DataError(
                f"target {name!r} has {len(values)} values; it needs at least {FEWEST_ROWS}; label more rows or leave it out"
            )
        if len(np.unique(values)) < 2:
            shown = classes[int(values[0])] if kind == "classification" else exact(values[0])
            raise DataError(
                f"target {name!r} is {shown} in every row; it must vary, or there is nothing to learn; leave it out"
            )
    if kind == "classification" and len(classes) > len(table) / 2:
        hint = why_classes(study, table)
        raise DataError(
            f"target {study.target[0]!r} has {len(classes)} classes in {len(table)} rows; a class needs several rows; "
            + (hint or "is it a text or an id? name another column")
        )


def _asked(study: Study, table: Table, split: Split) -> Mask:
    if study.headline is None:
        return np.ones(len(table), dtype=np.bool_)
    column, given, value = study.headline.partition("=")
    if not given or not value:
        raise ConfigError(
            f"headline is {study.headline!r}; it must be COLUMN=VALUE; write for example lang=en"
        )
    values = join_spellings(table.strings(column)).values
    same = {one for one in set(values) if is_same_label(value, one)}
    judged = np.array([one in same for one in values], dtype=np.bool_)
    if judged[split.test].sum() < 2 or judged[split.train].sum() < FEWEST_ROWS:
        known = ", ".join(sorted(set(values))[:12])
        raise DataError(
            f"headline is {study.headline!r}; only {int(judged.sum())} rows have this value; values are {known};"
            " name one with more rows"
        )
    return judged
