"""How small NEW's vectors can be kept: bytes, what a search finds, what the tasks say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.reports.switching.tasks import STANDS
from semascope.studies.switching.telling import decimals_of, measure_of, worse_than_whole
from semascope.words.numbers import between, fixed, p_value, share

if TYPE_CHECKING:
    from semascope.studies.switching.result import Judged, StoredAs, SwitchResult


def storage(result: SwitchResult) -> Part:
    """A line a form; a column a task."""
    return Part(
        id="bytes",
        title="How small the vectors can be",
        nav="Bytes a vector",
        lead=_lead(result),
        blocks=[
            Grid(
                caption=f"Vectors of {result.new.name}, kept in smaller ways",
                first="Kept as",
                noun="way",
                class_="cells cards",
                heads=[
                    Head(title="Bytes a vector"),
                    Head(title="Finds", help="share of the neighbours of float32 that a search in it finds"),
                    *[
                        Head(
                            title=f"{measure_of(task).short}, {task.name}",
                            help="with these vectors; the verdict is against OLD",
                        )
                        for task in result.judged
                    ],
                    Head(title="For switching", number=False),
                ],
                lines=[_line(result, form) for form in result.storage],
            ),
            Paragraph(text=_how(result), small=True),
        ],
    )


def _lead(result: SwitchResult) -> str:
    whole = result.storage[0]
    standing = [form for form in result.storage if form.stands]
    best = min(standing, key=lambda form: form.bytes_whole, default=whole)
    as_it_comes = f"As it comes, a vector takes {whole.bytes_whole:,.0f} bytes"
    if best.name == whole.name:
        return f"{as_it_comes}; no smaller way of keeping it is shown to stand."
    worse = worse_than_whole(result.judged, best, whole)
    but = f", though it is {worse}" if worse else ""
    return f"{as_it_comes}; kept as {best.name} it takes {best.bytes_whole:,.0f}, and stands{but}."


def _line(result: SwitchResult, form: StoredAs) -> Line:
    besides = f"and {form.bytes_kept:,.0f} read for what is found" if form.bytes_kept else ""
    return Line(
        name=form.name,
        note=f"{form.dims} dims",
        cells=[
            number(form.bytes_searched, f"{form.bytes_searched:,.0f}", besides),
            number(
                form.overlap.value,
                share(form.overlap.value),
                between(form.overlap.low, form.overlap.high, 2).replace("0.", "."),
            ),
            *[_of_task(form, task) for task in result.judged],
            Said(
                text=STANDS[form.stands],
                note=worse_than_whole(result.judged, form, result.storage[0]) if form.stands else "",
            ),
        ],
    )


def _of_task(form: StoredAs, task: Judged) -> Said:
    verdict = form.verdicts[task.name]
    value = fixed(form.values[task.name], decimals_of(task))
    p = f"; p {p_value(verdict.p_holm)}" if verdict.p_holm == verdict.p_holm else ""
    return number(form.values[task.name], value, f"{verdict.word}{p}")


def _how(result: SwitchResult) -> str:
    searched = "queries ask in full" if result.found is not None else "the text that asks is in full"
    heads = any(task.head for task in result.judged)
    return (
        f"What is stored is made smaller, {searched}. int8: each dimension in 255 steps over its range on the training rows."
        " Binary: a bit a dimension, above or below its mean on the training rows; the four times as many that are nearest by"
        " Hamming distance are ordered anew by float32, which can lie on a disk. Widths: the first numbers, brought back to unit"
        " length."
        + (" Heads learn from what is stored; of binary from the bits alone." if heads else "")
        + " Each way is a question of its own, judged as NEW as it comes."
    )
