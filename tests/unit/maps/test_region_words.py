"""Groups of texts in words."""

from __future__ import annotations

import numpy as np

from semascope.maps.colouring.labelling import make_labels
from semascope.maps.telling.findings import region_words

KINDS = np.repeat(np.arange(4), 50)
ROWS = np.flatnonzero(KINDS == 2)
TEXTS = ["harbour tide and sail" if kind == 2 else "engine oil and gear" for kind in KINDS]


def test_the_label_that_most_have_names_the_region():
    kind = make_labels("kind", [f"k{kind}" for kind in KINDS])
    assert region_words(ROWS, TEXTS, [kind]) == "50 texts, all k2"
    assert region_words(np.append(ROWS, [0, 1]), TEXTS, [kind]) == "52 texts, mostly k2 (96 %)"


def test_without_labels_words_name_the_region():
    words = region_words(ROWS, TEXTS, [])
    assert {"“harbour”", "“sail”", "“tide”"} <= set(words.replace(",", "").split())
    assert "and”" not in words
