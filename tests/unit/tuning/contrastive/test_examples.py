"""What a step makes of some pairs: whose each hard negative is, what is never a wrong answer, and each text once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semascope.tuning.contrastive import examples
from semascope.tuning.contrastive.examples import Pairs
from semascope.tuning.contrastive.losses import Contrast

SHARED, OWN = Contrast(), Contrast(shared=False)


def pairing_of(made):
    """The pairing that the loss of a batch is given."""
    real, seen = examples.contrast_loss, []
    examples.contrast_loss = lambda queries, documents, pairing, contrast: seen.append(pairing)
    try:
        made.loss(np.zeros((len(made.sequences), 2)))
    finally:
        examples.contrast_loss = real
    return seen[0]


def pairs(**more):
    """Three queries (places 0 to 2), their documents (3 to 5) and two other texts (6, 7)."""
    values = {
        "sequences": [[1]] * 8,
        "queries": np.array([0, 1, 2]),
        "documents": np.array([3, 4, 5]),
        "query_groups": np.array([0, 1, 2]),
        "document_groups": np.array([-1, -1, -1, 10, 11, 12, 13, 14]),
    }
    return Pairs(**(values | more))


def test_queries_then_documents_then_negatives_with_their_owners():
    table = pairs(negatives=np.array([[6, 7], [6, -1], [-1, -1]]), weights=np.array([1.0, 0.5, 0.25]))
    rows = np.array([2, 1, 0])
    own = table.batch(rows, OWN)
    assert own.sequences.tolist() == [2, 1, 0, 5, 4, 3, 6, 6, 7]
    assert pairing_of(own).owners.tolist() == [1, 2, 2]  # places in the batch
    assert pairing_of(own).weights.tolist() == [0.25, 0.5, 1.0]
    assert pairing_of(own).negatives(shared=False)[:, 3:].tolist() == [
        [False, False, False],
        [True, False, False],
        [False, True, True],
    ]
    shared = table.batch(rows, SHARED)
    assert shared.sequences.tolist() == [2, 1, 0, 5, 4, 3, 6, 7]  # each once
    assert pairing_of(shared).negatives(shared=True)[:, 3:].all()


def test_an_answer_of_the_batch_is_no_negative_beside():
    table = pairs(negatives=np.array([[4], [-1], [-1]]))
    assert table.batch(np.array([0, 1]), SHARED).sequences.tolist() == [0, 1, 3, 4]
    alone = table.batch(np.array([0, 2]), SHARED)
    assert alone.sequences.tolist() == [0, 2, 3, 5, 4]
    # What answers another query of the batch is a wrong answer to the first all the same.
    assert pairing_of(table.batch(np.array([0, 1]), SHARED)).negatives(shared=True).tolist() == [
        [False, True],
        [True, False],
    ]


def test_pairs_of_one_query_or_one_document_have_a_group_in_common_and_chains_of_pairs_have_not():
    chain = pairs(
        query_groups=np.array([0, 0, 2]), document_groups=np.array([-1, -1, -1, 10, 11, 11, 13, 14])
    )
    assert chain.groups.tolist() == [[0, 10], [0, 11], [2, 11]]


@given(data=st.data())
def test_what_is_known_to_answer_is_never_a_wrong_answer(data):
    p, extra = data.draw(st.integers(1, 6)), data.draw(st.integers(0, 4))
    numbers = st.integers(0, 4)

    def draw(count):
        return np.array(data.draw(st.lists(numbers, min_size=count, max_size=count)), dtype=np.int64)

    query_groups, answers, others = draw(p), draw(p), draw(extra)
    known = data.draw(st.frozensets(st.tuples(numbers, numbers), max_size=6))
    places = st.one_of(st.just(-1), st.integers(p, 2 * p + extra - 1))
    held = np.array(
        data.draw(st.lists(st.lists(places, min_size=2, max_size=2), min_size=p, max_size=p)), dtype=np.int64
    )
    table = Pairs(
        sequences=[[1]] * (2 * p + extra),
        queries=np.arange(p),
        documents=np.arange(p, 2 * p),
        query_groups=query_groups,
        document_groups=np.concatenate([np.full(p, -1), answers, others]),
        negatives=held,
        known=known,
    )
    rows = np.array(data.draw(st.lists(st.integers(0, p - 1), min_size=1, max_size=p, unique=True)))
    for contrast in (SHARED, OWN):
        made = table.batch(rows, contrast)
        m = len(rows)
        documents = made.sequences[m:]
        wrong = pairing_of(made).negatives(shared=contrast.shared)
        assert wrong.shape == (m, len(documents))
        for i, row in enumerate(rows.tolist()):
            for j, place in enumerate(documents.tolist()):
                group = int(table.document_groups[place])
                right = (
                    (int(query_groups[row]), group) in known
                    or group == answers[row]
                    or (j < m and query_groups[rows[j]] == query_groups[row])
                )
                assert not (right and wrong[i, j])
                if j < m and not right:
                    assert wrong[i, j]
                if j >= m and not right and contrast.shared:
                    assert wrong[i, j]
                if j >= m and not contrast.shared and wrong[i, j]:
                    assert place in held[row]
        if contrast.shared:
            assert len(set(documents[m:].tolist())) == len(documents) - m
            assert set(documents[m:].tolist()) == set(held[rows][held[rows] >= 0].tolist()) - set(
                documents[:m].tolist()
            )
