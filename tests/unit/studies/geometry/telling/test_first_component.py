"""What the opening says of a first component that a column explains: planted spaces."""

from __future__ import annotations

import numpy as np

from semascope.geometry.columns.explaining import explained_by
from semascope.geometry.halves import draw_halves
from semascope.studies.geometry.telling.first_component import first_component_sentences

N = 300
RNG = np.random.default_rng(4)
LANG = RNG.integers(0, 2, N)
KINDS = ["en" if code else "es" for code in LANG]


def space(apart, seed):
    """Two languages that lie ``apart`` along one direction."""
    rows = np.random.default_rng(seed).standard_normal((N, 8))
    rows[:, 0] += apart * (2 * LANG - 1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def explained(apart, *, columns=None, seed=0):
    return explained_by(space(apart, seed), columns or {"lang": KINDS}, halves=draw_halves(N))


def test_a_language_that_is_the_first_component_is_said():
    found = explained(5.0)
    axis = np.linalg.svd(space(5.0, 0) - space(5.0, 0).mean(axis=0), full_matrices=False)[0][:, 0]
    share = float(np.corrcoef(axis, LANG)[0, 1] ** 2)  # independent of ours: R2 of one regressor
    (said,) = first_component_sentences({"minilm": found})
    assert said.startswith(
        f"'lang' explains most of the first component: {share:.0%} in minilm (shuffled".replace("%", " %")
    )


def test_a_language_that_is_little_of_it_or_noise_is_not():
    assert first_component_sentences({"a": explained(0.8)}) == []
    own = explained(
        0.0, columns={"row": [str(row) for row in range(N // 2)] * 2}
    )  # 150 values fit half of anything
    assert first_component_sentences({"a": own}) == []


def test_only_the_spaces_where_it_does_are_named_three_at_most():
    spaces = {name: explained(5.0, seed=seed) for seed, name in enumerate("abcde")}
    (said,) = first_component_sentences({"none": explained(0.0), **spaces})
    assert "none" not in said
    assert " in a, " in said and " in c and 2 more (shuffled" in said


def test_the_length_of_the_texts_is_no_column_of_the_file():
    lengths = LANG * 3.0 + 1
    (said,) = first_component_sentences({"a": explained(5.0, columns={"text length": lengths})})
    assert said.startswith("Text length explains most of the first component")
