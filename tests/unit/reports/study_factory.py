"""Finished studies made by hand or from seeded noise, for the tests of the report and of its look in a browser."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from semascope.stats.results import Estimate, Family, Verdict
from semascope.studies.choice import Choice, Standing, allowed
from semascope.studies.heads.judging.calibrating import judge_calibration
from semascope.studies.heads.result import (
    Costs,
    HeadResult,
    HeadsResult,
    HeldOut,
    LeakResult,
    RepeatResult,
    SliceResult,
    TargetResult,
)
from semascope.studies.result import Note

OPENINGS = (
    "The kettle arrived with a dent in its side, and",
    "My daughter has worn these boots every day since October:",
    "I had hoped for more from a brand that my parents swore by.",
    "Good value.",
    "After three washes the colour has gone from navy to a tired grey,",
    "Exactly as described, quick to arrive,",
    "Where to begin?",
    "The coffee is fine, the packaging is not:",
)
MIDDLES = (
    "the shop answered within a day and sent another",
    "the seams have held through mud, snow and one very long museum",
    "half of the bags were open when I lifted the lid",
    "it does what it says and no more",
    "I would buy it again, in another size",
    "nobody in the house will touch it now",
)
ENDINGS = (
    ".",
    ", which says enough.",
    " — and that at this price!",
    ". Two stars, for the box.",
    ", so four stars.",
)
HOSTILE = (
    "<script>window.pwned = 1; alert(1)</script>",
    "</style><style>body{display:none}</style>",
    "--> <!-- </script><script>window.pwned = 2</script>",
    '"><img src=x onerror="window.pwned = 3">',
    "{{ 7 * 7 }} {% raw %} &lt;b&gt; &amp;",
    "\u202eright to left override \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "emoji \U0001f469\u200d\U0001f680 \U0001f1e7\U0001f1f7, a NUL \x00, a bell \x07, a lone surrogate \ud83d",
)


def estimate(value: float, half: float, n: int) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half, n=n, method="bootstrap-t")


def no_interval(value: float, n: int, reason: str) -> Estimate:
    return Estimate(value=value, low=math.nan, high=math.nan, n=n, reason=reason)


def verdict(
    word: str, difference: float, half: float, *, lower_is_better: bool, margin: float, n: int, **more
) -> Verdict:
    p = {"better": 0.0004, "worse": 0.0021, "equivalent": 0.71, "unresolved": 0.19, "baseline": math.nan}[
        word
    ]
    settings = {
        "word": word,
        "difference": difference,
        "gain": -difference if lower_is_better else difference,
        "low": difference - half,
        "high": difference + half,
        "low90": difference - 0.84 * half,
        "high90": difference + 0.84 * half,
        "p": p / 3,
        "p_holm": p,
        "margin": margin,
        "n": n,
    }
    return Verdict(**{**settings, **more})


def word_for(difference: float, half: float, margin: float, lower_is_better: bool) -> str:
    if abs(difference) + 0.84 * half < margin:
        return "equivalent"
    if abs(difference) <= half:
        return "unresolved"
    return "better" if (difference < 0) == lower_is_better else "worse"


def texts(n: int, rng: np.random.Generator) -> list[str]:
    made = []
    for _ in range(n):
        sentences = int(rng.integers(1, 9)) if rng.random() < 0.8 else int(rng.integers(15, 40))
        made.append(
            " ".join(
                f"{rng.choice(OPENINGS)} {rng.choice(MIDDLES)}{rng.choice(ENDINGS)}" for _ in range(sentences)
            )
        )
    return made


def cell_names(count: int) -> list[tuple[str, str, str, int, str]]:
    """(id, label, encoder, dim, head); the first five are those of the default study."""
    heads = ["ridge", "mean", "median", "mlp", "boosting"]
    encoders = ["minilm", "intfloat/multilingual-e5-large", "BAAI/bge-m3", "Qwen/Qwen3-Embedding-0.6B"]
    dims = [384, 256, 128]
    grid = [(e, d, h) for e in encoders for d in dims for h in heads][:count]
    single = len({e for e, _, _ in grid}) == 1 and len({d for _, d, _ in grid}) == 1
    return [
        (f"{e} · default · {d} · {h}", h if single else f"{e.split('/')[-1]} · {d} · {h}", e, d, h)
        for e, d, h in grid
    ]


ERROR_OF_HEAD = {"ridge": 0.62, "mean": 1.04, "median": 1.01, "mlp": 0.585, "boosting": 0.63}


def make_study(
    *,
    cells: int = 5,
    rows: int = 344,
    targets: tuple[str, ...] = ("rating",),
    classes: tuple[str, ...] = (),
    ordinal: bool = True,
    repeats: int = 0,
    languages: bool = True,
    slices: bool = False,
    leaks: bool = False,
    seed: int = 7,
    own_texts: list[str] | None = None,
) -> HeadsResult:
    rng = np.random.default_rng(seed)
    lower = not classes
    kind = "classification" if classes else "regression"
    names = cell_names(cells)
    truth = truth_of(rng, rows, len(targets), len(classes), ordinal)
    predictions, probabilities = {}, {}
    for index, (id_, _, _, _, head) in enumerate(names):
        predictions[id_], probabilities[id_] = predict(rng, truth, head, len(classes), index)
    langs = [str(x) for x in rng.choice(["en", "fr", "es", "pt"], p=[0.7, 0.12, 0.1, 0.08], size=rows)]
    written = (own_texts or texts(rows, rng))[:rows]
    written += texts(rows - len(written), rng)
    tokens = np.array([max(1, int(len(text.split()) * 1.3)) for text in written], dtype=np.int64)
    held_out = HeldOut(
        rows=np.sort(rng.choice(rows * 5, size=rows, replace=False)).astype(np.int64),
        texts=written,
        truth=truth,
        predictions=predictions,
        probabilities={k: v for k, v in probabilities.items() if v is not None},
        languages=langs if languages else [""] * rows,
        tokens=tokens,
        over_limit=tokens > 256,
        slices={"lang": langs} if slices else {},
    )
    built, verdicts, repeat_verdicts = build_cells(
        names, truth, predictions, targets, classes, repeats, slices, leaks, langs
    )
    turn = 1 if lower else -1
    best = min(built, key=lambda cell: turn * cell.estimate.value)
    baseline = names[0][0]
    margin = next(iter(verdicts.values())).margin
    family = Family(
        measure="mae" if lower else "accuracy",
        baseline=baseline,
        margin=margin,
        test=f"sign flip over {rows:,} rows, 10,000 draws" if lower else f"McNemar mid-p over {rows:,} rows",
        interval="symmetric bootstrap-t, 10,000 draws" if lower else "Bonett-Price",
        verdicts=verdicts,
    )
    repeat_family = None
    if repeats:
        repeat_family = replace(
            family,
            test=f"t over {repeats} repeated 80/20 splits, corrected for their overlap (Nadeau-Bengio)",
            interval="the same corrected t",
            verdicts=repeat_verdicts,
        )
    return HeadsResult(
        name="kitchen_reviews.jsonl" if lower else "passages.jsonl",
        folder="runs/kitchen_reviews-3f9a1c",
        kind=kind,
        targets=targets,
        classes=classes,
        measure=family.measure,
        headline=headline(best, built[0], family, rows),
        cells=built,
        family=family,
        repeat_family=repeat_family,
        choice=choice(built, best.id, lower),
        winner=best.id,
        heldout_best=best.id,
        rows_total=rows * 5,
        rows_train=rows * 4,
        rows_test=rows + (17 if leaks else 0),
        rows_judged=rows,
        held_out=held_out,
        calibration=judge_calibration(held_out, [best.id, baseline], kind=kind, targets=targets),
        notes=notes(),
        settings={
            "file": "kitchen_reviews.jsonl",
            "text": ["title", "text"],
            "target": list(targets),
            "kind": kind,
            "encoder": ["minilm"],
            "instruction": {"default": ""},
            "head": ["ridge", "mean", "median", "mlp", "boosting"],
            "margin": margin,
            "seed": 42,
        },
        made={
            "command": "semascope study kitchen_reviews.jsonl --text title --text text --target rating",
            "versions": {"semascope": "0.1.0", "python": "3.11.9", "numpy": "2.4.1", "torch": "2.13.0"},
            "digests": {"data": "blake2b:9d1f4c20a7e5", "study": "3f9a1c"},
            "seeds": {"split": 42, "heads": 42},
            "seconds": {"encode": 18.2, "fit": 9.871, "verdicts": 1.204},
        },
    )


def choice(cells, advised, lower):
    """The best by the selection score beside ``advised``: each cell's standard error is half of the margin."""
    turn = 1 if lower else -1
    best = min(cells, key=lambda cell: turn * cell.selection)
    margin = 0.05 * best.selection if lower else 0.02
    standings = [
        Standing(
            cell=cell.id,
            value=cell.selection,
            behind=turn * (cell.selection - best.selection),
            error=margin / 2,
            allowed=allowed(margin, margin / 2),
            reads="vectors" if cell.encoder else "nothing",
            seconds=cell.costs.encode_seconds_per_1000 + cell.costs.predict_seconds_per_1000,
        )
        for cell in cells
    ]
    return Choice(
        rule="cheapest", advised=advised, best=best.id, margin=margin, of_error=lower, standings=standings
    )


