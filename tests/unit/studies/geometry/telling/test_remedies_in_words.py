"""What remedies change, in words: read with the verdicts planted."""

from __future__ import annotations

import math

import pytest

from semascope.stats.results import Estimate, Family, Verdict
from semascope.studies.geometry.judging.remedied import NOTHING, Remedied, RemediedSpace, TaskResult
from semascope.studies.geometry.telling.remedies import kept_sentence, remedies_headline, remedies_sentence


def verdict(word, gain):
    nothing = dict.fromkeys(("low", "high", "low90", "high90", "p", "p_holm"), math.nan)
    return Verdict(word=word, difference=gain, gain=gain, **nothing, margin=0.02, n=90)


def space(name="minilm", unfitted=None, **tasks):
    """Tasks by name: remedy to (word, gain)."""
    results = []
    for task, words in tasks.items():
        verdicts = {remedy: verdict(*given) for remedy, given in words.items()}
        scores = {remedy: Estimate(value=0.5, low=0.4, high=0.6, n=90) for remedy in (NOTHING, *words)}
        family = Family(
            measure="accuracy",
            baseline=NOTHING,
            margin=0.02,
            test="",
            interval="",
            verdicts={NOTHING: verdict("baseline", 0.0), **verdicts},
        )
        results.append(
            TaskResult(
                task=task, measure="accuracy", scores=scores, family=family, fitted_on=200, held_out=90
            )
        )
    return RemediedSpace(name=name, tasks=tuple(results), unfitted=unfitted or {})


def sentence(*spaces, **kwargs):
    return remedies_sentence(
        Remedied(remedies=("centre", "whiten"), spaces={each.name: each for each in spaces}, **kwargs)
    )


SAME, UP, DOWN, OPEN = ("equivalent", 0.0), ("better", 0.11), ("worse", -0.05), ("unresolved", 0.01)


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        (
            {"probe": {"centre": SAME, "whiten": SAME}, "kNN": {"centre": SAME, "whiten": SAME}},
            "No remedy changes what you need: with centring and whitening the probe and the neighbours' vote are equivalent.",
        ),
        (
            {"retrieval": {"centre": SAME}},
            "No remedy changes what you need: with centring retrieval is equivalent.",
        ),
        (
            {"kNN": {"centre": UP, "whiten": SAME}},
            "The neighbours' vote is better with centring (+.11); nothing else changes.",
        ),
        (
            {"probe": {"centre": SAME, "whiten": DOWN}, "kNN": {"centre": UP, "whiten": UP}},
            "The neighbours' vote is better with centring (+.11) and whitening (+.11); the probe is worse with whitening (−.05);"
            " nothing else changes.",
        ),
        (
            {"probe": {"whiten": UP}, "kNN": {"whiten": UP}},
            "The probe is better with whitening (+.11), the neighbours' vote with whitening (+.11).",
        ),
        (
            {"probe": {"centre": SAME, "whiten": DOWN}, "kNN": {"centre": OPEN, "whiten": DOWN}},
            "No remedy helps: the probe is worse with whitening (−.05), the neighbours' vote with whitening (−.05); 1 of 4 comparisons is"
            " unresolved on these rows.",
        ),
        (
            {"probe": {"centre": SAME, "all-but-the-top:3": DOWN}},
            "No remedy helps: the probe is worse with all-but-the-top:3 (−.05); nothing else changes.",
        ),
        (
            {"probe": {"centre": DOWN, "whiten": DOWN}},
            "Every remedy harms: the probe is worse with centring (−.05) and whitening (−.05).",
        ),
        (
            {"probe": {"centre": SAME, "whiten": OPEN}, "retrieval": {"centre": OPEN, "whiten": OPEN}},
            "No remedy is shown to help or to harm the probe and retrieval: 3 of 4 comparisons are unresolved on these rows.",
        ),
    ],
)
def test_the_first_sentence_says_what_changes(tasks, said):
    assert sentence(space(**tasks)) == said


