"""Finished tunings that nobody trained: verdicts are planted, so that every sentence has a case where it is right."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate, Verdict
from semascope.studies.result import Note
from semascope.studies.tuned.asking.plan import TunePlan
from semascope.studies.tuned.judging import separation
from semascope.studies.tuned.judging.changed import Changed, Listed
from semascope.studies.tuned.judging.forgetting import Forgot
from semascope.studies.tuned.judging.picturing import Panel, Pictured
from semascope.studies.tuned.judging.searched import Part, Searched
from semascope.studies.tuned.kinds.kind import Judged
from semascope.studies.tuned.result import MinedTold, SidesTold, TuneResult
from semascope.studies.tuned.telling.headline import headline_of
from semascope.studies.tuned.training.train import Trained

WORDS, BASE, TUNED = "bm25", "minilm", "tuned"
BASE_BOTH, TUNED_BOTH = "hybrid:minilm+bm25", "hybrid:tuned+bm25"
CELLS = (WORDS, BASE, TUNED, BASE_BOTH, TUNED_BOTH)


def verdict(word, difference=0.0, *, n=100, needed=None, reason="", p=0.01):
    known = word != "baseline"
    return Verdict(
        word=word,
        difference=difference,
        gain=difference,
        low=difference - 0.02 if known else 0.0,
        high=difference + 0.02 if known else 0.0,
        low90=difference - 0.015,
        high90=difference + 0.015,
        p=p,
        p_holm=p,
        margin=0.02,
        n=n,
        rows_needed=needed,
        reason=reason,
    )


def estimate(value, n=100):
    return Estimate(value=value, low=value - 0.03, high=value + 0.03, n=n)


def part(name, queries, judged, **values):
    """A part; ``values`` by kind of cell, others follow from the base's and the difference."""
    base = values.get("base", 0.65)
    found = {
        WORDS: values.get("words", 0.6),
        BASE: base,
        TUNED: base + judged.difference,
        BASE_BOTH: values.get("base_both", 0.66),
        TUNED_BOTH: values.get("tuned_both", base + judged.difference + 0.005),
    }
    return Part(
        name=name,
        queries=queries,
        values={cell: estimate(value, queries) for cell, value in found.items()},
        verdict=judged,
    )


def changed(number=0, *, seen=False, before=5, after=1, text=""):
    def listed(name, relevant):
        return Listed(
            id=f"d{name}", text=f"document {name} <script>alert({name})</script>", relevant=relevant
        )

    return Changed(
        query=f"q{number}",
        text=text or f"query {number} <b>bold</b>",
        seen=seen,
        base=0.4,
        tuned=0.9,
        base_rank=before,
        tuned_rank=after,
        answer=listed(number, True),
        base_found=[listed(7, False), listed(8, False)],
        tuned_found=[listed(number, True), listed(7, False)],
    )


def searched(*parts, beside=None, better=None, worse=(), cells=CELLS):
    whole = parts[-1]
    words = {
        WORDS: verdict("unresolved", -0.05, p=0.3),
        BASE: verdict("baseline"),
        TUNED: whole.verdict,
        BASE_BOTH: verdict("unresolved", 0.01, p=0.4),
        TUNED_BOTH: verdict("unresolved", 0.01, p=0.4),
    } | (beside or {})
    better = [changed()] if better is None else better
    return Searched(
        measure="nDCG@10",
        documents=500,
        base=BASE,
        tuned=TUNED,
        cells=list(cells),
        parts=[replace(one, values={cell: one.values[cell] for cell in cells}) for one in parts],
        beside={cell: words[cell] for cell in cells},
        test="sign flip over 300 queries, 10,000 draws",
        interval="symmetric bootstrap-t, 10,000 draws",
        better=better,
        worse=list(worse),
        changed=(len(better), len(worse), 90),
        costs={cell: 0.5 for cell in cells},
    )


def measured(name, value, floor=0.2):
    return Measured(
        name=name,
        estimate=estimate(value),
        floor=Estimate(value=floor, low=floor, high=floor, n=100),
        null="shuffled labels",
    )


