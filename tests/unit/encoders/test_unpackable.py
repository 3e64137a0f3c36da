"""Networks of a known architecture that attend in another way than the packed layers do: they take the plain path."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder

pytest.importorskip("torch")

LIMIT = 24
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 1e4, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}  # fmt: skip
REFUSED = [
    ("llama", {"hidden_act": "gelu"}, "its activation is 'gelu'; the packed layers have silu"),
    ("llama", {"is_causal": False}, "its tokens see later ones (is_causal is false)"),
    (
        "llama",
        {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}},
        "its rotary positions are scaled by the length ('dynamic')",
    ),
    ("mistral", {"sliding_window": LIMIT - 1}, "it attends in windows of 23 tokens, and texts have up to 24"),
    (
        "qwen2",
        {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1},
        "it attends in windows of 8 tokens, and texts have up to 24",
    ),
    ("bert", {"is_decoder": True}, "it is configured as a decoder"),
]


@pytest.mark.parametrize(("family", "changes", "reason"), REFUSED)
def test_it_is_plain_and_says_why(family, changes, reason, make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", family)
    change(folder, **changes)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    assert (encoder.path.name, encoder.path_reason) == ("plain", reason)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("mistral", {"sliding_window": LIMIT}),
        ("mistral", {"sliding_window": None}),
        ("qwen3", {"use_sliding_window": True, "sliding_window": LIMIT, "max_window_layers": 1}),
        ("llama", {"rope_parameters": LLAMA3}),
    ],
)
def test_what_changes_no_row_is_packed(family, changes, make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", family)
    change(folder, **changes)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    assert (encoder.path.name, encoder.path_reason) == (
        "packed",
        f"the packed engine knows architecture {family!r}",
    )


def test_a_window_does_change_rows_of_texts_that_are_longer(make_tiny, tmp_path):
    """So that refusing it is no idle care: rows up to the window are equal, longer ones are not."""
    folder = make_tiny(tmp_path / "tiny", "mistral")
    prompts = ["tide", "high water", "the ship sail " * 10]
    whole = load_encoder(str(folder), precision="float32", device="cpu", engine="packed")
    expected = whole.encode(prompts)
    change(folder, sliding_window=12)
    windowed = load_encoder(str(folder), precision="float32", device="cpu")
    lengths = np.array(whole.count_tokens(prompts))
    off = np.abs(expected - windowed.encode(prompts)).max(axis=1)
    assert (lengths <= 12).any()
    assert (off[lengths <= 12] < 2e-6).all()
    assert (off[lengths > 12] > 1e-3).all()


def change(folder, **changes):
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