def truth_of(rng, rows, targets, classes, ordinal):
    if classes:
        return rng.integers(0, classes, size=(rows, 1)).astype(np.float64)
    hidden = rng.normal(size=(rows, 1)) * 0.8 + rng.normal(size=(rows, targets)) * 0.6
    if ordinal:
        return np.clip(np.round(3.6 + 1.2 * hidden), 1, 5)
    return np.clip(5 + 2.1 * hidden, 0, 10)


def predict(rng, truth, head, classes, index):
    if classes:
        skill = {"ridge": 2.6, "mean": 0.0, "median": 0.0, "mlp": 2.9, "boosting": 2.5}[head]
        logits = rng.normal(size=(len(truth), classes))
        logits[np.arange(len(truth)), truth[:, 0].astype(int)] += skill
        neighbours = (truth[:, 0].astype(int) + 1) % classes
        logits[np.arange(len(truth)), neighbours] += 0.8 * (skill > 0)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = odds / odds.sum(axis=1, keepdims=True)
        return p.argmax(axis=1).astype(np.float64)[:, None], p
    middle, spread = np.nanmean(truth, axis=0), np.nanstd(truth, axis=0)
    if head in ("mean", "median"):
        return np.broadcast_to(
            middle if head == "mean" else np.nanmedian(truth, axis=0), truth.shape
        ).copy(), None
    shrunk = middle + 0.62 * (np.where(np.isnan(truth), middle, truth) - middle)
    shared = np.random.default_rng(99).normal(size=truth.shape)
    noise = (0.97 * shared + 0.25 * rng.normal(size=truth.shape)) * spread * (0.5 + 0.002 * index)
    return shrunk + noise * (0.86 if head == "mlp" else 1.0), None


