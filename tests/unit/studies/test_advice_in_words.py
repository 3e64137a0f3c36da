"""What the answer says where cost decided: at which cost, how near, and what the rows say that chose nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from semascope.stats.measures import get_measure
from semascope.stats.results import Estimate, Verdict
from semascope.studies.choice import Choice, Standing, allowed
from semascope.studies.heads.result import Costs, Guess, HeadResult
from semascope.studies.heads.telling.advice import card_note
from semascope.studies.heads.telling.headline import Headline

MAE = get_measure("mae", "regression")
NO_COSTS = Costs(
    encode_seconds_per_1000=0.0,
    fit_seconds=0.0,
    predict_seconds_per_1000=0.0,
    tokens=0,
    truncated_rows=0,
    tokens_lost_share=0.0,
    dim=16,
)
READS = {"median": "nothing", "tfidf": "words"}


def verdict(word: str, difference: float, p: float) -> Verdict:
    ends = {
        "low": difference - 0.1,
        "high": difference + 0.1,
        "low90": difference - 0.08,
        "high90": difference + 0.08,
    }
    return Verdict(
        word=word, difference=difference, gain=-difference, p=p, p_holm=p, margin=0.05, n=50, **ends
    )


def cell(label: str, value: float, word: str, gain: float = 0.0) -> HeadResult:
    head = label.split(" · ")[-1]
    return HeadResult(
        id=label,
        label=label,
        reads=READS.get(head, "vectors"),
        encoder="" if head in READS else label.split(" · ")[0],
        instruction="default",
        sentence="",
        long="truncate",
        dim=16,
        head=head,
        selection=value,
        estimate=Estimate(value=value, low=value - 0.12, high=value + 0.12, n=50),
        measures={},
        verdict=verdict(word, -gain, 0.02),
        costs=NO_COSTS,
    )


FAST, SLOW = cell("minilm · ridge", 0.64, "baseline"), cell("smol · ridge", 0.63, "unresolved", 0.01)
WORDS, MEDIAN = cell("tfidf", 0.65, "unresolved", -0.01), cell("median", 0.66, "unresolved", -0.02)


def choice(
    advised: str, behind: float, *, seconds: float = 2.2, error: float = 0.037, value: float = 0.6, **more
) -> Choice:
    margin = 0.05 * value
    given = {"reads": READS.get(advised, "vectors"), "allowed": allowed(margin, error)}
    two = [
        Standing(cell=advised, value=value + behind, behind=behind, error=error, seconds=seconds, **given),
        Standing(
            cell="smol · ridge",
            value=value,
            behind=0.0,
            error=0.0,
            allowed=margin,
            reads="vectors",
            seconds=140.0,
        ),
    ]
    made = Choice(
        rule="cheapest", advised=advised, best="smol · ridge", margin=margin, of_error=True, standings=two
    )
    return replace(made, **more)


def write(made: Choice, cells=(FAST, SLOW), *, measure=MAE, **more) -> list[str]:
    given = {
        "baseline": "minilm · ridge",
        "heldout_best": "smol · ridge",
        "repeat_family": None,
        "judged": "",
        "rows": 1234,
        "groups": None,
    } | more
    return Headline(
        cells=cells,
        winner=made.advised,
        constant=("median",),
        targets=("rating",),
        measure=measure,
        warnings=(),
        choice=made,
        **given,
    ).sentences()


def test_the_ratio_of_the_costs_stands_behind_the_answer():
    made = choice("minilm · ridge", 0.012, verdict=verdict("unresolved", -0.01, 0.4))
    found = write(made)
    assert found == [
        "Use minilm · ridge, the baseline, for “rating”: mean absolute error 0.640 on the 1,234 held-out rows.",
        "minilm · ridge is as good as smol · ridge, which did best on the training rows, as far as could be told there"
        " (2 % behind, inside the margin of 5 %), at a sixtieth of the cost: 2.2 s for 1,000 texts against 2 min 20 s.",
        "On the held-out rows smol · ridge is not shown to beat it: 0.630 against 0.640, 1.6 % apart (p 0.40).",
        "minilm · ridge is a linear model on vectors of minilm with no instruction, 16 dims; 95 % interval 0.520 to 0.760.",
    ]


def test_beyond_the_margin_it_is_one_standard_error():
    assert "(6 % behind, within one standard error)" in write(choice("minilm · ridge", 0.036))[1]
    assert "(no difference there)" in write(choice("minilm · ridge", 0.0))[1]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (137.0, "at nearly all of the cost"),  # a third cell, cheaper than both, lets such a one be advised
        (70.0, "at half of the cost"),
        (46.0, "at a third of the cost"),
        (1.4, "at a hundredth of the cost"),
    ],
)
def test_the_ratio_is_said_in_words(seconds, said):
    assert said in write(choice("minilm · ridge", 0.01, seconds=seconds))[1]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (
            "equivalent",
            "On the held-out rows smol · ridge is equivalent: 0.630 against 0.640, 1.6 % apart (p 0.030).",
        ),
        (
            "worse",
            "On the held-out rows smol · ridge is even worse: 0.630 against 0.640, 1.6 % apart (p 0.030).",
        ),
    ],
)
def test_how_the_two_stand_where_nothing_was_chosen(word, said):
    made = choice("minilm · ridge", 0.01, verdict=verdict(word, -0.01, 0.03))
    assert write(made)[2] == said
    undefined = choice("minilm · ridge", 0.01, verdict=verdict("unresolved", math.nan, math.nan))
    assert not any("smol · ridge is" in sentence for sentence in write(undefined)[2:])


def test_where_the_held_out_rows_contradict_that_is_said_at_once():
    slow = cell("smol · ridge", 0.5, "better", 0.14)
    found = write(choice("minilm · ridge", 0.012, verdict=verdict("better", -0.14, 0.0004)), (FAST, slow))
    assert found[1] == (
        "On the held-out rows smol · ridge is shown better than minilm · ridge: 0.500 against 0.640, 22 % apart (p <0.001)."
        " minilm · ridge is advised because it was not clearly behind on the training rows (2 % behind, inside the margin of 5 %),"
        " at a sixtieth of the cost (2.2 s for 1,000 texts against 2 min 20 s); --choose best takes smol · ridge."
    )
    assert not any("as good as" in sentence or "came out best" in sentence for sentence in found)


BASE = cell("smol · ridge", 0.63, "baseline")


def beside_the_baseline(word: str, difference: float) -> list[str]:
    """The best is the baseline: what the table says of the advised cell is what stands first."""
    fast = cell("minilm · ridge", 0.64, {"better": "worse", "worse": "better"}.get(word, word), difference)
    return write(
        choice("minilm · ridge", 0.012, verdict=verdict(word, difference, 0.02)),
        (BASE, fast),
        baseline="smol · ridge",
    )


def test_beside_the_baseline_the_first_sentence_names_the_cost_and_nothing_is_said_twice():
    found = beside_the_baseline("unresolved", -0.01)
    assert found[0] == (
        "Use minilm · ridge for “rating”: it costs less and is not shown to be worse than smol · ridge, mean absolute error 0.640"
        " against 0.630 on the 1,234 held-out rows."
    )
    assert found[1].startswith(
        "minilm · ridge is as good as smol · ridge, which did best on the training rows"
    )
    assert not any(sentence.startswith("On the held-out rows") for sentence in found)


def test_a_baseline_that_is_shown_better_is_advised_first_and_the_winner_explained():
    found = beside_the_baseline("better", -0.14)
    assert found[0].startswith(
        "Use smol · ridge for “rating”: minilm · ridge, chosen on the training rows, is worse, "
    )
    assert found[1].startswith(
        "minilm · ridge is advised because it was not clearly behind on the training rows (2 % behind"
    )
    assert found[1].endswith("; --choose best takes smol · ridge.")


def test_words_need_no_encoder_and_that_is_said_once():
    made = choice("tfidf", 0.012, seconds=0.3, verdict=verdict("unresolved", -0.02, 0.4))
    found = write(made, (FAST, SLOW, WORDS), words=None)
    assert found[1] == (
        "tfidf is as good as smol · ridge, which did best on the training rows, as far as could be told there (2 % behind, inside"
        " the margin of 5 %), and needs no encoder: 300 ms for 1,000 texts against 2 min 20 s."
    )
    assert not any("No vectors did better" in sentence for sentence in found)
    slow = choice("tfidf", 0.012, seconds=150.0, verdict=verdict("unresolved", -0.02, 0.4))
    assert write(slow, (FAST, SLOW, WORDS), words=None)[1].endswith(
        "and needs no encoder, though it is no faster: 2 min 30 s for 1,000 texts against 2 min 20 s."
    )


def test_a_constant_that_nothing_is_shown_to_beat_is_not_said_to_be_unbeaten_twice():
    guess = Guess(
        cell="median",
        head="median",
        answers={"rating": 5.0},
        shares={"rating": 0.2},
        verdicts={name: verdict("unresolved", -0.03, 0.3) for name in ("minilm · ridge", "smol · ridge")},
    )
    made = choice("median", 0.012, seconds=0.0, verdict=guess.verdicts["smol · ridge"])
    found = write(made, (FAST, SLOW, MEDIAN), guess=guess)
    assert found[:2] == [
        "By mean absolute error nothing is shown to beat always answering 5, the median, for “rating”: 0.660 on the 1,234 held-out rows.",
        "smol · ridge did best on the training rows, though not clearly better than that (2 % ahead, inside the margin of 5 %): as far"
        " as could be told there, reading the texts gains nothing.",
    ]
    assert sum("smol · ridge" in sentence for sentence in found) == 1


def test_a_cell_that_does_not_beat_a_constant_as_the_best_does_says_so_first():
    better, open_ = verdict("better", -0.16, 0.001), verdict("unresolved", -0.02, 0.4)
    guess = Guess(
        cell="median",
        head="median",
        answers={"rating": 5.0},
        shares={"rating": 0.2},
        verdicts={"smol · ridge": better, "minilm · ridge": open_},
    )
    found = write(choice("minilm · ridge", 0.012, verdict=open_), (FAST, SLOW, MEDIAN), guess=guess)
    assert found[0] == (
        "Use minilm · ridge for “rating”, though, unlike smol · ridge, it is not shown to beat always answering 5, the median:"
        " mean absolute error 0.640 against 0.660 on the 1,234 held-out rows."
    )


def test_a_constant_that_the_best_beats_on_the_held_out_rows():
    better = verdict("better", -0.16, 0.001)
    guess = Guess(
        cell="median",
        head="median",
        answers={"rating": 5.0},
        shares={"rating": 0.2},
        verdicts={"smol · ridge": better},
    )
    slow = cell("smol · ridge", 0.5, "better", 0.14)
    found = write(choice("median", 0.012, seconds=0.0, verdict=better), (FAST, slow, MEDIAN), guess=guess)
    assert found[0] == (
        "On the training rows nothing did clearly better than always answering 5, the median, for “rating”: mean absolute error 0.660"
        " on the 1,234 held-out rows."
    )
    assert found[1] == (
        "On the held-out rows smol · ridge is shown better than median: 0.500 against 0.660, 24 % apart (p 0.001). median is advised"
        " because it was not clearly behind on the training rows (2 % behind, inside the margin of 5 %), and reads no text;"
        " --choose best takes smol · ridge."
    )


def test_differences_of_shares_are_told_as_they_are():
    accuracy = get_measure("accuracy", "classification")
    made = replace(choice("minilm · ridge", 0.01, value=0.6), of_error=False, margin=0.02)
    assert "(0.010 behind, inside the margin of 0.020)" in write(made, measure=accuracy)[1].replace(
        "0.01 ", "0.010 "
    ).replace("0.02)", "0.020)")


def test_where_the_best_is_advised_nothing_more_is_said():
    made = replace(choice("minilm · ridge", 0.01), advised="smol · ridge")
    found = write(made)
    assert not any("training rows, as far as" in sentence or "of the cost" in sentence for sentence in found)
    assert found[1].startswith("smol · ridge is a linear model on vectors of smol")


def test_the_card_says_it_too():
    cells = {one.id: one for one in (FAST, SLOW)}
    assert card_note(choice("minilm · ridge", 0.012), cells) == (
        "advised as the cheapest cell that is not clearly behind smol · ridge, the best out of fold on the training rows"
        " (2 % behind, inside the margin of 5 %)"
    )
