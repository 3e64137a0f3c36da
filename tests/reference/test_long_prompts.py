"""Rows of long prompts against transformers and sentence-transformers, window by window, combined here with numpy."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

# Words that both tiny vocabularies have whole, so 50 tokens; of the 24 of a window two are special for BERT, one for Qwen3.
WORDS = ["on", "the", "water", "at", "six", "and", "in", "a", "three", "of"]
TEXT = [*WORDS, *WORDS[::-1], *WORDS[::2], *WORDS[1::2], *WORDS[::-2], *WORDS[-2::-2], *WORDS]
# Room 22, an eighth is 2: (50 - 2) / (22 - 2) gives 3 windows, 50 + 2 * 2 tokens make 18 each.
BERT_SPANS = [(0, 18), (16, 34), (32, 50)]
# Room 23, an eighth is 2: (50 - 2) / (23 - 2) gives 3 windows as well.
QWEN_SPANS = [(0, 18), (16, 34), (32, 50)]


def cut(words: list[str], spans: list[tuple[int, int]]) -> list[str]:
    """What stands there in the text: to a byte-level tokenizer the space before a word is part of its token."""
    return [" " * (start > 0) + " ".join(words[start:end]) for start, end in spans]


def alone(folder, texts: list[str], pooling: str, *, tokens: list[int]) -> np.ndarray:
    """Unit rows of texts by transformers, one at a time; ``tokens`` of each, special ones included, are as expected."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    rows = []
    for text, expected in zip(texts, tokens, strict=True):
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        assert ids.shape[1] == expected
        with torch.no_grad():
            states = model(input_ids=ids).last_hidden_state[0]
        row = states.mean(0) if pooling == "mean" else states[-1]
        rows.append((row / row.norm()).numpy())
    return np.stack(rows)


def test_chunk_is_the_weighted_mean_of_windows_by_transformers(tiny_bert):
    windows = alone(tiny_bert, cut(TEXT, BERT_SPANS), "mean", tokens=[20, 20, 20])
    expected = np.average(windows, axis=0, weights=[18, 18, 18])
    expected /= np.linalg.norm(expected)
    found = load_encoder(str(tiny_bert), precision="float32", long="chunk").encode(["storm", " ".join(TEXT)])
    np.testing.assert_allclose(found[1], expected, atol=2e-6)


def test_windows_of_different_length_weigh_by_their_tokens(tiny_bert):
    # One word more: 51 + 4 tokens are 19, 18 and 18.
    text = [*TEXT, "six"]
    windows = alone(tiny_bert, cut(text, [(0, 19), (17, 35), (33, 51)]), "mean", tokens=[21, 20, 20])
    expected = np.average(windows, axis=0, weights=[19, 18, 18])
    expected /= np.linalg.norm(expected)
    found = load_encoder(str(tiny_bert), precision="float32", long="chunk").encode([" ".join(text)])
    np.testing.assert_allclose(found[0], expected, atol=2e-6)
    assert np.abs(windows.mean(0) / np.linalg.norm(windows.mean(0)) - expected).max() > 1e-4


def test_chunk_of_a_causal_network_by_transformers(tiny_qwen3):
    windows = alone(tiny_qwen3, cut(TEXT, QWEN_SPANS), "last", tokens=[19, 19, 19])
    expected = windows.sum(0) / np.linalg.norm(windows.sum(0))
    found = load_encoder(str(tiny_qwen3), precision="float32", long="chunk").encode([" ".join(TEXT)])
    np.testing.assert_allclose(found[0], expected, atol=2e-6)


def test_head_tail_by_transformers(tiny_bert):
    # A quarter of 22, rounded, is 6 (22 * 128 / 510 = 5.5 to even); the last 16 follow.
    expected = alone(tiny_bert, [" ".join([*TEXT[:6], *TEXT[-16:]])], "mean", tokens=[24])[0]
    found = load_encoder(str(tiny_bert), precision="float32", long="head-tail").encode([" ".join(TEXT)])
    np.testing.assert_allclose(found[0], expected, atol=2e-6)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_chunk_is_the_weighted_mean_of_windows_by_sentence_transformers(pooling, tmp_path, make_tiny):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    folder = make_tiny(tmp_path / "tiny", "bert", pooling=pooling)
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    windows = model.encode([" ".join(TEXT[start:end]) for start, end in BERT_SPANS])
    expected = windows.sum(0) / np.linalg.norm(windows.sum(0))
    found = load_encoder(str(folder), precision="float32", long="chunk").encode([" ".join(TEXT)])
    np.testing.assert_allclose(found[0], expected, atol=2e-6)


