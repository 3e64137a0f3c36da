"""The files of an ordinary checkpoint folder, made of a 4-bit file: transformers and sentence-transformers load it.

The network is a plain BERT: positions from 0 on, one type for all tokens, as the package's engine computes it and the
published model's configuration says. Every byte of the weights, ``config.json`` and the tokenizer counts in an
encoder's fingerprint, so what is written here may change only together with ``LAYOUT``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders.packaged.tokenizer_file import tokenizer_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.encoders.packaged.four_bit_file import FourBitFile
    from semascope.encoders.packaged.four_bit_vocabulary import Vocabulary
    from semascope.encoders.packaged.four_bit_weights import Sizes

LAYOUT = 1
"""Of what is written; it stands in the name of the folder, so that another one is written anew."""

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


def checkpoint_files(source: FourBitFile, *, limit: int, card: str) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each file's name in the folder, and its bytes in parts; no part is large, and none is made before it is asked for.

    Parameters
    ----------
    limit
        Tokens of a prompt, special ones included.
    card
        What a person who finds the folder reads.
    """
    yield "model.safetensors", _weights(source)
    yield "config.json", _json(_config(source.sizes, padding=source.vocabulary.padding))
    yield "tokenizer.json", _json(tokenizer_json(source.vocabulary))
    yield "tokenizer_config.json", _json(_tokenizer_config(source.vocabulary, limit=limit))
    chain = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for place, (path, kind) in enumerate(chain)
    ]
    yield "modules.json", _json(modules)
    yield "sentence_bert_config.json", _json({"max_seq_length": limit, "do_lower_case": False})
    pooling = {"word_embedding_dimension": source.sizes.hidden, "pooling_mode_mean_tokens": True}
    yield "1_Pooling/config.json", _json(pooling)
    yield "README.md", iter([card.encode()])


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


def _weights(source: FourBitFile) -> Iterator[bytes]:
    """A safetensors file in float32: the length of its header, the header, the tensors in its order.

    float32 holds each weight exactly; half precision would halve the file and move entries of rows by up to 5e-5.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in source.tensors.items():
        start, end = end, end + 4 * tensor.rows * tensor.columns
        shape = [tensor.columns] if tensor.is_vector else [tensor.rows, tensor.columns]
        header[weight_name(name)] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    written = json.dumps(header, separators=(",", ":")).encode()
    written += b" " * (-len(written) % 8)
    yield len(written).to_bytes(8, "little") + written
    for tensor in source.tensors.values():
        for part in tensor.parts():
            yield part.astype("<f4", copy=False).tobytes()


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
        "layer_norm_eps": float(str(np.float32(sizes.epsilon))),  # 1e-12, not 9.99...e-13
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
        "pad_token_id": padding,
        "dtype": "float32",
    }


def _tokenizer_config(vocabulary: Vocabulary, *, limit: int) -> dict[str, Any]:
    pieces = vocabulary.pieces
    begin, end = pieces[vocabulary.begin], pieces[vocabulary.end]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": limit,
        "bos_token": begin,
        "cls_token": begin,
        "eos_token": end,
        "sep_token": end,
        "pad_token": pieces[vocabulary.padding],
        "unk_token": pieces[vocabulary.unknown],
        # "</s>" in a text is read where pieces are looked for, as the engine does; the text is not taken apart before.
        "split_special_tokens": True,
    }


def _json(content: Any) -> Iterator[bytes]:
    yield json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
