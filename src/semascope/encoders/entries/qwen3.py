"""Qwen3-Embedding in its three sizes."""

from __future__ import annotations

from semascope.encoders.entries.sources import MTEB, codes
from semascope.encoders.entry import Entry

# The table in the README of Qwen3-Embedding; its dialects of one language count once.
_QWEN3 = codes(
    "af ar as ast awa az ba ban be bg bho bjn bn bs ca ceb cs cy da de el en es et eu fa fi fo fr fur ga gl gu he hi hne"
    " hr ht hu hy id ilo is it ja jv ka kea kk km kn ko lb li lij lmo lo lt lv mag mai min mk ml mr ms mt my ne nl no oc"
    " or pa pag pap pl pt ro ru sc scn sd si sk sl sq sr su sv sw szl ta te tg th tl tpi tr tt uk ur uz vec vi war yi"
    " zh"
)


def _qwen3(size: str, *, dim: int, layers: int, parameters: int) -> Entry:
    """One size of Qwen3-Embedding."""
    return Entry(
        hub_id=f"Qwen/Qwen3-Embedding-{size}",
        template="qwen3",
        pooling="last",
        normalised=True,
        max_tokens=32_768,
        tokens_from="model card (32K)",
        tokens_note="the authors evaluate at 8,192",
        dim=dim,
        smallest_dim=32,
        languages=_QWEN3,
        licence="apache-2.0",
        parameters=parameters,
        layers=layers,
        architecture="qwen3",
        stored="bfloat16",
        sources=("model card and README of Qwen3-Embedding", MTEB),
    )


QWEN3_ENTRIES = (
    _qwen3("0.6B", dim=1024, layers=28, parameters=595_776_512),
    _qwen3("4B", dim=2560, layers=36, parameters=4_021_774_336),
    _qwen3("8B", dim=4096, layers=36, parameters=7_567_295_488),
)
