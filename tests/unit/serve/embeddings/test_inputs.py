import numpy as np
import pytest

from semascope.encoders.loading import load_encoder
from semascope.serve.embeddings.extras import check_extras
from semascope.serve.embeddings.inputs import check_not_empty, read_input
from semascope.serve.embeddings.roles import read_role
from semascope.serve.embeddings.token_ids import texts_of_ids
from semascope.serve.embeddings.written import write_list
from semascope.serve.refusals import FieldRefused


@pytest.mark.parametrize(
    ("given", "read"),
    [("ebb", ["ebb"]), (["ebb", ""], ["ebb", ""]), ([5, 0], [[5, 0]]), ([[5], [6, 7]], [[5], [6, 7]])],
)
def test_each_way_to_write_an_input(given, read):
    assert read_input(given) == read


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ([], "input is an empty list"),
        ({}, "input is an object"),
        (None, "input is null"),
        (7, "input is a number"),
        (["a", 7], r"input\[1\] is a number"),
        ([7, "a"], r"input\[1\] is a string"),
        ([True], r"input\[0\] is true or false"),
        ([1, True], r"input\[1\] is true or false"),
        ([1.5], r"input\[0\] is a number"),
        ([None, None], r"input\[0\] is null"),
        ([["a"]], r"input\[0\]\[0\] is a string"),
        ([[1], []], r"input\[1\] is an empty list"),
        ([[1], [2, False]], r"input\[1\]\[1\] is true or false"),
        ([[[1]]], r"input\[0\]\[0\] is a list"),
    ],
)
def test_anything_else_is_refused_with_its_place(given, place):
    with pytest.raises(FieldRefused, match=place) as caught:
        read_input(given)
    assert caught.value.param == "input"


@pytest.mark.parametrize("nothing", ["", " ", "\n\t", "\u3000", "\u2028"])
def test_a_text_must_hold_something(nothing):
    with pytest.raises(FieldRefused, match=r"input\[1\] is empty"):
        check_not_empty(["ebb", nothing], alone=False)
    with pytest.raises(FieldRefused, match="input is empty"):
        check_not_empty([nothing], alone=True)


@pytest.mark.parametrize("word", ["query", "search_query", "retrieval.query"])
def test_the_words_of_others_for_a_query(word):
    assert read_role(None, word) == read_role("query", None) == read_role("query", word) == ("query", True)


@pytest.mark.parametrize("word", ["document", "search_document", "passage", "retrieval.passage"])
def test_the_words_of_others_for_a_document(word):
    assert read_role("document", word) == ("document", True)


def test_no_role_can_be_said_too():
    assert read_role("none", None) == (None, True)
    assert read_role(None, None) == (None, False)


@pytest.mark.parametrize(
    ("after", "field", "param", "said"),
    [
        ("query", "document", "input_type", "both must say the same"),
        ("none", "query", "input_type", "both must say the same"),
        ("passage", None, "model", "accepted are query, document, none"),
        ("", None, "model", "accepted are query, document, none"),
        (None, "clustering", "input_type", "is given as instruction"),
    ],
)
def test_roles_that_are_none(after, field, param, said):
    with pytest.raises(FieldRefused, match=said) as caught:
        read_role(after, field)
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("instructions", "instruction"),
        ("Instruction", "instruction"),
        ("dimension", "dimensions"),
        ("input_types", "input_type"),
        ("task", "input_type"),
        ("prompt", "instruction"),
        ("output_dimension", "dimensions"),
        ("truncation", "truncate"),
    ],
)
def test_a_field_that_would_change_the_vectors_is_not_ignored(name, meant):
    with pytest.raises(FieldRefused, match=f"the field here is '{meant}'") as caught:
        check_extras({name: "x"})
    assert caught.value.param == name


def test_other_fields_are_ignored_and_named_where_they_hold_something():
    assert check_extras({"user": "u", "task": None, "normalize": True}) == []
    (said,) = check_extras({"user": "u", "priority": 3, "x" * 100: 1})
    assert "'priority'" in said and "'user'" not in said and "x" * 41 not in said


def test_unit_length_cannot_be_switched_off():
    with pytest.raises(FieldRefused, match="unit length always"):
        check_extras({"normalize": False})


def test_too_many_fields_are_refused_before_each_is_looked_at():
    with pytest.raises(FieldRefused, match="40 fields that are not known"):
        check_extras({f"instructio{number}": 1 for number in range(40)})


@pytest.fixture(scope="module")
def bert(tiny_bert):
    return load_encoder(f"tiny={tiny_bert}", device="cpu")


def test_ids_of_the_own_tokenizer_become_their_text(bert):
    text = "the tide tables of the harbour"
    framed = bert._tokens.ids([text])[0]
    for ids in (framed, framed[1:-1]):
        for whose in ("served", "tiny"):
            assert texts_of_ids([ids], encoder=bert, name="served", tokenizer=whose) == [text]


@pytest.mark.parametrize(("whose", "param"), [(None, "input"), ("cl100k_base", "tokenizer")])
def test_ids_are_refused_unless_it_is_said_that_they_are_of_this_tokenizer(bert, whose, param):
    with pytest.raises(FieldRefused, match="check_embedding_ctx_length=False") as caught:
        texts_of_ids([[7, 8]], encoder=bert, name="served", tokenizer=whose)
    assert caught.value.param == param and '"tokenizer": "served"' in str(caught.value)


def test_ids_that_are_no_text_of_the_tokenizer(bert):
    refused = {
        "hold one that is 100277": [[100_277]],
        "hold one that is -1": [[7], [-1]],
        "very large": [[10**400]],
        # a piece that goes on with a word cannot begin one
        "makes other ids": [[bert._tokens.tokenizer.convert_tokens_to_ids("##e")]],
    }
    for said, ids in refused.items():
        with pytest.raises(FieldRefused, match=said):
            texts_of_ids(ids, encoder=bert, name="served", tokenizer="tiny")


def test_an_encoder_without_a_tokenizer_here():
    encoder = load_encoder("hash:4")
    with pytest.raises(FieldRefused, match="no tokenizer here"):
        texts_of_ids([[7]], encoder=encoder, name="hash:4", tokenizer="hash:4")


@pytest.mark.parametrize("width", [3, 20_000])
def test_slices_join_to_one_list(width):
    import base64
    import json

    rows = np.random.default_rng(1).standard_normal((5, width)).astype(np.float32)
    whole = {
        form: json.loads(write_list(rows, as_base64=form, rest={"model": "m", "usage": {"prompt_tokens": 1}}))
        for form in (False, True)
    }
    for form, found in whole.items():
        assert list(found) == ["object", "data", "model", "usage"] and found["object"] == "list"
        assert [item["index"] for item in found["data"]] == list(range(5))
        assert {item["object"] for item in found["data"]} == {"embedding"}
        back = [
            np.frombuffer(base64.b64decode(item["embedding"]), dtype="<f4") if form else item["embedding"]
            for item in found["data"]
        ]
        assert np.array_equal(np.array(back, dtype=np.float32), rows)


def test_no_rows_are_an_empty_list():
    none = np.zeros((0, 4), dtype=np.float32)
    assert (
        write_list(none, as_base64=False, rest={"model": "m"}) == b'{"object":"list","data":[],"model":"m"}'
    )
