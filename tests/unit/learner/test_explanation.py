"""Explanations against brute force: similarities row by row, pulls by refits, and that they add up."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import cosine_similarity

from semascope.errors import ConfigError, DataError
from semascope.learner.answers.explanation import explain_prediction, interval_sentence
from semascope.learner.answers.intervals import intervals
from semascope.learner.answers.lines import lines, one_line


def scored(n: int, d: int, *, alpha: float = 0.5, seed: int = 0):
    """What a learner hands over: examples, one new vector, its prediction and its row of the hat matrix."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, d))
    scores = np.round(3 + rng.standard_normal(n), 1)
    vector = rng.standard_normal(d)
    hat_row = Ridge(alpha=alpha, solver="svd").fit(vectors, np.eye(n)).predict(vector[None]).reshape(n)
    prediction = Ridge(alpha=alpha, solver="svd").fit(vectors, scores).predict(vector[None])[0]
    return {
        "text": "the new one",
        "vector": vector,
        "prediction": prediction,
        "hat_row": hat_row,
        "texts": [f"example {i}" for i in range(n)],
        "vectors": vectors,
        "scores": scores,
    }


def explain(given, **changes):
    made = {**given, **changes}
    return explain_prediction(made.pop("text"), made.pop("vector"), **made)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 30), d=st.integers(1, 40), pulls=st.integers(0, 35), seed=st.integers(0, 9))
def test_the_pulls_add_up_to_the_prediction(n, d, pulls, seed) -> None:
    given_ = scored(n, d, seed=seed)
    why = explain(given_, pulls=pulls)
    assert why.base == pytest.approx(given_["scores"].mean())
    total = why.base + math.fsum(pull.pull for pull in why.pulls) + why.others_pull
    assert total == pytest.approx(given_["prediction"], abs=1e-9)
    assert (len(why.pulls), why.others, why.examples) == (min(n, pulls), n - min(n, pulls), n)


def test_a_pull_is_the_slope_of_the_prediction_times_the_distance_from_the_mean() -> None:
    given_ = scored(20, 6)
    fitted = Ridge(alpha=0.5, solver="svd")
    for pull in explain(given_, pulls=20).pulls:
        raised = given_["scores"].copy()
        raised[pull.row] += 1.0  # the prediction is linear in the scores
        slope = (
            fitted.fit(given_["vectors"], raised).predict(given_["vector"][None])[0] - given_["prediction"]
        )
        assert pull.weight == pytest.approx(slope, abs=1e-9)
        assert pull.pull == pytest.approx(slope * (pull.score - given_["scores"].mean()), abs=1e-9)
        assert (pull.text, pull.score) == (f"example {pull.row}", given_["scores"][pull.row])


def test_the_strongest_pulls_come_first_either_way_and_the_rest_is_summed() -> None:
    given_ = scored(25, 8)
    all_pulls = given_["hat_row"] * (given_["scores"] - given_["scores"].mean())
    wanted = sorted(range(25), key=lambda row: -abs(all_pulls[row]))
    why = explain(given_, pulls=4)
    assert [pull.row for pull in why.pulls] == wanted[:4]
    assert {np.sign(pull.pull) for pull in explain(given_, pulls=10).pulls} == {-1.0, 1.0}
    assert why.others_pull == pytest.approx(sum(all_pulls[row] for row in wanted[4:]))


def test_neighbours_are_those_of_scikit_learns_cosine() -> None:
    given_ = scored(30, 5)
    similarity = cosine_similarity(given_["vector"][None], given_["vectors"])[0]
    wanted = sorted(range(30), key=lambda row: -similarity[row])[:7]
    found = explain(given_, neighbours=7).neighbours
    assert [near.row for near in found] == wanted
    np.testing.assert_allclose([near.similarity for near in found], similarity[wanted])
    assert [near.score for near in found] == [given_["scores"][row] for row in wanted]


