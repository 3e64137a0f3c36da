"""Encoders of 2024 and later with long texts, narrower widths, or prompts of their own."""

from __future__ import annotations

from semascope.encoders.entries.sources import ENGLISH, MTEB, READ, XLM_R, codes
from semascope.encoders.entry import Entry

# The 74 languages of the card of snowflake-arctic-embed-l-v2.0.
_ARCTIC = codes(
    "af ar az be bg bn ca ceb cs cy da de el en es et eu fa fi fr gl gu he hi hr ht hu hy id is it ja jv ka kk km kn ko"
    " ky lo lt lv mk ml mn mr ms my ne nl pa pl pt qu ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur vi yo zh"
)
# The list in the card's head; its "nn" is part of "no". Its "ce" (Chechen) is Cebuano in mteb.
_NOMIC_2 = codes(
    "af am ar az ba be bg bn bs ca ce co cs cy da de dv el en eo es et eu fa fi fr fy ga gd gl gn gu gv ha he hi hr ht hu"
    " hy id ig it ja jv km kn ko ku ky la lo lt lv mg mi mk ml mn mr ms my nl no ny pa pl ps pt ro ru sd si sk sl sm sn"
    " so sq st su sv sw ta te tg th tl tn tr ug uk ur uz vi xh yi yo zh zu"
)
_NOMIC_CODE = "NomicBertModel in another repository, nomic-ai/nomic-bert-2048"
_CARD = f"model card, {READ}"


def _arctic_2(
    size: str, *, dim: int, layers: int, parameters: int, architecture: str, **known: object
) -> Entry:
    """One size of Snowflake's Arctic Embed 2."""
    return Entry(
        hub_id=f"Snowflake/snowflake-arctic-embed-{size}-v2.0",
        template="arctic-v2",
        pooling="cls",
        normalised=True,
        max_tokens=8192,
        dim=dim,
        smallest_dim=256,
        languages=_ARCTIC,
        licence="apache-2.0",
        parameters=parameters,
        layers=layers,
        architecture=architecture,
        **known,  # type: ignore[arg-type]
    )


RECENT_ENTRIES = (
    Entry(
        hub_id="Alibaba-NLP/gte-modernbert-base",
        template="plain",
        pooling="cls",
        normalised=False,
        max_tokens=8192,
        tokens_from="the position table; the checkpoint has no sentence_bert_config.json",
        dim=768,
        languages=ENGLISH,
        licence="apache-2.0",
        parameters=149_014_272,
        layers=22,
        architecture="modernbert",
        stored="float16",
        sources=(_CARD, "list of its files on the hub, configuration file of a copy", MTEB),
    ),
    Entry(
        hub_id="nomic-ai/nomic-embed-text-v1.5",
        template="nomic",
        pooling="mean",
        normalised=False,
        max_tokens=8192,
        tokens_from="sentence_bert_config.json",
        tokens_note="trained on 2,048 positions; longer texts stand beyond them, as sentence-transformers reads them",
        dim=768,
        smallest_dim=64,
        languages=ENGLISH,
        licence="apache-2.0",
        parameters=136_731_648,
        layers=12,
        architecture="nomic_bert",
        own_code=_NOMIC_CODE,
        native="NomicBertModel",
        sources=(_CARD, "configuration files of copies on the hub", "documentation of transformers 5", MTEB),
        notes=(
            "its card subtracts the mean of a row and divides by its deviation (layer_norm) before a row is cut or used;"
            " sentence-transformers and Semascope do not: directions differ a little",
        ),
    ),
    Entry(
        hub_id="nomic-ai/nomic-embed-text-v2-moe",
        template="nomic",
        pooling="mean",
        normalised=True,
        max_tokens=512,
        tokens_from="its card",
        dim=768,
        smallest_dim=256,
        languages=_NOMIC_2,
        licence="apache-2.0",
        parameters=475_292_928,
        layers=12,
        architecture="nomic_bert",
        own_code=_NOMIC_CODE,
        refused=(
            "its code lies in another repository, nomic-ai/nomic-bert-2048, at whatever state that has, and the"
            " NomicBertModel of transformers has no experts; copy that code into the folder of the weights, name it in"
            " auto_map without the other repository, and give the folder with --trust-remote-code"
        ),
        sources=(_CARD, "list of its weights in a port", MTEB),
        notes=(
            "8 experts in every second layer, 2 of them for each token: 305 M parameters work for a text",
        ),
    ),
    _arctic_2(
        "m",
        dim=768,
        layers=12,
        parameters=305_368_320,
        architecture="gte",
        tokens_from="the position table; the checkpoint has no sentence_bert_config.json",
        own_code="GteModel in its own folder",
        native="GteModel",
        sources=(
            "config.json and list of its files on the hub",
            f"card of the larger one, {READ}",
            "documentation of transformers 5 (GTE: the same architecture)",
            MTEB,
        ),
        unread=("its own card", "that a Normalize module ends its chain"),
    ),
    _arctic_2(
        "l",
        dim=1024,
        layers=24,
        parameters=567_754_752,
        architecture="xlm-roberta",
        tokens_from="its card, and the position table",
        sources=(_CARD, "configuration files of models trained further from it", MTEB),
        unread=("its sentence_bert_config.json", "that a Normalize module ends its chain"),
    ),
    Entry(
        hub_id="google/embeddinggemma-300m",
        template="gemma",
        pooling="mean",
        normalised=True,
        max_tokens=2048,
        tokens_from="its card, sentence_bert_config.json of a copy",
        dim=768,
        smallest_dim=128,
        languages=(),
        languages_said="more than 100, none listed",
        licence="gemma",
        parameters=307_581_696,
        layers=24,
        architecture="gemma3_text",
        gated="its licence (Gemma terms of use) must be accepted on the page google/embeddinggemma-300m, by the account that is"
        " then logged in with: hf auth login",
        sources=(
            _CARD,
            "configuration files of copies on the hub",
            "transformers' script that made it",
            MTEB,
        ),
        unread=("whether its tokenizer.json itself puts <eos> behind a text, as its configuration asks",),
        notes=(
            "two Dense layers (768 to 3072 to 768) follow the pooling; they are in the count of parameters",
            "its card: not in float16; Semascope computes in float32 or bfloat16",
        ),
    ),
    Entry(
        hub_id="jinaai/jina-embeddings-v3",
        template="jina-v3",
        pooling="mean",
        normalised=True,
        max_tokens=8192,
        tokens_from="its card",
        dim=1024,
        smallest_dim=32,
        languages=XLM_R,
        licence="cc-by-nc-4.0",
        parameters=572_310_396,
        layers=24,
        architecture="xlm-roberta",
        stored="bfloat16",
        own_code="XLMRobertaLoRA in another repository, jinaai/xlm-roberta-flash-implementation",
        refused=(
            "an adapter for each task is switched on by an argument (task) of its own code, which lies in another repository;"
            " without one the rows would be those of the network below, silently; no way to choose one is built in: take"
            " another encoder"
        ),
        sources=(_CARD, "configuration files of copies on the hub", MTEB),
        unread=("that a Normalize module ends its chain",),
        notes=(
            "its card: tuned on 30 of its languages",
            "with its five adapters; the network below has 559,364,096 parameters",
        ),
    ),
)
