"""The loss against a written-out reference in float64, in value and gradient, and the wrong answers by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.tuning.contrastive.hardness import add_by_role, means_by_role, pair_hardness
from semascope.tuning.contrastive.losses import Contrast, contrast_loss, negatives_of
from semascope.tuning.contrastive.pairing import Pairing


def unit(row):
    return row / math.sqrt(sum(value * value for value in row))


def reference(queries, documents, pairing, contrast):
    """The formulae of the docstring, term by term."""
    m, n = len(queries), len(documents)
    weights = np.ones(m) if pairing.weights is None else pairing.weights
    widths = contrast.widths or {queries.shape[1]: 1.0}
    whole = [[float(unit(q) @ unit(d)) for d in documents] for q in queries]

    def is_wrong(i, j):
        """Whether document j is a wrong answer to query i, by who belongs to whom."""
        if pairing.documents[i] == pairing.documents[j]:
            return False
        if j < m and pairing.queries[i] == pairing.queries[j]:
            return False
        if pairing.barred is not None and pairing.barred[i, j]:
            return False
        return contrast.shared or j < m or pairing.owners[j - m] == i

    def pair_loss(right, wrong):
        shares = [1.0] * len(wrong)
        if contrast.hardness:
            raw = [math.exp(contrast.hardness * s / contrast.temperature) for s in wrong]
            shares = [len(wrong) * value / sum(raw) for value in raw]
        top = math.exp(right / contrast.temperature)
        rest = sum(w * math.exp(s / contrast.temperature) for w, s in zip(shares, wrong, strict=True))
        return -math.log(top / (top + rest))

    def fits(near, own):
        return contrast.margin is None or near <= own + contrast.margin

    total = 0.0
    for width, weight in widths.items():
        s = [[float(unit(q[:width]) @ unit(d[:width])) for d in documents] for q in queries]
        for i in range(m):
            down = [s[i][j] for j in range(n) if is_wrong(i, j) and fits(whole[i][j], whole[i][i])]
            loss = pair_loss(s[i][i], down)
            if contrast.both:
                up = [s[j][i] for j in range(m) if is_wrong(j, i) and fits(whole[j][i], whole[i][i])]
                loss = (loss + pair_loss(s[i][i], up)) / 2
            total += weight * weights[i] / sum(weights) * loss
    return total / sum(widths.values())


def drawn(seed, *, m=4, extra=3, d=6, barred=True):
    rng = np.random.default_rng(seed)
    centre = rng.standard_normal(d)  # rows that are near to each other, as those of real texts are
    rows = centre + 0.7 * rng.standard_normal((2 * m + extra, d))
    pairing = Pairing(
        queries=rng.integers(0, m + 2, m),
        documents=rng.integers(0, m + extra + 2, m + extra),
        owners=rng.integers(0, m, extra),
        weights=rng.random(m) + 0.1,
        barred=rng.random((m, m + extra)) < 0.1 if barred else None,
    )
    return rows[:m], rows[m:], pairing


OPTIONS = [
    dict(zip(("both", "shared", "hardness", "margin", "widths"), values, strict=True))
    for values in itertools.product(
        (True, False), (True, False), (0.0, 0.8), (None, 0.02), (None, {2: 0.5, 4: 1.0, 6: 2.0})
    )
]


def name_of(options):
    return "-".join(str(value) for value in options.values())


@pytest.mark.parametrize("options", OPTIONS, ids=name_of)
def test_it_is_the_written_out_formula_in_value_and_gradient(options):
    contrast = Contrast(temperature=0.2, **options)
    queries, documents, pairing = drawn(5)
    tensors = [torch.tensor(rows, requires_grad=True) for rows in (queries, documents)]
    loss = contrast_loss(*tensors, pairing, contrast)
    assert loss.item() == pytest.approx(reference(queries, documents, pairing, contrast), rel=1e-12)
    loss.backward()
    step = 1e-6
    for tensor, rows in zip(tensors, (queries, documents), strict=True):
        expected = np.zeros_like(rows)
        for place in np.ndindex(rows.shape):
            kept = rows[place]
            rows[place] = kept + step
            above = reference(queries, documents, pairing, contrast)
            rows[place] = kept - step
            expected[place] = (above - reference(queries, documents, pairing, contrast)) / (2 * step)
            rows[place] = kept
        np.testing.assert_allclose(tensor.grad.numpy(), expected, atol=1e-8)
        assert np.abs(expected).max() > 1e-3


@given(
    seed=st.integers(0, 10_000),
    m=st.integers(1, 5),
    extra=st.integers(0, 4),
    options=st.sampled_from(OPTIONS),
)
@settings(max_examples=60, deadline=None)
def test_any_batch_is_the_written_out_formula(seed, m, extra, options):
    contrast = Contrast(temperature=0.1, **options)
    queries, documents, pairing = drawn(seed, m=m, extra=extra)
    found = contrast_loss(torch.tensor(queries), torch.tensor(documents), pairing, contrast)
    assert found.item() == pytest.approx(
        reference(queries, documents, pairing, contrast), rel=1e-9, abs=1e-12
    )


def test_float32_and_half_rows_give_float32():
    queries, documents, pairing = drawn(1)
    contrast = Contrast()
    exact = contrast_loss(torch.tensor(queries), torch.tensor(documents), pairing, contrast)
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 0.1)):
        found = contrast_loss(
            torch.tensor(queries).to(dtype), torch.tensor(documents).to(dtype), pairing, contrast
        )
        assert found.dtype == torch.float32
        assert found.item() == pytest.approx(exact.item(), abs=tolerance * exact.item())


def test_rows_of_one_document_or_one_query_are_no_wrong_answers():
    pairing = Pairing(
        queries=np.array([0, 0, 1]),  # queries 0 and 1 are copies
        documents=np.array([5, 6, 7, 5, 8]),  # hard negative 3 is a near-copy of document 0
        owners=np.array([1, 2]),
    )
    assert pairing.negatives(shared=True).tolist() == [
        [False, False, True, False, True],
        [False, False, True, True, True],
        [True, True, False, True, True],
    ]
    assert pairing.negatives(shared=False).tolist() == [
        [False, False, True, False, False],
        [False, False, True, True, False],
        [True, True, False, False, True],
    ]


def test_what_is_too_near_by_the_margin_counts_nothing_and_the_own_document_always():
    angles = np.deg2rad([0.0, 60.0, 50.0, 20.0])  # cosines with the first query: 1, .5, .643, .940
    documents = torch.tensor(np.stack([np.cos(angles), np.sin(angles)], axis=1)[1:])
    queries = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    pairing = Pairing(queries=np.arange(2), documents=np.arange(3))
    # Query 0: own .5, others .643 and .940. Query 1: own sin 50 = .766, others .866 and .342.
    for margin, expected in (
        (0.1, [[False, False, False], [True, False, True]]),
        (0.2, [[False, True, False], [True, False, True]]),
        (0.05, [[False, False, False], [False, False, True]]),
        (1.0, [[False, True, True], [True, False, True]]),
    ):
        allowed = negatives_of(queries, documents, pairing, Contrast(margin=margin))
        assert allowed.documents.tolist() == expected, margin
    # Document 0: own query .5, the other .866. Document 1: own .766, the other .643.
    found = negatives_of(queries, documents, pairing, Contrast(margin=0.3))
    assert found.queries.tolist() == [[False, False], [True, False]]


@pytest.mark.parametrize("options", OPTIONS, ids=name_of)
def test_a_query_without_wrong_answers_has_no_loss_and_no_gradient(options):
    queries = torch.randn(2, 6, dtype=torch.float64, requires_grad=True)
    documents = torch.randn(2, 6, dtype=torch.float64, requires_grad=True)
    pairing = Pairing(queries=np.zeros(2, dtype=int), documents=np.arange(2))
    loss = contrast_loss(queries, documents, pairing, Contrast(**options))
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-15)
    assert queries.grad.abs().max() < 1e-15
    assert documents.grad.abs().max() < 1e-15


def test_hardness_raises_the_loss_as_nearer_wrong_answers_count_more():
    queries, documents, pairing = drawn(3, barred=False)
    losses = [
        float(contrast_loss(torch.tensor(queries), torch.tensor(documents), pairing, Contrast(hardness=beta)))
        for beta in (0.0, 0.5, 1.0)
    ]
    assert losses[0] < losses[1] < losses[2]


def test_a_grade_of_nothing_takes_a_pair_out():
    queries, documents, pairing = drawn(4, extra=0, barred=False)
    graded = Pairing(
        queries=pairing.queries, documents=pairing.documents, weights=np.array([1.0, 1.0, 1.0, 0.0])
    )
    rows = torch.tensor(queries, requires_grad=True)
    contrast_loss(rows, torch.tensor(documents), graded, Contrast(both=False)).backward()
    assert rows.grad[3].abs().max() == 0
    assert rows.grad[:3].abs().max() > 0


def test_hardness_by_role_by_hand():
    queries = torch.eye(3, dtype=torch.float64)
    documents = torch.tensor([[1.0, 0, 0], [0.8, 0.6, 0], [0, 0, 1.0]], dtype=torch.float64)
    pairing = Pairing(queries=np.arange(3), documents=np.array([0, 1, 2]))
    found = pair_hardness(queries, documents, pairing, Contrast())
    assert found.right.tolist() == pytest.approx([1, 0.6, 1])
    assert found.nearest_wrong.tolist() == pytest.approx([0.8, 0, 0])
    assert found.beaten.tolist() == [0, 0, 0]
    assert found.wrong.tolist() == [2, 2, 2]
    swapped = pair_hardness(queries, documents[[1, 0, 2]], pairing, Contrast())  # right .8, 0, 1
    assert swapped.beaten.tolist() == [1, 2, 0]  # the second has cosines .6 and 0 with the wrong ones
    sums: dict[str, float] = {}
    add_by_role(sums, found, ["main", "main", "main"])
    add_by_role(sums, swapped, ["main", "hard", "hard"])
    roles = means_by_role(sums)
    assert roles["main"] == {
        "queries": 4, "right": pytest.approx(3.4 / 4), "nearest_wrong": pytest.approx(1.8 / 4), "first": 0.75, "wrong": 2,
    }  # fmt: skip
    assert roles["hard"] == {
        "queries": 2, "right": pytest.approx(0.5), "nearest_wrong": pytest.approx(0.3), "first": 0.5, "wrong": 2,
    }  # fmt: skip
    alone = pair_hardness(
        queries[:1], documents[:1], Pairing(queries=np.zeros(1), documents=np.zeros(1)), Contrast()
    )
    lonely: dict[str, float] = {}
    add_by_role(lonely, alone, [])
    assert means_by_role(lonely)[""]["nearest_wrong"] is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": 0}, "temperature is 0; it must be above 0"),
        ({"temperature": math.inf}, "temperature is inf"),
        ({"hardness": -1}, "hardness is -1; it must be 0 or more"),
        ({"margin": 3}, "margin is 3; it must lie in 0 to 2"),
        ({"widths": {0: 1.0}}, "width 0 has weight 1.0; both must be above 0"),
        ({"widths": {4: 0.0}}, "width 4 has weight 0.0"),
        ({"widths": {}}, "widths name no width"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ConfigError, match=message):
        Contrast(**settings)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"documents": np.arange(1)}, "2 queries and 1 documents"),
        ({"weights": np.ones(3)}, r"weights have shape \(3,\)"),
        ({"weights": np.array([1.0, -1.0])}, "weights of pairs reach from -1 to 1"),
        ({"weights": np.zeros(2)}, "one above 0"),
        ({"owners": np.zeros(2, dtype=int)}, r"owners have shape \(2,\)"),
        ({"owners": np.array([2])}, "owners name a query that is none of the 2"),
        ({"barred": np.zeros((2, 2), dtype=bool)}, r"barred have shape \(2, 2\)"),
    ],
)
def test_bad_pairings(given, message):
    with pytest.raises(DataError, match=message):
        Pairing(**({"queries": np.arange(2), "documents": np.arange(3)} | given))


def test_negatives_of_nobody_and_widths_beyond_the_row():
    pairing = Pairing(queries=np.arange(2), documents=np.arange(3))
    rows = torch.randn(3, 4)
    with pytest.raises(DataError, match="hard negatives come without owners"):
        contrast_loss(rows[:2], rows, pairing, Contrast(shared=False))
    with pytest.raises(ConfigError, match="width 8 is asked for; rows have 4 dims"):
        contrast_loss(rows[:2], rows, pairing, Contrast(widths={8: 1.0}))
