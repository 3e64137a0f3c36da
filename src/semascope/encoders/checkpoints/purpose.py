"""What a network was trained for, where its configuration says: one that scores texts makes no vectors of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Classes as transformers and its users name them, and what such a network gives.
_GIVES = (
    (re.compile(r"ForSequenceClassification$"), "scores for a text or a pair of texts, as cross-encoders do"),
    (re.compile(r"For(NextSentencePrediction|MultipleChoice)$"), "scores for pairs of texts"),
    (re.compile(r"ForTokenClassification$"), "classes for tokens"),
    (re.compile(r"ForQuestionAnswering\w*$"), "places of answers"),
    (re.compile(r"For\w+Classification$"), "classes"),
    (re.compile(r"Re[Rr]ank\w*$|Rank(er|ing)\w*$|Reward\w*$"), "scores"),
)
_INSTEAD = (
    "its layers were trained for that alone; accepted are encoders and the base models that they are made from; choose one"
    " of those"
)


def check_kind(folder: Path, sentence_transformers: Mapping[str, Any]) -> None:
    """Refuse what sentence-transformers saved as anything but one vector a text.

    Parameters
    ----------
    sentence_transformers
        config_sentence_transformers.json; empty where there is none.

    Raises
    ------
    EncoderError
        What it is, and what to do.
    """
    kind = sentence_transformers.get("model_type", "SentenceTransformer")
    if kind == "CrossEncoder":
        raise _cross_encoder(folder)
    if kind != "SentenceTransformer":
        raise EncoderError(
            f"{folder} is a {kind} of sentence-transformers; supported is SentenceTransformer, one vector a text;"
            " choose another checkpoint"
        )


def check_architecture(folder: Path, config: Mapping[str, Any], *, pools: bool) -> None:
    """Refuse a cross-encoder, a classifier, and any other network that ends in something else than token vectors.

    Parameters
    ----------
    config
        The transformer's config.json.
    pools
        Whether a chain of modules with a pooling is configured.

    Raises
    ------
    EncoderError
        What it is, and what to do.
    """
    # Where sentence-transformers wrote what a cross-encoder needs until its version 5.
    if "activation_fn" in (config.get("sentence_transformers") or {}):
        raise _cross_encoder(folder)
    named = config.get("architectures") or []
    for architecture in [named] if isinstance(named, str) else named:
        gives = next((words for known, words in _GIVES if known.search(str(architecture))), "")
        # Encoders whose own code adds weights for single tokens beside the vector go by that class (gte-multilingual).
        beside = pools and str(architecture).endswith("ForTokenClassification") and _has_own_encoder(config)
        if gives and not beside:
            raise EncoderError(f"{folder} holds a {architecture}: it gives {gives}, no vectors; {_INSTEAD}")


def _cross_encoder(folder: Path) -> EncoderError:
    return EncoderError(
        f"{folder} is a CrossEncoder of sentence-transformers: it gives a score for a pair of texts, no vectors; {_INSTEAD}"
    )


def _has_own_encoder(config: Mapping[str, Any]) -> bool:
    own = config.get("auto_map")
    return isinstance(own, dict) and "AutoModel" in own
