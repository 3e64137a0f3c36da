"""Memory of an encoder's weights, told by its files, against what lies in memory when it is loaded."""

from __future__ import annotations

import math

import pytest

from semascope.encoders.engine.network import load_network
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.weight_bytes import weight_bytes


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("family", ["tiny_bert", "tiny_qwen3", "tiny_electra"])
def test_they_are_those_of_the_loaded_network(request, family, precision):
    encoder = load_encoder(str(request.getfixturevalue(family)), precision=precision)
    network = load_network(encoder.checkpoint, name="tiny", precision=precision, device="cpu")
    assert weight_bytes(encoder) == sum(each.numel() * each.element_size() for each in network.parameters())


def test_layers_behind_the_pooling_count_in_their_own_arithmetic(make_tiny, tmp_path):
    plain = load_encoder(str(make_tiny(tmp_path / "plain", "bert")), precision="bfloat16")
    folder = make_tiny(tmp_path / "dense", "bert", dense=({"wide_out": 8},))
    encoder = load_encoder(str(folder), precision="bfloat16")
    layers = [weight for layer in encoder._dense for weight in layer.parameters()]
    assert layers
    assert weight_bytes(encoder) - weight_bytes(plain) == sum(
        each.numel() * each.element_size() for each in layers
    )


@pytest.mark.parametrize("folder", ["tiny_model2vec", "tiny_static"])
def test_a_table_takes_what_it_takes(request, folder):
    encoder = load_encoder(str(request.getfixturevalue(folder)))
    assert weight_bytes(encoder) == encoder.table.vectors.nbytes > 0


def test_a_hash_holds_nothing_and_of_a_stranger_nothing_is_known():
    class Stranger:
        name = "elsewhere"

    assert weight_bytes(HashEncoder(4)) == 0
    assert math.isnan(weight_bytes(Stranger()))
