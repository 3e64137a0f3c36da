"""Tiny random checkpoints with real tokenizer classes, made on the spot: 2 layers, under 1 MB."""

from __future__ import annotations

import json
from pathlib import Path

WORDS = [
    "the",
    "a",
    "of",
    "to",
    "tide",
    "tables",
    "high",
    "low",
    "water",
    "noon",
    "harbour",
    "ship",
    "sail",
    "wind",
    "storm",
    "calm",
    "boat",
    "rope",
    "anchor",
    "deck",
    "port",
    "star",
    "board",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "gezeiten",
    "marée",
    "#",
    "##s",
    "##ing",
    "##ed",
    "!",
    "?",
    ".",
    ",",
    "-",
    "'",
    '"',
    ":",
    ";",
]
LETTERS = list("abcdefghijklmnopqrstuvwxyzäöüéèñ0123456789")


def write_vocabulary(folder: Path) -> int:
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *dict.fromkeys([*WORDS, *LETTERS, *(f"##{c}" for c in LETTERS)]),
    ]
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf8")
    return len(pieces)


def make_bert(
    folder: Path, *, pooling: str | None = "mean", normalise: bool = True, max_tokens: int | None = 24
) -> Path:
    """A BERT of 2 layers and 16 dims; ``pooling`` None leaves out the configuration of sentence-transformers."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True)
    size = write_vocabulary(folder)
    BertTokenizerFast(
        vocab=str(folder / "vocab.txt"), do_lower_case=True, model_max_length=64
    ).save_pretrained(folder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=size,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    model = BertModel(config)
    for parameter in model.parameters():  # random weights of the default size make all rows nearly equal
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.5)
    model.save_pretrained(folder)
    if pooling is not None:
        write_modules(folder, pooling=pooling, normalise=normalise, max_tokens=max_tokens, dim=16)
    return folder


def make_qwen3(folder: Path) -> Path:
    """A Qwen3 of 2 layers with last-token pooling and an end token appended by its tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3Model

    folder.mkdir(parents=True)
    pieces = ["<|endoftext|>", "<unk>", *WORDS, *LETTERS]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <|endoftext|>", special_tokens=[("<|endoftext|>", 0)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|endoftext|>",
        unk_token="<unk>",
        padding_side="left",
        model_max_length=64,
    ).save_pretrained(folder)
    torch.manual_seed(8)
    config = Qwen3Config(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
        head_dim=8, intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    model = Qwen3Model(config)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    write_modules(folder, pooling="lasttoken", normalise=True, max_tokens=24, dim=16)
    return folder


def write_modules(folder: Path, *, pooling: str, normalise: bool, max_tokens: int | None, dim: int) -> None:
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    if normalise:
        modules.append(
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}
        )
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    flags = {"mean": "mean_tokens", "cls": "cls_token", "lasttoken": "lasttoken", "max": "max_tokens"}
    config = {
        "word_embedding_dimension": dim,
        **{f"pooling_mode_{flag}": name == pooling for name, flag in flags.items()},
    }
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    if normalise:
        (folder / "2_Normalize").mkdir(exist_ok=True)
    if max_tokens is not None:
        (folder / "sentence_bert_config.json").write_text(
            json.dumps({"max_seq_length": max_tokens, "do_lower_case": False})
        )
