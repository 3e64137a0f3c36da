"""The headline: each verdict in its own sentence, and what the reader must not miss."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from semascope.stats.measures import get_measure
from semascope.stats.results import Estimate, Family, Verdict
from semascope.studies.heads.result import (
    Costs,
    Guess,
    HeadResult,
    LeakResult,
    LongTexts,
    RepeatResult,
    WayResult,
)
from semascope.studies.heads.telling.headline import Headline
from semascope.studies.heads.telling.truncation_words import cost_of_truncation

MAE = get_measure("mae", "regression")
COSTS = Costs(
    encode_seconds_per_1000=1.0,
    fit_seconds=1.0,
    predict_seconds_per_1000=1.0,
    tokens=1,
    truncated_rows=0,
    tokens_lost_share=0.0,
    dim=16,
)


READS = {"mean": "nothing", "median": "nothing", "majority": "nothing", "tfidf": "words", "human": "column"}


def verdict(word: str, gain: float = 0.0, **more) -> Verdict:
    given = {"low": -gain - 0.1, "high": -gain + 0.1, "low90": -gain - 0.08, "high90": -gain + 0.08} | more
    given = {"p_holm": 0.02} | given
    return Verdict(word=word, difference=-gain, gain=gain, p=0.01, margin=0.05, n=50, **given)


def cell(
    name: str, value: float, word: str, *, gain: float = 0.0, repeat=None, instruction="default", **more
) -> HeadResult:
    return HeadResult(
        id=name,
        label=name,
        reads=READS.get(name, "vectors"),
        encoder="" if name in READS else "m",
        instruction=instruction,
        sentence="",
        long="truncate",
        dim=16,
        head=name,
        selection=value,
        estimate=Estimate(value=value, low=value - 0.12, high=value + 0.12, n=50),
        measures={},
        verdict=verdict(word, gain, **more),
        repeat=repeat,
        costs=COSTS,
    )


BASE = cell("ridge", 2.0, "baseline")


def write(
    cells,
    *,
    winner,
    best=None,
    baseline="ridge",
    measure=MAE,
    targets=("mood",),
    constant=("mean", "median"),
    **more,
):
    given = {"repeat_family": None, "judged": "", "rows": 1234, "groups": None, "warnings": ()} | more
    return Headline(
        cells=cells,
        winner=winner,
        heldout_best=best or winner,
        baseline=baseline,
        constant=constant,
        targets=targets,
        measure=measure,
        **given,
    ).sentences()


def test_better_says_by_how_much():
    first, behind = write([BASE, cell("mlp", 1.5, "better", gain=0.5)], winner="mlp")
    assert first == (
        "Use mlp for “mood”: 25 % better than ridge, mean absolute error 1.50 against 2.00 on the 1,234 held-out rows."
    )
    assert behind == (
        "mlp is a two-layer network on vectors of m with no instruction, 16 dims; 95 % interval 1.38 to 1.62."
    )


def test_better_over_several_targets_is_a_share_already():
    cells = [BASE, cell("mlp", 1.5, "better", gain=0.12)]
    first, behind = write(cells, winner="mlp", targets=("a", "b", "c"))
    assert first == (
        "Use mlp for “a”, “b” and “c”: 12 % better than ridge on average, mean absolute error 1.50 against 2.00"
        " over all targets on the 1,234 held-out rows."
    )
    assert behind.endswith("each error is a share of ridge's on that target.")
    assert write(cells, winner="mlp", targets=tuple("abcd"))[0].startswith("Use mlp for 4 targets:")


def test_better_by_hits_is_a_difference():
    accuracy = get_measure("accuracy", "classification")
    cells = [cell("ridge", 0.7, "baseline"), cell("mlp", 0.8, "better", gain=0.1)]
    first = write(cells, winner="mlp", measure=accuracy, constant=("majority",))[0]
    assert (
        first
        == "Use mlp for “mood”: 0.100 better than ridge, accuracy 0.800 against 0.700 on the 1,234 held-out rows."
    )


def test_equivalent_names_both():
    first = write([BASE, cell("mlp", 2.01, "equivalent", gain=-0.01)], winner="mlp", judged="lang=en")[0]
    assert first == (
        "Use mlp or ridge for “mood”: they are equivalent, mean absolute error 2.01 against 2.00"
        " on the 1,234 held-out rows with lang=en."
    )


def test_worse_turns_back_to_the_baseline():
    first = write([BASE, cell("mlp", 2.4, "worse", gain=-0.4)], winner="mlp")[0]
    assert first.startswith("Use ridge for “mood”: mlp, chosen on the training rows, is worse, ")


def test_unresolved_says_what_keeps_it_open_and_how_many_rows_would_do():
    open_one = cell("mlp", 1.9, "unresolved", gain=0.1, reason="only 4 held-out groups", rows_needed=5000)
    first, behind = write([BASE, open_one], winner="mlp")
    assert first.startswith("Use mlp for “mood”, though it is not shown to beat ridge: ")
    assert "What keeps it open: only 4 held-out groups." in behind
    assert behind.endswith("About 5,000 held-out rows would settle it.")


def test_the_baseline_itself_may_be_the_answer():
    first, behind = write([BASE, cell("mlp", 2.2, "unresolved", gain=-0.2)], winner="ridge")
    assert (
        first == "Use ridge, the baseline, for “mood”: mean absolute error 2.00 on the 1,234 held-out rows."
    )
    assert behind.endswith("No other cell did better on the training rows, where the choice is made.")


def test_a_winner_that_is_not_the_best_on_the_held_out_rows_is_said():
    cells = [BASE, cell("mlp", 1.8, "better", gain=0.2), cell("boosting", 1.7, "better", gain=0.3)]
    sentence = write(cells, winner="mlp", best="boosting")[2]
    assert sentence.startswith(
        "On the held-out rows boosting came out best (1.70), yet mlp is chosen: the choice is made on"
    )
    assert not any("came out best" in one for one in write(cells, winner="boosting", best="boosting"))


def test_the_winner_is_not_held_against_itself():
    undefined = cell("ridge", 2.0, "baseline", gain=math.nan)
    assert not any("came out best" in one for one in write([undefined], winner="ridge"))


def test_a_trade_off_between_targets_is_said():
    cells = [BASE, cell("mlp", 1.5, "better", gain=0.5, mixed=("b", "c"))]
    found = write(cells, winner="mlp", targets=("a", "b", "c"))
    assert found[2] == (
        "Mixed: on “b” and “c” it goes the other way, significantly; look at the targets one by one."
    )


def test_what_the_answer_is_made_of_is_said():
    cells = [BASE, cell("mlp", 1.5, "better", gain=0.5, instruction="topic")]
    behind = write(cells, winner="mlp")[1]
    assert behind.startswith(
        "mlp is a two-layer network on vectors of m with the instruction “topic”, 16 dims"
    )


def test_groups_are_named_where_they_are_the_unit():
    assert write([BASE], winner="ridge", groups=40)[0].endswith("on the 1,234 held-out rows of 40 groups.")
    assert write([BASE], winner="ridge", groups=1)[0].endswith("on the 1,234 held-out rows of 1 group.")


def guess(words: dict[str, str], *, head="median", answers=None, shares=None, **more) -> Guess:
    return Guess(
        cell=head,
        head=head,
        answers=answers or {"mood": 0.0},
        shares=shares or {"mood": 0.7},
        verdicts={name: verdict(word) for name, word in words.items()},
        **more,
    )


def ranking(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=50)


MEDIAN = cell("median", 2.4, "worse", gain=-0.4)


def test_a_constant_is_named_as_what_guessing_gives():
    cells = [MEDIAN, BASE, cell("mlp", 1.8, "better", gain=0.2)]  # 1.8 / 2.4 = 0.75
    found = write(cells, winner="mlp", guess=guess({"ridge": "better", "mlp": "better"}))
    assert "Answering every text with the median gives 2.40; mlp has 25 % less error, p 0.020." in found
    assert not any("Answering" in one for one in write(cells, winner="mlp"))  # no constant has this measure


def test_an_answer_that_is_not_shown_to_beat_a_constant_says_so_first():
    cells = [MEDIAN, BASE, cell("mlp", 1.8, "better", gain=0.2)]
    first, *rest = write(cells, winner="mlp", guess=guess({"ridge": "better", "mlp": "unresolved"}))
    assert first == (
        "Use mlp for “mood”, though it is not shown to beat always answering 0, the median:"
        " mean absolute error 1.80 against 2.40 on the 1,234 held-out rows."
    )
    assert (
        "Answering every text with the median gives 2.40. Always answering 0 is exactly right on 70 % of the training rows."
        in rest
    )


def test_where_nothing_beats_a_constant_the_answer_is_why_and_what_the_vectors_give():
    median = cell("median", 1.4, "better", gain=0.6)
    cells = [median, BASE, cell("mlp", 1.9, "better", gain=0.1)]
    found = write(
        cells,
        winner="median",
        guess=guess(
            {"ridge": "worse", "mlp": "unresolved"},
            ranker="ridge",
            ranking=ranking(0.412, 0.33, 0.49),
            ranks=True,
        ),
    )
    assert found == [
        "By mean absolute error nothing is shown to beat always answering 0, the median, for “mood”:"
        " 1.40 on the 1,234 held-out rows.",
        "median is a constant that reads no text; 95 % interval 1.28 to 1.52.",
        "Always answering 0 is exactly right on 70 % of the training rows. But ridge ranks: Spearman correlation 0.41 (0.33 to 0.49),"
        " where an answer that is always the same has none; --measure spearman asks for that.",
        "mlp is better than ridge too, but not shown to beat always answering 0, the median.",
    ]


def test_the_same_where_a_cell_was_chosen_that_is_no_better():
    cells = [MEDIAN, BASE]
    found = write(
        cells,
        winner="ridge",
        guess=guess(
            {"ridge": "equivalent"}, shares={"mood": 0.1}, ranker="ridge", ranking=ranking(0.02, -0.1, 0.14)
        ),
    )
    assert found[0] == (
        "By mean absolute error nothing is shown to beat always answering 0, the median, for “mood”:"
        " 2.40 against 2.00 of ridge, chosen on the training rows, on the 1,234 held-out rows."
    )
    assert "Nor is a ranking shown: the Spearman correlation of ridge is 0.02 (−0.10 to 0.14)." in found


def test_a_constant_that_others_beat_on_the_held_out_rows_only():
    cells = [cell("median", 1.9, "unresolved", gain=0.1), BASE, cell("mlp", 1.5, "better", gain=0.5)]
    found = write(cells, winner="median", best="mlp", guess=guess({"ridge": "unresolved", "mlp": "better"}))
    assert found[0] == (
        "On the training rows nothing did better than always answering 0, the median, for “mood”:"
        " mean absolute error 1.90 on the 1,234 held-out rows."
    )
    assert found[2].startswith("On the held-out rows mlp came out best (1.50), yet median is chosen")
    assert found[3] == "Better than ridge on the held-out rows: mlp."


def test_a_class_that_is_mostly_right_points_to_a_measure_of_rare_classes():
    accuracy = get_measure("accuracy", "classification")
    cells = [cell("ridge", 0.91, "baseline"), cell("majority", 0.9, "unresolved")]
    common = guess({"ridge": "unresolved"}, head="majority", answers={"mood": "calm"}, shares={"mood": 0.9})
    found = write(cells, winner="ridge", measure=accuracy, constant=("majority",), guess=common)
    assert found[0].startswith(
        "By accuracy nothing is shown to beat always answering “calm”, the commonest class, for “mood”: 0.900 against 0.910 of ridge"
    )
    assert (
        "Always answering “calm” is exactly right on 90 % of the training rows. --measure macro_f1 counts every class alike, however rare."
        in found
    )


def test_constants_of_several_targets_are_named_together():
    cells = [MEDIAN, BASE]
    for answers, said in (
        ({"a": 0.0, "b": 0.0}, "always answering 0, the median of every target, for “a” and “b”"),
        ({"a": 0.0, "b": 2.5}, "always answering the median of each target for “a” and “b”"),
    ):
        given = guess({"ridge": "worse"}, answers=answers, shares={"a": 0.62, "b": 0.78})
        found = write(cells, winner="median", targets=("a", "b"), guess=given)
        assert f"nothing is shown to beat {said}: " in found[0]
        assert any(
            "exactly right on 62 to 78 % of the training rows, depending on the target." in one
            for one in found
        )


def test_others_that_are_as_good_are_listed():
    cells = [
        BASE,
        cell("mlp", 1.5, "better", gain=0.5),
        cell("boosting", 2.0, "equivalent"),
        cell("x", 3.0, "worse"),
    ]
    found = write(cells, winner="mlp")
    assert found[2:] == ["Equivalent to ridge: boosting."]


def test_others_are_also_better_only_where_the_answer_is():
    cells = [
        BASE,
        cell("mlp", 1.5, "better", gain=0.5),
        cell("boosting", 1.6, "better", gain=0.4),
        cell("x", 1.9, "unresolved", gain=0.1),
    ]
    assert "Also better than ridge: boosting." in write(cells, winner="mlp")
    assert "Better than ridge on the held-out rows: mlp and boosting." in write(cells, winner="x")
    assert "Better than ridge on the held-out rows: mlp and boosting." in write(cells, winner="ridge")


def over_splits(mean: float, *, repeats: int = 15) -> RepeatResult:
    return RepeatResult(
        repeats=repeats, mean=mean, low=mean - 0.12, high=mean + 0.12, values=[mean] * repeats, verdict=None
    )


def recipes(**verdicts) -> Family:
    return Family(measure="mae", baseline="ridge", margin=0.1, test="", interval="", verdicts=verdicts)


RIDGE_REPEATED = cell("ridge", 2.0, "baseline", repeat=over_splits(1.9))
IS_BASE = verdict("baseline")


@pytest.mark.parametrize(
    ("word", "gain", "said"),
    [
        ("better", 0.38, "Use mlp for “mood”: 20 % better than ridge, mean absolute error 1.52 against 1.90"),
        (
            "worse",
            -0.38,
            "Use ridge for “mood”: mlp, chosen on the training rows, is worse, mean absolute error 1.52",
        ),
        (
            "equivalent",
            0.01,
            "Use mlp or ridge for “mood”: they are equivalent, mean absolute error 1.52 against 1.90",
        ),
        (
            "unresolved",
            0.1,
            "Use mlp for “mood”, though it is not shown to beat ridge: mean absolute error 1.52",
        ),
    ],
)
def test_repeats_lead_and_the_one_split_comes_after(word, gain, said):
    cells = [RIDGE_REPEATED, cell("mlp", 1.5, "unresolved", gain=0.5, repeat=over_splits(1.52))]
    family = recipes(ridge=IS_BASE, mlp=verdict(word, gain))
    first, behind, own = write(cells, winner="mlp", repeat_family=family)[:3]
    assert first.startswith(said)
    assert " over 15 repeated splits, each judged on 50 held-out rows" in first
    assert "95 % interval 1.40 to 1.64" in behind
    assert own == (
        "The study's own split alone, 1,234 held-out rows, gives 1.50 (1.38 to 1.62): cannot be told from ridge, p 0.020"
        " after Holm."
    )


def test_everything_that_is_said_is_of_the_repeats_where_they_lead():
    median = cell("median", 1.0, "better", gain=1.0, repeat=over_splits(2.5))
    boosting = cell("boosting", 2.1, "worse", gain=-0.1, repeat=over_splits(1.6))
    family = recipes(ridge=IS_BASE, median=verdict("worse", -0.6), boosting=verdict("better", 0.3))
    found = write(
        [median, RIDGE_REPEATED, boosting],
        winner="ridge",
        best="boosting",
        repeat_family=family,
        guess=guess({"ridge": "better", "boosting": "better"}),
    )
    assert found[0].startswith(
        "Use ridge, the baseline, for “mood”: mean absolute error 1.90 over 15 repeated"
    )
    assert any("boosting came out best (1.60)" in one for one in found)
    assert "Answering every text with the median gives 2.50; ridge has 24 % less error, p 0.020." in found
    assert "Better than ridge on the held-out rows: boosting." in found


def test_the_one_split_of_a_baseline_that_is_advised_has_nothing_to_be_held_against():
    found = write([RIDGE_REPEATED], winner="ridge", repeat_family=recipes(ridge=IS_BASE))
    assert "The study's own split alone, 1,234 held-out rows, gives 2.00 (1.88 to 2.12)." in found


def test_the_one_split_says_why_it_bears_no_claim():
    mlp = cell(
        "mlp", 1.5, "unresolved", p_holm=math.nan, reason="only 4 held-out rows", repeat=over_splits(1.52)
    )
    found = write(
        [RIDGE_REPEATED, mlp], winner="mlp", repeat_family=recipes(ridge=IS_BASE, mlp=verdict("better", 0.38))
    )
    assert found[2].endswith("gives 1.50 (1.38 to 1.62): cannot be told from ridge, only 4 held-out rows.")


def test_two_repeats_are_too_few_to_lead():
    ridge = cell("ridge", 2.0, "baseline", repeat=over_splits(1.9, repeats=2))
    first = write([ridge], winner="ridge", repeat_family=recipes(ridge=IS_BASE))[0]
    assert (
        first == "Use ridge, the baseline, for “mood”: mean absolute error 2.00 on the 1,234 held-out rows."
    )


def leaked(name: str, value: float, word: str, *, seen: str, **more) -> HeadResult:
    """A cell with its word on the clean rows, and the one that all rows would give."""
    whole = Estimate(value=value, low=value, high=value, n=9)
    leak = LeakResult(
        leaked=60,
        on_leaked=whole,
        on_all=whole,
        verdict_on_leaked=verdict(seen),
        verdict_on_all=verdict(seen),
    )
    return replace(cell(name, value, word, **more), leak=leak)


def test_a_split_that_leaks_is_said_right_after_the_answer_with_the_words_it_would_have_made():
    cells = [
        leaked("ridge", 2.0, "baseline", seen="baseline"),
        leaked("mlp", 2.0, "unresolved", seen="better"),
        leaked("boosting", 1.5, "better", seen="better", gain=0.5),
        leaked("x", 2.0, "equivalent", seen="unresolved"),
    ]
    first, second = write(cells, winner="ridge", leaked=60, rows=100)[:2]
    assert first.endswith("mean absolute error 2.00 on the 100 held-out rows that did not leak.")
    assert second == (
        "The given split leaks: 60 held-out rows also stand in training. They are left out of every figure here; with them"
        " mlp would have been called better than ridge (p 0.020)."
    )
    assert write(cells[:1], winner="ridge", leaked=1, rows=100)[1] == (
        "The given split leaks: 1 held-out row also stands in training. It is left out of every figure here."
    )


def test_nothing_is_said_of_a_split_without_a_clean_row():
    nothing = cell("ridge", math.nan, "baseline")
    first = write([nothing, cell("mlp", math.nan, "unresolved")], winner="mlp", leaked=60, rows=0)[0]
    assert first == (
        "Nothing can be said about “mood”: every held-out row, or its group, also stands in training. mlp is only what"
        " the training rows chose."
    )


def test_warnings_come_last_and_all_of_them():
    found = write([BASE], winner="ridge", warnings=["Warning: one.", "Warning: two."])
    assert found[-2:] == ["Warning: one.", "Warning: two."]


def test_an_interval_that_cannot_be_had_is_said():
    lone = cell("ridge", 0.5, "baseline")
    lone = HeadResult(
        **{name: getattr(lone, name) for name in HeadResult.__dataclass_fields__}
        | {"estimate": Estimate(value=0.5, low=math.nan, high=math.nan, n=4, reason="only 4 held-out rows")}
    )
    assert "; 95 % interval none (only 4 held-out rows)." in write([lone], winner="ridge")[1]


def test_f1_names_its_class_and_the_distance_from_a_constant():
    cells = [
        cell("ridge", 0.5, "baseline"),
        cell("mlp", 0.7, "better", gain=0.2),
        cell("majority", 0.1, "worse", gain=-0.4),
    ]
    f1 = get_measure("f1", "classification", positive=0)
    found = write(
        cells,
        winner="mlp",
        measure=f1,
        constant=("majority",),
        positive="spam",
        guess=guess({"ridge": "better", "mlp": "better"}, head="majority"),
    )
    assert "F1 of “spam” 0.700 against 0.500" in found[0]
    assert (
        "Answering every text with the commonest class gives 0.100; mlp is 0.600 above that, p 0.020."
        in found
    )


# Columns of the file


@pytest.mark.parametrize(
    ("word", "value", "said"),
    [
        (
            "better",
            1.0,
            "human, a column of the file, is shown better than ridge: 1.00 against 2.00, 50 % apart (p 0.020). It answers for no"
            " other text and cannot be handed over.",
        ),
        (
            "worse",
            3.0,
            "ridge is shown better than human, a column of the file: 2.00 against 3.00, 50 % apart (p 0.020).",
        ),
        ("equivalent", 2.0, "human, a column of the file, is equivalent to ridge: 2.00 against 2.00."),
        (
            "unresolved",
            2.4,
            "ridge and human, a column of the file, cannot be told apart: 2.00 against 2.40 (p 0.020).",
        ),
    ],
)
def test_a_column_stands_beside_the_advised_cell(word, value, said):
    human = cell("human", value, word, gain=2.0 - value)
    sentences = write([BASE, human], winner="ridge", columns={"human": human.verdict})
    assert said in sentences
    assert "Nobody here knows whether what made human had seen these rows." in sentences
    assert not any(
        one.startswith(("Better than", "Equivalent to")) for one in sentences
    )  # as other cells are listed


def test_a_column_that_could_not_be_compared_says_why():
    human = cell("human", 2.4, "unresolved", reason="only 4 held-out groups")
    open_one = replace(human.verdict, p=math.nan, p_holm=math.nan)
    sentences = write([BASE, human], winner="ridge", columns={"human": open_one})
    assert "human, a column of the file, was not compared with ridge (only 4 held-out groups)." in sentences


@pytest.mark.parametrize(
    ("word", "start"),
    [
        (
            "equivalent",
            "Use mlp for “mood”: it is equivalent to human, a column of the file, mean absolute error 1.70",
        ),
        (
            "worse",
            "Use mlp for “mood”, though it is shown worse than human, a column of the file: mean absolute",
        ),
        ("better", "Use mlp for “mood”: 15 % better than human, "),
        ("unresolved", "Use mlp for “mood”, though it is not shown to beat human: "),
    ],
)
def test_a_column_as_the_baseline_is_never_what_to_use(word, start):
    cells = [cell("human", 2.0, "baseline"), cell("mlp", 1.7, word, gain=0.3)]
    first, *others = write(
        cells, winner="mlp", baseline="human", columns={"human": verdict("unresolved", -0.1)}
    )
    assert first.startswith(start)
    assert not any("cannot be told apart" in one for one in others)  # the answer has said how they stand
    assert "Nobody here knows whether what made human had seen these rows." in others


def cut_texts(*words: str, over: bool = True) -> LongTexts:
    """A recipe that truncates, with other ways that stand so on the rows over the limit."""
    named = {"truncate": "baseline", **dict(zip(("head-tail", "chunk"), words, strict=False))}
    ways = [
        WayResult(
            cell=way,
            way=way,
            over_estimate=Estimate(value=2.0, low=1.9, high=2.1, n=9) if over else None,
            over=verdict(word, 0.5 if word == "better" else -0.5) if over else None,
            everything=verdict("unresolved"),
        )
        for way, word in named.items()
    ]
    return LongTexts(encoder="m", limit=256, rows=80, over=9 if over else 0, truncated="truncate", ways=ways)


def told_of(found: LongTexts) -> str:
    return cost_of_truncation(
        found, head="ridge", spoken="mean absolute error", measure=MAE, decimals=2, shares=False
    )


@pytest.mark.parametrize(
    ("words", "way"),
    [(("better", "worse"), "head-tail"), (("worse", "better"), "chunk"), (("better", "better"), "head-tail"),
     (("worse", "unresolved"), ""), (("equivalent",), "")],
)  # fmt: skip
def test_the_first_way_that_is_better_on_long_rows_is_what_to_ask_for(words, way):
    said = told_of(cut_texts(*words))
    assert said.startswith(
        "What truncation costs with ridge: 9 of the 80 held-out rows are over the 256 tokens of m; on these the mean absolute"
        " error is 2.00 for truncate, head-tail 2.00 ("
    )
    assert said.endswith(f"; ask for it with --long {way}." if way else "unresolved.")
    assert ("ask for it" in said) == bool(way)


def test_without_long_rows_what_truncation_costs_cannot_be_said():
    assert told_of(cut_texts("better", over=False)) == (
        "What truncation costs cannot be said: none of the 80 held-out rows are over the 256 tokens of m."
    )
    assert told_of(replace(cut_texts("better", over=False), over=10)) == (
        "What truncation costs cannot be said: 10 of the 80 held-out rows are over the 256 tokens of m."
    )
