"""A file of 4-bit weights: what is read of a sound one, and that a damaged one is refused, whatever is wrong with it."""

from __future__ import annotations

import json
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.encoders.packaged.byte_reader import Damaged
from semascope.encoders.packaged.checkpoint_files import checkpoint_files
from semascope.encoders.packaged.four_bit_file import read_four_bit_file

HUGE = 2**31 - 1


def written(data: bytes) -> dict[str, bytes]:
    """Every file of the checkpoint that is made of it."""
    source = read_four_bit_file(data)
    return {name: b"".join(parts) for name, parts in checkpoint_files(source, limit=16, card="card")}


def by_hand(blocks: np.ndarray, columns: int) -> np.ndarray:
    """Weights of blocks one at a time, as the form is described."""
    rows = []
    for block in blocks:
        scale = float(block["d"])
        low = [((int(pair) & 0x0F) - 8) * scale for pair in block["q"]]
        high = [((int(pair) >> 4) - 8) * scale for pair in block["q"]]
        rows.append(low + high)
    return np.array(rows).reshape(-1, columns)


def test_a_sound_file_becomes_an_ordinary_checkpoint(four_bit, tmp_path):
    from safetensors.numpy import load

    parts = four_bit.Parts()
    files = written(four_bit.build(parts))
    weights = load(files["model.safetensors"])
    words = weights["embeddings.word_embeddings.weight"]
    np.testing.assert_array_equal(words, by_hand(parts.tensors["emb.word"][1], 64).astype(np.float32))
    inner = weights["encoder.layer.1.output.dense.weight"]
    np.testing.assert_array_equal(inner, by_hand(parts.tensors["l1.fo.w"][1], 96).astype(np.float32))
    np.testing.assert_array_equal(
        weights["encoder.layer.0.intermediate.dense.bias"], parts.tensors["l0.fi.b"][1]
    )
    np.testing.assert_array_equal(weights["embeddings.LayerNorm.bias"], parts.tensors["emb.ln.b"][1])
    assert weights["embeddings.position_embeddings.weight"].shape == (16, 64)
    config = json.loads(files["config.json"])
    assert (config["architectures"], config["layer_norm_eps"], config["vocab_size"]) == (
        ["BertModel"],
        1e-12,
        40,
    )


def test_transformers_computes_with_every_weight_of_it(four_bit, tmp_path):
    """Each weight has the name that BertModel gives it: none is missing but the pooler, none is left over."""
    transformers = pytest.importorskip("transformers")
    for name, content in written(four_bit.build()).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    _, report = transformers.AutoModel.from_pretrained(tmp_path, output_loading_info=True)
    assert {key.split(".")[0] for key in report["missing_keys"]} <= {"pooler"}
    assert not report["unexpected_keys"]
    assert not report["mismatched_keys"]


