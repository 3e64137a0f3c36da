"""Near duplicates of real texts against counting word pairs with scikit-learn, all rows against all rows."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from semascope.data.duplicates import find_duplicates, normalise
from semascope.data.read import read_table
from semascope.data.splits import by_appearance

SHARED = Path(__file__).parents[2] / "../shared/data"


def all_pairs(texts):
    """Components at Jaccard .8 of bags of word pairs, or of equal texts."""
    from sklearn.feature_extraction.text import CountVectorizer

    counts = CountVectorizer(
        preprocessor=normalise, token_pattern=r"[^\W_]+", ngram_range=(2, 2), dtype=np.int64
    ).fit_transform(texts)
    sizes = np.asarray(counts.sum(axis=1)).ravel()
    ones = (counts > 0).astype(np.int64)
    linked = np.zeros((len(texts), len(texts)), dtype=bool)
    for start in range(0, len(texts), 500):
        shared_kinds = (ones[start : start + 500] @ counts.T).toarray()  # at least the sum of minima
        for i, j in np.argwhere(9 * shared_kinds >= 4 * (sizes[start : start + 500, None] + sizes)):
            if sizes[start + i] and sizes[j]:
                shared = counts[start + i].minimum(counts[j]).sum()
                linked[start + i, j] = 9 * shared >= 4 * (sizes[start + i] + sizes[j])
    words = [normalise(text) for text in texts]
    equal = {}
    for i, text in enumerate(words):
        linked[i, equal.setdefault(text, i)] = True
    return by_appearance(connected_components(linked, directed=False)[1])


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data")
@pytest.mark.parametrize(
    ("name", "column"),
    [("reviews_food_clothing", "text"), ("openstax_passages", "text"), ("stsb_multi_mt_pairs", "text_a")],
)
def test_real_texts_have_the_same_components(name, column):
    table = read_table(SHARED / f"{name}.jsonl", limit=3_500, seed=3)
    texts = [text for text in table.texts([column]) if len(normalise(text).split()) > 2 and text.isascii()]
    found = find_duplicates(texts).near
    expected = all_pairs(texts)
    assert expected.max() + 1 < len(texts)  # there is something to find
    assert found.tolist() == expected.tolist()
