"""An encoder whose rows are mended: what it takes over from its base, and what is its own."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from semascope.encoders.choices import width_choice
from semascope.encoders.describing import encoder_facts, encoder_values
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.protocol import FromFiles, Lengths, Mends, Space, Tuned, stored_as
from semascope.encoders.remedied.encoder import FittedOn, RemediedEncoder
from semascope.encoders.remedied.remedy import Remedy
from semascope.encoders.weight_bytes import weight_bytes
from semascope.errors import EncoderError

CENTRE = Remedy(name="centre", mean=np.full(8, 0.1, dtype=np.float32), matrix=None, fitted_on=1_200)
TEXTS = ["tide tables", "Gezeiten", "", "tide tables"]


class Speaking(HashEncoder):
    """All that an encoder may say besides the protocol."""

    characters, cut, device, precision, listed = 900, "beginning", "cuda:0", "bfloat16", "a line"
    seen = np.array([3, 9], dtype=np.uint64)
    recipe = {"name": "speaking", "template": "plain", "precision": "float32", "long": "truncate"}  # noqa: RUF012

    def __init__(self):
        super().__init__(8)
        self.fingerprint = f"{self.space.digest}-bfloat16"
        self.checked = 0

    def check_files(self):
        self.checked += 1

    def in_way(self, long):
        other = Speaking()
        other.space = replace(self.space, long=long)
        return self if long == self.space.long else other

    def tokens(self, prompts):
        return [prompt.split() for prompt in prompts]


@pytest.fixture
def encoder():
    return RemediedEncoder(Speaking(), CENTRE, name="mended", source="/kept")


def test_rows_are_those_of_the_base_less_the_mean(encoder):
    expected = HashEncoder(8).encode(TEXTS) - CENTRE.mean
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-6)


def test_only_the_remedy_tells_its_space_from_that_of_its_base(encoder):
    space, base = encoder.space, encoder.base.space
    assert [
        field.name for field in fields(Space) if getattr(space, field.name) != getattr(base, field.name)
    ] == ["remedy"]
    assert space.remedy == f"centre {CENTRE.digest}"
    assert encoder.fingerprint == f"{space.digest}-bfloat16" != encoder.base.fingerprint
    other = RemediedEncoder(Speaking(), replace(CENTRE, mean=CENTRE.mean * 2))
    assert other.fingerprint != encoder.fingerprint
    assert RemediedEncoder(Speaking(), CENTRE).fingerprint == encoder.fingerprint


def test_a_space_without_a_remedy_has_the_digest_that_stores_know():
    space = HashEncoder(16).space
    assert "remedy" not in space.fields
    assert space.digest == "819ae40289106e57f967ba973baf4fc7"


def test_what_the_base_says_of_itself_it_says_too(encoder):
    assert [encoder.characters, encoder.cut, encoder.device, encoder.precision] == [
        900,
        "beginning",
        "cuda:0",
        "bfloat16",
    ]
    assert encoder.tokens(["a b"]) == [["a", "b"]]
    assert encoder.seen.tolist() == [3, 9]
    assert encoder.count_tokens(TEXTS) == HashEncoder(8).count_tokens(TEXTS)
    assert isinstance(encoder.lengths(TEXTS), Lengths)
    assert isinstance(encoder, FromFiles)
    assert isinstance(encoder, Tuned)
    assert isinstance(encoder, Mends)
    assert encoder.recipe == {**Speaking.recipe, "name": "/kept"}
    encoder.check_files()
    assert encoder.base.checked == 1
    assert stored_as(encoder) is encoder.base
    assert stored_as(encoder.base) is encoder.base


def test_what_the_base_does_not_say_it_does_not_say_either():
    plain = RemediedEncoder(HashEncoder(8), CENTRE)
    for name in ("characters", "cut", "device", "precision", "tokens", "listed", "batch_factor", "nothing"):
        assert not hasattr(plain, name)
    assert plain.seen.shape == (0,)
    assert plain.recipe == {"name": "hash:8-centre"}
    plain.check_files()
    plain.load()


def test_a_width_that_the_base_was_trained_for_is_none_of_its_own(encoder):
    assert not hasattr(encoder, "listed")
    assert width_choice(encoder, [4]).startswith("mended is not known to be trained to be cut")


def test_another_way_of_reading_is_that_of_the_base(encoder):
    other = encoder.in_way("chunk")
    assert (other.space.long, other.base.space.long, encoder.space.long) == ("chunk", "chunk", "truncate")
    assert other.space == replace(encoder.space, long="chunk")
    assert (other.name, other.source) == ("mended", "/kept")
    assert encoder.in_way("truncate") is encoder


def test_it_says_what_the_remedy_was_fitted_on():
    fitted_on = FittedOn(data="posts.jsonl", instruction="Identify the topic")
    said = RemediedEncoder(HashEncoder(8), CENTRE, fitted_on=fitted_on).stated
    assert said == (
        *HashEncoder.stated,
        "remedy centre: rows of hash:8 are mended, as it was fitted on 1,200 rows of posts.jsonl, read under the instruction"
        " 'Identify the topic'",
    )


def test_a_row_that_has_nothing_left_stays_zero(encoder):
    rows = np.vstack([np.zeros(8), CENTRE.mean, np.eye(8)[0]]).astype(np.float32)
    assert (np.linalg.norm(encoder.mend(rows), axis=1) > 0).tolist() == [False, False, True]


def test_its_numbers_take_memory_beside_those_of_the_base():
    whole = replace(CENTRE, matrix=np.eye(8, dtype=np.float32))
    assert weight_bytes(RemediedEncoder(HashEncoder(8), CENTRE)) == 4 * 8
    assert weight_bytes(RemediedEncoder(HashEncoder(8), whole)) == 4 * (8 + 64)


def test_it_is_described_with_its_base(encoder):
    assert encoder_values(RemediedEncoder(HashEncoder(8), CENTRE))["mends rows of"] == "hash:8"
    facts = encoder_facts(RemediedEncoder(HashEncoder(8), CENTRE))
    assert facts["space: remedy"] == f"centre {CENTRE.digest}"
    assert "space: remedy" not in encoder_facts(HashEncoder(8))


def test_a_remedy_of_another_width_or_of_a_remedied_encoder_is_refused(encoder):
    with pytest.raises(EncoderError, match="'centre' takes rows of 8 dims; encoder 'hash:16' gives 16"):
        RemediedEncoder(HashEncoder(16), CENTRE)
    with pytest.raises(EncoderError, match=r"'mended' is remedied already; .*; take its base 'hash:8'"):
        RemediedEncoder(encoder, CENTRE)
