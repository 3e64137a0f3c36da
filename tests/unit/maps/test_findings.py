"""The numbers of a map in words."""

from dataclasses import replace

import pytest

from semascope.geometry.labels.separating import Separation
from semascope.maps.telling.facts import accuracy_fact
from semascope.stats.results import Estimate, Family, Verdict

VERDICT = Verdict(
    word="unresolved", difference=-0.08, gain=-0.08, low=-0.15, high=-0.01, low90=-0.14, high90=-0.02,
    p=0.017, p_holm=0.051, margin=0.02, n=300, rows_needed=615,
)  # fmt: skip


def separated(**verdicts):
    baseline = replace(VERDICT, word="baseline", difference=0.0, low=0.0, high=0.0)
    family = Family(
        measure="accuracy", baseline="first", margin=0.02, test="McNemar", interval="Bonett-Price",
        verdicts={"first": baseline, **verdicts},
    )  # fmt: skip
    accuracies = {name: Estimate(value=0.6, low=0.5, high=0.7, n=300) for name in family.verdicts}
    return Separation(label="kind", k=10, texts=300, largest=0.1, accuracies=accuracies, family=family)


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (
            {name: VERDICT for name in ("a", "b", "c")},
            "−.08 against 'first' (95 % −.15 to −.01); p .051 as one of 3 comparisons (Holm); about 615 texts would tell",
        ),
        (
            {"a": replace(VERDICT, p_holm=0.06)},
            "−.08 against 'first' (95 % −.15 to −.01); p .060; about 615 texts would tell",
        ),
        (
            {"a": replace(VERDICT, high=0.01), "b": VERDICT},
            "−.08 against 'first' (95 % −.15 to +.01); about 615 texts would tell",
        ),
        (
            {"a": replace(VERDICT, word="worse", p_holm=0.01, rows_needed=None)},
            "−.08 against 'first' (95 % −.15 to −.01)",
        ),
    ],
)
def test_an_unresolved_space_whose_interval_is_clear_of_zero_says_why(verdicts, words):
    fact = accuracy_fact(separated(**verdicts), "a")
    assert (fact.reason, fact.verdict) == (words, verdicts["a"].word)
