"""Tiny random checkpoints of each family, with the family's own tokenizer class: 2 layers, 16 dims, under 1 MB."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DIM = 16
POSITIONS = 64
CORPUS = [
    "the tide tables of the harbour say high water at noon and low water at six",
    "a ship with three sails lies at anchor in a calm port; the boats stay on the deck",
    "storm and wind, rope and star: one two three four five six seven eight nine ten!",
    "Die Gezeiten im Hafen: Hochwasser um zwölf, Niedrigwasser um sechs.",
    "la marée est haute à midi, le navire reste au port",
    "مد وجزر في الميناء", "潮の満ち引き", "прилив и отлив в гавани",
]  # fmt: skip
FLAGS = {
    "mean": "mean_tokens",
    "cls": "cls_token",
    "last": "lasttoken",
    "weightedmean": "weightedmean_tokens",
    "max": "max_tokens",
    "mean_sqrt_len": "mean_sqrt_len_tokens",
}
CONFIGS: dict[str, dict[str, Any]] = {
    "bert": {},
    "electra": {"embedding_size": DIM},
    "roberta": {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "type_vocab_size": 1},
    "xlm-roberta": {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "type_vocab_size": 1},
    "mpnet": {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2},
    "llama": {"num_key_value_heads": 1, "bos_token_id": 1, "eos_token_id": 2},
    "mistral": {"num_key_value_heads": 1, "bos_token_id": 1, "eos_token_id": 2},
    "qwen2": {"num_key_value_heads": 1},
    "qwen3": {"num_key_value_heads": 1, "head_dim": 8},
    # Windows far shorter than the longest text; the first layer of ModernBERT attends everywhere, the last of Gemma.
    "modernbert": {
        "local_attention": 8,
        "layer_types": ["full_attention", "sliding_attention"],
        "global_rope_theta": 160_000.0,
        "local_rope_theta": 10_000.0,
        **dict.fromkeys(("pad_token_id", "cls_token_id", "bos_token_id"), 0),
        **dict.fromkeys(("sep_token_id", "eos_token_id"), 1),
    },
    "gemma3_text": {
        "num_key_value_heads": 1,
        "head_dim": 8,
        "query_pre_attn_scalar": 4,
        "use_bidirectional_attention": True,
        "sliding_window": 8,
        "layer_types": ["sliding_attention", "full_attention"],
        "bos_token_id": 2,
        "eos_token_id": 1,
        "pad_token_id": 0,
    },
    "nomic_bert": {},
    "gte": {"type_vocab_size": 1, "pad_token_id": 1},
}


def make(
    folder: Path,
    family: str,
    *,
    pooling: str | None = "mean",
    normalise: bool = True,
    dense: tuple[dict[str, Any], ...] = (),
    max_tokens: int | None = 24,
    padding_side: str = "right",
    end: bool = True,
    **saving: Any,
) -> Path:
    """A checkpoint; ``pooling`` None leaves out the configuration of sentence-transformers.

    ``end`` appends ``<|endoftext|>`` as the tokenizer of Qwen3-Embedding does; ``saving`` goes to ``save_weights``.
    """
    folder.mkdir(parents=True)
    tokenizer = {
        "bert": wordpiece_bert,
        "electra": wordpiece_bert,
        "mpnet": wordpiece_mpnet,
        "xlm-roberta": unigram,
        "roberta": byte_level_roberta,
        "llama": pieces_mistral,
        "mistral": pieces_mistral,
        "qwen2": byte_level_qwen,
        "qwen3": byte_level_qwen,
        "modernbert": byte_level_modernbert,
        "gemma3_text": pieces_gemma,
        "nomic_bert": wordpiece_bert,
        "gte": unigram,
    }[family]()
    if family.startswith("qwen") and end:
        append_end(tokenizer)
    tokenizer.save_pretrained(folder)
    edit_json(folder / "tokenizer_config.json", padding_side=padding_side)
    save_weights(folder, family, size=len(tokenizer), **saving)
    if pooling is not None:
        write_modules(folder, pooling=pooling, normalise=normalise, dense=dense, max_tokens=max_tokens)
    return folder


def wordpiece_bert() -> Any:
    from transformers import BertTokenizer

    return BertTokenizer(
        vocab=_numbered(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_pieces()]),
        model_max_length=POSITIONS,
    )


def wordpiece_mpnet() -> Any:
    from transformers import MPNetTokenizer

    # The published vocabulary: RoBERTa's special tokens in front of BERT's words, with BERT's [UNK] among them.
    return MPNetTokenizer(
        vocab=_numbered(["<s>", "<pad>", "</s>", "<unk>", "[UNK]", *_pieces(), "<mask>"]),
        model_max_length=POSITIONS - 2,
    )


def unigram() -> Any:
    from transformers import XLMRobertaTokenizer

    # Not trained: the trainer of Unigram gives another vocabulary each time.
    words = " ".join(CORPUS).split()
    pieces = dict.fromkeys(
        ["▁", *(f"▁{word}" for word in words if len(word) < 6), *sorted(set("".join(words)))]
    )
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    scored = [(piece, -5.0 - number / 100) for number, piece in enumerate(pieces)]
    return XLMRobertaTokenizer(
        vocab=[*((piece, 0.0) for piece in special), *scored, ("<mask>", 0.0)], model_max_length=POSITIONS - 2
    )


def byte_level_roberta() -> Any:
    from transformers import RobertaTokenizer

    vocabulary, merges = _byte_pairs(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    return RobertaTokenizer(vocab=vocabulary, merges=merges, model_max_length=POSITIONS - 2)


def byte_level_qwen() -> Any:
    from transformers import Qwen2Tokenizer

    vocabulary, merges = _byte_pairs([])
    for token in ("<|endoftext|>", "<|im_start|>", "<|im_end|>"):  # behind the words, as published
        vocabulary[token] = len(vocabulary)
    # As published: padding is <|endoftext|>, and the end that the configuration names is another token.
    return Qwen2Tokenizer(
        vocab=vocabulary, merges=merges, eos_token="<|im_end|>", pad_token="<|endoftext|>", model_max_length=131072
    )  # fmt: skip


def pieces_mistral() -> Any:
    """As E5-mistral is published: its tokenizer.json puts ``<s>`` before a text and nothing behind it."""
    from tokenizers import Tokenizer, models, trainers
    from transformers import LlamaTokenizer

    special = ["<unk>", "<s>", "</s>"]
    model = Tokenizer(models.BPE(unk_token="<unk>"))
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    model.train_from_iterator([f"▁{word}" for line in CORPUS for word in line.split()], trainer)
    found = json.loads(model.to_str())["model"]
    merges = [tuple(pair) for pair in found["merges"]]
    return LlamaTokenizer(
        vocab=found["vocab"], merges=merges, add_bos_token=True, pad_token="</s>", model_max_length=POSITIONS
    )


def byte_level_modernbert() -> Any:
    """As ModernBERT is published: no class of its own, special tokens framed by the file."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary, merges = _byte_pairs(["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"])
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]",
        mask_token="[MASK]", model_max_length=POSITIONS, model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def pieces_gemma() -> Any:
    """As EmbeddingGemma is published: ``<bos>`` before a text and ``<eos>`` behind it, framed by the file."""
    from tokenizers import Tokenizer, models, processors, trainers
    from transformers import GemmaTokenizer

    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    bytes_ = [f"<0x{number:02X}>" for number in range(256)]
    model = Tokenizer(models.BPE(unk_token="<unk>"))
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=[*special, *bytes_], show_progress=False)
    model.train_from_iterator([f"▁{word}" for line in CORPUS for word in line.split()], trainer)
    found = json.loads(model.to_str())["model"]
    tokenizer = GemmaTokenizer(
        vocab=found["vocab"], merges=[tuple(pair) for pair in found["merges"]], add_eos_token=True, model_max_length=POSITIONS
    )  # fmt: skip
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>",
        pair="<bos> $A <eos> <bos> $B <eos>",
        special_tokens=[("<bos>", 2), ("<eos>", 1)],
    )
    return tokenizer