def build_cells(names, truth, predictions, targets, classes, repeats, slices, leaks, langs):
    lower, n = not classes, len(truth)
    base_losses = loss(truth, predictions[names[0][0]], classes)
    scale = np.nanmean(base_losses, axis=0)
    relative = len(targets) > 1
    margin = 0.02 if classes else 0.05 if relative else 0.05 * float(scale[0])
    built, verdicts, repeat_verdicts = [], {}, {}
    for index, (id_, label, encoder, dim, head) in enumerate(names):
        losses = loss(truth, predictions[id_], classes)
        value = float(np.nanmean(losses)) if lower else 1 - float(np.nanmean(losses))
        half = half_width(np.nanmean(losses, axis=1))
        delta = np.nanmean((losses - base_losses) / (scale if relative else 1), axis=1) * (1 if lower else -1)
        made = judged(delta, margin, lower, n, base=index == 0)
        if relative and made.word == "better":
            made = replace(made, mixed=(targets[-1],))
        verdicts[id_] = made
        repeat = None
        if repeats:
            jitter = np.random.default_rng(index).normal(size=repeats) * half * 0.5
            values = [round(value + float(j), 4) for j in jitter]
            again = replace(made, low=made.low * 1.1, high=made.high * 1.1)
            repeat_verdicts[id_] = again
            repeat = RepeatResult(
                repeats=repeats,
                mean=float(np.mean(values)),
                low=value - half * 0.9,
                high=value + half * 0.9,
                values=values,
                verdict=None,
            )
        built.append(
            HeadResult(
                id=id_,
                label=label,
                reads="nothing" if head in ("mean", "median") else "vectors",
                encoder="" if head in ("mean", "median") else encoder,
                instruction="default",
                sentence="",
                long="truncate",
                dim=0 if head in ("mean", "median") else dim,
                head=head,
                selection=round(value * 1.02, 4),
                estimate=estimate(value, half, n),
                measures={"mae": value, "rmse": value * 1.27, "r2": 0.41, "spearman": 0.63}
                if lower
                else {"accuracy": value, "macro_f1": value - 0.013},
                verdict=made,
                targets=target_parts(targets, losses, base_losses, index) if relative else (),
                slices=slice_parts(langs, losses[:, 0], base_losses[:, 0], lower, index, repeats)
                if slices
                else (),
                repeat=repeat,
                leak=LeakResult(
                    leaked=17,
                    on_leaked=estimate(value * 0.4, half * 4, 17),
                    on_all=estimate(value * 0.97, half, n + 17),
                    verdict_on_leaked=made,
                    verdict_on_all=made,
                )
                if leaks
                else None,
                costs=costs(encoder, dim, head, n),
                choices={"alpha": {target: 31.6 for target in targets}}
                if head == "ridge"
                else {"epochs": 38}
                if head == "mlp"
                else {},
                notes=("the best alpha of 'rating' lies on the edge of the grid (10000)",)
                if index == 0
                else (),
            )
        )
    return built, verdicts, repeat_verdicts


