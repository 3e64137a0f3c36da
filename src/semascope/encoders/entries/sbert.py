"""Encoders that the authors of sentence-transformers trained."""

from __future__ import annotations

from semascope.encoders.entries.sources import ENGLISH, MTEB, READ, SBERT, codes
from semascope.encoders.entry import Entry

# The list of sbert.net, its regional variants left out.
_PARAPHRASE = codes(
    "ar bg ca cs da de el en es et fa fi fr gl gu he hi hr hu hy id it ja ka ko ku lt lv mk mn mr ms my nl no pl pt ro"
    " ru sk sl sq sr sv th tr uk ur vi zh"
)

SBERT_ENTRIES = (
    Entry(
        hub_id="sentence-transformers/all-MiniLM-L6-v2",
        template="plain",
        pooling="mean",
        normalised=True,
        max_tokens=256,
        tokens_from="sentence_bert_config.json",
        dim=384,
        languages=ENGLISH,
        licence="apache-2.0",
        parameters=22_713_216,
        layers=6,
        architecture="bert",
        sources=("the packaged copy", MTEB),
    ),
    Entry(
        hub_id="sentence-transformers/all-MiniLM-L12-v2",
        template="plain",
        pooling="mean",
        normalised=True,
        max_tokens=128,
        tokens_from="sentence_bert_config.json of a copy",
        tokens_note="its card and mteb say 256",
        dim=384,
        languages=ENGLISH,
        licence="apache-2.0",
        parameters=33_360_000,
        layers=12,
        architecture="bert",
        sources=(f"configuration files of copies on the hub, {READ}", MTEB),
        unread=("its own sentence_bert_config.json", "that a Normalize module ends its chain"),
    ),
    Entry(
        hub_id="sentence-transformers/all-mpnet-base-v2",
        template="plain",
        pooling="mean",
        normalised=True,
        max_tokens=384,
        tokens_from="sentence_bert_config.json",
        dim=768,
        languages=ENGLISH,
        licence="apache-2.0",
        parameters=109_486_464,
        layers=12,
        architecture="mpnet",
        sources=("configuration files on the hub and of copies there", MTEB),
    ),
    Entry(
        hub_id="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        template="plain",
        pooling="mean",
        normalised=False,
        max_tokens=128,
        tokens_from="sentence_bert_config.json",
        dim=384,
        languages=_PARAPHRASE,
        licence="apache-2.0",
        parameters=117_653_760,
        layers=12,
        architecture="bert",
        sources=("model card", "configuration files of copies on the hub", SBERT, MTEB),
    ),
    Entry(
        hub_id="sentence-transformers/paraphrase-multilingual-mpnet-base-v2",
        template="plain",
        pooling="mean",
        normalised=False,
        max_tokens=128,
        tokens_from="sentence_bert_config.json",
        dim=768,
        languages=_PARAPHRASE,
        licence="apache-2.0",
        parameters=278_043_648,
        layers=12,
        architecture="xlm-roberta",
        sources=("model card", SBERT, MTEB),
        unread=("that no Normalize module ends its chain",),
    ),
)
