"""What ``semascope study --plan`` prints: the cells that a study would compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console, print_facts
from semascope.words.numbers import NOTHING, count, scaled
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.studies.heads.asking.outline import EncoderOutline, Outline
    from semascope.studies.heads.asking.settings import Study

UNLIMITED = 10**8  # tokens from which on an encoder reads any text whole


def print_plan(study: Study, plan: Outline) -> None:
    """The study in a few facts, its encoders, and the number of cells."""
    console = plain_console()
    every = f"{count(plan.cells, 'cell')}: {plan.grid:,} on vectors, {len(plan.alone)} on words or nothing"
    if plan.beside:
        every += ", the baseline beside them"
    if plan.tuned:
        every += f", {len(plan.tuned)} tuned"
    if plan.columns:
        every += f", {count(len(plan.columns), 'column')} of the file"
    taken = " (unless the data says otherwise)" if plan.kind_taken else ""
    console.print(f"{every}. Nothing was read or computed.\n", markup=False, highlight=False)
    facts: dict[str, object] = {
        "data": str(study.data),
        "text": listing(study.text),
        "target": listing(study.target),
        "kind": f"{plan.kind}{taken}",
        "instruction": list(plan.instructions),
        "long texts": listing(list(plan.long)),
        "heads": listing(list(plan.heads)),
        "always there": listing(list(plan.alone)),
    }
    if study.tuned:
        facts["tuned"] = [_tuned(recipe.written(), recipe.label) for recipe in study.tuned]
    if plan.columns:
        facts["columns as cells"] = listing(list(plan.columns))
    facts |= {
        "measure": study.measure or ("mae" if plan.kind == "regression" else "accuracy"),
        "baseline": study.baseline or "ridge or logistic on the first encoder",
        "held out": study.split_column or f"{study.test_size:.0%}, seed {study.seed}",
    }
    print_facts(console, facts)
    console.print()
    columns = [
        Column(title="encoder", name=True),
        Column(title="dims"),
        Column(title="tokens", leaves=1),
        Column(title="parameters", leaves=2),
        Column(title="cells"),
    ]
    print_fitting(console, columns, [_row(encoder) for encoder in plan.encoders])


def _row(encoder: EncoderOutline) -> list[str]:
    tokens = "any" if encoder.max_tokens > UNLIMITED else f"{encoder.max_tokens:,}"
    return [
        encoder.name,
        ", ".join(map(str, encoder.widths)) or "its own",
        tokens if encoder.max_tokens else NOTHING,
        scaled(encoder.parameters) if encoder.parameters else NOTHING,
        str(encoder.cells),
    ]


def _tuned(written: dict[str, object], label: str) -> str:
    settings = [f"{name} {value}" for name, value in written.items() if name not in ("model", "name")]
    return f"{label}: {', '.join([str(written['model']), *settings])}"
