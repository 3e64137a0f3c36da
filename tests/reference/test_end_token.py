"""``add_eos_token`` with last-token pooling: the last id is the end token, whatever this transformers does with the flag."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.encoders.checkpoints.checkpoint import read_checkpoint
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

LIMIT = 24
TEXTS = ["storm", "high water at noon", "the ship sail " * 40, "the </s> tide", "the tide </s>", ""]


def edit(folder, **changes) -> None:
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def load(folder, **settings):
    return load_encoder(str(folder), precision="float32", device="cpu", **settings)


@pytest.fixture
def mistral(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", "mistral", pooling="last", max_tokens=LIMIT)
    edit(folder, add_eos_token=True, add_bos_token=True)
    return folder


@pytest.fixture
def qwen2(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", "qwen2", pooling="last", end=False, max_tokens=LIMIT)
    edit(folder, add_eos_token=True, eos_token="<|endoftext|>")
    return folder


def expected_ids(folder, **flags) -> list[list[int]]:
    """By a tokenizer that is told of the flags when it is made, which transformers 5 obeys."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, add_eos_token=True, **flags)
    return tokenizer(TEXTS, truncation=True, max_length=LIMIT)["input_ids"]


def forward(folder, sequences: list[list[int]]) -> np.ndarray:
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        rows = [model(input_ids=torch.tensor([ids])).last_hidden_state[0, -1] for ids in sequences]
    return torch.nn.functional.normalize(torch.stack(rows), dim=1).numpy()


@pytest.mark.parametrize(("family", "flags"), [("mistral", {"add_bos_token": True}), ("qwen2", {})])
def test_every_sequence_ends_with_the_end_token_cut_or_not(family, flags, request):
    folder = request.getfixturevalue(family)
    encoder, expected = load(folder), expected_ids(folder, **flags)
    end = transformers.AutoTokenizer.from_pretrained(folder).eos_token_id
    assert [ids[-1] for ids in expected] == [end] * len(TEXTS)
    assert encoder._tokens.ids(TEXTS) == expected
    assert len(expected[2]) == LIMIT
    np.testing.assert_allclose(encoder.encode(TEXTS), forward(folder, expected), atol=3e-6)
    assert any("every prompt ends with the tokenizer's end token" in sentence for sentence in encoder.stated)


@pytest.mark.parametrize("family", ["mistral", "qwen2"])
def test_the_end_token_is_counted(family, request):
    folder = request.getfixturevalue(family)
    plain = transformers.AutoTokenizer.from_pretrained(folder)
    encoder = load(folder)
    assert encoder.count_tokens(TEXTS) == [len(ids) + 1 for ids in plain(TEXTS)["input_ids"]]
    lengths = encoder.lengths(TEXTS)
    assert lengths.tokens.tolist() == encoder.count_tokens(TEXTS)
    assert lengths.encoded.tolist() == [len(ids) for ids in encoder._tokens.ids(TEXTS)]


@pytest.mark.parametrize("long", ["head-tail", "chunk"])
def test_every_window_ends_with_it(mistral, long):
    encoder = load(mistral, long=long)
    end = encoder._tokens.tokenizer.eos_token_id
    windows = encoder._tokens.windows([TEXTS[2]], long=long, family="plain")[0]
    assert all(window.ids[-1] == end and window.ids[0] == 1 for window in windows)
    assert all(len(window.ids) <= LIMIT for window in windows)
    assert (len(windows) > 1) == (long == "chunk")


def test_it_is_part_of_the_space(mistral):
    """Rows that were stored while the flag was ignored are never taken for these."""
    with_flag = load(mistral).fingerprint
    edit(mistral, add_eos_token=False)
    assert read_checkpoint(mistral).ends is False
    assert load(mistral).fingerprint != with_flag
    assert load(mistral)._tokens.ids(["storm"])[0][-1] != 2


def test_a_tokenizer_that_ends_its_sequences_itself_is_left_alone(make_tiny, tmp_path):
    """Qwen3-Embedding's puts <|endoftext|>, though the end that its configuration names is another token."""
    folder = make_tiny(tmp_path / "tiny", "qwen3", pooling="last")
    before = load(folder)._tokens.ids(TEXTS)
    edit(folder, add_eos_token=True)
    assert load(folder)._tokens.ids(TEXTS) == before


def test_without_tokenizer_json_transformers_appends_it_and_it_comes_once(qwen2):
    model = json.loads((qwen2 / "tokenizer.json").read_text())["model"]
    expected = load(qwen2)._tokens.ids(TEXTS)
    (qwen2 / "tokenizer.json").unlink()
    (qwen2 / "vocab.json").write_text(json.dumps(model["vocab"]))
    (qwen2 / "merges.txt").write_text("\n".join(" ".join(pair) for pair in model["merges"]))
    assert load(qwen2)._tokens.ids(TEXTS) == expected


def test_one_that_is_asked_for_and_not_named_is_refused(qwen2):
    edit(qwen2, eos_token=None)
    with pytest.raises(EncoderError, match=r"asks for an end token \(add_eos_token\) and names none"):
        load(qwen2).encode(["storm"])


def test_other_poolings_leave_it_to_transformers_and_say_so(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", "mistral", pooling="mean", max_tokens=LIMIT)
    edit(folder, add_eos_token=True)
    encoder = load(folder)
    plain = transformers.AutoTokenizer.from_pretrained(folder)
    assert encoder._tokens.ids(TEXTS) == plain(TEXTS, truncation=True, max_length=LIMIT)["input_ids"]
    assert any("it is put where transformers puts it" in sentence for sentence in encoder.stated)