def append_end(tokenizer: Any) -> None:
    """The post-processor of Qwen3-Embedding's tokenizer.json."""
    from tokenizers import processors

    end = ("<|endoftext|>", tokenizer.convert_tokens_to_ids("<|endoftext|>"))
    tokenizer.backend_tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False, use_regex=False),
            processors.TemplateProcessing(
                single="$A <|endoftext|>", pair="$A <|endoftext|> $B <|endoftext|>", special_tokens=[end]
            ),
        ]
    )


def save_weights(
    folder: Path,
    family: str,
    *,
    size: int,
    head: bool = False,
    tied: bool = False,
    max_shard_size: str = "5GB",
    dtype: str = "float32",
    in_torch_format: bool = False,
    config: dict[str, Any] | None = None,
) -> None:
    """Random weights; ``head`` saves the network below a language model's head, as base models are published.

    ``config`` changes what the family's configuration says.
    """
    import torch
    import transformers

    torch.manual_seed(7)
    settings = {"vocab_size": size, "hidden_size": DIM, "num_hidden_layers": 2, "num_attention_heads": 2}
    settings |= {"intermediate_size": 32, "max_position_embeddings": POSITIONS, "tie_word_embeddings": tied}
    described = transformers.AutoConfig.for_model(family, **(settings | CONFIGS[family] | (config or {})))
    maker = transformers.AutoModel
    if head:
        maker = (
            transformers.AutoModelForCausalLM
            if family.startswith(("llama", "mistral", "qwen", "gemma"))
            else transformers.AutoModelForMaskedLM
        )
    model = maker.from_config(described)
    for name, parameter in model.named_parameters():  # weights of the default size make all rows nearly equal
        scale = parameter.dim() == 1 and not name.endswith("bias")
        spread = 1.0 if "embed" in name and parameter.dim() > 1 else 0.2
        torch.nn.init.normal_(parameter, mean=float(scale), std=spread)
    model = model.to(getattr(torch, dtype))
    model.save_pretrained(folder, max_shard_size=max_shard_size)
    if in_torch_format:
        from safetensors.torch import load_file

        torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()