def test_equal_neighbours_stand_in_their_order_and_a_zero_vector_is_near_nothing() -> None:
    given_ = scored(4, 2)
    why = explain(given_, vector=[2.0, 0.0], vectors=[[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [3.0, 0.0]])
    assert [(near.row, near.similarity) for near in why.neighbours] == [
        (1, 1.0),
        (3, 1.0),
        (0, 0.0),
        (2, -1.0),
    ]
    nothing = explain(given_, vector=[0.0, 0.0])
    assert [near.similarity for near in nothing.neighbours] == [0.0] * 4


def test_the_interval_in_a_sentence() -> None:
    residuals = np.linspace(-1, 1, 40)
    plain = interval_sentence(intervals([3.0], residuals)[0])
    assert plain.startswith("For about 90 of 100 new texts like the examples the score lies inside")
    # sizes are 1/39, 1/39, 3/39, 3/39, ...; the ceil(41 * 0.9) = 37th is 37/39 = 0.95
    assert plain.endswith("it runs from 2.05 to 3.95.")
    strict = intervals([3.0], residuals, method="strict", hat_rows=np.full((1, 40), 1 / 40))[0]
    assert interval_sentence(strict).endswith(
        "(jackknife+ guarantees 0.8 at an alpha fixed beforehand and typically holds 0.9)."
    )
    chosen = interval_sentence(intervals([3.0], residuals, chosen_by_suggestion=True)[0])
    assert "but the coverage is not promised" in chosen
    few = interval_sentence(intervals([3.0], residuals[:5])[0])
    assert few == "No interval: a coverage of 0.9 needs at least 9 different examples and has 5."


def test_lines_show_everything_once() -> None:
    given_ = scored(12, 4)
    [interval] = intervals([given_["prediction"]], np.linspace(-1, 1, 12))
    why = explain(given_, neighbours=2, pulls=3, interval=interval)
    shown = lines(why)
    assert shown[0].endswith("  the new one")
    assert shown[1] == why.sentence
    joined = "\n".join(shown)
    assert "mean score of 12 examples" in joined
    assert "9 other examples together" in joined
    assert sum("example " in line for line in shown[2:]) == 5
    given_["hat_row"] = np.abs(given_["hat_row"])
    assert len(lines(explain(given_, neighbours=0, pulls=12))) == 1 + 3 + 12  # no sentence, no rest


def test_a_weight_below_zero_is_explained() -> None:
    given_ = scored(3, 2)
    said = "An example that points away from the text pulls against its own score."
    assert lines(explain(given_, hat_row=[-0.5, 1.0, 0.5]))[-1] == said
    assert said not in lines(explain(given_, hat_row=[0.5, 0.0, 0.5]))


def test_the_numbers_on_the_lines_add_up() -> None:
    given_ = scored(12, 4)
    why = explain(given_, pulls=2, neighbours=0)
    shown = [float(line.split()[0].replace("−", "-")) for line in lines(why)[3:] if line.startswith("  ")]
    assert sum(shown) == pytest.approx(why.score, abs=0.02)  # four numbers of two decimals


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (4.0, ""),
        (5.004, ""),  # written as 5.00, which was learnt
        (5.01, "It is above every score that was learnt from (2.00 to 5.00): no example shows how such a text is scored."),
        (-1.0, "It is below every score that was learnt from (2.00 to 5.00): no example shows how such a text is scored."),
    ],
)  # fmt: skip
def test_a_score_outside_what_was_learnt_is_said(prediction, said) -> None:
    why = explain(scored(3, 2), scores=[2.0, 5.0, 3.0], prediction=prediction)
    assert (why.lowest, why.highest, why.outside) == (2.0, 5.0, said)
    assert lines(why)[1] == said  # or the empty line above the neighbours
    flat = explain(scored(3, 2), scores=[2.0, 2.0, 2.0], prediction=2.5)
    assert "learnt from (all are 2.00):" in flat.outside


def test_no_text_can_move_the_cursor_or_break_a_line() -> None:
    nasty = "\x1b[2J\r\nred\u202ered [bold]x[/bold]\ud800\x00"
    given_ = scored(3, 2)
    shown = lines(explain(given_, text=nasty, texts=[nasty] * 3))
    assert all(line.isprintable() for line in shown)
    assert "[bold]x[/bold]" in shown[0]  # text stays as it is; whoever prints it turns markup off
    assert one_line("x" * 61) == "x" * 59 + "…"
    assert one_line("x" * 60) == "x" * 60


def test_what_does_not_fit_together_is_refused() -> None:
    given_ = scored(5, 3)
    with pytest.raises(DataError, match="texts, vectors, scores and weights are 4, 5, 5 and 5"):
        explain(given_, texts=["a"] * 4)
    with pytest.raises(DataError, match="one example at least"):
        explain(given_, texts=[], vectors=np.empty((0, 3)), scores=[], hat_row=[])
    with pytest.raises(ConfigError, match="neighbours is -1; it must be 0 or more"):
        explain(given_, neighbours=-1)
    with pytest.raises(ConfigError, match="pulls is -2; it must be 0 or more"):
        explain(given_, pulls=-2)