def test_spaces_that_agree_are_one_and_others_are_named():
    alike = [space(name, kNN={"centre": SAME}) for name in ("minilm", "bge", "e5")]
    assert sentence(*alike) == (
        "No remedy changes what you need in any of 3 spaces: with centring the neighbours' vote is equivalent."
    )
    assert sentence(alike[0], space("untrained", kNN={"centre": UP})) == (
        "In minilm no remedy changes what you need: with centring the neighbours' vote is equivalent; in untrained the neighbours' vote is"
        " better with centring (+.11)."
    )


def test_three_spaces_are_spelled_out_and_the_rest_counted():
    spaces = [space(name, kNN={"centre": UP if name == "b" else SAME}) for name in "abcde"]
    said = sentence(*spaces)
    assert said.count("in a ") + said.count("In a ") == 1
    assert "in d " not in said
    assert said.endswith("; the tables say it of 2 more.")


def test_nothing_judged_says_why():
    assert sentence(reason="'subject' has only one label") == (
        "No remedy was judged: 'subject' has only one label."
    )
    assert (
        sentence(space(unfitted={"centre": "rows are all the same"}, kNN={})) == "No remedy could be fitted."
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"probe": UP, "kNN": SAME}, ""),
        (
            {"probe": DOWN, "kNN": OPEN},
            "Warning: whitening in minilm is kept and makes the probe (−.05) worse.",
        ),
        (
            {"probe": UP, "kNN": OPEN},
            "Warning: whitening in minilm is kept, and whether it helps or harms the neighbours' vote (+.01) cannot be told from these rows.",
        ),
    ],
)
def test_a_kept_remedy_that_is_not_better_is_loud(words, said):
    assert kept_sentence(space(**{task: {"whiten": word} for task, word in words.items()}), "whiten") == said


def test_a_kept_remedy_that_nobody_judged_is_loud():
    flat = space(unfitted={"whiten": "rows are all the same"}, kNN={})
    assert kept_sentence(flat, "whiten") == (
        "Warning: whitening in minilm is kept and was not judged: rows are all the same."
    )
    assert kept_sentence(space(kNN={}), "centre").endswith("was not judged: no task judged it.")


@pytest.mark.parametrize(
    ("spaces", "said"),
    [
        (
            [space(probe={"centre": SAME})],
            "No remedy changes what you need: the probe is equivalent with every one.",
        ),
        (
            [space(probe={"centre": SAME, "whiten": OPEN})],
            "No remedy is shown to help or to harm the probe: 1 of 2 comparisons is unresolved on these rows.",
        ),
        (
            [space(probe={"centre": SAME, "whiten": DOWN}, kNN={"centre": OPEN, "whiten": DOWN})],
            "No remedy helps; whitening harms the probe (−.05) and the neighbours' vote (−.05); 1 of 4 comparisons is unresolved on"
            " these rows.",
        ),
        (
            [space("a", probe={"centre": DOWN, "whiten": DOWN}), space("b", probe={"centre": SAME})],
            "No remedy helps in any of 2 spaces; centring (−.05) and whitening (−.05) harm the probe in a; nothing else changes.",
        ),
        (
            [space("a", probe={"centre": SAME}), space("b", probe={"centre": UP, "whiten": DOWN})],
            "Centring (+.11) helps the probe in b; whitening (−.05) harms the probe in b; nothing else changes.",
        ),
        (
            [space("a", kNN={"centre": UP, "whiten": UP}), space("b", kNN={"centre": UP})],
            "Centring (+.11) and whitening (+.11) help the neighbours' vote in a; centring (+.11) helps the neighbours' vote in b.",
        ),
        (
            [space(probe={"centre": UP}, kNN={"centre": DOWN})],
            "Centring (+.11) helps the probe; centring (−.05) harms the neighbours' vote.",
        ),
        (
            [space(name, probe={"whiten": DOWN}) for name in "abcde"],
            "No remedy helps in any of 5 spaces; whitening (−.05) harms the probe in a; whitening (−.05) harms the probe in b;"
            " whitening (−.05) harms the probe in c; a remedy harms in 2 more spaces.",
        ),
        ([space(unfitted={"centre": "all rows are the same"})], "No remedy could be fitted."),
    ],
)
def test_the_headline_is_one_sentence_with_the_amounts(spaces, said):
    remedied = Remedied(remedies=("centre", "whiten"), spaces={each.name: each for each in spaces})
    assert remedies_headline(remedied) == said
