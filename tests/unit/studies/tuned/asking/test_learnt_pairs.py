"""What a trainer is given, in a collection made by hand; and what is mined for it."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.data.table import Table
from semascope.encoders.hashing import HashEncoder
from semascope.errors import DataError
from semascope.retrieval.collections.collection import Collection, Documents, Queries
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.collections.leaks import Leaks
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs
from semascope.studies.tuned.asking.dividing import divide
from semascope.studies.tuned.asking.given_negatives import negatives_in
from semascope.studies.tuned.asking.given_roles import roles_of
from semascope.studies.tuned.asking.learnt import learnt_pairs
from semascope.studies.tuned.asking.mining import mined_for
from semascope.studies.tuned.asking.pair_places import kept_away, learning_pairs
from semascope.tuning.contrastive.mined import NOBODY
from semascope.tuning.contrastive.mining_settings import Mining

TIDE = "the moon pulls the water of the sea twice a day and so the tide comes in and goes out again"
FOG = "fog is a cloud that lies on the ground, mostly near rivers, on still and clear nights in autumn"
DOCUMENTS = {
    "tide": TIDE,
    "tide2": TIDE + " today",
    "ebb": "when the tide goes out it is called ebb",
    "fog": FOG,
    "dew": "dew is water on grass",
    "hail": "hail is ice out of clouds",
    "snow": "snow is soft",
    "rain": "rain is water out of clouds",
}
QUERIES = {
    "q1": "why does the sea rise",
    "q1b": "Why does the sea rise",
    "q2": "what lies on the ground and the grass in autumn",
    "c": "what is ice",
    "e": "what is soft",
}
TRAIN = {"q1": {"tide": 2, "dew": 0}, "q1b": {"ebb": 1}, "q2": {"fog": 1, "snow": 0, "rain": 0}}


def collection(**columns):
    return Collection(
        name="weather",
        documents=Documents(
            ids=tuple(DOCUMENTS),
            titles=("",) * len(DOCUMENTS),
            bodies=tuple(DOCUMENTS.values()),
            columns=Table.from_columns({"role": columns["documents"]}) if "documents" in columns else None,
        ),
        queries=Queries(
            ids=tuple(QUERIES),
            texts=tuple(QUERIES.values()),
            columns=Table.from_columns({"role": columns["queries"]}) if "queries" in columns else None,
        ),
        judgements=Judgements.of(TRAIN, split="train")
        .joined(Judgements.of({"c": {"hail": 1}}, split="dev"))
        .joined(Judgements.of({"e": {"snow": 1}}, split="test")),
    )


@pytest.fixture
def weather():
    found = collection()
    leaks = Leaks.of(found)
    return found, divide(found, leaks), leaks


def told(learnt):
    """By texts: each pair with its hard negatives."""
    return [
        (
            learnt.queries[query],
            learnt.documents[document],
            [learnt.documents[place] for place in row if place >= 0],
        )
        for query, document, row in zip(
            learnt.pair_queries, learnt.pair_documents, learnt.negatives, strict=True
        )
    ]


def test_pairs_weights_and_documents_judged_wrong(weather):
    learnt = learnt_pairs(*weather)
    assert told(learnt) == [
        (QUERIES["q1"], TIDE, [DOCUMENTS["dew"]]),
        (QUERIES["q1b"], DOCUMENTS["ebb"], []),
        (QUERIES["q2"], FOG, [DOCUMENTS["rain"]]),  # snow is what the estimating query asks for
    ]
    assert learnt.weights.tolist() == [1.0, 0.5, 0.5]
    assert learnt.roles == ("", "", "")
    assert learnt.query_groups[0] == learnt.query_groups[1] != learnt.query_groups[2]
    assert len(set(learnt.document_groups.tolist())) == len(learnt.documents) == 5
    group = dict(zip(learnt.documents, learnt.document_groups.tolist(), strict=True))
    first, _, last = learnt.query_groups.tolist()
    assert learnt.known == {  # either copy of a query has the answers of both
        (first, group[TIDE]),
        (first, group[DOCUMENTS["ebb"]]),
        (last, group[FOG]),
    }
    assert [note.kind for note in learnt.notes] == ["negative that is asked for"]


def test_given_negatives_come_first_and_none_answers_or_repeats_one(weather):
    given = {
        "q1": [
            TIDE + " now",
            DOCUMENTS["ebb"],
            "  ",
            "hail is ice out of CLOUDS",
            "steam is hot",
            DOCUMENTS["rain"],
        ],
        "q2": ["steam  is hot", DOCUMENTS["dew"], "Steam is hot"],
        "c": ["nobody learns from this"],
    }
    learnt = learnt_pairs(*weather, given_negatives=given)
    assert told(learnt) == [
        (QUERIES["q1"], TIDE, ["steam is hot", DOCUMENTS["rain"], DOCUMENTS["dew"]]),
        (QUERIES["q1b"], DOCUMENTS["ebb"], []),
        (QUERIES["q2"], FOG, ["steam is hot", DOCUMENTS["dew"], DOCUMENTS["rain"]]),
    ]
    notes = {note.kind: note.count for note in learnt.notes}
    # A near-copy of the answer, and the answer of the copy of the query; hail and snow are asked for by others.
    assert notes == {"negative that answers": 2, "negative that is asked for": 2}


def test_a_document_that_says_what_the_query_says_is_no_wrong_answer(weather):
    learnt = learnt_pairs(*weather, given_negatives={"q2": [QUERIES["q2"].upper(), "steam is hot"]})
    assert told(learnt)[2][2] == ["steam is hot", DOCUMENTS["rain"]]


def test_roles_of_a_folder_are_those_of_queries_before_those_of_documents_and_none_where_nothing_is_said():
    documents = ["main", "", "", "soft ", "", "", "", ""]
    queries = ["hard", "", " ", "", ""]
    found = collection(documents=documents, queries=queries)
    leaks = Leaks.of(found)
    learnt = learnt_pairs(found, divide(found, leaks), leaks, roles=roles_of(found, "role"))
    assert learnt.roles == ("hard", "none", "soft")
    assert "1 pair without a role has the role 'none'; queries: 'q1b'" in [note.text for note in learnt.notes]
    with pytest.raises(DataError, match="'kind'"):
        roles_of(found, "kind")


def test_a_pair_that_stands_under_two_ids_is_learnt_once_and_one_without_text_never():
    found = Collection(
        name="doubled",
        documents=Documents(
            ids=("a", "b", "c", "d"), titles=("",) * 4, bodies=("one", "one", "\u200b", "two of them")
        ),
        queries=Queries(ids=("p", "q", "r"), texts=("first asked", "second asked", "third asked")),
        judgements=Judgements.of({"p": {"a": 1, "b": 3, "c": 1}}, split="train")
        .joined(Judgements.of({"q": {"d": 1}}, split="dev"))
        .joined(Judgements.of({"r": {"d": 1}}, split="test")),
    )
    leaks = Leaks.of(found)
    learnt = learnt_pairs(found, divide(found, leaks), leaks)
    assert told(learnt) == [("first asked", "one", [])]
    assert learnt.weights.tolist() == [1.0]
    assert [note.kind for note in learnt.notes] == ["pair without text"]


def test_triplets_of_a_table_are_read_by_their_query(tmp_path):
    table = Table.from_columns(
        {
            "title": ["Fog", "fog ", "Hail", "Snow", "Rain"],
            "text": ["a cloud", "near rivers", "it is ice", "it is soft", "it is wet"],
            "wrong": ["stone", "sand", None, "", "mud"],
            "more": [["clay", "sand"], [], ["moss"], None, ["mud"]],
        }
    )
    found = read_pairs(table, PairColumns(query="title", document="text"))
    assert negatives_in(table, found, query="title", columns=["wrong", "more"]) == {
        "0": ("stone", "sand", "clay"),
        "2": ("moss",),
        "4": ("mud",),
    }
    with pytest.raises(DataError, match="'nobody'"):
        negatives_in(table, found, query="title", columns=["nobody"])


def mined(weather, **options):
    settings = Mining(**({"choice": "first", "count": 8, "depth": 8} | options.pop("settings", {})))
    given = {"encoder": HashEncoder(16), "instruction": "", "words": True, "store": None, "seed": 3}
    return mined_for(*weather, settings=settings, **(given | options))


def test_what_is_mined_answers_nobody_and_is_asked_for_by_no_other_side(weather):
    found, divided, _ = weather
    pairs = learning_pairs(found, divided)
    result = mined(weather, settings={"margin": 0.0})
    assert result.documents.shape == (3, 8)
    names = [{found.documents.ids[place] for place in row if place != NOBODY} for row in result.documents]
    assert names[0] | names[1] <= {
        "fog",
        "dew",
        "rain",
    }  # tide, its copy and ebb answer one of the copies; hail, snow
    assert names[2] <= {"tide", "tide2", "ebb", "dew", "rain"}
    assert not {"tide", "tide2"} <= names[2]  # one of a group
    assert any(names)
    encoder = HashEncoder(16)
    rows = encoder.encode([QUERIES[found.queries.ids[place]] for place in pairs.queries])
    read = encoder.encode(list(DOCUMENTS.values()))
    for pair, row in enumerate(result.documents):
        kept = row[row != NOBODY]
        assert result.similarities[pair, : len(kept)] == pytest.approx(read[kept] @ rows[pair], abs=1e-6)
        assert result.answers[pair] == pytest.approx(read[pairs.documents[pair]] @ rows[pair], abs=1e-6)
        assert (result.similarities[pair, : len(kept)] < result.answers[pair]).all()


def test_words_are_ranked_among_the_documents_that_may_be_taken(weather):
    found = mined(weather, encoder=_Sure())
    names = np.array([*DOCUMENTS, ""])[found.documents]
    by_words = {name: rank for name, rank in zip(names[2], found.word_ranks[2].tolist(), strict=True) if rank}
    assert by_words == {"dew": 2}  # it shares grass; fog, which answers, shares ground and more
    assert (found.word_ranks[0] == 0).all()  # sea stands in what answers alone
    assert set(names[2]) - {""} == {"tide2", "dew", "rain"}  # tide and ebb are as near as the answer
    alone = mined(weather, encoder=_Sure(), words=False)
    assert (alone.word_ranks == 0).all()
    assert (alone.counts == found.counts).all()


def test_documents_that_answer_a_learning_query_are_not_kept_away(weather):
    found, divided, leaks = weather
    away = kept_away(found, divided, leaks.duplicates.near)
    assert {found.documents.ids[place] for place in np.flatnonzero(away)} == {"hail", "snow"}
    both = Collection(
        name="both",
        documents=found.documents,
        queries=found.queries,
        judgements=found.judgements.joined(Judgements.of({"q2": {"snow": 1}}, split="train")),
    )
    leaks = Leaks.of(both)
    away = kept_away(both, divide(both, leaks), leaks.duplicates.near)
    assert {both.documents.ids[place] for place in np.flatnonzero(away)} == {"hail"}


def test_mined_ones_stand_behind_the_others_and_must_be_of_the_same_pairs(weather):
    found = mined(weather, settings={"count": 2})
    learnt = learnt_pairs(*weather, negatives=found)
    for pair, (_, _, texts) in enumerate(told(learnt)):
        places = found.documents[pair, : found.counts[pair]].tolist()
        wanted = [DOCUMENTS["dew"]] if pair == 0 else [DOCUMENTS["rain"]] if pair == 2 else []
        wanted += [weather[0].documents.texts[place] for place in places]
        assert texts == list(dict.fromkeys(wanted))
    fewer = collection()
    fewer = Collection(
        name="fewer",
        documents=fewer.documents,
        queries=fewer.queries,
        judgements=fewer.judgements.take(np.array([query != "q2" for query in fewer.judgements.queries])),
    )
    leaks = Leaks.of(fewer)
    with pytest.raises(DataError, match="mined of 3 pairs, and 2 learn"):
        learnt_pairs(fewer, divide(fewer, leaks), leaks, negatives=found)


class _Sure(HashEncoder):
    """Queries lie with what answers any of them, and across from all else."""

    def encode(self, prompts):
        near = {*QUERIES.values(), TIDE, FOG, DOCUMENTS["ebb"]}
        rows = np.eye(2, self.dim, dtype=np.float32)
        return rows[[0 if prompt in near else 1 for prompt in prompts]]
