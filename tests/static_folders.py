"""Folders of static token vectors, tiny and random, with tokenizers of each kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

DIM = 12
SENTENCE = (
    "the tide tables of harbour say high water at noon and low six a ship with three sails lies anchor in calm port boats"
    " stay on deck storm wind rope star die Gezeiten im Hafen um zwölf la marée est haute à midi le navire reste au"
    " مد وجزر في الميناء 潮 の 満 ち прилив и отлив"
)
WORDS = SENTENCE.split()
PIECES = sorted({*"abcdefghijklmnopqrstuvwxyz0123456789.,:;!?'-", *"".join(WORDS).lower()})
KINDS = ("wordpiece", "unigram", "bytes", "words")
TEXTS = [
    "the tide tables of the harbour",
    "",
    "   \t ",
    "High WATER at noon, low water at six!",
    "the tide tables of the harbour",
    "⛵🌊 maré alta",
    "⛵",
    "مد وجزر في الميناء",
    "潮の満ち引き、今天中午涨潮",
    "прилив и отлив в гавани",
    "la mare\u0301e est haute a\u0300 midi",
    "low\n\nwater\r\n\tat\x00noon\u200b",
    "[CLS] tide </s> <unk> [UNK] [PAD] noon",
    "tide" * 40,
    "a ship with three sails " * 60,
    "x",
    "zwölf Häfen, Gezeiten um sechs",
    "storm   wind    rope",
]


def make_tokenizer(kind: str) -> Any:
    """A tokenizer of the package tokenizers: WordPiece as BERT's, Unigram as XLM-R's, bytes as Qwen's, or whole words."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    if kind == "wordpiece":
        whole = [word.lower() for word in WORDS]
        pieces = dict.fromkeys(
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *whole, *PIECES, *(f"##{p}" for p in PIECES)]
        )
        tokenizer = Tokenizer(models.WordPiece(_numbered(pieces), unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
        return tokenizer
    if kind == "unigram":
        pieces = dict.fromkeys(["<unk>", "▁", *(f"▁{word}" for word in WORDS), *PIECES])
        scored = [(piece, -2.0 - number / 100) for number, piece in enumerate(pieces)]
        tokenizer = Tokenizer(models.Unigram(scored, unk_id=0))
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        return tokenizer
    if kind == "bytes":  # knows every text, so that it has no unknown token
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=320, show_progress=False, initial_alphabet=alphabet)
        tokenizer.train_from_iterator(WORDS, trainer)
        return tokenizer
    tokenizer = Tokenizer(models.WordLevel(_numbered(dict.fromkeys(["<unk>", *WORDS])), unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def make_table(tokenizer: Any, *, dim: int = DIM, seed: int = 5) -> np.ndarray:
    """(v, dim) float32."""
    return np.random.default_rng(seed).standard_normal((size_of(tokenizer), dim)).astype(np.float32)


def size_of(tokenizer: Any) -> int:
    return max(tokenizer.get_vocab().values()) + 1


def write_model2vec(
    folder: Path,
    kind: str = "wordpiece",
    *,
    config: dict[str, Any] | None = None,
    table: np.ndarray | None = None,
    name: str = "model.safetensors",
    **arrays: np.ndarray,
) -> Path:
    """A folder as model2vec writes it, without model2vec; ``arrays`` are ``mapping`` and ``weights``."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    tokenizer = make_tokenizer(kind)
    table = make_table(tokenizer) if table is None else table
    save_file({"embeddings": table, **arrays}, folder / name)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"model_type": "model2vec", "normalize": True} if config is None else config
    (folder / "config.json").write_text(json.dumps(settings))
    return folder


def write_sentence_transformers(
    folder: Path,
    kind: str = "wordpiece",
    *,
    below: str = "",
    after: tuple[str, ...] = (),
    truncation: dict[str, Any] | None = None,
    table: np.ndarray | None = None,
) -> Path:
    """A folder as sentence-transformers writes it, without sentence-transformers."""
    from safetensors.numpy import save_file

    place = folder / below
    place.mkdir(parents=True)
    tokenizer = make_tokenizer(kind)
    if truncation:
        tokenizer.enable_truncation(**truncation)
    save_file(
        {"embedding.weight": make_table(tokenizer) if table is None else table}, place / "model.safetensors"
    )
    tokenizer.save(str(place / "tokenizer.json"))
    modules = [{"path": below, "type": "sentence_transformers.models.StaticEmbedding"}]
    modules += [
        {"path": f"{number}_{kind}", "type": f"sentence_transformers.models.{kind}"}
        for number, kind in enumerate(after, start=1)
    ]
    numbered = [{"idx": number, "name": str(number)} | module for number, module in enumerate(modules)]
    (folder / "modules.json").write_text(json.dumps(numbered))
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"similarity_fn_name": "cosine"}))
    return folder


def _numbered(pieces: dict[str, None]) -> dict[str, int]:
    return {piece: number for number, piece in enumerate(pieces)}
