"""Base models that were not trained to make vectors: what people tune."""

from __future__ import annotations

from semascope.encoders.entries.sources import ENGLISH, READ, codes
from semascope.encoders.entry import Entry

# The 104 Wikipedias of multilingual BERT, as far as the card's codes name a language.
_MBERT = codes(
    "af an ar ast az ba bar be bg bn br bs ca ce ceb cs cv cy da de el en es et eu fa fi fr fy ga gl gu he hi hr ht hu hy"
    " id io is it ja jv ka kk kn ko ky la lmo lt lv mg min mk ml mn mr ms my nds ne new nl no oc pa pl pms pnb pt ro ru"
    " scn sco sh sk sl sq sr su sv sw ta te tg th tl tr tt uk ur uz vi vo war yo zh"
)
_QWEN2_NAMED = codes("ar de en es fr it ja ko pt ru th vi zh")

_UNTRAINED = (
    "the model was not trained to make vectors and configures none; mean is what sentence-transformers takes for the"
    " same folder"
)
_COPIES = "configuration files of copies on the hub"


def _qwen2(size: str, *, dim: int, layers: int, parameters: int, max_tokens: int) -> Entry:
    """A base decoder of Qwen2.5."""
    return Entry(
        hub_id=f"Qwen/Qwen2.5-{size}",
        template="plain",
        pooling="mean",
        pooling_chosen=_UNTRAINED,
        normalised=False,
        max_tokens=max_tokens,
        tokens_from="the position table",
        dim=dim,
        languages=_QWEN2_NAMED,
        languages_said="more than 29, 13 named",
        licence="apache-2.0",
        parameters=parameters,
        layers=layers,
        architecture="qwen2",
        stored="bfloat16",
        sources=("model card", _COPIES),
    )


def _smollm2(size: str, *, dim: int, layers: int, parameters: int, source: str) -> Entry:
    """A SmolLM2, base or tuned for dialogue."""
    return Entry(
        hub_id=f"HuggingFaceTB/SmolLM2-{size}",
        template="plain",
        pooling="mean",
        pooling_chosen=_UNTRAINED,
        normalised=False,
        max_tokens=8192,
        tokens_from="the position table",
        dim=dim,
        languages=ENGLISH,
        licence="apache-2.0",
        parameters=parameters,
        layers=layers,
        architecture="llama",
        stored="bfloat16",
        sources=(f"model card, {READ}", source),
    )


UNTRAINED_ENTRIES = (
    Entry(
        hub_id="google-bert/bert-base-uncased",
        template="plain",
        pooling="mean",
        pooling_chosen=_UNTRAINED,
        normalised=False,
        max_tokens=512,
        tokens_from="tokenizer_config.json and the position table",
        dim=768,
        languages=ENGLISH,
        licence="apache-2.0",
        parameters=109_482_240,
        layers=12,
        architecture="bert",
        sources=("model card", "configuration files on the hub"),
    ),
    Entry(
        hub_id="google-bert/bert-base-multilingual-cased",
        template="plain",
        pooling="mean",
        pooling_chosen=_UNTRAINED,
        normalised=False,
        max_tokens=512,
        tokens_from="tokenizer_config.json and the position table",
        dim=768,
        languages=_MBERT,
        licence="apache-2.0",
        parameters=177_853_440,
        layers=12,
        architecture="bert",
        sources=(
            "card of the uncased model, whose list is the same but for two",
            "hub page (104 languages)",
            "configuration files of copies on the hub",
        ),
        unread=("that Thai, Mongolian, Serbo-Croatian and Urdu are among them",),
    ),
    _qwen2("0.5B", dim=896, layers=24, parameters=494_032_768, max_tokens=32_768),
    _qwen2("1.5B", dim=1536, layers=28, parameters=1_543_714_304, max_tokens=131_072),
    _smollm2("135M", dim=576, layers=30, parameters=134_515_008, source=_COPIES),
    _smollm2("135M-Instruct", dim=576, layers=30, parameters=134_515_008, source=_COPIES),
    _smollm2("360M", dim=960, layers=32, parameters=361_821_120, source="config.json on the hub"),
)
