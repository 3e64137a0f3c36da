"""Static embeddings against the libraries that write them, on folders that each wrote itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder

pytest.importorskip("tokenizers")

KINDS = ("wordpiece", "unigram", "bytes", "words")
TOLERANCE = {
    "float64": 2e-6,
    "float32": 2e-6,
    "float16": 2e-3,
    "int8": 2e-6,
}  # of what the library gives back


@pytest.fixture(scope="module")
def model2vec():
    return pytest.importorskip("model2vec", minversion="0.10")


@pytest.fixture(scope="module")
def sentence_transformers():
    return pytest.importorskip("sentence_transformers")


@pytest.fixture(scope="module")
def folders(static_folders):
    return static_folders


@pytest.fixture(scope="module")
def texts(folders):
    lengths = (1, 2, 3, 5, 8, 13, 21)
    return [*folders.TEXTS, *(" ".join(folders.WORDS[:words]) for words in lengths)]


def unit(rows: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def agree(folder: Path, texts: list[str], theirs: np.ndarray, *, tolerance: float = 1e-5) -> None:
    """Our rows are theirs; where theirs is zero, ours is the unknown token's, the same for all such texts."""
    encoder = load_encoder(str(folder))
    ours, given = encoder.encode(texts), np.abs(theirs).max(axis=1) > 0
    assert given.sum() > len(texts) / 2
    np.testing.assert_allclose(ours[given], unit(theirs)[given], atol=tolerance)
    silent = ours[~given]
    if len(silent):
        assert np.abs(silent - silent[0]).max() == 0
        expected = 0.0 if encoder._held.tokens.unknown is None else 1.0
        assert np.linalg.norm(silent[0]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", [{}, {"normalize": True}, {"max_length": 7}, {"max_length": None}])
def test_rows_are_those_of_model2vec(folders, texts, model2vec, tmp_path, kind, settings):
    tokenizer = folders.make_tokenizer(kind)
    model2vec.StaticModel(folders.make_table(tokenizer), tokenizer, **settings).save_pretrained(
        tmp_path / "m"
    )
    again = model2vec.StaticModel.from_pretrained(tmp_path / "m")
    agree(tmp_path / "m", texts, again.encode(texts))


@pytest.mark.parametrize("stored", ["float64", "float16", "int8"])
def test_tables_of_other_numbers_are_read_as_model2vec_reads_them(
    folders, texts, model2vec, tmp_path, stored
):
    tokenizer = folders.make_tokenizer("wordpiece")
    model = model2vec.StaticModel(folders.make_table(tokenizer), tokenizer, normalize=True)
    model.save_pretrained(tmp_path / "whole")
    small = model2vec.StaticModel.from_pretrained(tmp_path / "whole", quantize_to=stored)
    small.save_pretrained(tmp_path / "small")
    agree(tmp_path / "small", texts, small.encode(texts), tolerance=TOLERANCE[stored])


@pytest.mark.parametrize("kind", ["wordpiece", "bytes"])
def test_a_quantised_vocabulary_is_mapped_and_weighed(folders, texts, model2vec, tmp_path, kind):
    tokenizer = folders.make_tokenizer(kind)
    model = model2vec.StaticModel(folders.make_table(tokenizer), tokenizer, normalize=True)
    model.save_pretrained(tmp_path / "whole")
    small = model2vec.StaticModel.from_pretrained(tmp_path / "whole", vocabulary_quantization=9)
    small.save_pretrained(tmp_path / "small")
    assert small.weights is not None
    assert len(np.unique(small.token_mapping)) > 1
    agree(tmp_path / "small", texts, small.encode(texts))


def test_a_long_text_is_cut_where_model2vec_cuts_it(folders, model2vec, tmp_path):
    """By tokens, and before that by characters: a text of few and long tokens loses some that the limit would keep."""
    tokenizer = folders.make_tokenizer("wordpiece")
    model2vec.StaticModel(folders.make_table(tokenizer), tokenizer, max_length=16).save_pretrained(
        tmp_path / "m"
    )
    model = model2vec.StaticModel.from_pretrained(tmp_path / "m")
    assert model.median_token_length * 16 < 90
    texts = ["harbour harbour " * count + "storm" for count in range(1, 12)]
    texts += ["a b c d " * count for count in range(1, 12)]
    texts += ["gezeiten     " * 9 + "port", "⛵ " * 20 + "port", "tide" * 20 + " port"]
    agree(tmp_path / "m", texts, model.encode(texts))
    found = load_encoder(str(tmp_path / "m")).lengths(texts)
    assert ((found.lost > 0) & (found.tokens <= 16)).any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("normalise", [False, True])
def test_rows_are_those_of_sentence_transformers(
    folders, texts, sentence_transformers, tmp_path, kind, normalise
):
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    tokenizer = folders.make_tokenizer(kind)
    modules = [StaticEmbedding(tokenizer, embedding_weights=folders.make_table(tokenizer))]
    modules += [Normalize()] * normalise
    whole = sentence_transformers.SentenceTransformer(modules=modules, device="cpu")
    whole.save_pretrained(str(tmp_path / "s"))
    again = sentence_transformers.SentenceTransformer(str(tmp_path / "s"), device="cpu")
    agree(tmp_path / "s", texts, again.encode(texts))


@pytest.mark.parametrize("direction", ["right", "left"])
def test_a_tokenizer_that_cuts_is_obeyed_as_sentence_transformers_obeys_it(
    folders, texts, sentence_transformers, tmp_path, direction
):
    folder = folders.write_sentence_transformers(
        tmp_path / "s", below="0_StaticEmbedding", truncation={"max_length": 5, "direction": direction}
    )
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu").encode(texts)
    agree(folder, texts, theirs)
    encoder = load_encoder(str(folder))
    assert (encoder.max_tokens, encoder.cut) == (5, "end" if direction == "right" else "beginning")


def test_a_folder_of_model2vec_saved_by_sentence_transformers_is_read_as_the_latter_reads_it(
    folders, texts, model2vec, sentence_transformers, tmp_path
):
    """It counts the unknown token, which model2vec leaves out: the same texts have other rows, and another space."""
    tokenizer = folders.make_tokenizer("wordpiece")
    model2vec.StaticModel(folders.make_table(tokenizer), tokenizer, normalize=True).save_pretrained(
        tmp_path / "m"
    )
    whole = sentence_transformers.SentenceTransformer(str(tmp_path / "m"), device="cpu")
    whole.save_pretrained(str(tmp_path / "s"))
    agree(tmp_path / "s", texts, whole.encode(texts))
    one, other = (load_encoder(str(tmp_path / name)) for name in "ms")
    assert one.space.tokenizer != other.space.tokenizer
    text = ["the tide ⛵ tables"]
    assert one.encode(text)[0] @ other.encode(text)[0] < 0.99


def test_a_table_in_bfloat16_gives_the_rows_of_its_rounded_numbers(
    folders, texts, sentence_transformers, tmp_path
):
    import torch
    from safetensors.torch import load_file, save_file

    folder = folders.write_sentence_transformers(tmp_path / "s")
    file = folder / "model.safetensors"
    table = load_file(file)["embedding.weight"].to(torch.bfloat16)
    save_file({"embedding.weight": table}, file)
    rounded = folders.write_sentence_transformers(tmp_path / "r", table=table.float().numpy())
    np.testing.assert_array_equal(
        load_encoder(str(folder)).encode(texts), load_encoder(str(rounded)).encode(texts)
    )