def write_modules(
    folder: Path,
    *,
    pooling: str,
    normalise: bool = True,
    dense: tuple[dict[str, Any], ...] = (),
    max_tokens: int | None = 24,
) -> None:
    """The layout that sentence-transformers wrote up to version 4."""
    kinds = ["Transformer", "Pooling", *["Dense"] * len(dense), *["Normalize"] * normalise]
    paths = ["", *(f"{place}_{kind}" for place, kind in enumerate(kinds) if place)]
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for place, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    for path in paths[1:]:
        (folder / path).mkdir()
    flags = {f"pooling_mode_{flag}": name == pooling for name, flag in FLAGS.items()}
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": DIM, **flags, "include_prompt": True})
    )
    for path, settings in zip(paths[2:], dense, strict=False):
        write_dense(folder / path, **settings)
    if max_tokens is not None:
        (folder / "sentence_bert_config.json").write_text(
            json.dumps({"max_seq_length": max_tokens, "do_lower_case": False})
        )


def write_dense(
    folder: Path, *, wide_in: int = DIM, wide_out: int = 12, bias: bool = True, activation: str = "Tanh"
) -> None:
    import torch
    from safetensors.torch import save_file

    config = {"in_features": wide_in, "out_features": wide_out, "bias": bias}
    place = "linear" if activation == "Identity" else "activation"
    config["activation_function"] = f"torch.nn.modules.{place}.{activation}"
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(3)
    layer = torch.nn.Linear(wide_in, wide_out, bias=bias)
    save_file(
        {f"linear.{name}": weight for name, weight in layer.state_dict().items()},
        folder / "model.safetensors",
    )


def edit_json(file: Path, **changes: Any) -> None:
    """Change keys of a JSON object."""
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def _pieces() -> list[str]:
    """Words and letters for WordPiece; not trained, because its trainer gives another vocabulary each time."""
    from tokenizers import normalizers, pre_tokenizers

    plain = [normalizers.BertNormalizer().normalize_str(line) for line in CORPUS]
    words = [word for line in plain for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(line)]
    letters = sorted(set("".join(words)))
    return [
        *(word for word in words if len(word) < 6),
        *letters,
        *(f"##{letter}" for letter in letters),
        "##gh",
    ]


def _byte_pairs(special: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    model = Tokenizer(models.BPE())
    model.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    model.train_from_iterator(CORPUS, trainer)
    found = json.loads(model.to_str())["model"]
    return found["vocab"], [tuple(pair) for pair in found["merges"]]


def _numbered(pieces: list[str]) -> dict[str, int]:
    return {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
