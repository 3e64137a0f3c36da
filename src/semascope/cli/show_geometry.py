"""What a geometry prints: the answer, the numbers of every space, labels, remedies, and where everything lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from semascope.cli.fitting import NAME, Column, print_fitting
from semascope.cli.show import plain_console
from semascope.cli.show_study import verdict_word
from semascope.studies.geometry.judging.remedied import NOTHING
from semascope.words.numbers import apart_decimals, between, fixed, p_value, signed, three_digits
from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from semascope.geometry.measured import Measured
    from semascope.stats.results import Estimate, Verdict
    from semascope.studies.geometry.result import GeometryResult

_LABELS = {"knn": "kNN accuracy", "silhouette": "silhouette", "gap": "nearer within labels"}

_NOISE = 0.0005  # a number that three decimals show as 0
_NUMBER, _GAP = 7, 2  # of a column of numbers, and the blanks before it


def print_geometry(found: GeometryResult, *, verbose: bool) -> None:
    """The answer first; the numbers of every space, what labels and remedies say, and where everything lies."""
    console = plain_console()
    console.print()
    for number, sentence in enumerate(found.headline):
        console.print(sentence, style="bold" if number == 0 else "", markup=False, highlight=False)
    console.print()
    _print_numbers(console, found)
    _print_labels(console, found)
    _print_remedies(console, found)
    shown = [note for note in found.notes if verbose or note.level == "warning"]
    for note in shown:
        console.print(f"{note.title}. {note.text}".strip(), markup=False, highlight=False)
    console.print()
    places = [("report.html", "report"), ("geometry.json", "numbers")]
    if found.kept is not None:
        places.append(("kept", "encoder"))
    for name, what in places:
        console.print(f"{what:8} {found.folder}/{name}", markup=False, highlight=False, soft_wrap=True)


def _print_numbers(console: Console, found: GeometryResult) -> None:
    """Every number of every space; spaces that have no room beside the others stand in a table below."""
    keys = dict.fromkeys(key for space in found.spaces.values() for key in space.shape.measured)
    for number, names in enumerate(_side_by_side(list(found.spaces), console.width)):
        if number:
            console.print()
        columns = [Column(title="", name=True), *[Column(title=escape(name)) for name in names]]
        columns.append(Column(title="no structure", leaves=1))
        rows = []
        for key in keys:
            each = [found.spaces[name].shape.measured.get(key) for name in names]
            known = [one for one in each if one is not None]
            if known:
                rows.append([capital(known[0].name), *[_number(one) for one in each], _floor(known)])
        print_fitting(console, columns, rows)


def _side_by_side(names: Sequence[str], width: int) -> list[list[str]]:
    """The spaces in groups whose columns fit beside the names of the numbers; one a group where even two do not.

    Examples
    --------
    >>> _side_by_side(["minilm", "a-language-model", "an-untrained-network", "tuned"], 80)
    [['minilm', 'a-language-model', 'an-untrained-network'], ['tuned']]
    """
    room = width - NAME
    groups: list[list[str]] = []
    left = 0
    for name in names:
        needed = max(len(name), _NUMBER) + _GAP
        if not groups or needed > left:
            groups.append([])
            left = room
        groups[-1].append(name)
        left -= needed
    return groups


def _number(measured: Measured | None) -> str:
    if measured is None or measured.value != measured.value:
        return "–"
    return _three_digits(measured.value)


def _three_digits(value: float) -> str:
    """Three digits, of a number that is 0 but for rounding or chance none: what no table shows is noise.

    Examples
    --------
    >>> [_three_digits(value) for value in (0.0826, -6.33e-5, 1.45e-8, 304.2)]
    ['0.0826', '0.000', '0.000', '304']
    """
    return fixed(value, 3) if abs(value) < _NOISE else three_digits(value)


def _floor(known: Sequence[Measured]) -> str:
    floors = [
        one.floor.value for one in known if one.floor is not None and one.floor.value == one.floor.value
    ]
    if not floors:
        return "–"
    low, high = _three_digits(min(floors)), _three_digits(max(floors))
    return low if low == high else f"{low} to {high}"


def _print_labels(console: Console, found: GeometryResult) -> None:
    labelled = found.labelled
    if labelled is None:
        return
    console.print()
    if labelled.reason:
        console.print(f"{labelled.label}: {labelled.reason}.", markup=False, highlight=False)
        return
    rows = []
    for key, title in _LABELS.items():
        if key not in labelled.families:
            continue
        for name, space in labelled.spaces.items():
            measured: Measured = getattr(space, key)
            rows.append(_judged(title, name, measured.estimate, labelled.families[key].verdicts[name]))
        if key == "knn" and found.probed is not None and found.probed.family is not None:
            rows += [
                _judged("probe accuracy", name, each.estimate, found.probed.family.verdicts[name])
                for name, each in found.probed.accuracies.items()
            ]
    _print_judged(console, labelled.label, rows)


def _print_remedies(console: Console, found: GeometryResult) -> None:
    remedied = found.remedied
    if remedied is None:
        return
    console.print()
    if remedied.reason:
        console.print(f"Remedies were not judged: {remedied.reason}.", markup=False, highlight=False)
        return
    rows = [
        _judged(
            f"{task.task}" if len(remedied.spaces) == 1 else f"{space.name}, {task.task}",
            name,
            estimate,
            task.family.verdicts[name],
        )
        for space in remedied.spaces.values()
        for task in space.tasks
        for name, estimate in task.scores.items()
        if name != NOTHING
    ]
    _print_judged(console, "remedies", rows)
    for space in remedied.spaces.values():
        for name, why in space.unfitted.items():
            console.print(f"{name} in {space.name}: {why}.", markup=False, highlight=False)


def _judged(what: str, name: str, estimate: Estimate, verdict: Verdict) -> list[str]:
    baseline = verdict.word == "baseline"
    known = verdict.difference == verdict.difference
    decimals = apart_decimals(estimate.low, estimate.high, least=3)
    return [
        escape(what),
        escape(name),
        fixed(estimate.value, decimals) if estimate.value == estimate.value else "–",
        between(estimate.low, estimate.high, decimals) or "none",
        "" if baseline or not known else signed(verdict.difference, 3),
        "" if baseline or verdict.p_holm != verdict.p_holm else p_value(verdict.p_holm),
        verdict_word(verdict),
    ]


def _print_judged(console: Console, what: str, rows: list[list[str]]) -> None:
    columns = [
        Column(title=escape(what), name=True),
        Column(title="", right=False),
        Column(title="value"),
        Column(title="95 % interval", leaves=2),
        Column(title="difference", leaves=3),
        Column(title="p (Holm)", leaves=1),
        Column(title="verdict", right=False),
    ]
    print_fitting(console, columns, rows)
