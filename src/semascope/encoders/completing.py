"""What the catalogue adds to a checkpoint: what its folder leaves open, and where the two disagree.

A folder's own configuration wins wherever it speaks. What it leaves open (a plain transformers checkpoint configures
no pooling) is taken from its line in the catalogue, and both are stated.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from semascope.encoders.checkpoints.chain import read_sentence_config
from semascope.encoders.checkpoints.checkpoint import UNSTATED

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.checkpoints.checkpoint import Checkpoint
    from semascope.encoders.entry import Entry

_ASSUMED_POOLING = ("no pooling is configured", "the chain of modules names no pooling")


def complete(checkpoint: Checkpoint, listed: Entry | None) -> Checkpoint:
    """The checkpoint with what its line in the catalogue knows; unchanged where it has none.

    Examples
    --------
    A folder of google-bert/bert-base-uncased configures no pooling, so the catalogue's is taken and stated; a folder
    of BAAI/bge-m3 configures cls, which is kept.
    """
    if listed is None:
        return replace(checkpoint, stated=(*checkpoint.stated, *_own_prompts(checkpoint.folder)))
    stated = list(checkpoint.stated)
    pooling, max_tokens = checkpoint.pooling, checkpoint.max_tokens
    if not _configures_pooling(checkpoint.folder):
        pooling = listed.pooling
        stated = [sentence for sentence in stated if not sentence.startswith(_ASSUMED_POOLING)]
        why = f": {listed.pooling_chosen}" if listed.pooling_chosen else ""
        stated.insert(
            0, f"pooling {pooling}, taken from the catalogue, because the folder configures none{why}"
        )
    elif pooling != listed.pooling:
        stated.append(disagreement("pooling", pooling, listed.pooling))
    if max_tokens != listed.max_tokens:
        if _states_limit(checkpoint.transformer) or max_tokens < listed.max_tokens:
            stated.append(disagreement("tokens at most", max_tokens, listed.max_tokens))
        else:
            max_tokens = listed.max_tokens
            stated = [sentence for sentence in stated if not sentence.startswith("at most")]
            stated.append(
                f"at most {max_tokens} tokens: the catalogue's limit, lower than the folder's tables"
            )
    if checkpoint.dim != listed.dim:
        stated.append(disagreement("width", checkpoint.dim, listed.dim))
    if checkpoint.architecture != listed.architecture:
        stated.append(disagreement("architecture", checkpoint.architecture, listed.architecture))
    languages, said = languages_of(checkpoint.languages, listed)
    return replace(
        checkpoint,
        pooling=pooling,
        max_tokens=max_tokens,
        languages=languages,
        stated=(*stated, *said, *listed.notes),
    )


def assumes_pooling(checkpoint: Checkpoint, listed: Entry | None = None) -> bool:
    """Whether whoever trained it does not say how token vectors become one, so that the mean is taken.

    Parameters
    ----------
    listed
        Its line in the catalogue: of models that were not trained to make vectors the pooling there is a choice of ours.
    """
    if listed is not None and listed.pooling_chosen:
        return not _configures_pooling(checkpoint.folder)
    return any(sentence.startswith(_ASSUMED_POOLING) for sentence in checkpoint.stated)


def disagreement(what: str, own: object, listed: object) -> str:
    """The sentence for what a folder and its line in the catalogue say differently."""
    return f"{what}: the folder says {own}, the catalogue {listed}; the folder's own was taken"


def languages_of(card: frozenset[str] | None, listed: Entry) -> tuple[frozenset[str] | None, list[str]]:
    """Languages of the folder's card and of the catalogue together: a list too short would be a false alarm."""
    known = listed.checked_languages
    if known is None:
        said = listed.languages_said
        return None, [f"languages: its card says {said}, so no list can be checked"] if said else []
    if card is None:
        return known, [f"languages: {len(known)}, from the catalogue"]
    if card <= known:
        return known, []
    return card | known, ["languages: the folder's card names others than the catalogue; all were taken"]


def _configures_pooling(folder: Path) -> bool:
    return any(str(module.get("type", "")).endswith(".Pooling") for module in _read(folder / "modules.json"))


def _states_limit(transformer: Path) -> bool:
    """Whether the folder says how much of a text is read, not only how much could be."""
    sentence = read_sentence_config(transformer)
    if sentence.get("max_seq_length"):
        return True
    # sentence-transformers 6 saves the limit with the tokenizer, and nowhere else.
    length: float = (
        dict(_read(transformer / "tokenizer_config.json") or {}).get("model_max_length") or UNSTATED
    )
    return "modality_config" in sentence and length < UNSTATED


def _own_prompts(folder: Path) -> list[str]:
    """Prompts that an unlisted model's own configuration has: they are not written, which must be said."""
    configuration = dict(_read(folder / "config_sentence_transformers.json") or {})
    names = [name for name, prompt in (configuration.get("prompts") or {}).items() if prompt]
    if not names:
        return []
    return [f"its configuration has prompts ({', '.join(names)}), which are not written"]


def _read(file: Path) -> Any:
    # A file that is damaged is the checkpoint reader's to refuse.
    return json.loads(file.read_text(encoding="utf8")) if file.is_file() else []