def test_an_instruction_stands_in_every_window(tmp_path, make_tiny):
    # The instruction is 19 tokens, more than half of the usual 24. Of 42 they leave 22, which is the room of BERT above.
    folder = make_tiny(tmp_path / "tiny-qwen3-embedding", "qwen3", pooling="last", max_tokens=42)
    prefix = "Instruct: tide tables\nQuery:"
    windows = [prefix + text for text in cut(TEXT, BERT_SPANS)]
    rows = alone(folder, windows, "last", tokens=[19 + 18 + 1] * 3)
    expected = rows.sum(0) / np.linalg.norm(rows.sum(0))
    encoder = load_encoder(str(folder), precision="float32", long="chunk")
    found = encoder.encode([prefix + " ".join(TEXT)])
    np.testing.assert_allclose(found[0], expected, atol=2e-6)


# Of the words' 50 tokens as in BERT's case, with the special tokens and widths of windows of each family.
@pytest.mark.parametrize(
    ("family", "pooling"), [("modernbert", "cls"), ("modernbert", "mean"), ("gemma3_text", "mean")]
)
def test_chunk_and_head_tail_of_networks_with_windows_by_transformers(family, pooling, tmp_path, make_tiny):
    folder = make_tiny(tmp_path / "tiny", family, pooling=pooling, normalise=False)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    ids = tokenizer(" ".join(TEXT))["input_ids"]
    first, content, last = ids[0], ids[1:-1], ids[-1]
    assert len(ids) > 2 * 24

    def row(part: list[int]) -> np.ndarray:
        with torch.no_grad():
            states = model(input_ids=torch.tensor([[first, *part, last]])).last_hidden_state[0]
        found = states.mean(0) if pooling == "mean" else states[0]
        return (found / found.norm()).numpy()

    # Room 22: an eighth is 2, a quarter 6.
    count = -(-(len(content) - 2) // 20)
    length, longer = divmod(len(content) + 2 * (count - 1), count)
    starts, parts = 0, []
    for number in range(count):
        parts.append(content[starts : starts + length + (number < longer)])
        starts += len(parts[-1]) - 2
    total = np.average([row(part) for part in parts], axis=0, weights=list(map(len, parts)))
    chunk = load_encoder(str(folder), precision="float32", long="chunk")
    np.testing.assert_allclose(chunk.encode([" ".join(TEXT)])[0], total / np.linalg.norm(total), atol=3e-6)
    ends = load_encoder(str(folder), precision="float32", long="head-tail").encode([" ".join(TEXT)])
    np.testing.assert_allclose(ends[0], row([*content[:6], *content[-16:]]), atol=3e-6)


def test_a_prompt_of_embeddinggemma_stands_in_every_window(tmp_path, make_tiny):
    folder = make_tiny(tmp_path / "embeddinggemma-tiny", "gemma3_text", pooling="mean", max_tokens=42)
    encoder = load_encoder(str(folder), precision="float32", long="chunk")
    assert encoder.space.template == "gemma"
    prefix = "task: x | query: "
    known = encoder._tokens.tokenizer(prefix)["input_ids"][:-1]
    (windows,) = encoder._tokens.windows([prefix + " ".join(TEXT)], long="chunk", family="gemma")
    assert len(windows) > 2
    shared = known[:-1]  # the last piece of the prefix is the blank, which reaches into the text
    assert len(shared) > 10
    assert all(window.ids[: len(shared)] == shared and window.ids[-1] == 1 for window in windows)
    assert len({tuple(window.ids) for window in windows}) == len(windows)


def test_minilm_in_windows_equals_sentence_transformers():
    sentence_transformers = pytest.importorskip("sentence_transformers")
    encoder = load_encoder("minilm", precision="float32", long="chunk")
    text = "the ship sailed to the harbour before the storm, and nobody had seen the rope. " * 40
    (windows,) = encoder._tokens.windows([text], long="chunk", family="plain")
    assert len(windows) > 2
    model = sentence_transformers.SentenceTransformer(str(encoder.checkpoint.folder), device="cpu")
    rows = []
    for window in windows:
        ids = torch.tensor([window.ids])
        with torch.no_grad():
            rows.append(
                model({"input_ids": ids, "attention_mask": torch.ones_like(ids)})["sentence_embedding"][0]
            )
    expected = np.average(np.stack(rows), axis=0, weights=[len(window.ids) - 2 for window in windows])
    expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(encoder.encode([text])[0], expected, atol=2e-6)
