"""Tables of token vectors in the catalogue: facts, and where each was read."""

from __future__ import annotations

from semascope.encoders.entries.sources import ENGLISH, MTEB, READ, codes
from semascope.encoders.entry import Entry
from semascope.encoders.protocol import UNLIMITED
from semascope.encoders.static.folder import ARCHITECTURE

# The list of its card: the languages of C4. The card writes Hebrew by its old code, and Filipino for Tagalog.
_C4 = codes(
    "af am ar az be bg bn ca ceb co cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha haw he hi hmn ht hu hy"
    " id ig is it ja jv ka kk km kn ko ku ky la lb lo lt lv mg mi mk ml mn mr ms mt my ne nl no ny pa pl ps pt ro ru sd"
    " si sk sl sm sn so sq sr st su sv sw ta te tg th tl tr uk ur uz vi xh yi yo zh zu"
)
_HUB = "hub page of the model (licence, size of the file)"
_MINISH = "minish.ai, list of models; collection POTION on the hub (parameters)"
_SBERT_BLOG = "blog post on static embeddings by the authors of sentence-transformers (widths, tokenizers)"


def _potion(name: str, *, rows: int, dim: int, languages: tuple[str, ...], sources: tuple[str, ...]) -> Entry:
    """One table of the authors of model2vec."""
    return Entry(
        hub_id=f"minishlab/{name}",
        template="plain",
        pooling="mean",
        normalised=True,
        max_tokens=512,
        tokens_from="model2vec 0.10: what its encode reads where a folder names no limit",
        tokens_note="head-tail takes both ends, chunk reads all: a table has no limit of its own",
        dim=dim,
        languages=languages,
        licence="mit",
        parameters=rows * dim,
        layers=0,
        architecture=ARCHITECTURE,
        sources=(_MINISH, *sources, READ),
    )


def _sentence_transformers(name: str, *, rows: int, languages: tuple[str, ...], said: str = "") -> Entry:
    """One ``StaticEmbedding`` of the authors of sentence-transformers."""
    return Entry(
        hub_id=f"sentence-transformers/{name}",
        template="plain",
        pooling="mean",
        normalised=False,
        max_tokens=UNLIMITED,
        tokens_from="model card (infinite)",
        dim=1024,
        smallest_dim=32,
        languages=languages,
        languages_said=said,
        licence="apache-2.0",
        parameters=rows * 1024,
        layers=0,
        architecture=ARCHITECTURE,
        sources=("model card", _SBERT_BLOG, READ),
        unread=("the full list of languages: the card's page was stored without it",) if said else (),
    )


STATIC_ENTRIES = (
    _potion("potion-base-8M", rows=29_528, dim=256, languages=ENGLISH, sources=(MTEB,)),
    _potion("potion-base-32M", rows=63_091, dim=512, languages=ENGLISH, sources=(_HUB,)),
    _potion("potion-retrieval-32M", rows=63_091, dim=512, languages=ENGLISH, sources=(_HUB,)),
    _potion(
        "potion-multilingual-128M",
        rows=500_353,
        dim=256,
        languages=_C4,
        sources=("model card (languages)", MTEB),
    ),
    _sentence_transformers("static-retrieval-mrl-en-v1", rows=30_522, languages=ENGLISH),
    _sentence_transformers(
        "static-similarity-mrl-multilingual-v1", rows=105_879, languages=(), said="51 languages"
    ),
)
"""Tables that people name, smallest first of each author."""
