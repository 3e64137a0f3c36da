"""Who makes an index, and who may write into it."""

from __future__ import annotations

import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.writing import writing


class Renamed(HashEncoder):
    """The same rows, said to be computed otherwise."""

    def __init__(self) -> None:
        super().__init__(8)
        self.fingerprint = f"{self.space.digest}-bfloat16"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"encoder": "hash:16"}, {"encoder": "hash:8"}),
        ({"encoder": "hash:8"}, {"encoder": "hash:8", "dim": 4}),
        ({"encoder": "hash:8"}, {"encoder": "hash:8", "instruction": "Find it"}),
        ({"encoder": "hash:8"}, {"encoder": Renamed()}),
        ({"encoder": "hash:8"}, {"encoder": "bm25"}),
        ({"encoder": "bm25:k1=0.9"}, {"encoder": "bm25"}),
    ],
)
def test_nothing_is_written_under_the_card_of_another_recipe_or_encoder(tmp_path, first, second):
    one = Index.create(tmp_path / "index", **first)
    two = Index.create(tmp_path / "index", **second)
    for change in (lambda: one.add(["high tide"], ids=["a"]), lambda: one.delete(["a"])):
        with pytest.raises(
            ConfigError, match="was made anew with another recipe or encoder since it was opened"
        ):
            change()
    two.add(["low tide"], ids=["b"])
    with pytest.raises(ConfigError, match="open it again"):
        one.add(["high tide"], ids=["a"])
    assert Index.open(two.path).card == two.card
    assert len(two) == 1


def test_what_the_language_settles_is_no_other_recipe(tmp_path):
    pytest.importorskip("bm25s")
    one = Index.create(tmp_path / "index", encoder="hybrid:hash:8+bm25")
    two = Index.create(tmp_path / "index", encoder="hybrid:hash:8+bm25")
    two.add(["Das Wasser steigt zweimal am Tag in den Hafen."], ids=["a"])
    assert one.add(["The boats lie on the sand in the morning."], ids=["b"]).added == 1
    assert one.recipe == two.recipe
    assert one.recipe.words[0].bm25.stopwords == "de"


def test_a_folder_that_a_dead_maker_left_becomes_an_index(tmp_path):
    folder = tmp_path / "index"
    (folder / "segments").mkdir(parents=True)
    (folder / ".lock").touch()
    (folder / ".card.json.0123456789ab.partial").write_text("{")
    made = Index.create(folder, encoder="hash:8")
    made.add(["high tide"], ids=["a"])
    assert len(Index.open(folder)) == 1


@pytest.mark.parametrize("name", ["segments/aa/rows-0.npy", "segments", ".notes", "card.json/x"])
def test_what_is_no_leftover_is_left_alone(tmp_path, name):
    file = tmp_path / "index" / name
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    with pytest.raises(ConfigError, match="exists and is not empty"):
        Index.create(tmp_path / "index", encoder="hash:8")
    assert file.read_text() == "mine"


def test_the_one_writer_may_come_in_again_and_no_other(tmp_path):
    import threading

    order: list[str] = []

    def other() -> None:
        with writing(tmp_path / "index"):
            order.append("other")

    with writing(tmp_path / "index"):
        thread = threading.Thread(target=other)
        thread.start()
        with writing(tmp_path / "index"):
            order.append("inner")
        thread.join(0.3)
        order.append("outer")
    thread.join()
    assert order == ["inner", "outer", "other"]
