"""What is asked of the encoding benchmark, beside what came out."""

from __future__ import annotations

from dataclasses import dataclass

from encoding_subjects import TEXTS, Subject
from workers import print_table, ratio

BASE = "st-float32"
FARTHEST, NEAREST, MARGIN = 1e-5, 0.9995, 1e-4
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Bar:
    """A ratio of rates that is asked of one kind of encoder on one kind of texts."""

    kind: str  # as ``Subject.kind``
    work: str
    candidate: str
    against: str
    least: float


BARS = (
    Bar("minilm", "posts", "packed-bfloat16", BASE, 4.5),
    Bar("minilm", "posts", "packed-bfloat16", "st-bfloat16", 1.8),
    Bar("minilm", "posts", "packed-float32", BASE, 2.2),
    *(Bar("minilm", work, "packed-bfloat16", BASE, 4.5) for work in ("tweets", "long")),
    *(
        Bar("minilm", work, f"packed-{precision}", f"openvino-{precision}", 1.0)
        for work in TEXTS
        for precision in PRECISIONS
    ),
    # Measured on Intel with AMX, whose products in bfloat16 are seven times as fast as those in float32.
    Bar("e5-small-q4", "tweets", "packed-bfloat16", BASE, 4.8),
    Bar("e5-small-q4", "tweets", "packed-float32", BASE, 1.6),
    *(
        Bar("decoder", work, f"packed-{precision}", f"plain-{precision}", 2.0)
        for work in ("passages", "posts")
        for precision in PRECISIONS
    ),
)
GEMM_BAR = 0.65  # of the rate of MiniLM's products alone, on posts


def print_bars(subjects: list[Subject]) -> None:
    """What is asked beside what came out."""
    rows = []
    for subject in subjects:
        for work in subject.works:
            for bar in BARS:
                asked = (bar.kind, bar.work) == (subject.kind, work.name)
                if asked and bar.candidate in work.seconds and bar.against in work.seconds:
                    found = ratio(work.seconds[bar.against], work.seconds[bar.candidate])
                    what = f"{subject.name}, {work.name}: {bar.candidate} against {bar.against}"
                    rows.append((what, f"{found:.2f}", f"{bar.least:.2f}", met(found >= bar.least)))
            if (
                (subject.kind, work.name) == ("minilm", "posts")
                and "packed-bfloat16" in work.seconds
                and "gemm-bfloat16" in work.rates
            ):
                flops = subject.shape.linear_flops(work.lengths)
                linear = [flops / second for second in work.seconds["packed-bfloat16"]]
                share = ratio(linear, work.rates["gemm-bfloat16"])
                what = "minilm, posts: packed-bfloat16, share of gemm-bfloat16"
                rows.append((what, f"{share:.2f}", f"{GEMM_BAR:.2f}", met(share >= GEMM_BAR)))
    if rows:
        print()
        print_table(("asked", "found", "at least", ""), rows)


def met(whether: bool) -> str:
    """As it is printed."""
    return "met" if whether else "NOT met"


def rows_are_right(subjects: list[Subject]) -> bool:
    """Whether our rows are those of the base; says which are not."""
    right = True
    for subject in subjects:
        for work in subject.works:
            what = f"WRONG ROWS: {subject.name}, {work.name}"
            off = work.farthest.get("packed-float32", 0.0)
            if not off <= FARTHEST:
                print(f"{what}, packed-float32 is off by {off:.1e}, at most {FARTHEST:.0e} is allowed")
                right = False
            # A network whose rows move further in bfloat16 moves them for everybody.
            least = min(NEAREST, work.nearest.get("st-bfloat16", 1.0) - MARGIN)
            for name in ("packed-bfloat16", "plain-bfloat16"):
                cosine = work.nearest.get(name, 1.0)
                if not cosine >= least:
                    print(f"{what}, {name} has a cosine of {cosine:.6f}, at least {least:.6f} is asked")
                    right = False
    return right
