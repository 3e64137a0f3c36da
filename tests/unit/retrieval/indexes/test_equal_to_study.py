"""Whatever came and went, an index ranks what is there as a study ranks it that reads it anew: to the last bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.retrieval.cutting.passages import PassageLength, cut_documents
from semascope.retrieval.cutting.pooling import best_documents
from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.hybrid import fuse_ranks, fuse_scores
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.recipe import Fusion, Recipe, VectorsPart, WordsPart
from semascope.retrieval.words.bm25 import Bm25Index
from semascope.retrieval.words.bm25_settings import Bm25

pytest.importorskip("bm25s")

ENCODER = HashEncoder(4)
STEMMED = Bm25(stopwords="en", stemmer="en")
PLAIN = Bm25(variant="bm25+", stopwords="none", stemmer="none")
VECTORS = VectorsPart(encoder="hash:4")
CUT = VectorsPart(encoder="hash:4", passage=PassageLength(tokens=16), dim=3, instruction="Find the harbour")
RECIPES = {
    "vectors": Recipe(parts=(VECTORS,)),
    "passages": Recipe(parts=(CUT,)),
    "words": Recipe(parts=(WordsPart(bm25=STEMMED),)),
    "bm25+": Recipe(parts=(WordsPart(bm25=PLAIN),)),
    "rrf": Recipe(parts=(VECTORS, WordsPart(bm25=STEMMED), CUT), fusion=Fusion(damping=5)),
    "two bm25": Recipe(parts=(WordsPart(bm25=STEMMED), WordsPart(bm25=PLAIN)), fusion=Fusion()),
    "sum": Recipe(parts=(WordsPart(bm25=STEMMED), CUT), fusion=Fusion(way="sum", weight=0.3, depth=3)),
}
# Few words and ids: copies, equal scores and ids that come again are everywhere.
TEXTS = st.lists(st.sampled_from(["tide", "rope", "the", "tides", "mast"]), max_size=30).map(" ".join)
IDS = st.sampled_from(["a", "b", "c", "10", "9", "é", "a#0", "日"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.dictionaries(IDS, TEXTS, min_size=1, max_size=5)),
        st.tuples(st.just("delete"), st.lists(IDS, max_size=3)),
    ),
    min_size=1,
    max_size=6,
)


def ranked_anew(recipe: Recipe, documents: dict[str, str], queries: list[str], k: int):
    ids, texts = list(documents), [text.strip() for text in documents.values()]
    names = [str(number) for number in range(len(queries))]
    depth = recipe.fusion.depth if recipe.fusion else k
    parts = []
    for part in recipe.parts:
        if isinstance(part, WordsPart):
            parts.append(Bm25Index.read(texts, ids, part.bm25).rank(queries, names, k=depth))
            continue
        asked = {"encoder": ENCODER, "dim": part.dim}
        rows = embed(queries, role="query", instruction=part.instruction, **asked).vectors
        if part.passage is None:
            read = DenseDocuments.read(embed(texts, role="document", **asked).vectors, ids)
            parts.append(read.rank(rows, names, k=depth))
            continue
        cut = cut_documents(texts, part.passage, count=ENCODER.count_tokens)
        read = DenseDocuments.read(embed(cut.texts(texts), role="document", **asked).vectors, cut.ids(ids))
        found = best_documents(
            lambda some, n, rows=rows, read=read: read.rank(rows[some], [names[one] for one in some], k=n),
            query_ids=names,
            owners=cut.owners,
            doc_ids=ids,
            k=depth,
        )
        parts.append(found.rankings)
    if recipe.fusion is None:
        return parts[0]
    if recipe.fusion.way == "sum":
        return fuse_scores(*parts, weight=recipe.fusion.weight, k=k)
    return fuse_ranks(parts, k=k, damping=recipe.fusion.damping)


@settings(deadline=None, max_examples=80)
@given(
    steps=STEPS,
    name=st.sampled_from(list(RECIPES)),
    queries=st.lists(TEXTS, min_size=1, max_size=3),
    k=st.integers(1, 12),
)
def test_it_ranks_as_a_study_does(steps, name, queries, k):
    documents: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        index = Index.create(Path(folder) / "index", recipe=RECIPES[name])
        for what, given_ in steps:
            if what == "add":
                index.add(list(given_.values()), ids=list(given_), replace=True)
                documents |= given_
            else:
                deleted = index.delete(given_)
                assert deleted.deleted == len(documents.keys() & set(given_))
                documents = {key: text for key, text in documents.items() if key not in given_}
        assert len(index) == len(documents)
        expected = ranked_anew(RECIPES[name], documents, queries, k) if documents else None
        for each in (index, Index.open(index.path)):
            found = each.rank(queries, k=k)
            for row in range(len(queries)):
                assert found.listed(row) == (expected.listed(row) if expected else [])
            hits = each.search(queries, k=k)
            assert [[hit.id for hit in row] for row in hits] == [
                [key for key, _ in found.listed(row)] for row in range(len(queries))
            ]


@pytest.mark.parametrize("name", ["vectors", "passages"])
def test_a_filter_ranks_as_if_the_others_were_not_there(name, tmp_path):
    documents = {f"d{number}": f"tide {number % 7} rope {number}" for number in range(40)}
    index = Index.create(tmp_path / "index", recipe=RECIPES[name])
    for start in (0, 30):  # two segments, one document in two replaced
        some = dict(list(documents.items())[start:])
        index.add(
            list(some.values()),
            ids=list(some),
            columns={"even": [int(key[1:]) % 2 for key in some]},
            replace=True,
        )
    index.delete(["d2", "d3"])
    kept = {key: text for key, text in documents.items() if int(key[1:]) % 2 == 0 and key != "d2"}
    found = index.rank(["tide 4", "rope"], k=50, where="even=0")
    expected = ranked_anew(RECIPES[name], kept, ["tide 4", "rope"], 50)
    assert [found.listed(row) for row in (0, 1)] == [expected.listed(row) for row in (0, 1)]


def test_a_filter_leaves_what_a_word_counts_as_it_is(tmp_path):
    """Documents that are not looked at still say how rare a word is."""
    texts = ["tide rope", "tide mast", "tide keel", "rope keel"]
    index = Index.create(tmp_path / "index", recipe=RECIPES["words"])
    index.add(texts, ids=list("abcd"), columns={"lang": ["en", "fr", "en", "fr"]})
    everywhere = dict(index.rank(["tide keel"], k=9).listed(0))
    there = dict(index.rank(["tide keel"], k=9, where="lang=en").listed(0))
    assert there == {key: everywhere[key] for key in "ac"}