def of_labels(which, knn, *, silhouette=None, texts=240, labels=6, reason=""):
    def both(name, before, judged):
        gain = 0.0 if judged is None else judged.difference
        return separation.BeforeAfter(
            name=name, before=measured(name, before), after=measured(name, before + gain), verdict=judged
        )

    numbers = {
        "knn": both("kNN accuracy", 0.81, knn),
        "silhouette": both("silhouette", 0.064, silhouette or verdict("unresolved", 0.001)),
        "within": both("cosine within", 0.3, None),
    }
    return separation.Part(
        which=which,
        labels=labels,
        texts=texts,
        k=10,
        largest=0.3,
        numbers={} if reason else numbers,
        test="sign flip over 240 texts",
        notes=(),
        reason=reason,
    )


def separated(*parts):
    return separation.Separation(label="subject", parts=parts, left_out=0, rows=np.arange(240))


def forgot(
    word="equivalent", *, name="sample urgency", kind="ridge", difference=0.01, needed=None, reason=""
):
    known = not reason or word != "unresolved"
    value = 1.4 if known else math.nan
    return Forgot(
        name=name,
        kind=kind,
        unit="row",
        n=250,
        left_out=0,
        measure="mae" if kind == "ridge" else "nDCG@10",
        base=value,
        tuned=value + difference,
        floor=2.4,
        floor_of="always answering the median",
        difference=difference,
        gain=-difference,
        low=difference - 0.05,
        high=difference + 0.05,
        p=0.02,
        p_holm=0.02,
        margin=0.07,
        word=word,
        reason=reason,
        test="sign flip over 250 rows",
        interval="symmetric bootstrap-t",
        needed=needed,
    )


def hardness(**first):
    """Of a round, by role: the share that was first."""
    return {
        role: {"queries": 64, "right": 0.6, "nearest_wrong": 0.3, "first": share, "wrong": 15.0}
        for role, share in first.items()
    }


def trained(*, before=0.70, looks=(0.72, 0.74, 0.73), **others):
    given = {
        "rows": 140,
        "batch": 16,
        "a_epoch": 8,
        "a_round": 8,
        "steps": 8 * len(looks),
        "kept_step": 8 * (int(np.argmax(looks)) + 1) if looks else 0,
        "before": before,
        "looks": list(looks),
        "losses": [0.5 / (place + 1) for place in range(len(looks))],
        "hardness": [hardness(**{"": 0.8}) for _ in looks],
        "filling": [{"role": "", "rows": 140, "a_batch": 16, "an_epoch": 128}],
        "tokens": 30_000,
        "seconds": 50.0,
        "stopped": "",
        "changed": 0.05,
        "kept_bytes": 90_272_656,
    }
    return Trained(**{**given, **others})


def pairs_plan(**settings):
    return TunePlan.from_mapping(
        {"data": "pairs.jsonl", "query": "title", "document": "abstract", **settings}
    )


def labels_plan(**settings):
    return TunePlan.from_mapping({"data": "texts.jsonl", "text": "text", "label": "subject", **settings})


def sides(how="query"):
    return SidesTold(how=how, learning=140, choosing=30, estimating=300, seen=196, left_out={"too short": 2})


def pictured():
    rng = np.random.default_rng(0)
    panels = [
        Panel(name=name, points=[tuple(row) for row in rng.normal(size=(30, 2)).tolist()], shares=(0.2, 0.1))
        for name in (BASE, TUNED)
    ]
    return Pictured(
        label="subject", labels=["<i>a</i>", "b", ""] * 10, texts=30, panels=(panels[0], panels[1])
    )


def made(*, plan=None, of=None, course=None, lost=None, notes=(), **others):
    """A finished tuning of what was judged."""
    plan = plan or pairs_plan()
    course = course or trained()
    lost = [forgot()] if lost is None else lost
    judged = Judged(
        searched=of if isinstance(of, Searched) else None,
        separation=of if isinstance(of, separation.Separation) else None,
    )
    return TuneResult(
        name=str(plan.data),
        folder="runs/made",
        encoder="runs/made/encoder",
        flavour=plan.flavour,
        base=BASE,
        tuned=TUNED,
        headline=headline_of(plan, BASE, sides(), course, judged, lost, width=384),
        sides=sides(),
        trained=course,
        forgot=lost,
        notes=list(notes) or [Note(level="warning", title="A title <b>", text="A text.")],
        settings=plan.model_dump(mode="json"),
        made={"command": "semascope tune pairs.jsonl", "seed": 42},
        searched=judged.searched,
        separation=judged.separation,
        width=384,
        lengths=["title: median 13 tokens", "      0 to 16     40 ####"],
        **others,
    )


def mined():
    return MinedTold(pairs=140, found=412, empty=3, answering=20, too_near=5)
