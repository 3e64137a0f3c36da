"""What several lines of the catalogue have in common: sources, and lists of languages."""

from __future__ import annotations

SBERT = "sbert.net, table of pretrained models"
MTEB = "model descriptions of mteb 2.26"
# of cards and configuration files whose pages could not be reached
READ = "read in stored copies on 2026-11-29"
ENGLISH = ("en",)


def codes(written: str) -> tuple[str, ...]:
    """ISO 639 codes of a list that is written in one line."""
    return tuple(written.split())


# The 93 languages that the cards of multilingual E5 list: those of XLM-R. jina-embeddings-v3 lists the same.
XLM_R = codes(
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it"
    " ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so"
    " sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)
