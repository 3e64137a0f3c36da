"""Writes a 4-bit file as an ordinary folder that transformers and sentence-transformers load, in bounded memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from semascope.encoders.packaged.four_bit_file import tensor_shapes
from semascope.encoders.packaged.tokenizer_file import tokenizer_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from semascope.encoders.packaged.four_bit_file import FourBitFile, Sizes

_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_OUTSIDE = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def write_checkpoint(source: FourBitFile, folder: Path, *, limit: int) -> None:
    """Write the checkpoint into an empty folder.

    Parameters
    ----------
    limit
        Tokens of a prompt, special ones included.
    """
    with (folder / "model.safetensors").open("xb") as stream:
        _write_weights(source, stream)
    for name, content in _settings(source, limit=limit):
        _write_json(folder / name, content)


def weight_name(name: str) -> str:
    """How ``BertModel`` calls a tensor of the file.

    Examples
    --------
    >>> weight_name("l3.q.w"), weight_name("emb.pos")
    ('encoder.layer.3.attention.self.query.weight', 'embeddings.position_embeddings.weight')
    """
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _write_weights(source: FourBitFile, stream: BinaryIO) -> None:
    """A safetensors file in float32: the length of its header, the header, the tensors in its order."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    shapes, end = tensor_shapes(source.sizes), 0
    for name, (rows, columns, _) in shapes.items():
        start, end = end, end + 4 * rows * columns
        shape = [columns] if _is_vector(name) else [rows, columns]
        header[weight_name(name)] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    written = json.dumps(header, separators=(",", ":")).encode()
    written += b" " * (-len(written) % 8)
    stream.write(len(written).to_bytes(8, "little") + written)
    for name, (rows, columns, _) in shapes.items():
        for part in source.blocks(name, rows=rows, columns=columns):
            stream.write(part.astype("<f4", copy=False).data)


def _is_vector(name: str) -> bool:
    return name.endswith(".b") or ".ln." in name or "ln." in name


def _settings(source: FourBitFile, *, limit: int) -> Iterator[tuple[str, Any]]:
    vocabulary = source.vocabulary
    pieces = vocabulary.pieces
    begin, end = pieces[vocabulary.begin], pieces[vocabulary.end]
    yield "config.json", _config(source.sizes, padding=vocabulary.padding)
    yield "tokenizer.json", tokenizer_json(vocabulary, limit=limit)
    yield (
        "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": limit,
            "bos_token": begin,
            "cls_token": begin,
            "eos_token": end,
            "sep_token": end,
            "pad_token": pieces[vocabulary.padding],
            "unk_token": pieces[vocabulary.unknown],
        },
    )
    chain = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    yield (
        "modules.json",
        [
            {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for place, (path, kind) in enumerate(chain)
        ],
    )
    yield "sentence_bert_config.json", {"max_seq_length": limit, "do_lower_case": False}
    pooling = {"word_embedding_dimension": source.sizes.hidden, "pooling_mode_mean_tokens": True}
    yield "1_Pooling/config.json", pooling


def _config(sizes: Sizes, *, padding: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.inner,
        "vocab_size": sizes.words,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.types,
        "layer_norm_eps": float(f"{sizes.epsilon:.7g}"),  # as float32 has it
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "pad_token_id": padding,
        "dtype": "float32",
    }


def _write_json(file: Path, content: Any) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("x", encoding="utf8") as stream:
        json.dump(content, stream, ensure_ascii=False, separators=(",", ":"))
