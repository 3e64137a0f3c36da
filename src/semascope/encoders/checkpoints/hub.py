"""Checkpoints of the Hugging Face hub: found in the local cache, or fetched into it."""

from __future__ import annotations

from pathlib import Path

from semascope.encoders.checkpoints.adapter import WEIGHTS as ADAPTER_WEIGHTS
from semascope.encoders.checkpoints.weights import weight_files
from semascope.errors import EncoderError
from semascope.extras import require

# Patterns match across folders. Weights in torch's own format are fetched only where there are no others; those of a
# Dense module are small and fetched always.
_WANTED = ("*.json", "*.txt", "*.model", "*.safetensors", "README.md", "*_Dense/pytorch_model.bin")
_TORCH = "pytorch_model*.bin"
_CODE = "*.py"


def fetch(name: str, revision: str | None = None, *, code: bool = False, only: tuple[str, ...] = ()) -> Path:
    """Folder of the hub checkpoint ``name``, fetched where it is not in the local cache, or only in part.

    Parameters
    ----------
    name
        Hub id, OWNER/NAME.
    revision
        Commit, tag or branch; None takes the main branch.
    code
        Whether code that comes with the checkpoint is fetched too.
    only
        Names of files: nothing else is fetched, no weights either.

    Raises
    ------
    EncoderError
        When it can be neither found nor fetched, when the connection breaks, and when it has no weights.
    """
    require("huggingface_hub", purpose=f"encoder {name!r}")
    if found := cached(name, revision, code=code):
        return found
    from huggingface_hub import errors, snapshot_download

    try:
        for patterns in [list(only)] if only else _patterns(code=code):
            folder = Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
            if only or _has_weights(folder):
                return folder
    except errors.GatedRepoError as error:
        raise EncoderError(
            f"the hub gives {name!r} only to accounts that accepted its conditions; accept them on its page there, then log"
            " in with that account (hf auth login) or set HF_TOKEN, or give a folder that holds it"
        ) from error
    except (errors.EntryNotFoundError, errors.HfHubHTTPError, ValueError) as error:
        raise EncoderError(
            f"encoder {name!r} is neither in the local cache nor could it be fetched from the hub ({type(error).__name__});"
            " accepted are minilm, a name of the catalogue, a folder, a hub id OWNER/NAME, hash:WIDTH; check the name and"
            " the network, or give a folder"
        ) from error
    except (errors.HTTPError, OSError) as error:  # type: ignore[attr-defined]  # of the client that the hub uses
        reason = " ".join(str(error).split())[:200]
        raise EncoderError(
            f"fetching encoder {name!r} was interrupted ({type(error).__name__}: {reason}); it is used only when it is"
            " whole; try again: what has arrived is kept"
        ) from error
    if any(any(folder.glob(f"**/{weights}")) for weights in ("*.safetensors", _TORCH)):
        return folder  # reading it says what is wrong with them
    raise EncoderError(
        f"{name!r} holds no weights in safetensors or torch's own format; one of them is needed; choose another checkpoint"
    )


def cached(name: str, revision: str | None = None, *, code: bool = False) -> Path | None:
    """Folder of a hub checkpoint that was fetched before and is whole; None when there is none."""
    from huggingface_hub import snapshot_download

    for patterns in _patterns(code=code):
        try:
            # Refuses a folder that lacks a file of the listing that the hub client keeps beside what it fetched.
            folder = snapshot_download(
                name, revision=revision, allow_patterns=patterns, local_files_only=True
            )
        except (OSError, ValueError):
            return None
        if _has_weights(Path(folder)):
            return Path(folder)
    return None


def _patterns(*, code: bool) -> tuple[list[str], list[str]]:
    wanted = [*_WANTED, *([_CODE] if code else [])]
    return wanted, [*wanted, _TORCH]


def _has_weights(folder: Path) -> bool:
    """Whether a transformer's weights are there, all of them: in the folder, or in the first of a chain of modules.

    An adapter has none: the network that it goes into lies elsewhere.
    """
    places = (folder, *folder.glob("0_*"))
    return any(map(_are_whole, places)) or any((place / ADAPTER_WEIGHTS).is_file() for place in places)


def _are_whole(folder: Path) -> bool:
    try:
        return bool(weight_files(folder))
    except EncoderError:
        return False
