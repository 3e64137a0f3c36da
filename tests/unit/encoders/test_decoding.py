"""Token ids to the text that they were made of, by tokenizers of every kind; or an error, never another text."""

import pytest

from semascope.encoders.loading import load_encoder
from semascope.errors import DataError

TEXTS = [
    "a ship with three sails",
    "storm  and wind, rope and star: one!",
    "Hochwasser um zwölf",
    "潮の満ち引き",
    " leading space\nand a line",
    "half <s> or [SEP] or <|endoftext|> in it",
    "🌊" * 3,
]
FAMILIES = ("tiny_bert", "tiny_mpnet", "tiny_xlm_roberta", "tiny_llama", "tiny_qwen3", "tiny_modernbert")


@pytest.fixture(params=FAMILIES)
def encoder(request):
    return load_encoder(str(request.getfixturevalue(request.param)), device="cpu")


@pytest.mark.parametrize("framed", [True, False])
def test_what_is_decoded_is_read_as_the_ids_that_were_given(encoder, framed):
    ids = encoder._tokens._call(TEXTS, cut=False, special=framed)
    decoded = 0
    for row in ids:
        try:
            (text,) = encoder.decode([row])
        except DataError:
            continue  # what stands for an unknown sign may be read as several
        decoded += 1
        assert encoder._tokens._call([text], cut=False, special=framed) == [row]
    assert decoded >= len(TEXTS) - 2


def test_ids_that_the_vocabulary_lacks(encoder):
    size = len(encoder._tokens.tokenizer)
    with pytest.raises(DataError, match=rf"token ids 1 hold one that is {size}; .* 0 to {size - 1}"):
        encoder.decode([[5], [6, size]])


def test_half_a_letter_is_no_text(tiny_qwen3):
    encoder = load_encoder(str(tiny_qwen3), device="cpu")
    whole = encoder._tokens._call(["潮"], cut=False, special=False)[0]
    assert len(whole) > 1  # its bytes are several tokens
    with pytest.raises(DataError, match="makes other ids"):
        encoder.decode([whole[:1]])


def test_a_mended_encoder_decodes_as_its_base(tiny_kept, tiny_bert):
    mended, base = load_encoder(str(tiny_kept)), load_encoder(str(tiny_bert), device="cpu")
    ids = base._tokens.ids(["the tide"])
    assert mended.decode(ids) == base.decode(ids) == ["the tide"]