def loss(truth, prediction, classes):
    if classes:
        return (prediction != truth).astype(np.float64)
    return np.abs(prediction - truth)


def half_width(losses):
    n = int(np.isfinite(losses).sum())
    return 1.96 * float(np.nanstd(losses, ddof=1 if n > 1 else 0)) / math.sqrt(max(n, 1))


def judged(delta, margin, lower, n, *, base):
    if base:
        return verdict("baseline", 0.0, 0.0, lower_is_better=lower, margin=margin, n=n, p=math.nan)
    difference, half = float(np.nanmean(delta)), half_width(delta)
    word = word_for(difference, half, margin, lower)
    needed = 1_900 if word == "unresolved" else None
    return verdict(word, difference, half, lower_is_better=lower, margin=margin, n=n, rows_needed=needed)


def target_parts(targets, losses, base_losses, index):
    parts = []
    for t, name in enumerate(targets):
        column, base = losses[:, t], base_losses[:, t]
        n = int(np.isfinite(column).sum())
        made = judged(column - base, 0.05 * float(np.nanmean(base)), True, n, base=index == 0)
        parts.append(
            TargetResult(
                target=name,
                n=n,
                estimate=estimate(float(np.nanmean(column)), half_width(column), n),
                verdict=made,
                measures={},
            )
        )
    return parts


def slice_parts(langs, losses, base_losses, lower, index, repeats):
    parts = []
    for value in sorted(set(langs)):
        here = np.array([lang == value for lang in langs])
        n, mean = int(here.sum()), float(losses[here].mean())
        found = estimate(mean if lower else 1 - mean, half_width(losses[here]), n)
        if n < 10:
            found = no_interval(found.value, n, "fewer than 10 rows")
        delta = (losses - base_losses)[here] * (1 if lower else -1)
        made = None if index == 0 or n < 10 else judged(delta, 0.03, lower, n, base=False)
        parts.append(
            SliceResult(
                column="lang",
                value=value,
                n=n,
                estimate=found,
                verdict=made,
                repeat=slice_repeat(found, made, n, repeats) if repeats else None,
            )
        )
    return parts


def slice_repeat(found, made, n, repeats):
    """The repeats of a slice: their mean is a tenth above the one split."""
    return RepeatResult(
        repeats=repeats,
        mean=found.value * 1.1,
        low=found.value * 1.05,
        high=found.value * 1.15,
        values=[found.value * 1.1] * repeats,
        verdict=made,
        n=n,
    )


def costs(encoder, dim, head, rows):
    if head in ("mean", "median"):
        return Costs(
            encode_seconds_per_1000=0.0,
            fit_seconds=0.00003,
            predict_seconds_per_1000=0.00002,
            tokens=0,
            truncated_rows=0,
            tokens_lost_share=0.0,
            dim=0,
            memory_bytes=8,
        )
    per_1000 = {"minilm": 8.1}.get(encoder, 61.0 + 40 * (encoder.startswith("Qwen")))
    fit = {"ridge": 0.42, "mlp": 3.9, "boosting": 11.7}[head]
    return Costs(
        encode_seconds_per_1000=per_1000,
        fit_seconds=fit * dim / 384,
        predict_seconds_per_1000=0.002,
        tokens=rows * 5 * 83,
        truncated_rows=41,
        tokens_lost_share=0.031,
        dim=dim,
        memory_bytes=(90e6 if encoder == "minilm" else 2.2e9)
        + {"ridge": 3080, "mlp": 1e6, "boosting": 4e5}[head],
    )


def headline(winner, baseline, family, rows):
    found = family.verdicts[winner.id]
    if winner.id == baseline.id:
        return [f"Nothing beat {baseline.label}, the baseline, on {rows:,} held-out rows."]
    return [
        f"Use {winner.label} on {winner.encoder}: on {rows:,} held-out rows "
        + (
            f"it is {found.word} than {baseline.label}."
            if found.word == "better"
            else f"the difference is {found.word}."
        ),
        f"{family.measure.upper()} {winner.estimate.value:.3f} against {baseline.estimate.value:.3f}; the difference of "
        f"{found.difference:+.3f} has a 95 % interval from {found.low:+.3f} to {found.high:+.3f}.",
        "It is also the best cell on the held-out rows, which did not take part in the choice.",
    ]


