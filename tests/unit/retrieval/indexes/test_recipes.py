"""Recipes as users write them and as studies hand them over; and the encoder that an index is opened with."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError, ConfigError
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.indexes.card import Card, read_card
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.recipe import Engine, Fusion, Recipe, VectorsPart, WordsPart
from semascope.retrieval.indexes.written import read_engine, read_recipe, refuse_other_recipe
from semascope.retrieval.words.bm25_settings import Bm25


def test_what_users_write():
    assert read_recipe("hash:8", dim=4, passage="32/4").parts == (
        VectorsPart(encoder="hash:8", dim=4, passage=PassageLength(tokens=32, overlap=4)),
    )
    assert read_recipe("bm25:k1=0.9").parts == (WordsPart(bm25=Bm25(k1=0.9)),)
    found = read_recipe("hybrid:hash:8+bm25,way=sum,weight=0.3,depth=50", instruction="Find it")
    assert found.parts == (VectorsPart(encoder="hash:8", instruction="Find it"), WordsPart())
    assert found.fusion == Fusion(way="sum", weight=0.3, depth=50)
    assert found.label == "hybrid:hash:8+bm25,way=sum,weight=0.3"
    assert read_recipe("hybrid:hash:8+hash:4+bm25,k=10").fusion == Fusion(damping=10)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: read_recipe("hybrid:hash:8+bm25,way=sum"),
            "has no weight; a sum in an index needs the first part's",
        ),
        (lambda: read_recipe("bm25", dim=4), "dim is given, and bm25 reads words alone"),
        (lambda: read_recipe("bm25", passage="32", instruction="x"), "instruction and passage are given"),
        (lambda: read_recipe("hash:8", long="middle"), "long is 'middle'"),
        (lambda: read_recipe("hash:8", passage="3"), "passage has 3 tokens"),
        (
            lambda: read_engine("annoy", stored="float32", recall=0.9),
            "engine is 'annoy'; it must be 'auto', 'exact', 'usearch'",
        ),
        (lambda: read_engine("faiss", stored="int4", recall=0.9), "stored is 'int4'"),
        (lambda: read_engine("faiss", stored="int8", recall=1.5), r"recall is 1\.5"),
        (lambda: Recipe(parts=(WordsPart(), WordsPart())), "2 parts and no fusion"),
        (lambda: Recipe(parts=(WordsPart(),), fusion=Fusion()), "1 parts and a fusion"),
        (lambda: Fusion(way="rrf", weight=0.5), "way is rrf and weight is 0.5"),
    ],
)
def test_what_is_no_recipe(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_a_recipe_survives_its_card(tmp_path):
    recipe = Recipe(
        parts=(
            VectorsPart(
                encoder="hash:8", instruction="Find it", dim=3, passage=PassageLength(tokens=64, overlap=8)
            ),
            VectorsPart(encoder="hash:4", called="other"),
            WordsPart(bm25=Bm25(variant="bm25l", stopwords="de", stemmer="de")),
        ),
        fusion=Fusion(damping=7, depth=33),
        engine=Engine(name="faiss", stored="int8", recall=0.9, links=8),
    )
    assert Card.model_validate_json(Card(recipe=recipe, encoders=()).model_dump_json()).recipe == recipe
    index = Index.create(tmp_path / "index", recipe=recipe)
    assert Index.open(index.path).recipe == recipe
    assert [card.encoder_name for card in index.card.encoders] == ["hash:8", "other"]
    assert [card.dim for card in index.card.encoders] == [3, 4]


def test_stop_words_and_stemmer_follow_the_first_documents(tmp_path):
    pytest.importorskip("bm25s")
    index = Index.create(tmp_path / "index", encoder="bm25")
    german = ["Das Wasser steigt zweimal am Tag in den Hafen.", "Die Boote liegen am Morgen auf dem Sand."]
    index.add(german, ids=["a", "b"])
    settled = read_card(index.path).recipe.words[0].bm25
    assert (settled.stopwords, settled.stemmer) == ("de", "de")
    index.add(["The boats lie on the sand in the morning, and nobody moves."], ids=["c"])
    assert read_card(index.path).recipe.words[0].bm25 == settled


def test_an_index_has_one_way_of_searching(tmp_path):
    kept = read_recipe("hybrid:hash:8+bm25").settled("en")
    refuse_other_recipe(tmp_path, kept, read_recipe("hash:4"), [])
    refuse_other_recipe(tmp_path, kept, read_recipe("hybrid:hash:8+bm25"), ["encoder"])
    for asked, given in (
        (read_recipe("hybrid:hash:8+bm25", dim=4), ["encoder", "dim"]),
        (read_recipe("hash:8"), ["encoder"]),
        (read_recipe("hybrid:hash:8+bm25", engine=Engine(name="exact")), ["encoder", "engine"]),
    ):
        with pytest.raises(
            ConfigError, match="an index has one way of searching; leave that out, or take another --output"
        ):
            refuse_other_recipe(tmp_path, kept, asked, given)


class Other(HashEncoder):
    """The same rows under another template, or in another arithmetic."""

    def __init__(self, *, precision: str = "float32", **fields: object) -> None:
        super().__init__(8)
        self.space = replace(self.space, **fields)
        self.fingerprint = f"{self.space.digest}-{precision}"


@pytest.fixture
def index(tmp_path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashEncoder(8))
    made.add(["high tide", "low tide"], ids=["a", "b"])
    return made


def test_an_encoder_of_another_space_is_refused_with_the_field(index):
    with pytest.raises(
        ArtifactError, match="max_tokens is 12 instead of 1000000; this index was made with 'hash:8'"
    ):
        Index.open(index.path, encoder=Other(max_tokens=12))
    with pytest.raises(ArtifactError, match="of another space: weights is 'hash:16' instead of 'hash:8'"):
        Index.open(index.path, encoder="hash:16")


def test_another_precision_is_warned_of_once_with_the_tolerance(index):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        opened = Index.open(index.path, encoder=Other(precision="bfloat16"))
        opened.search(["high tide"])
        opened.search(["low tide"])
    assert len(said) == 1
    assert "this index was made in float32, the encoder computes in bfloat16" in str(said[0].message)
    assert "may differ by 2e-06, and similarities a little" in str(said[0].message)


def test_one_name_for_an_index_of_several_encoders_says_nothing(tmp_path):
    made = Index.create(tmp_path / "index", encoder="hybrid:hash:8+hash:4")
    with pytest.raises(ConfigError, match="this index has several; which one it stands for is not said"):
        Index.open(made.path, encoder="hash:8")
    assert Index.open(made.path, encoders={"hash:8": HashEncoder(8), "hash:4": HashEncoder(4)}).search(
        ["x"]
    ) == [[]]


def test_an_index_of_words_needs_no_encoder(tmp_path):
    pytest.importorskip("bm25s")
    made = Index.create(tmp_path / "index", encoder="bm25")
    made.add(["high tide"], ids=["a"])
    assert made.card.encoders == ()
    with pytest.raises(ConfigError, match="0 encoders; a file of faiss holds the rows of one"):
        made.export_faiss(tmp_path / "rows.faiss")
