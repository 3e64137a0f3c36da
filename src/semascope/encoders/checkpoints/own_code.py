"""Code that a checkpoint brings or names, and whether transformers has the same network as a class of its own.

Three cases. The code lies in the folder: it runs when it is trusted, and its files are part of the weights' digest. It
lies in another repository: it never runs, because rows would then depend on files that their fingerprint does not
cover. transformers has the same network: that class runs, which is stated, when the configuration says nothing that it
does not do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.encoders.checkpoints.configuration import read_object
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ELSEWHERE = "--"  # how auto_map writes OWNER/NAME--module.Class
# What a configuration may say so that transformers' class computes the same network; a key that it lacks passes when
# None is among the values. Read in the checkpoints' own code and in transformers 5.24, and held against a forward pass
# written from the former in tests/reference/test_native_networks.py.
_SAME: dict[str, tuple[str, dict[str, tuple[Any, ...]]]] = {
    "nomic_bert": (
        "NomicBertModel",
        {
            "activation_function": ("swiglu",),
            "causal": (False,),
            "prenorm": (False,),
            "parallel_block": (False, None),
            "use_rms_norm": (False, None),
            "qkv_proj_bias": (False,),
            "mlp_fc1_bias": (False,),
            "mlp_fc2_bias": (False,),
            "rotary_emb_fraction": (1.0,),
            "rotary_emb_interleaved": (False, None),
            "rotary_emb_scale_base": (None,),
            "rotary_scaling_factor": (None,),
            "num_experts": (None, 0),
            "moe_every_n_layers": (None, 0),
        },
    ),
    "gte": (
        "GteModel",
        {
            "position_embedding_type": ("rope",),
            "layer_norm_type": ("layer_norm",),
            "logn_attention_scale": (False, None),
            "pack_qkv": (True,),
            "rope_scaling": (None,),
            "hidden_act": ("gelu",),
        },
    ),
}
# Sizes under the name that the checkpoint's own code reads, under that of transformers, and what transformers takes
# where its name is missing: they must not differ.
_RENAMED = {
    "nomic_bert": (
        ("n_embd", "hidden_size", 768),
        ("n_layer", "num_hidden_layers", 12),
        ("n_head", "num_attention_heads", 12),
        ("n_inner", "intermediate_size", 3072),
        ("layer_norm_epsilon", "layer_norm_eps", 1e-12),
        ("rotary_emb_base", "rope_theta", 1000.0),
    )
}


def named_code(transformer: Path, config: Mapping[str, Any]) -> str:
    """The class of the checkpoint's own code that computes, tokenizes or configures; empty for none.

    One that lies in another repository comes first. transformers runs its own class of the same ``model_type`` where it
    has one and the code is not trusted. That class may attend or pool otherwise, so it stands in only where
    ``native_class`` says so.
    """
    named = []
    for found in (config, read_object(transformer / "tokenizer_config.json", missing={})):
        own = found.get("auto_map") or {}
        classes = own if isinstance(own, dict) else {"AutoTokenizer": own}
        for kind in ("AutoModel", "AutoTokenizer", "AutoConfig"):
            if written := classes.get(kind):
                listed = written if isinstance(written, list) else [written]
                named.append(str(next(filter(None, listed), "")))
    return next((code for code in named if _ELSEWHERE in code), named[0] if named else "")


def native_class(config: Mapping[str, Any]) -> str:
    """Class of transformers that computes the network of a configuration with code of its own; "" where none does.

    Examples
    --------
    >>> native_class({"model_type": "xlm-roberta", "auto_map": {"AutoModel": "modeling_lora.XLMRobertaLoRA"}})
    ''
    """
    kind = str(config.get("model_type"))
    if kind not in _SAME:
        return ""
    name, allowed = _SAME[kind]
    if any(config.get(key) not in values for key, values in allowed.items()):
        return ""
    rope = config.get("rope_parameters") or {}
    if rope.get("rope_type", "default") != "default":
        return ""
    for own, theirs, otherwise in _RENAMED.get(kind, ()):
        taken = config.get(theirs, rope.get(theirs, otherwise))
        if config.get(own, taken) != taken:
            return ""
    return name


def check_code(folder: Path, code: str, *, native: str, trusted: bool) -> bool:
    """Whether the checkpoint's own code runs.

    Raises
    ------
    EncoderError
        Where it would have to, and is not trusted, or lies in another repository.
    """
    if not code:
        return False
    repository, elsewhere, named = code.partition(_ELSEWHERE)
    if elsewhere:
        if native:
            return False
        raise EncoderError(
            f"{folder} has its code in another repository ({repository}: {named}), at whatever state that has; code runs"
            " only from the folder of the weights, where its files are part of the fingerprint; copy the files there, write"
            f" {named!r} in auto_map, and give --trust-remote-code, or choose another checkpoint"
        )
    if not trusted and not native:
        raise EncoderError(
            f"{folder} brings its own code ({code}); it runs only when it is trusted; read it, then give"
            " --trust-remote-code (trust_remote_code=True), or choose another checkpoint"
        )
    return trusted