def notes():
    return [
        Note(
            level="warning",
            title="82 rows are in languages that minilm does not read",
            text="It was trained on English only. Their vectors carry little of their meaning; judge the answer on the English slice.",
            rows=[3, 4, 5, 9, *range(20, 98)],
            count=82,
        ),
        Note(
            level="warning",
            title="41 texts are longer than minilm reads",
            text="It reads 256 tokens; 3.1 % of all tokens were lost.",
            rows=list(range(100, 1000, 22)),
            count=41,
        ),
        Note(
            level="info",
            title="12 exact duplicates",
            text="Kept on one side of the split.",
            rows=[7, 19, 33, 34],
            count=12,
        ),
        Note(level="info", title="1 empty text", text="Left out.", rows=[211], count=1),
    ]


def hand_made() -> HeadsResult:
    """Four held-out rows and two cells, small enough to work every number by hand.

    Truth 1 2 3 4; "ridge" predicts 1 2 3 8 (errors 0 0 0 4, MAE 1), "mean" 2.5 throughout (errors 1.5 .5 .5 1.5, MAE 1).
    """
    study = make_study(cells=2, rows=4)
    ridge, mean = study.cells
    truth = np.array([[1.0], [2.0], [3.0], [4.0]])
    predictions = {ridge.id: np.array([[1.0], [2.0], [3.0], [8.0]]), mean.id: np.full((4, 1), 2.5)}
    held_out = replace(
        study.held_out,
        rows=np.array([10, 20, 30, 40]),
        texts=["one", "two", "three", "four is far off"],
        truth=truth,
        predictions=predictions,
        languages=["en", "en", "fr", "fr"],
        tokens=np.array([1, 40, 70, 300]),
        over_limit=np.array([False, False, False, True]),
    )
    reason = "fewer than 5 rows: no interval"
    cells = [
        replace(cell, estimate=no_interval(1.0, 4, reason), selection=1.1, measures={"mae": 1.0})
        for cell in study.cells
    ]
    return replace(
        study,
        cells=cells,
        held_out=held_out,
        choice=choice(cells, ridge.id, True),
        winner=ridge.id,
        heldout_best=ridge.id,
    )


def hostile() -> HeadsResult:
    """Names and texts that try to break out of the page."""
    evil = HOSTILE[0]
    study = make_study(rows=30, own_texts=[*HOSTILE, "x" * 1_000_000, "   ", "word " * 4_000], slices=True)
    cells = [
        replace(cell, label=f"{cell.label} {evil}", notes=(evil,), sentence=evil, choices={evil: evil})
        for cell in study.cells
    ]
    return replace(
        study,
        name=f"{evil}.jsonl",
        targets=(evil,),
        headline=[f"The answer {evil}", HOSTILE[1], HOSTILE[5]],
        cells=cells,
        notes=[Note(level="warning", title=evil, text=HOSTILE[2])],
        settings={evil: list(HOSTILE)},
        made={evil: {evil: HOSTILE[3]}},
        held_out=replace(study.held_out, slices={evil: [HOSTILE[i % 7] for i in range(30)]}),
    )


TOPICS = (
    "alt.atheism", "comp.graphics", "comp.os.windows", "comp.hardware.pc", "comp.hardware.mac", "comp.windows.x", "misc.forsale",
    "rec.autos", "rec.motorcycles", "rec.sport.baseball", "rec.sport.hockey", "sci.crypt", "sci.electronics", "sci.med",
    "sci.space", "soc.religion", "talk.guns", "talk.mideast", "talk.politics", "talk.religion",
)  # fmt: skip
SCORES = (
    "climate impact", "credibility", "economic viability", "readiness to deploy", "systemic impact", "justice", "novelty", "evidence",
)  # fmt: skip

CASES = {
    "typical": lambda: replace(make_study(repeats=15, slices=True), price=0.4),
    "one_cell": lambda: make_study(cells=1),
    "sixty_cells": lambda: make_study(cells=60, repeats=15, slices=True),
    "one_row": lambda: make_study(rows=1),
    "two_classes": lambda: make_study(targets=("spam",), classes=("no", "yes"), rows=300, leaks=True),
    "twenty_classes": lambda: make_study(targets=("label",), classes=TOPICS, rows=1500),
    "eight_targets": lambda: make_study(targets=SCORES, ordinal=False, rows=600),
    "five_thousand": lambda: make_study(rows=5000, targets=SCORES, ordinal=False, cells=20, slices=True),
    "long_names": lambda: make_study(
        targets=("a target with a very long name " * 10, "unbroken" * 38), rows=120
    ),
    "hostile": hostile,
    "hand_made": hand_made,
}