def test_large_tensors_come_in_parts(four_bit, monkeypatch):
    whole = written(four_bit.build())
    monkeypatch.setattr("semascope.encoders.packaged.four_bit_weights._MOST_NUMBERS", 640)
    source = read_four_bit_file(four_bit.build())
    assert [len(part) for part in source.tensors["emb.word"].parts()] == [10, 10, 10, 10]
    assert written(four_bit.build()) == whole


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"magic": b"GGUF"}, "does not begin with E5S1"),
        ({"version": 2}, "its version is 2, and 1 is known"),
        ({"hidden": 0}, "below 1"),
        ({"layers": -3}, "below 1"),
        ({"hidden": 65}, "are not whole blocks of 32"),
        ({"inner": 100}, "are not whole blocks of 32"),
        ({"heads": 3}, "not 3 heads"),
        ({"block": 64}, "blocks hold 64 weights"),
        ({"epsilon": float("nan")}, "epsilon is nan"),
        ({"epsilon": 0.0}, "epsilon is 0.0"),
        ({"words": 5}, "32 pieces for 5 token vectors"),
        ({"words": HUGE}, "tensor 'emb.word' has"),
        ({"positions": HUGE}, "tensor 'emb.pos' has"),
        ({"hidden": 2**30}, "tensor 'emb.word' has"),
        ({"layers": HUGE}, "a network of 2,147,483,647 layers has"),
        ({"special": (0, 2, 1, 32)}, "special tokens are 0, 2, 1, 32 of 32 pieces"),
        ({"special": (0, 0, 1, 3)}, "special tokens are 0, 0, 1, 3"),
        ({"special": (-1, 2, 1, 3)}, "special tokens are -1"),
        ({"letters_said": 2**62}, "the letters of pieces needs 4,611,686,018,427,387,904 bytes"),
        ({"letters_said": 3}, "its pieces do not follow one another"),
        ({"scores": [float("inf")] * 32}, "a score that is not finite"),
        ({"pieces": [b"\xff", *(bytes([65 + n]) for n in range(31))]}, "a piece is not UTF-8"),
        ({"pieces": [b"a", b"a", *(bytes([65 + n]) for n in range(30))]}, "a piece is there twice"),
        ({"pieces": [b"", *(bytes([65 + n]) for n in range(31))]}, "its pieces do not follow one another"),
        ({"replaced": [(9, [32]), (9, [32])]}, "one at 0x9 that is none or out of order"),
        ({"replaced": [(0, [32])]}, "one at 0x0 that is none"),
        ({"replaced": [(0xD800, [32])]}, "one at 0xd800 that is none"),
        ({"replaced": [(0x110000, [32])]}, "one at 0x110000 that is none"),
        ({"replaced": [(65, [0xDFFF])]}, "one at 0x41 that is none"),
        ({"replaced_said": 7}, "a line of replaced characters needs"),
        ({"replaced_said": HUGE}, "2,147,483,647 lines in"),
        ({"replaced_said": -1}, "-1 lines in"),
        ({"replaced_said": 2}, "not as long as it says"),
        ({"replaced_bytes_said": 2**32 - 1}, "the table of replaced characters needs 4,294,967,295 bytes"),
        ({"count_said": HUGE}, "it has 2,147,483,647 tensors"),
        ({"count_said": -1}, "it has -1 tensors"),
        ({"changed": {"emb.word": {"kind": 0}}}, "tensor 'emb.word' has 2,560 numbers of kind 0"),
        ({"changed": {"l0.q.b": {"number": 63}}}, "tensor 'l0.q.b' has 63 numbers"),
        ({"changed": {"l0.q.b": {"size": 2**63}}}, "tensor 'l0.q.b' has 64 numbers of kind 0 in 9,223,372"),
        ({"changed": {"l0.q.b": {"start": 2**64 - 1}}}, "tensor 'l0.q.b' is said to be 256 bytes at byte 18,446,7"),
        ({"changed": {"l0.q.b": {"start": 0}}}, "tensor 'l0.q.b' lies over the directory"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named(four_bit, changes, said):
    parts = four_bit.Parts()
    for name, value in changes.items():
        setattr(parts, name, value)
    with pytest.raises(Damaged, match=said.replace("(", r"\(")):
        written(four_bit.build(parts))


def test_two_tensors_in_one_place_are_refused(four_bit):
    parts = four_bit.Parts()
    sound = read_four_bit_file(four_bit.build(parts))
    place = len(four_bit.build(parts)) - sound.tensors["l1.oln.b"].data.nbytes
    parts.changed = {"l1.oln.w": {"start": place}}
    with pytest.raises(Damaged, match=r"lies over tensor 'l1\.oln"):
        read_four_bit_file(four_bit.build(parts))


def test_a_tensor_that_is_missing_or_another_is_refused(four_bit):
    parts = four_bit.Parts()
    parts.tensors = {
        ("l9.q.w" if name == "l1.q.w" else name): tensor for name, tensor in parts.tensors.items()
    }
    with pytest.raises(Damaged, match=r"tensor 'l1\.q\.w' is not there"):
        read_four_bit_file(four_bit.build(parts))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["emb.pos", "l0.fo.w"])
def test_numbers_that_are_not_finite_are_refused(four_bit, name, number):
    parts = four_bit.Parts()
    kind, values = parts.tensors[name]
    (values["d"] if kind else values)[-1] = number
    with pytest.raises(Damaged, match=f"tensor '{name}' holds a number that is not finite"):
        written(four_bit.build(parts))


def test_every_truncation_is_refused(four_bit):
    data = four_bit.build()
    assert written(data)
    for size in {*range(2000), *range(2000, len(data) - 8, 997)}:
        with pytest.raises(Damaged):
            written(data[:size])


class Quiet(bytes):
    """Shown in one word when an example fails."""

    def __repr__(self) -> str:
        return "small"


@pytest.fixture(scope="module")
def small(four_bit):
    return Quiet(four_bit.build(four_bit.Parts(layers=1, words=34, positions=4)))


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.sampled_from(
                [b"\0", b"\xff", b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\xff" * 8]
            )
            | st.binary(min_size=1, max_size=9),
            st.sampled_from(["over", "into", "instead of eight"]),
        ),
        min_size=1,
        max_size=4,
    ),
    end=st.none() | st.floats(0, 1),
    early=st.booleans(),
)
def test_any_change_is_refused_or_harmless(small, changes, end, early):
    """Nothing but ``Damaged`` comes out, and no more memory is asked for than the file's size explains."""
    data = bytearray(small)
    for place, new, way in changes:
        at = int(place * (1_500 if early else len(small)))  # all counts and places lie early
        data[at : at + {"over": len(new), "into": 0, "instead of eight": 8}[way]] = new
    if end is not None:
        del data[int(end * len(data)) :]
    tracemalloc.start()
    try:
        files = written(bytes(data))
        assert len(files["model.safetensors"]) < 8 * len(data)
    except Damaged:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 40 * len(small)


@settings(max_examples=100, deadline=None)
@given(value=st.integers(-(2**31), 2**31 - 1), place=st.integers(1, 9))
def test_any_size_in_the_header_is_refused_or_the_true_one(small, value, place):
    data = bytearray(small)
    struct.pack_into("<i", data, 4 * place, value)
    if bytes(data) != small:
        # Heads and epsilon may be others and still fit.
        try:
            written(bytes(data))
        except Damaged:
            return
        assert place in (4, 9) or small[4 * place : 4 * place + 4] == data[4 * place : 4 * place + 4]
