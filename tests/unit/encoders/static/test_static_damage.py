"""Folders of token vectors that are damaged, or whose parts do not belong together: one clear error each."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError

pytest.importorskip("tokenizers")


@pytest.fixture
def folder(static_folders, tmp_path):
    return static_folders.write_model2vec(tmp_path / "m")


def rewrite(folder, **changes):
    """The arrays of a folder with others; None takes one away."""
    file = folder / "model.safetensors"
    arrays = load_file(file) | changes
    save_file({name: array for name, array in arrays.items() if array is not None}, file)


def refuses(folder, match):
    with pytest.raises(EncoderError, match=match) as caught:
        load_encoder(str(folder)).encode(["the tide"])
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def table_of(folder):
    return load_file(folder / "model.safetensors")["embeddings"]


@pytest.mark.parametrize(("more", "said"), [(-1, "needs one, or a mapping"), (1, "do not belong together")])
def test_a_table_of_another_number_of_rows(folder, more, said):
    rewrite(folder, embeddings=np.resize(table_of(folder), (len(table_of(folder)) + more, 12)))
    refuses(folder, f"token vectors, the tokenizer beside it has ids up to .*{said}.*fetch the folder again")


def test_a_table_of_sentence_transformers_with_too_few_rows(static_folders, tmp_path):
    folder = static_folders.write_sentence_transformers(tmp_path / "s", table=np.ones((3, 4), np.float32))
    refuses(
        folder,
        r"has 3 token vectors, the tokenizer beside it has ids up to \d+; each id needs one, so they do not",
    )


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (
            np.zeros(3, np.int64),
            r"an array of shape \(3,\) and type int64; it must hold one whole number for each",
        ),
        (np.zeros((400, 2), np.int64), r"an array of shape \(400, 2\)"),
        (np.zeros(400, np.float32), "type float32"),
        (np.full(400, 12_345), r"to rows from 12345 to 12345; its table has rows 0 to 4"),
        (np.full(400, -1), "to rows from -1 to -1"),
    ],
)
def test_a_mapping_that_leads_nowhere(folder, mapping, said):
    rewrite(folder, embeddings=table_of(folder)[:5].copy(), mapping=mapping)
    refuses(folder, said)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (np.ones(3, np.float32), r"weighs tokens by an array of shape \(3,\)"),
        (np.ones(400, np.int64), "type int64; it must hold one number for each of"),
        (np.full(400, np.nan, np.float32), "weighs tokens by numbers that are not finite"),
    ],
)
def test_weights_that_weigh_nothing(folder, weights, said):
    rewrite(folder, weights=weights)
    refuses(folder, said)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite(folder, bad):
    table = table_of(folder).copy()
    table[[4, 9], 3] = bad
    rewrite(folder, embeddings=table)
    refuses(folder, r"not finite in 2 of its \d+ rows, the first is row 4")


@pytest.mark.parametrize(
    "table", [np.ones(7, np.float32), np.ones((7, 0), np.float32), np.ones((2, 2, 2), np.float32)]
)
def test_a_table_that_is_none(folder, table):
    rewrite(folder, embeddings=table)
    refuses(folder, r"holds a table of shape .*; it must have a row for each token, and columns")


def test_numbers_of_another_kind(folder):
    rewrite(folder, embeddings=np.ones((9, 4), np.int32))
    refuses(folder, "keeps its table as I32; accepted are BF16, F16, F32, F64, I8")


def test_a_file_without_a_table(folder):
    rewrite(folder, embeddings=None, other=np.ones(3, np.float32))
    refuses(folder, "holds other; a table of token vectors is called embedding.weight or embeddings")


@pytest.mark.parametrize("left", [0, 5, 60, -1])
def test_a_file_that_was_cut_short(folder, left):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:left])
    refuses(folder, "it was cut short|has no header that can be read")


def test_a_folder_without_a_table(folder):
    (folder / "model.safetensors").unlink()
    refuses(folder, "holds no table of token vectors; accepted is model.safetensors; fetch the folder again")
    (folder / "pytorch_model.bin").write_bytes(b"x")
    refuses(folder, "torch's own format .*; load it with sentence-transformers and save it again")


def test_a_folder_without_a_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    refuses(folder, "holds no tokenizer.json; a table of token vectors needs it")


@pytest.mark.parametrize("content", ["", "{", '{"version": "1.0"}', '{"model": {"type": "Unheard"}}'])
def test_a_tokenizer_that_cannot_be_read(folder, content):
    (folder / "tokenizer.json").write_text(content)
    refuses(folder, "the tokenizer of encoder .* cannot be loaded")


def test_a_tokenizer_that_fails_on_a_text(folder):
    """Its unknown token is not in its vocabulary: the package finds out when it meets a word that it does not know."""
    file = folder / "tokenizer.json"
    found = json.loads(file.read_text())
    found["model"]["unk_token"] = "[NONE]"
    file.write_text(json.dumps(found))
    with pytest.raises(EncoderError, match=r"the tokenizer of encoder .* fails on a text .*tokenizer\.json"):
        load_encoder(str(folder)).encode(["⛵"])


@pytest.mark.parametrize("length", [0, -3, "many", 2.5, True])
def test_a_limit_that_is_none(static_folders, tmp_path, length):
    config = {"model_type": "model2vec", "max_length": length}
    refuses(
        static_folders.write_model2vec(tmp_path / "m", config=config),
        "has max_length .*; it must be a number of tokens",
    )


@pytest.mark.parametrize("length", [0, "many"])
def test_a_tokenizer_that_cuts_at_nothing(static_folders, tmp_path, length):
    folder = static_folders.write_sentence_transformers(tmp_path / "s")
    file = folder / "tokenizer.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"truncation": {"max_length": length}}))
    refuses(folder, "cuts at .* tokens; it must be a number, 1 or more")


@pytest.mark.parametrize("content", ["{", "[" * 200_000])
@pytest.mark.parametrize("name", ["config.json", "modules.json"])
def test_a_configuration_that_is_not_json(folder, name, content):
    (folder / name).write_text(content)
    refuses(folder, f"{name} is not JSON")


@pytest.mark.parametrize("content", ["{}", "[3]"])
def test_modules_that_are_no_list_of_modules(folder, content):
    """What follows the table cannot be known then, so it is not taken for nothing."""
    (folder / "modules.json").write_text(content)
    refuses(folder, "modules.json is no list of modules")


def test_a_tokenizer_whose_way_of_cutting_is_not_json(static_folders, tmp_path):
    folder = static_folders.write_sentence_transformers(tmp_path / "s")
    file = folder / "tokenizer.json"
    file.write_text(file.read_text().replace('"truncation": null', '"truncation": {cut}'))
    assert "{cut}" in file.read_text()
    refuses(folder, r"tokenizer\.json is not JSON")
