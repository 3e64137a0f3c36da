"""The encoders of the catalogue: facts, and where each was read.

Parameters are counted, the pooler included, on models built from the published configurations. Facts that no source
could be opened for are named in ``unread``.
"""

from __future__ import annotations

from semascope.encoders.entry import Entry
from semascope.encoders.static.entries import STATIC_ENTRIES


def _codes(written: str) -> tuple[str, ...]:
    return tuple(written.split())


_ENGLISH = ("en",)
# The 93 languages that the cards of multilingual E5 list: those of XLM-R.
_XLM_R = _codes(
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it"
    " ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so"
    " sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)
# The list of sbert.net, its regional variants left out.
_PARAPHRASE = _codes(
    "ar bg ca cs da de el en es et fa fi fr gl gu he hi hr hu hy id it ja ka ko ku lt lv mk mn mr ms my nl no pl pt ro"
    " ru sk sl sq sr sv th tr uk ur vi zh"
)
# The table in the README of Qwen3-Embedding; its dialects of one language count once.
_QWEN3 = _codes(
    "af ar as ast awa az ba ban be bg bho bjn bn bs ca ceb cs cy da de el en es et eu fa fi fo fr fur ga gl gu he hi hne"
    " hr ht hu hy id ilo is it ja jv ka kea kk km kn ko lb li lij lmo lo lt lv mag mai min mk ml mr ms mt my ne nl no oc"
    " or pa pag pap pl pt ro ru sc scn sd si sk sl sq sr su sv sw szl ta te tg th tl tpi tr tt uk ur uz vec vi war yi"
    " zh"
)
# The 104 Wikipedias of multilingual BERT, as far as the card's codes name a language.
_MBERT = _codes(
    "af an ar ast az ba bar be bg bn br bs ca ce ceb cs cv cy da de el en es et eu fa fi fr fy ga gl gu he hi hr ht hu hy"
    " id io is it ja jv ka kk kn ko ky la lmo lt lv mg min mk ml mn mr ms my nds ne new nl no oc pa pl pms pnb pt ro ru"
    " scn sco sh sk sl sq sr su sv sw ta te tg th tl tr tt uk ur uz vi vo war yo zh"
)
_QWEN2_NAMED = _codes("ar de en es fr it ja ko pt ru th vi zh")

_UNTRAINED = (
    "the model was not trained to make vectors and configures none; mean is what sentence-transformers takes for the"
    " same folder"
)
_SBERT = "sbert.net, table of pretrained models"
_MTEB = "model descriptions of mteb 2.26"


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
        sources=("model card and README of Qwen3-Embedding", _MTEB),
    )


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
        sources=("model card", "configuration files of copies on the hub"),
    )


ENTRIES: tuple[Entry, ...] = (
    Entry(
        hub_id="sentence-transformers/all-MiniLM-L6-v2",
        template="plain",
        pooling="mean",
        normalised=True,
        max_tokens=256,
        tokens_from="sentence_bert_config.json",
        dim=384,
        languages=_ENGLISH,
        licence="apache-2.0",
        parameters=22_713_216,
        layers=6,
        architecture="bert",
        sources=("the packaged copy", _MTEB),
    ),
    Entry(
        hub_id="sentence-transformers/all-mpnet-base-v2",
        template="plain",
        pooling="mean",
        normalised=True,
        max_tokens=384,
        tokens_from="sentence_bert_config.json",
        dim=768,
        languages=_ENGLISH,
        licence="apache-2.0",
        parameters=109_486_464,
        layers=12,
        architecture="mpnet",
        sources=("configuration files on the hub and of copies there", _MTEB),
    ),
    Entry(
        hub_id="BAAI/bge-base-en-v1.5",
        template="bge-en",
        pooling="cls",
        normalised=True,
        max_tokens=512,
        tokens_from="sentence_bert_config.json",
        dim=768,
        languages=_ENGLISH,
        licence="mit",
        parameters=109_482_240,
        layers=12,
        architecture="bert",
        sources=("model card", "configuration files of bge-large-en-v1.5 on the hub", _MTEB),
    ),
    Entry(
        hub_id="BAAI/bge-large-en-v1.5",
        template="bge-en",
        pooling="cls",
        normalised=True,
        max_tokens=512,
        tokens_from="sentence_bert_config.json",
        dim=1024,
        languages=_ENGLISH,
        licence="mit",
        parameters=335_141_888,
        layers=24,
        architecture="bert",
        sources=("model card", "configuration files on the hub", _MTEB),
    ),
    Entry(
        hub_id="intfloat/e5-large-v2",
        template="e5",
        pooling="mean",
        normalised=True,
        max_tokens=512,
        tokens_from="sentence_bert_config.json",
        dim=1024,
        languages=_ENGLISH,
        licence="mit",
        parameters=335_141_888,
        layers=24,
        architecture="bert",
        sources=("model card", "configuration files on the hub", _MTEB),
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
        sources=("model card", "configuration files of copies on the hub", _SBERT, _MTEB),
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
        sources=("model card", _SBERT, _MTEB),
        unread=("that no Normalize module ends its chain",),
    ),
    Entry(
        hub_id="intfloat/multilingual-e5-large",
        template="e5",
        pooling="mean",
        normalised=True,
        max_tokens=512,
        tokens_from="sentence_bert_config.json",
        dim=1024,
        languages=_XLM_R,
        licence="mit",
        parameters=559_890_432,
        layers=24,
        architecture="xlm-roberta",
        sources=("model card", "configuration files on the hub", _MTEB),
    ),
    Entry(
        hub_id="intfloat/multilingual-e5-large-instruct",
        template="e5-instruct",
        pooling="mean",
        normalised=True,
        max_tokens=512,
        tokens_from="the position table; the checkpoint has no sentence_bert_config.json",
        dim=1024,
        languages=_XLM_R,
        licence="mit",
        parameters=559_890_432,
        layers=24,
        architecture="xlm-roberta",
        stored="float16",
        sources=("model card", "configuration files on the hub", _MTEB),
    ),
    Entry(
        hub_id="BAAI/bge-m3",
        template="plain",
        pooling="cls",
        normalised=True,
        max_tokens=8192,
        tokens_from="sentence_bert_config.json",
        dim=1024,
        languages=(),
        languages_said="more than 100, none listed",
        licence="mit",
        parameters=567_754_752,
        layers=24,
        architecture="xlm-roberta",
        sources=("model card", "configuration files on the hub and of copies there", _MTEB),
    ),
    _qwen3("0.6B", dim=1024, layers=28, parameters=595_776_512),
    _qwen3("4B", dim=2560, layers=36, parameters=4_021_774_336),
    _qwen3("8B", dim=4096, layers=36, parameters=7_567_295_488),
    Entry(
        hub_id="google-bert/bert-base-uncased",
        template="plain",
        pooling="mean",
        pooling_chosen=_UNTRAINED,
        normalised=False,
        max_tokens=512,
        tokens_from="tokenizer_config.json and the position table",
        dim=768,
        languages=_ENGLISH,
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
    Entry(
        hub_id="e5-small-q4",  # it is on no hub
        template="e5",
        pooling="mean",
        normalised=True,
        max_tokens=512,
        tokens_from="the position table",
        dim=384,
        languages=_XLM_R,
        licence="mit",
        parameters=117_505_152,
        layers=12,
        architecture="bert",
        sources=("the packaged copy",),
    ),
    *STATIC_ENTRIES,
)
